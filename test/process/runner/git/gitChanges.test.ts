import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  changesBetween,
  fileAt,
  isCommit,
  parseNameStatus,
  untrackedSince,
} from '../../../../src/runner/git/gitChanges';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';

describe('changes in git', () => {
  const folder = useFolder();
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder(), name)), { recursive: true });
    fs.writeFileSync(path.join(folder(), name), text);
  };

  const git = (...args: string[]) => gitIn(folder(), ...args);

  function commit(): string {
    git('add', '.');
    git('commit', '-q', '-m', 'Go on');
    return git('rev-parse', 'HEAD');
  }

  it('are those between two commits, or between a commit and the files', async () => {
    git('init', '-q');
    write('kept ä.txt', 'one\n');
    write('gone.txt', 'gone\n');
    write('old.txt', 'a long enough text to be known again\n'.repeat(5));
    const from = commit();
    write('kept ä.txt', 'two\n');
    fs.rmSync(path.join(folder(), 'gone.txt'));
    fs.renameSync(path.join(folder(), 'old.txt'), path.join(folder(), 'new.txt'));
    write('deep/added.txt', 'added\n');
    const to = commit();
    const expected = [
      { path: 'deep/added.txt', before: null, status: 'added' },
      { path: 'gone.txt', before: null, status: 'deleted' },
      { path: 'kept ä.txt', before: null, status: 'modified' },
      { path: 'new.txt', before: 'old.txt', status: 'renamed' },
    ];
    assert.deepEqual(await changesBetween(folder(), from, to), expected);
    write('deep/added.txt', 'changed\n');
    assert.deepEqual(await changesBetween(folder(), to, null), [
      { path: 'deep/added.txt', before: null, status: 'modified' },
    ]);
    assert.equal(await fileAt(folder(), from, 'kept ä.txt'), 'one\n');
    assert.deepEqual(await changesBetween(path.join(folder(), 'deep'), from, to), [
      { path: 'added.txt', before: null, status: 'added' },
    ]);
  });

  it("are found without a change of git's index, and without what merely looks changed", async () => {
    git('init', '-q');
    write('same.txt', 'same\n');
    const from = commit();
    const index = path.join(folder(), '.git/index');
    const before = fs.readFileSync(index);
    // As new to git as if it had been written.
    fs.utimesSync(path.join(folder(), 'same.txt'), 1_000, 1_000);
    assert.deepEqual(await changesBetween(folder(), from, null), []);
    assert.ok(fs.readFileSync(index).equals(before));
    fs.rmSync(index);
    assert.deepEqual(await changesBetween(folder(), from, null), [
      { path: 'same.txt', before: null, status: 'deleted' },
    ]);
  });

  it('are null if git fails', async () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    assert.equal(await changesBetween(folder(), commit, null), null);
    assert.deepEqual(await untrackedSince(folder(), 0), []);
    git('init', '-q');
    assert.equal(await changesBetween(folder(), commit, null), null);
    assert.equal(await fileAt(folder(), commit, 'a'), null);
  });

  it('are null if something is not a commit', async () => {
    git('init', '-q');
    write('a', 'a');
    commit();
    const trick = `--output=${path.join(folder(), 'made')}`;
    assert.equal(await changesBetween(folder(), trick, null), null);
    assert.equal(await fileAt(folder(), 'HEAD', 'a'), null);
    assert.equal(fs.existsSync(path.join(folder(), 'made')), false);
    assert.deepEqual(['HEAD', '-p', '', 'abcdef'].filter(isCommit), []);
  });

  it('include new files written since then', async () => {
    git('init', '-q');
    write('.gitignore', 'ignored\n');
    commit();
    write('before', '');
    fs.utimesSync(path.join(folder(), 'before'), 1_000, 1_000);
    write('after', '');
    write('ignored', '');
    assert.deepEqual(await untrackedSince(folder(), 2_000_000), [
      { path: 'after', before: null, status: 'untracked' },
    ]);
  });

  it("are parsed from git's output, including copies and unusual types", () => {
    assert.deepEqual(parseNameStatus('M\0a b\0C075\0from\0to\0T\0link\0R100\0x\0y\0D\0z\0A\0n\0'), [
      { path: 'a b', before: null, status: 'modified' },
      { path: 'to', before: null, status: 'added' },
      { path: 'link', before: null, status: 'modified' },
      { path: 'y', before: 'x', status: 'renamed' },
      { path: 'z', before: null, status: 'deleted' },
      { path: 'n', before: null, status: 'added' },
    ]);
    assert.deepEqual(parseNameStatus(''), []);
    assert.deepEqual(parseNameStatus('M'), []);
  });
});
