import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import { silentLog } from '../../../../src/core/log';
import { ScriptCatalogue } from '../../../../src/scripts/catalogue';
import { withFolder } from '../../../support/folders';

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
}

/** A catalogue of the folder `inside` of one with these files. */
async function withCatalogue(
  files: Record<string, string>,
  use: (catalogue: ScriptCatalogue, folder: string) => Promise<void>,
  inside = '',
): Promise<void> {
  await withFolder(async (folder) => {
    await write(folder, { '.git/HEAD': '', ...files });
    const workspace = path.join(folder, inside);
    const catalogue = new ScriptCatalogue({ workspace, config: fixedConfig(defaultConfig), log: silentLog });
    await catalogue.refresh();
    await use(catalogue, workspace);
    catalogue.dispose();
  });
}

/** What would be run, each with its folder. */
const commands = (catalogue: ScriptCatalogue) =>
  catalogue
    .namedCommands()
    .map(({ command, folder }) =>
      [...('argv' in command ? command.argv : [command.line]), `in /${folder}`].join(' '),
    );

const packageWith = (name: string, more = {}) => JSON.stringify({ ...more, scripts: { [name]: 'x' } });

describe('the named commands of a catalogue', () => {
  it('come from all files of the workspace that are not ignored, by source and folder', () =>
    withCatalogue(
      {
        '.gitignore': 'out/\n.vscode/\n',
        '.vscode/tasks.json': '{"tasks": [{"label": "t", "type": "shell", "command": "ls"}]}',
        'sub/.vscode/tasks.json': '{"tasks": [{"label": "no", "type": "shell", "command": "no"}]}',
        'package.json': packageWith('root'),
        'packages/b/package.json': packageWith('b'),
        'packages/a/package.json': packageWith('a'),
        'packages/a/node_modules/no/package.json': packageWith('no'),
        'out/package.json': packageWith('no'),
        'native/Makefile': 'all:\n',
        '文件/Justfile': 'go:\n',
        'Taskfile.dist.yml': 'tasks: {lint: x}\n',
      },
      async (catalogue) => {
        assert.deepEqual(commands(catalogue), [
          'npm run root in /',
          'npm run a in /packages/a',
          'npm run b in /packages/b',
          'make all in /native',
          'just go in /文件',
          'task lint in /',
          'ls in /',
        ]);
        assert.deepEqual(catalogue.list(), []);
      },
    ));

  it('come from that file of a folder which its program reads', () =>
    withCatalogue(
      {
        Makefile: 'no:\n',
        GNUmakefile: 'yes:\n',
        'Taskfile.dist.yml': 'tasks: {no: x}\n',
        'taskfile.yml': 'tasks: {yes: x}\n',
        '.justfile': 'no:\n',
        justfile: 'yes:\n',
      },
      async (catalogue) => {
        assert.deepEqual(commands(catalogue), ['make yes in /', 'just yes in /', 'task yes in /']);
      },
    ));

  it('are run by the package manager that is said nearest', () =>
    withCatalogue(
      {
        '.gitignore': '*.lock\n',
        'package.json': packageWith('root', { packageManager: 'pnpm@9.0.0' }),
        'package-lock.json': '{}',
        'a/package.json': packageWith('a'),
        'b/yarn.lock': '',
        'b/deep/package.json': packageWith('b'),
      },
      async (catalogue) => {
        assert.deepEqual(commands(catalogue), [
          'pnpm run root in /',
          'pnpm run a in /a',
          'yarn run b in /b/deep',
        ]);
      },
    ));

  it('are run by the package manager of the repository that the workspace is a part of', () =>
    withCatalogue(
      { 'bun.lock': '', 'packages/app/package.json': packageWith('dev') },
      async (catalogue) => assert.deepEqual(commands(catalogue), ['bun run dev in /']),
      'packages/app',
    ));

  it('follow their files', () =>
    withCatalogue({ 'package.json': packageWith('one'), 'a/x.txt': '' }, async (catalogue, folder) => {
      let changes = 0;
      catalogue.onChange(() => {
        changes += 1;
      });
      const step = async (files: Record<string, string>, expected: string[]) => {
        await write(folder, files);
        await catalogue.refresh(Object.keys(files));
        assert.deepEqual(commands(catalogue), expected);
      };
      await step({ 'package.json': packageWith('another') }, ['npm run another in /']);
      await step({ 'yarn.lock': '' }, ['yarn run another in /']);
      await step({ 'a/Makefile': 'all:\n' }, ['yarn run another in /', 'make all in /a']);
      await step({ 'new/justfile': 'go:\n' }, ['yarn run another in /', 'make all in /a', 'just go in /new']);
      assert.equal(changes, 4);
      await rm(path.join(folder, 'package.json'));
      await rm(path.join(folder, 'a'), { recursive: true });
      await catalogue.refresh(['package.json', 'a']);
      assert.deepEqual(commands(catalogue), ['just go in /new']);
      await step({ '.vscode/tasks.json': '{"tasks": [{"label": "t", "type": "shell", "command": "ls"}]}' }, [
        'just go in /new',
        'ls in /',
      ]);
      const before = changes;
      await catalogue.refresh();
      await catalogue.refresh(['.vscode/tasks.json']);
      assert.equal(changes, before);
    }));

  it('say what could not be read', () =>
    withCatalogue(
      { 'a/package.json': '{', 'b/package.json': ' '.repeat(1024 * 1024 + 1), 'c/Makefile': '\0' },
      async (catalogue) => {
        assert.deepEqual(
          catalogue.notes().map(({ path: file, code }) => [file, code]),
          [
            ['a/package.json', 'unreadable'],
            ['b/package.json', 'too_large'],
            ['c/Makefile', 'unreadable'],
          ],
        );
      },
    ));
});
