import assert from 'node:assert/strict';
import { Durations } from '../../../src/core/durations';

const english = new Durations('en');
const german = new Durations('de');

describe('A duration', () => {
  it('is brief in the largest unit', () => {
    const seconds = [0, 0.04, 1.23, 9.96, 59.9, 60, 3_599, 3_600, 86_399, 86_400 * 3];
    assert.deepEqual(
      seconds.map((s) => english.brief(s * 1_000)),
      ['0s', '0s', '1.2s', '10s', '59s', '1m', '59m', '1h', '23h', '3d'],
    );
    assert.deepEqual(
      [1_230, 300_000, 7_200_000, 172_800_000].map((ms) => german.brief(ms)),
      ['1,2 Sek.', '5 Min.', '2 Std.', '2 Tg.'],
    );
  });

  it('has at most two units otherwise', () => {
    assert.deepEqual(
      [-5, 850, 4_230, 125_000, 3_600_000, 3_605_000, 90_000_000].map((ms) => english.duration(ms)),
      ['0ms', '850ms', '4.2s', '2m 5s', '1h', '1h', '1d 1h'],
    );
    assert.deepEqual(
      [850, 4_230, 125_000].map((ms) => english.duration(ms, 'long')),
      ['850 milliseconds', '4.2 seconds', '2 minutes 5 seconds'],
    );
    assert.equal(german.duration(125_000), '2 Min. 5 Sek.');
    assert.equal(german.duration(125_000, 'long'), '2 Minuten 5 Sekunden');
  });

  it('is exact in as many units as it takes', () => {
    assert.deepEqual(
      [5, 90, 300, 7_200, 86_401, 90_061].map((seconds) => english.exact(seconds)),
      ['5s', '1m 30s', '5m', '2h', '1d 1s', '1d 1h 1m 1s'],
    );
    assert.equal(german.exact(90), '1 Min. 30 Sek.');
  });
});
