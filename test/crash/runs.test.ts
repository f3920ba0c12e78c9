import assert from 'node:assert/strict';
import { crashRuns } from '../support/killed/runCrashes';

describe('killed owners, watchers and supervisors', () => {
  it('lose nothing that was acknowledged, run nothing twice, and leave only true ends and no files', async () => {
    const { kills, tasks, succeeded } = await crashRuns(6, 1);
    assert.equal(kills.serve + kills.watch + kills.supervisor > 2, true, JSON.stringify(kills));
    assert.ok(succeeded > tasks / 2, `${succeeded} of ${tasks} tasks are too few to prove anything`);
  });
});
