import assert from 'node:assert/strict';
import { readPackage } from '../../../../src/scripts/sources/npm';
import {
  isLockFile,
  managerIn,
  managerOf,
  type PackageManager,
  withManager,
} from '../../../../src/scripts/sources/packageManager';

const read = (text: string, path = 'package.json') => readPackage({ path, text });

describe('readPackage', () => {
  it('lists the scripts in their order, each with its line and what it runs', () => {
    const { commands } = read(
      '{\n  "name": "x",\n  "scripts": {\n    "test": "mocha",\n    "build:all": "tsc &&  vite build"\n  }\n}\n',
      'packages/app/package.json',
    );
    assert.deepEqual(
      commands.map(({ name, line_number, description, folder }) => [name, line_number, description, folder]),
      [
        ['test', 4, 'mocha', 'packages/app'],
        ['build:all', 5, 'tsc && vite build', 'packages/app'],
      ],
    );
    assert.deepEqual(commands[1]?.command, { argv: ['npm', 'run', 'build:all'] });
  });

  it('lists nothing where there are no scripts', () => {
    for (const text of ['{}', '{"scripts": null}', '{"scripts": "x"}', '{"scripts": {"a": 1}}', '[]']) {
      assert.deepEqual(read(text), { commands: [], notes: [], manager: null });
    }
  });

  it('lists no name that npm would read as an option, or that a terminal would obey', () => {
    const { commands } = read('{"scripts": {"--prefix": "x", "a\\u001b[2J": "y", "": "z", "构建": "w"}}');
    assert.deepEqual(
      commands.map(({ name }) => name),
      ['构建'],
    );
  });

  it('says that a file is no JSON', () => {
    const { commands, notes } = read('{"scripts": {"a": "b"}');
    assert.deepEqual(commands, []);
    assert.deepEqual(notes, [
      { source: 'npm', path: 'package.json', line_number: 1, code: 'unreadable', values: {} },
    ]);
  });

  it('knows what the package says that it is managed with', () => {
    assert.equal(read('{"packageManager": "pnpm@9.1.0+sha512.abc"}').manager, 'pnpm');
    assert.equal(read('{"packageManager": "yarn@4.0.0"}').manager, 'yarn');
    assert.equal(read('{"devEngines": {"packageManager": {"name": "bun"}}}').manager, 'bun');
    assert.equal(read('{"packageManager": "other@1"}').manager, null);
    assert.equal(read('{"packageManager": 7}').manager, null);
  });
});

describe('the package manager', () => {
  it('is known by what the package says, or else by the lock file beside it', () => {
    const files = [
      ['package-lock.json'],
      ['yarn.lock'],
      ['pnpm-lock.yaml'],
      ['bun.lockb'],
      ['bun.lock'],
      ['x.lock'],
    ];
    assert.deepEqual(
      files.map((names) => managerIn(null, names)),
      ['npm', 'yarn', 'pnpm', 'bun', 'bun', null],
    );
    assert.deepEqual(
      files.map(([name = '']) => isLockFile(name)),
      [true, true, true, true, true, false],
    );
    assert.equal(managerIn('pnpm', ['yarn.lock']), 'pnpm');
    assert.equal(managerIn(null, ['yarn.lock', 'package-lock.json']), 'npm');
  });

  it('of a folder is the one that is said nearest to it', () => {
    const said = new Map<string, PackageManager>([
      ['', 'pnpm'],
      ['tools/old', 'yarn'],
    ]);
    assert.equal(managerOf('packages/app', said, null), 'pnpm');
    assert.equal(managerOf('tools/old', said, null), 'yarn');
    assert.equal(managerOf('tools/old/deep/er', said, null), 'yarn');
    assert.equal(managerOf('tools/older', said, null), 'pnpm');
    assert.equal(managerOf('a', new Map(), 'bun'), 'bun');
    assert.equal(managerOf('', new Map(), null), 'npm');
  });

  it('runs the script', () => {
    const [script] = read('{"scripts": {"test": "x"}}').commands;
    assert.ok(script);
    assert.deepEqual(withManager(script, 'pnpm').command, { argv: ['pnpm', 'run', 'test'] });
    assert.equal(withManager(script, 'npm'), script);
  });
});
