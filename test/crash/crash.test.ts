import assert from 'node:assert/strict';
import { crash } from '../support/crashes';

describe('a killed process', () => {
  it('leaves a queue with all that it acknowledged, nothing half done, in order, and loses no file in silence', async () => {
    const { kills, acknowledged, lostFiles, refused } = await crash(5, 1);
    assert.equal(kills, 5);
    assert.ok(acknowledged > 100, `${acknowledged} operations are too few to prove anything`);
    assert.ok(refused > 0 && refused < lostFiles, `${refused} of ${lostFiles} losses were refused`);
  });
});
