import assert from 'node:assert/strict';
import { killAtNight, shortNight } from '../support/killed/nightKills';

describe('a night of agents that are killed', () => {
  it('ends each task once, and tells in the morning what it was and what it has cost', async () => {
    const { kills, tasks, attempts } = await killAtNight(2, 1, shortNight);
    assert.equal(tasks, shortNight);
    assert.equal(kills.owner + kills.supervisor + kills.agent, 2);
    assert.deepEqual([attempts.asked, attempts.limited], [3, 2]);
  });
});
