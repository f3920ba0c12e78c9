import assert from 'node:assert/strict';
import { crashResources, runsAtOnce } from '../support/killed/resourceCrashes';

describe('three queues that share a machine', () => {
  before(function () {
    // The script looks into /proc.
    if (process.platform !== 'linux') this.skip();
  });

  it('never run more than there is room for, and leave nothing out, whoever is killed', async () => {
    const { kills, tasks, succeeded } = await crashResources(4, 1, undefined, 30);
    assert.equal(kills.serve + kills.supervisor, 4);
    assert.equal(tasks, 30);
    // A run is interrupted where its supervisor is killed, or whoever was about to start it, and others with it.
    const mostLost = kills.serve * runsAtOnce + kills.supervisor;
    assert.ok(succeeded >= tasks - mostLost, `${succeeded} of ${tasks} tasks`);
  });
});
