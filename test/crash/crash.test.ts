import assert from 'node:assert/strict';
import { crash } from '../support/crashes';

describe('a killed process', function () {
  this.timeout(180_000);

  it('leaves a queue with all that it acknowledged, nothing half done, and in order', async () => {
    const { kills, acknowledged } = await crash(5, 1);
    assert.equal(kills, 5);
    assert.ok(acknowledged > 100, `${acknowledged} operations are too few to prove anything`);
  });
});
