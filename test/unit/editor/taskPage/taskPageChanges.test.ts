import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import type { Attempt, GitFacts } from '../../../../src/core/model';
import { english } from '../../../../src/core/translator';
import {
  type ChangesFacts,
  type GitSource,
  readChanges,
} from '../../../../src/editor/taskPage/taskPageChanges';
import type { GitChange } from '../../../../src/runner/git/gitChanges';
import { aTask } from '../../../support/sampleRows';

const started = Date.UTC(2026, 0, 31, 9);
const clean = (commit: string): GitFacts => ({ commit, branch: 'main', dirty: false });
const [first, second, third] = ['1111111aaaa', '2222222bbbb', '3333333cccc'].map(clean) as [
  GitFacts,
  GitFacts,
  GitFacts,
];
const modified: GitChange = { path: 'a.ts', before: null, status: 'modified' };
const fresh: GitChange = { path: 'b.ts', before: null, status: 'untracked' };

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
function source(changes: GitChange[] | null, untracked: GitChange[] = []) {
  const asked: unknown[] = [];
  const git: GitSource = {
    changesBetween: async (from, to) => {
      asked.push([from, to]);
      return changes;
    },
    untrackedSince: async (since) => {
      asked.push(since);
      return untracked;
    },
  };
  return { git, asked };
}

describe('what changed in git since a task was claimed', () => {
  it('includes the working tree while it runs, and until the next commit after it', async () => {
    for (const run of [{}, { finished_at: toInstant(started + 1_000), git_ended: second }]) {
      const { git, asked } = source([modified], [fresh]);
      const { view, compared } = await readChanges(facts(run, second), git, english);
      assert.deepEqual(asked, [[first.commit, null], started]);
      assert.deepEqual(compared, { from: first.commit, to: null });
      assert.deepEqual(
        view.files.map(({ path, word }) => [path, word]),
        [
          ['a.ts', 'modified'],
          ['b.ts', 'untracked'],
        ],
      );
    }
  });

  it('ends with the commit of its end if there was a later one', async () => {
    const { git, asked } = source([]);
    const run = { finished_at: toInstant(started + 1_000), git_ended: second };
    const { view } = await readChanges(facts(run, third), git, english);
    assert.deepEqual(asked, [[first.commit, second.commit]]);
    assert.match(view.detail, /From 1111111 to 2222222, where it ended.* No files changed\.$/);
  });

  it('says which changes may not be its own', async () => {
    const { git } = source([modified]);
    const { view } = await readChanges(facts({ git: { ...first, dirty: true } }, first), git, english);
    assert.match(view.detail, /Some of these files had already been changed before\.$/);
    const doubtful = await readChanges(facts({ git: { ...first, dirty: null } }, first), git, english);
    assert.match(
      doubtful.view.detail,
      /Whether some of these files had already been changed before is unknown\.$/,
    );
  });

  it('says why there is nothing to show', async () => {
    const { git, asked } = source(null);
    const details = async (given: ChangesFacts) => (await readChanges(given, git, english)).view.detail;
    assert.match(await details(facts({}, undefined, { trusted: false })), /trust this workspace/);
    assert.match(await details(facts({}, first, { attempt: 0 })), /Nobody has started/);
    assert.match(await details(facts({ git: null }, first)), /git state at the time of the claim is unknown/);
    assert.deepEqual(asked, []);
    assert.match(await details(facts({}, first)), /1111111 no longer exists/);
  });

  it('lists 200 files and the number of others', async () => {
    const { git } = source(Array.from({ length: 230 }, (_, index) => ({ ...modified, path: `${index}` })));
    const { view } = await readChanges(facts({}, first), git, english);
    assert.equal(view.files.length, 200);
    assert.equal(view.more, 30);
  });
});
