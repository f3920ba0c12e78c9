import assert from 'node:assert/strict';
import { workThroughProxy } from '../support/postgres/proxyFaults';

describe('hosts whose way to the server is bad', () => {
  it('lose nothing that was acknowledged, and do nothing twice', async () => {
    const { faults, acknowledged } = await workThroughProxy(30, 1);
    assert.ok(faults.cut > 0 && faults.swallowed > 0, JSON.stringify(faults));
    assert.ok(acknowledged > 100, `${acknowledged} operations are too few to prove anything`);
  });
});
