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
      changed: false,
      rewritten: [],
    });
  });

  describe('where files have filters', () => {
    const write = (name: string, text: string) => fs.writeFileSync(path.join(folder(), name), text);
    const dirty = async (at = folder()) => (await new GitReader(at).read())?.dirty;

    beforeEach(() => {
      git('init', '-q');
      git('config', 'filter.large.clean', 'echo pointer');
      git('config', 'filter.large.smudge', 'cat');
      git('config', 'filter.large.required', 'true');
      write('.gitattributes', '*.bin filter=large\n*.odd filter=nowhere\n');
      fs.mkdirSync(path.join(folder(), 'deep'));
      for (const name of ['ä b.bin', 'deep/c.bin', 'd.odd', 'plain']) {
        write(name, name);
        // Git reads files again that are as new as its index.
        fs.utimesSync(path.join(folder(), name), 1_000, 1_000);
      }
      git('add', '.');
      git('commit', '-q', '-m', 'one');
    });

    it('know that nothing has changed as long as no file was written', async () => {
      assert.equal(await dirty(), false);
    });

    it('do not know whether a file with a filter has changed', async () => {
      write('ä b.bin', 'other');
      write('deep/c.bin', 'other');
      assert.equal(await dirty(), null);
      assert.equal(await dirty(path.join(folder(), 'deep')), null);
    });

    it('know of changes that need no filter', async () => {
      write('ä b.bin', 'other');
      const changes: [string, () => void, () => void][] = [
        ['another file', () => write('plain', 'other'), () => git('checkout', '-q', 'plain')],
        ['one whose filter is not set up', () => write('d.odd', 'x'), () => git('checkout', '-q', 'd.odd')],
        [
          'a file that is gone',
          () => fs.rmSync(path.join(folder(), 'plain')),
          () => git('checkout', '-q', 'plain'),
        ],
        [
          'a staged file',
          () => git('-c', 'filter.large.clean=cat', 'add', 'ä b.bin'),
          () => git('reset', '-q', '--hard'),
        ],
      ];
      for (const [what, change, undo] of changes) {
        change();
        assert.equal(await dirty(), true, what);
        undo();
      }
    });
  });
});
