import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { silentLog } from '../../../../src/core/log';
import { changedUnkept, discard, restore } from '../../../../src/runner/worktrees/discarding';
import { keepEnd, keepFolder } from '../../../../src/runner/worktrees/keeping';
import { worktreeFor } from '../../../../src/runner/worktrees/making';
import { merge } from '../../../../src/runner/worktrees/merging';
import { readRecord, type WorktreeRecord } from '../../../../src/runner/worktrees/records';
import { undo } from '../../../../src/runner/worktrees/undoing';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';

const key = 'tsk_000000000001';
const kept = `refs/sparkq/${key}/1`;

describe('worktrees of special repositories', () => {
  const folder = useFolder('home', 'storage', 'with space 工作');
  const workspace = () => path.join(folder(), 'with space 工作');
  const git = (...args: string[]) => gitIn(workspace(), ...args);

  const begin = () => {
    git('init', '-q', '-b', 'main');
    git('config', 'user.name', 'Person');
    git('config', 'user.email', 'person@example.com');
  };
  const commit = () => {
    git('add', '.');
    git('commit', '-q', '-m', 'one');
  };
  const make = (where = workspace(), filters = false) =>
    worktreeFor({
      ...{ home: path.join(folder(), 'home'), storage: path.join(folder(), 'storage') },
      ...{ key, title: 'Say hello', workspace: workspace(), folder: where, filters },
      ...{ base: null, working: false, attempt: { task: key, number: 1 } },
    });
  const keep = (tree: WorktreeRecord) => keepEnd(tree.folder, key, 1, silentLog);

  it('keeps names and files of all kinds, and brings them back', async function () {
    if (process.platform === 'win32') return this.skip();
    begin();
    const first = {
      'a b.txt': 'one\n',
      '文件.txt': 'one\n',
      'line\nbreak.txt': 'one\n',
      'Case.txt': 'one\n',
    };
    writeAll(workspace(), first);
    fs.symlinkSync('a b.txt', path.join(workspace(), 'link'));
    git('config', 'core.splitIndex', 'true');
    commit();
    const tree = await make();
    const changed = {
      ...{ 'a b.txt': 'two\n', '文件.txt': 'two\n', 'line\nbreak.txt': 'two\n', 'case.txt': 'one\n' },
      ...{ '目录/new 新.txt': 'new\n', 'back\\slash': 'new\n', 'run.sh': '#!/bin/sh\n' },
    };
    fs.rmSync(path.join(tree.folder, 'Case.txt'));
    writeAll(tree.folder, changed);
    fs.chmodSync(path.join(tree.folder, 'run.sh'), 0o755);
    fs.rmSync(path.join(tree.folder, 'link'));
    fs.symlinkSync('nowhere', path.join(tree.folder, 'link'));
    assert.deepEqual(await keep(tree), []);
    await discard(tree, 30);
    assert.equal(fs.existsSync(tree.folder), false);
    await restore(tree);
    assert.deepEqual(readAll(tree.folder), { ...changed, link: '-> nowhere' });
    assert.notEqual(fs.statSync(path.join(tree.folder, 'run.sh')).mode & 0o100, 0);
    assert.equal((await merge(tree)).done, true);
    assert.deepEqual(readAll(workspace()), { ...changed, link: '-> nowhere' });
  });

  it('undoes what a run did to names and files of all kinds', async function () {
    if (process.platform === 'win32') return this.skip();
    begin();
    const first = {
      ...{ 'a b.txt': 'one\n', '文件.txt': 'one\n', 'line\nbreak.txt': 'one\n', 'Case.txt': 'one\n' },
      ...{
        'run.sh': '#!/bin/sh\n',
        'file or folder': 'one\n',
        'lines.txt': 'one\r\n',
        '.gitattributes': 'lines.txt eol=crlf\n',
      },
    };
    writeAll(workspace(), first);
    fs.chmodSync(path.join(workspace(), 'run.sh'), 0o755);
    fs.symlinkSync('a b.txt', path.join(workspace(), 'link'));
    commit();
    writeAll(workspace(), { 'a b.txt': 'changed by a person\n', 'their own 新.txt': 'one\n' });
    const before = readAll(workspace());
    const index = fs.readFileSync(path.join(workspace(), '.git/index'));
    await keepFolder(workspace(), key, '1-before');
    for (const name of Object.keys(before)) fs.rmSync(path.join(workspace(), name));
    writeAll(workspace(), {
      'case.txt': 'one\n',
      'run.sh': 'x\n',
      'file or folder/deep/new': 'x\n',
      link: 'no link\n',
    });
    await keepFolder(workspace(), key, '1');
    const { left } = await undo(workspace(), key, 1);
    assert.deepEqual([left, readAll(workspace())], [[], before]);
    assert.notEqual(fs.statSync(path.join(workspace(), 'run.sh')).mode & 0o100, 0);
    assert.deepEqual(fs.readFileSync(path.join(workspace(), '.git/index')), index);
  });

  it('keeps the rest where git refuses a file, and says so', async function () {
    if (process.platform === 'win32') return this.skip();
    begin();
    writeAll(workspace(), { file: 'one\n', pipe: 'one\n' });
    commit();
    const tree = await make();
    fs.rmSync(path.join(tree.folder, 'pipe'));
    execFileSync('mkfifo', [path.join(tree.folder, 'pipe')]);
    writeAll(tree.folder, {
      file: 'two\n',
      'git~1': 'a name that is another one on Windows\n',
      new: 'new\n',
    });
    const leftOut = await keep(tree);
    assert.deepEqual(leftOut.map(({ path: name, code }) => `${code} ${name}`).sort(), [
      'unreadable git~1',
      'unreadable pipe',
    ]);
    assert.equal(git('show', `${kept}:new`), 'new');
    assert.deepEqual((await changedUnkept(tree)).sort(), ['git~1', 'pipe']);
  });

  it('does not discard what it could not keep and nobody was told of', async () => {
    begin();
    writeAll(workspace(), { file: 'one\n' });
    commit();
    const tree = await make();
    gitIn(path.join(tree.folder), 'init', '-q', 'inner');
    writeAll(tree.folder, { 'inner/file': 'x' });
    await assert.rejects(discard(tree, 30), /inner\/ of the worktree of tsk_000000000001 could not be kept/);
    assert.deepEqual(await changedUnkept(tree), ['inner/']);
    await discard(tree, 30);
    assert.equal(fs.existsSync(tree.folder), false);
  });

  it('removes no files of a folder that is no worktree any more', async () => {
    begin();
    writeAll(workspace(), { file: 'one\n' });
    commit();
    const tree = await make();
    writeAll(tree.folder, { new: 'new\n' });
    fs.rmSync(path.join(tree.folder, '.git'));
    await assert.rejects(make(), /has files, but is no worktree/);
    await assert.rejects(discard(tree, 30), /has files, but is no worktree/);
    assert.deepEqual(readAll(tree.folder), { file: 'one\n', new: 'new\n' });
  });

  it('starts filters where they may run, and nothing else that the repository names', async function () {
    if (process.platform === 'win32') return this.skip();
    begin();
    const marks = path.join(folder(), 'marks');
    const hooks = path.join(folder(), 'hooks');
    const program = (name: string, line: string) => {
      fs.mkdirSync(hooks, { recursive: true });
      const text = `#!/bin/sh\necho ${name} >> '${marks}'\n${line}\n`;
      fs.writeFileSync(path.join(hooks, name), text, { mode: 0o755 });
      return `'${path.join(hooks, name)}'`;
    };
    const ran = () => {
      const names = fs.existsSync(marks) ? fs.readFileSync(marks, 'utf8').split('\n') : [];
      fs.rmSync(marks, { force: true });
      return [...new Set(names.filter(Boolean))].sort();
    };
    writeAll(workspace(), {
      '.gitattributes': '*.big filter=lfs merge=evil diff=evil\n',
      'a.big': 'POINTER\n',
    });
    commit();
    for (const name of [
      'post-checkout',
      'reference-transaction',
      'post-index-change',
      'post-merge',
      'pre-commit',
    ])
      program(name, 'cat > /dev/null');
    git('config', 'core.hooksPath', hooks);
    git('config', 'core.fsmonitor', program('fsmonitor', 'exit 0'));
    git('config', 'filter.lfs.clean', program('clean', 'tr a-z A-Z'));
    git('config', 'filter.lfs.smudge', program('smudge', 'tr A-Z a-z'));
    git('config', 'filter.lfs.required', 'true');
    git('config', 'diff.evil.command', program('diff', ''));
    git('config', 'diff.evil.textconv', program('textconv', 'cat "$1"'));
    git('config', 'merge.evil.driver', program('driver', 'exit 0'));
    ran();
    const untrusted = await make();
    assert.deepEqual(readAll(untrusted.folder)['a.big'], 'POINTER\n');
    await keep(untrusted);
    await discard(untrusted, 30);
    assert.deepEqual(ran(), []);
    const tree = await make(workspace(), true);
    assert.equal(readAll(tree.folder)['a.big'], 'pointer\n');
    writeAll(tree.folder, { 'a.big': 'content\n' });
    await keep(tree);
    assert.equal(git('cat-file', 'blob', `${kept}:a.big`), 'CONTENT');
    assert.deepEqual(ran(), ['clean', 'smudge']);
    fs.writeFileSync(path.join(hooks, 'clean'), '#!/bin/sh\nexit 1\n');
    writeAll(tree.folder, { 'a.big': 'more content\n' });
    await keep(tree);
    assert.equal(git('cat-file', 'blob', `${kept}:a.big`), 'more content');
  });

  it('leaves submodules empty, and what is changed in one is not kept', async () => {
    const library = path.join(folder(), 'storage');
    gitIn(library, 'init', '-q');
    writeAll(library, { code: 'one\n' });
    gitIn(library, 'add', '.');
    gitIn(library, 'commit', '-q', '-m', 'one');
    begin();
    writeAll(workspace(), { file: 'one\n' });
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'sub');
    commit();
    const tree = await make();
    assert.deepEqual(fs.readdirSync(path.join(tree.folder, 'sub')), []);
    writeAll(tree.folder, { file: 'two\n', 'sub/lost': 'x' });
    await keep(tree);
    assert.equal(git('rev-parse', `${kept}:sub`), git('rev-parse', 'HEAD:sub'));
    assert.equal((await merge(tree)).done, true);
    assert.deepEqual(readAll(workspace())['sub/code'], 'one\n');
    assert.equal(git('status', '--porcelain'), '');
  });

  it('works with a detached head, a sparse index and ends of lines that git changes', async () => {
    begin();
    writeAll(workspace(), { 'in/file': 'one\r\ntwo\r\n', 'out/file': 'one\n', 'out/deep/file': 'one\n' });
    git('config', 'core.autocrlf', 'true');
    commit();
    git('checkout', '-q', '--detach');
    git('sparse-checkout', 'set', '--cone', '--sparse-index', 'in');
    const tree = await make();
    writeAll(tree.folder, { 'in/file': 'one\r\nTWO\r\n', 'out/file': 'written all the same\n' });
    await keep(tree);
    assert.equal(git('ls-tree', '-r', '--name-only', kept), 'in/file\nout/deep/file\nout/file');
    assert.equal(git('show', `${kept}:out/file`), 'written all the same');
    await discard(tree, 30);
    await restore(tree);
    assert.equal(readAll(tree.folder)['in/file'], 'one\r\nTWO\r\n');
    assert.equal((await merge(tree)).done, true);
    assert.equal(git('status', '--porcelain'), '');
    assert.equal(readAll(workspace())['in/file'], 'one\r\nTWO\r\n');
    assert.equal(git('rev-parse', '--abbrev-ref', 'HEAD'), 'HEAD');
  });

  it('says that there is no git', async () => {
    begin();
    const { PATH } = process.env;
    process.env.PATH = folder();
    try {
      await assert.rejects(make(), /git is not installed/);
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('makes one of a repository in the workspace, and says why there is none of the workspace', async () => {
    const inner = path.join(workspace(), 'packages/inner');
    fs.mkdirSync(inner, { recursive: true });
    await assert.rejects(make(), /is in no git repository that can be used/);
    gitIn(inner, 'init', '-q', '-b', 'main');
    writeAll(inner, { 'deep/file': 'one\n' });
    gitIn(inner, 'add', '.');
    gitIn(inner, 'commit', '-q', '-m', 'one');
    const tree = await make(path.join(inner, 'deep'));
    assert.deepEqual([tree.top, readAll(tree.folder)], [fs.realpathSync(inner), { 'deep/file': 'one\n' }]);
    assert.equal(readRecord(tree.folder)?.state, 'made');
  });
});

function writeAll(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

/** Texts, and where links lead, by path; without what is git's own. */
function readAll(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.flatMap((name) => {
      const file = path.join(folder, name);
      const facts = fs.lstatSync(file);
      if (name.split(path.sep)[0] === '.git' || facts.isDirectory()) return [];
      return [[name, facts.isSymbolicLink() ? `-> ${fs.readlinkSync(file)}` : fs.readFileSync(file, 'utf8')]];
    }),
  );
}
