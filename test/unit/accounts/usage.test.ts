import assert from 'node:assert/strict';
import { costIn, tokensIn, usageOf, usageOfTask } from '../../../src/accounts/usage';
import type { Attempt, Usage } from '../../../src/core/model';

const used = (cost: number | null, tokens: number | null = null): Usage => ({
  ...{ input: tokens, cached: null, output: tokens && tokens / 10 },
  ...{ cost_usd: cost, turns: null },
});
const run = (usage: Usage | null, outcome: Attempt['outcome'] = 'succeeded') => ({
  ...{ usage, outcome },
  agent_session: null,
});

describe('What agents have used', () => {
  it('is the sum of what they say, and never less than what is unknown', () => {
    const all = [run(used(0.5, 1_000)), run(used(0.25, 500), 'limited')];
    assert.deepEqual([costIn(usageOf(all)), tokensIn(usageOf(all))], ['$0.75', '1,500 read, 150 written']);
    const some = usageOf([...all, run(used(null, 100)), run(null, 'interrupted')]);
    assert.equal(costIn(some), 'at least $0.75 (unknown for 2 of 4 runs)');
    const none = usageOf([run(null, 'lost')]);
    assert.deepEqual([costIn(none), tokensIn(none)], ['unknown', null]);
  });

  it('counts no run that is under way, and none in which nothing was started', () => {
    const { runs, unpriced } = usageOf([
      run(null, null),
      run(null, 'released'),
      run(null, 'could_not_start'),
    ]);
    assert.deepEqual([runs, unpriced], [0, 0]);
  });

  it('is nothing for a task that no agent has run', () => {
    assert.equal(usageOfTask([run(null), run(null, 'error')]), null);
    assert.equal(usageOfTask([run(null, 'lost'), { ...run(null), agent_session: 's1' }])?.runs, 2);
  });
});
