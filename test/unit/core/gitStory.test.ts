import assert from 'node:assert/strict';
import { type GitMoments, gitStory, gitStoryOf } from '../../../src/core/gitStory';
import type { Attempt, GitFacts } from '../../../src/core/model';
import { aTask } from '../../support/sampleRows';

const at = (commit: string, dirty: boolean | null = false): GitFacts => ({
  commit: commit.repeat(40),
  branch: 'main',
  dirty,
});
const [a, b] = [at('a', true), at('b')];

describe('The git story of a task', () => {
  const cases: [string, Partial<GitMoments>, string | null][] = [
    ['nothing is known', {}, null],
    ['nothing has moved', { queued: a, claimed: a, now: a }, 'aaaaaaa (dirty)'],
    [
      'it moved since the claim',
      { queued: a, claimed: a, now: b },
      'claimed at aaaaaaa (dirty), now bbbbbbb',
    ],
    [
      'it moved before the claim',
      { queued: a, claimed: b, now: b },
      'queued at aaaaaaa (dirty), claimed at bbbbbbb',
    ],
    [
      'it moved during the run',
      { queued: b, claimed: b, ended: a },
      'claimed at bbbbbbb, ended at aaaaaaa (dirty)',
    ],
    [
      'it moved and came back',
      { queued: a, claimed: b, ended: a },
      'queued at aaaaaaa (dirty), claimed at bbbbbbb, ended at aaaaaaa (dirty)',
    ],
    [
      'only changes were made',
      { claimed: at('a'), ended: a },
      'claimed at aaaaaaa, ended at aaaaaaa (dirty)',
    ],
    ['only the end is known', { ended: b }, 'bbbbbbb'],
    [
      'a filter would have to say whether there were changes',
      { claimed: at('a', null), ended: at('a', null), now: b },
      'ended at aaaaaaa (changes unknown), now bbbbbbb',
    ],
  ];
  for (const [what, moments, story] of cases) {
    it(`is right if ${what}`, () =>
      assert.equal(gitStory({ queued: null, claimed: null, ended: null, now: null, ...moments }), story));
  }

  it('covers each attempt, and the present only until the task ends', () => {
    const attempts = [
      { number: 1, git: a, git_ended: b },
      { number: 2, git: b, git_ended: null },
    ] as Attempt[];
    const task = aTask({ attempts: 2, git: a });
    assert.equal(
      gitStoryOf(task, attempts, a),
      'queued at aaaaaaa (dirty), claimed at bbbbbbb, now aaaaaaa (dirty)',
    );
    assert.equal(gitStoryOf(task, attempts, a, 1), 'claimed at aaaaaaa (dirty), ended at bbbbbbb');
    const ended = { ...task, finished_at: '2026-01-31T09:00:00.000000Z' };
    assert.equal(gitStoryOf(ended, attempts, a), 'queued at aaaaaaa (dirty), claimed at bbbbbbb');
  });
});
