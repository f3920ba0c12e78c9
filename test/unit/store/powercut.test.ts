import assert from 'node:assert/strict';
import { type CutCounts, cutPower } from '../../support/cuts';
import { Random } from '../../support/random';

/** SPARKQ_POWER_CUTS asks for the long form, SPARKQ_SEED for another run. */
const cuts = Number(process.env.SPARKQ_POWER_CUTS ?? 300);
const seed = Number(process.env.SPARKQ_SEED ?? 1);
const livesOfOne = 10;

describe('a power cut', function () {
  this.timeout(Math.max(900_000, cuts * 500));

  it('loses nothing acknowledged, leaves nothing half done, and never prevents the next open', async () => {
    const sum: CutCounts = { cuts: 0, duringOpen: 0, torn: 0, snapshots: 0, acknowledged: 0 };
    for (let store = 0; store < cuts / livesOfOne; store++) {
      const counts = await cutPower(new Random(seed * 100_003 + store), livesOfOne);
      for (const key of Object.keys(sum) as (keyof CutCounts)[]) sum[key] += counts[key];
    }
    // The run was worth something: cuts fell into recoveries, frames and snapshots.
    assert.ok(sum.duringOpen > 0 && sum.torn > 0 && sum.snapshots > 0, JSON.stringify(sum));
    if (process.env.SPARKQ_POWER_CUTS) process.stdout.write(`      ${JSON.stringify(sum)}\n`);
  });

  const mutants = [
    { name: 'fdatasync of the journal', broken: { datasync: /journal/ } },
    { name: 'sync of the snapshot', broken: { datasync: /snapshot/ } },
    { name: 'sync of the folder', broken: { syncFolder: true } },
  ];
  for (const { name, broken } of mutants) {
    it(`is noticed by this test when the ${name} is left out`, async () => {
      let noticed = false;
      for (let store = 0; store < 40 && !noticed; store++) {
        noticed = await cutPower(new Random(store), livesOfOne, broken).then(
          () => false,
          () => true,
        );
      }
      assert.ok(noticed);
    });
  }
});
