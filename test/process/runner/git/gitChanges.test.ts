import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { GitChanges } from '../../../../src/core/model';
import {
  changesBetween,
  changesSince,
  contentOf,
  fileAt,
  hasContent,
  idOfFile,
} from '../../../../src/runner/git/gitChanges';
import { type Baseline, isCommit, parseRawDiff, readBaseline } from '../../../../src/runner/git/worktree';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';

describe('changes in git', () => {
  const folder = useFolder();
  const fileIn = (name: string) => path.join(folder(), name);
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(fileIn(name)), { recursive: true });
    fs.writeFileSync(fileIn(name), text);
  };
  const git = (...args: string[]) => gitIn(folder(), ...args);

  function commit(): string {
    git('add', '.');
    git('commit', '-q', '-m', 'Go on');
    return git('rev-parse', 'HEAD');
  }

  async function start(): Promise<Baseline> {
    const baseline = await readBaseline(folder());
    assert.ok(baseline);
    // As it is kept in a file.
    return JSON.parse(JSON.stringify(baseline)) as Baseline;
  }

  async function since(baseline: Baseline): Promise<GitChanges> {
    const changes = await changesSince(folder(), baseline);
    assert.ok(changes);
    return changes;
  }

  const shown = ({ files }: GitChanges) =>
    files.map(({ status, path, before }) => [status, path, ...(before === null ? [] : [before])].join(' '));

  const claim = (commit: string, at = 0): Baseline => ({ commit, files: [], since: at });

  it('are those between two commits', async () => {
    git('init', '-q');
    write('kept ä.txt', 'one\n');
    write('gone.txt', 'gone\n');
    write('old.txt', 'a long enough text to be known again\n'.repeat(5));
    const from = commit();
    write('kept ä.txt', 'two\n');
    fs.rmSync(fileIn('gone.txt'));
    fs.renameSync(fileIn('old.txt'), fileIn('new.txt'));
    write('deep/added.txt', 'added\n');
    const to = commit();
    const changes = await changesBetween(folder(), from, to);
    assert.ok(changes);
    assert.deepEqual(shown(changes), [
      'added deep/added.txt',
      'deleted gone.txt',
      'modified kept ä.txt',
      'renamed new.txt old.txt',
    ]);
    const [added, gone, kept] = changes.files;
    assert.deepEqual([added?.from, gone?.to], [null, null]);
    assert.equal(await contentOf(folder(), kept?.from ?? ''), 'one\n');
    assert.equal(await contentOf(folder(), kept?.to ?? ''), 'two\n');
    assert.equal(await fileAt(folder(), from, 'kept ä.txt'), 'one\n');
    const inDeep = await changesBetween(fileIn('deep'), from, to);
    assert.deepEqual(inDeep && shown(inDeep), ['added added.txt']);
  });

  it('of a run are those between its start and its end, not those before and not those after', async () => {
    git('init', '-q');
    for (const name of ['earlier', 'both', 'own', 'gone', 'later', 'link']) write(name, `${name} 1\n`);
    commit();
    write('earlier', 'changed before the run\n');
    write('both', 'changed before the run\n');
    write('new before', 'new\n');
    write('new and rewritten', 'new\n');
    write('temporary', 'new\n');
    fs.rmSync(fileIn('link'));
    fs.symlinkSync('own', fileIn('link'));
    const baseline = await start();

    write('both', 'changed by the run\n');
    write('own', 'own 2\n');
    write('neu 变更.txt', 'new\n');
    write('new and rewritten', 'new, too\n');
    fs.rmSync(fileIn('temporary'));
    fs.rmSync(fileIn('gone'));
    // Rewritten with the same content.
    write('earlier', 'changed before the run\n');
    write('new before', 'new\n');
    const changes = await since(baseline);
    assert.deepEqual(shown(changes), [
      'modified both',
      'deleted gone',
      'untracked neu 变更.txt',
      'modified new and rewritten',
      'modified own',
      'deleted temporary',
    ]);
    assert.deepEqual([changes.since, changes.more], ['start', 0]);
    const own = changes.files.find(({ path }) => path === 'own');
    assert.equal(await contentOf(folder(), own?.from ?? ''), 'own 1\n');
    assert.equal(own?.to, await idOfFile(folder(), 'own'));
    // Nothing was written into the repository.
    assert.equal(await hasContent(folder(), own?.to ?? ''), false);
    assert.equal(git('status', '--porcelain', 'own'), 'M own');
  });

  it('do not depend on whether the run committed them', async () => {
    git('init', '-q');
    write('file', 'one\n');
    write('earlier', 'one\n');
    const first = commit();
    write('earlier', 'two\n');
    write('new before', 'new\n');
    const baseline = await start();
    write('file', 'two\n');
    write('moved', 'a file that was not there\n');
    commit();
    const changes = await since(baseline);
    assert.equal(changes.commit, first);
    assert.deepEqual(shown(changes), ['modified file', 'added moved']);
    assert.ok(await hasContent(folder(), changes.files[0]?.to ?? ''));
    // The way back: what was changed before is as in the commit again.
    git('checkout', '-q', first);
    assert.deepEqual(shown(await since(baseline)), ['modified earlier', 'deleted new before']);
  });

  it('include renamed files', async () => {
    git('init', '-q');
    write('old.txt', 'a long enough text to be known again\n'.repeat(5));
    commit();
    const baseline = await start();
    git('mv', 'old.txt', 'new.txt');
    fs.appendFileSync(fileIn('new.txt'), 'and more\n');
    assert.deepEqual(shown(await since(baseline)), ['renamed new.txt old.txt']);
  });

  it('without a record of the start are those since the commit, and new files since the claim', async () => {
    git('init', '-q');
    write('.gitignore', 'ignored\n');
    write('earlier', 'one\n');
    const first = commit();
    write('earlier', 'two\n');
    write('before', '');
    fs.utimesSync(fileIn('before'), 1_000, 1_000);
    write('after', '');
    write('ignored', '');
    const changes = await since(claim(first, 2_000_000));
    assert.deepEqual(shown(changes), ['untracked after', 'modified earlier']);
    assert.equal(changes.since, 'claim');
  });

  it('list 200 of 10,000 files, and say how many others there are', async () => {
    git('init', '-q');
    write('.keep', '');
    commit();
    const baseline = await start();
    fs.mkdirSync(fileIn('many'));
    for (let number = 0; number < 10_000; number += 1) fs.writeFileSync(fileIn(`many/${number}`), '');
    const changes = await since(baseline);
    assert.deepEqual([changes.files.length, changes.more], [200, 9_800]);
    // Files that were there before are not the run's, however many.
    assert.deepEqual(shown(await since(await start())), []);
  });

  it('are not read from files that are too large, that are no files, or that have names of two lines', async () => {
    git('init', '-q');
    write('.keep', '');
    commit();
    const baseline = await start();
    write('large', '');
    fs.truncateSync(fileIn('large'), 9 * 1024 * 1024);
    if (process.platform !== 'win32') write('two\nlines', '');
    gitIn(folder(), 'init', '-q', 'nested');
    write('nested/file', '');
    const changes = await since(baseline);
    const wanted = ['untracked large', ...(process.platform === 'win32' ? [] : ['untracked two\nlines'])];
    assert.deepEqual(shown(changes), wanted);
    assert.ok(changes.files.every(({ to }) => to === null));
  });

  it("are found without a change of git's index, and without what merely looks changed", async () => {
    git('init', '-q');
    write('same.txt', 'same\n');
    const from = commit();
    const index = path.join(folder(), '.git/index');
    const before = fs.readFileSync(index);
    // As new to git as if it had been written.
    fs.utimesSync(path.join(folder(), 'same.txt'), 1_000, 1_000);
    const baseline = await start();
    assert.deepEqual(baseline, { commit: from, files: [], since: null });
    assert.deepEqual(shown(await since(claim(from))), []);
    assert.ok(fs.readFileSync(index).equals(before));
    fs.rmSync(index);
    assert.equal((await start()).commit, from);
    assert.deepEqual(shown(await since(claim(from))), []);
    write('same.txt', 'other\n');
    assert.deepEqual(shown(await since(claim(from))), ['modified same.txt']);
  });

  it('start from what git is asked in four calls, since every run waits for them', async () => {
    git('init', '-q');
    write('a', 'a');
    commit();
    const trace = fileIn('.git/trace');
    process.env.GIT_TRACE2_EVENT = trace;
    await start().finally(() => {
      delete process.env.GIT_TRACE2_EVENT;
    });
    const starts = fs.readFileSync(trace, 'utf8').match(/"event":"start"/g);
    assert.equal(starts?.length, 4);
  });

  it('are null if git fails', async () => {
    const commitId = '0123456789abcdef0123456789abcdef01234567';
    assert.equal(await changesBetween(folder(), commitId, commitId), null);
    assert.equal(await readBaseline(folder()), null);
    assert.equal(await changesSince(folder(), claim(commitId)), null);
    git('init', '-q');
    assert.equal(await changesBetween(folder(), commitId, commitId), null);
    assert.equal(await readBaseline(folder()), null);
    assert.equal(await fileAt(folder(), commitId, 'a'), null);
    assert.equal(await idOfFile(folder(), 'a'), null);
    assert.equal(await hasContent(folder(), commitId), false);
  });

  it('are null if something is not a commit', async () => {
    git('init', '-q');
    write('a', 'a');
    const first = commit();
    const trick = `--output=${fileIn('made')}`;
    assert.equal(await changesBetween(folder(), trick, first), null);
    assert.equal(await changesBetween(folder(), first, trick), null);
    assert.equal(await changesSince(folder(), claim(trick)), null);
    assert.equal(await contentOf(folder(), trick), null);
    assert.equal(await fileAt(folder(), 'HEAD', 'a'), null);
    assert.equal(fs.existsSync(fileIn('made')), false);
    assert.deepEqual(['HEAD', '-p', '', 'abcdef'].filter(isCommit), []);
  });

  it("are parsed from git's output, including copies and unusual types", () => {
    const [zero, one, two] = ['0', '1', '2'].map((digit) => digit.repeat(40)) as [string, string, string];
    const line = (letter: string, from: string, to: string) => `:100644 100644 ${from} ${to} ${letter}`;
    const words = [
      ...[line('M', one, zero), 'a b', line('C075', one, two), 'from', 'to', line('T', one, two), 'link'],
      ...[line('R100', one, two), 'x', 'y', line('D', one, zero), 'z', line('A', zero, two), 'n'],
      ...[line('U', zero, zero), 'both', ''],
    ];
    const parsed = [...parseRawDiff(words.join('\0'))].map(([name, { base, now, before }]) =>
      [name, base?.[0], now?.[0], before].map((word) => word ?? '-').join(' '),
    );
    assert.deepEqual(parsed, [
      'a b 1 - -',
      'to - 2 -',
      'link 1 2 -',
      'y - 2 x',
      'x 1 - -',
      'z 1 - -',
      'n - 2 -',
    ]);
    assert.equal(parseRawDiff('').size, 0);
  });
});
