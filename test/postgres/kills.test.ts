import assert from 'node:assert/strict';
import { killHosts } from '../support/postgres/killedHosts';

describe('hosts and a server whose processes are killed', () => {
  it('do each task once, in order, and hear of all of it', async () => {
    const { kills, tasks, resets } = await killHosts(8, 2, undefined, 300, 4);
    assert.deepEqual([tasks, resets], [300, 0]);
    assert.ok(
      kills.host > 0 && kills.connection > 0 && kills.server + kills.backend > 0,
      JSON.stringify(kills),
    );
  });
});
