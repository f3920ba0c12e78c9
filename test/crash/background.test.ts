import assert from 'node:assert/strict';
import { killBackground } from '../support/killed/backgroundKills';

describe('sparkq up, killed while it works', () => {
  it('does everything once and in order: three lanes, a schedule that is due, a task that is tried again', async () => {
    const { kills, tasks } = await killBackground(3, 1, undefined, 15);
    assert.deepEqual([kills, tasks], [3, 16]);
  });
});
