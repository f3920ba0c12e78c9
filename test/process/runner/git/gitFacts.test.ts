import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { GitReader, parseStatus } from '../../../../src/runner/git/gitFacts';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';

describe('facts about git', () => {
  const folder = useFolder();

  const git = (...args: string[]) => gitIn(folder(), ...args);

  it('are null without a repository or a commit', async () => {
    assert.equal(await new GitReader(folder()).read(), null);
    git('init', '-q');
    assert.equal(await new GitReader(folder()).read(), null);
    assert.equal(await new GitReader(path.join(folder(), 'gone')).read(), null);
  });

  it('include commit, branch and whether tracked files have changes', async () => {
    git('init', '-q', '-b', 'trunk');
    fs.writeFileSync(path.join(folder(), 'file'), 'one');
    git('add', 'file');
    git('commit', '-q', '-m', 'one');
    const commit = git('rev-parse', 'HEAD');
    fs.writeFileSync(path.join(folder(), 'result'), 'untracked');
    assert.deepEqual(await new GitReader(folder()).read(), { commit, branch: 'trunk', dirty: false });
    fs.writeFileSync(path.join(folder(), 'file'), 'two');
    assert.deepEqual(await new GitReader(folder()).read(), { commit, branch: 'trunk', dirty: true });
  });

  it('reuse an answer for a moment', () => {
    const reader = new GitReader(folder());
    assert.equal(reader.read(), reader.read());
  });

  it('recognise a detached HEAD', () => {
    assert.deepEqual(parseStatus('# branch.oid abc\n# branch.head (detached)\n'), {
      commit: 'abc',
      branch: null,
      dirty: false,
    });
  });
});
