import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import type { Attempt, FileChange, GitChanges, GitFacts, RunNote } from '../../../../src/core/model';
import { english } from '../../../../src/core/translator';
import {
  type ChangesFacts,
  type GitSource,
  readChanges,
} from '../../../../src/editor/taskPage/taskPageChanges';
import type { Baseline } from '../../../../src/runner/git/worktree';
import { aTask } from '../../../support/sampleRows';

const started = Date.UTC(2026, 0, 31, 9);
const clean = (commit: string): GitFacts => ({ commit, branch: 'main', dirty: false });
const [first, second, third] = ['1111111aaaa', '2222222bbbb', '3333333cccc'].map(clean) as [
  GitFacts,
  GitFacts,
  GitFacts,
];
const change = (path: string, status: FileChange['status'] = 'modified'): FileChange => ({
  path,
  before: null,
  status,
  from: null,
  to: null,
});
const changes = (part: Partial<GitChanges> = {}): GitChanges => ({
  commit: first.commit,
  since: 'start',
  files: [change('a.ts'), change('b.ts', 'untracked')],
  more: 0,
  ...part,
});
const note: RunNote = { code: 'uncommitted', values: { files: 2, path: 'a.ts' } };
const over = { finished_at: toInstant(started + 1_000) };

function facts(
  run: Partial<Attempt>,
  now: GitFacts | undefined,
  part: Partial<ChangesFacts> = {},
): ChangesFacts {
  const attempt = {
    number: 1,
    started_at: toInstant(started),
    finished_at: null,
    git: first,
    git_ended: null,
  };
  const attempts = [{ ...attempt, ...run } as Attempt];
  return {
    task: aTask({ attempts: 1, status: 'running' }),
    attempts,
    attempt: 1,
    now,
    trusted: true,
    ...part,
  };
}

/** Answers, and records what it was asked. */
function source(found: GitChanges | null, baseline: Baseline | null = null) {
  const asked: unknown[] = [];
  const git: GitSource = {
    baseline: () => baseline,
    changesBetween: async (from, to) => {
      asked.push([from, to]);
      return found;
    },
    changesSince: async (given) => {
      asked.push(given);
      return found;
    },
    notes: () => [note],
  };
  return { git, asked };
}

const recorded = (part: Partial<GitChanges> = {}): Partial<Attempt> => ({
  ...over,
  git_ended: { ...first, changes: changes(part) },
});

describe('what an attempt changed in git', () => {
  it('is compared with the files now while it runs', async () => {
    const before: Baseline = { commit: first.commit, files: [], since: null };
    const { git, asked } = source(changes(), before);
    const { view, live } = await readChanges(facts({}, second), git, english);
    assert.deepEqual(asked, [before]);
    assert.ok(live);
    assert.deepEqual(
      view.files.map(({ path, word }) => [path, word]),
      [
        ['a.ts', 'modified'],
        ['b.ts', 'untracked'],
      ],
    );
    assert.equal(view.detail, 'From the start of this run, at 1111111, to the current files.');
  });

  it('is compared with the commit of the claim where nothing was recorded before the start', async () => {
    const { git, asked } = source(changes({ since: 'claim', files: [] }));
    const { view } = await readChanges(facts({}, second), git, english);
    assert.deepEqual(asked, [{ commit: first.commit, files: [], since: started }]);
    assert.equal(view.detail, 'From 1111111, where it was claimed, to the current files. No files changed.');
  });

  it('is what was recorded at its end, whatever has happened since', async () => {
    for (const now of [first, second, undefined]) {
      const { git, asked } = source(changes({ files: [change('of a later task')] }));
      const found = await readChanges(facts(recorded(), now), git, english);
      assert.deepEqual(asked, []);
      assert.equal(found.live, false);
      assert.deepEqual(
        found.view.files.map(({ path }) => path),
        ['a.ts', 'b.ts'],
      );
      assert.equal(
        found.view.detail,
        'From the start of this run, at 1111111, to its end, whoever changed them meanwhile.',
      );
    }
  });

  it('is what was committed by its end if nothing was recorded', async () => {
    const { git, asked } = source(changes({ files: [] }));
    const { view } = await readChanges(facts({ ...over, git_ended: second }, third), git, english);
    assert.deepEqual(asked, [[first.commit, second.commit]]);
    assert.match(view.detail, /From 1111111 to 2222222, where it ended.* No files changed\.$/);
    for (const git_ended of [first, null]) {
      const unknown = await readChanges(facts({ ...over, git_ended }, first), git, english);
      assert.match(unknown.view.detail, /^The files it changed were not recorded at its end: /);
      assert.deepEqual(unknown.view.files, []);
    }
    assert.equal(asked.length, 1);
  });

  it('says which changes may not be its own', async () => {
    const { git } = source(null);
    const detailOf = async (dirty: boolean | null, since: GitChanges['since']) => {
      const run = { ...recorded({ since }), git: { ...first, dirty } };
      return (await readChanges(facts(run, first), git, english)).view.detail;
    };
    assert.match(await detailOf(true, 'claim'), /Some of these files had already been changed before\.$/);
    assert.match(
      await detailOf(null, 'claim'),
      /Whether some of these files had already been changed before is unknown\.$/,
    );
    assert.match(await detailOf(true, 'start'), /whoever changed them meanwhile\.$/);
  });

  it('comes with what the run did not see, at its start and at its end', async () => {
    const { git } = source(changes());
    const end = { ...first, notes: [note, { code: 'newer', values: {} } as unknown as RunNote] };
    const runs: Partial<Attempt>[] = [{}, { ...over, git_ended: end }, { ...over, git_ended: first }];
    const shown = await Promise.all(runs.map((run) => readChanges(facts(run, first), git, english)));
    const [running, ended, silent] = shown.map(({ view }) => view.notes);
    assert.match(running?.join('') ?? '', /did not see \(files: 2, such as a\.ts\)/);
    assert.deepEqual(ended, running);
    assert.deepEqual(silent, []);
  });

  it('says why there is nothing to show', async () => {
    const { git, asked } = source(null);
    const details = async (given: ChangesFacts) => (await readChanges(given, git, english)).view.detail;
    assert.match(await details(facts({}, undefined, { trusted: false })), /trust this workspace/);
    assert.match(await details(facts({}, first, { attempt: 0 })), /Nobody has started/);
    assert.match(await details(facts({ git: null }, first)), /git state at the time of the claim is unknown/);
    assert.deepEqual(asked, []);
    assert.match(
      await details(facts({}, first)),
      /1111111 no longer exists, or more than 20,000 files differ/,
    );
    assert.match(await details(facts({ ...over, git_ended: second }, first)), /1111111 no longer exists/);
    const german = await readChanges(facts(over, first), git, english, 'de');
    assert.match(german.view.detail, /not recorded at its end.* or more than 20\.000 files differed\.$/);
  });

  it('passes on the number of files that are not listed', async () => {
    const { git } = source(null);
    const { view } = await readChanges(facts(recorded({ more: 9_800 }), first), git, english);
    assert.deepEqual([view.files.length, view.more], [2, 9_800]);
    const none = await readChanges(facts(recorded({ files: [], more: 1 }), first), git, english);
    assert.doesNotMatch(none.view.detail, /No files changed/);
  });
});
