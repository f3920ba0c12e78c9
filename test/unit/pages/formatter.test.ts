import assert from 'node:assert/strict';
import { Formatter } from '../../../src/pages/browser/shared/formatter';

const english = new Formatter('en');
const german = new Formatter('de');

describe('The formatter', () => {
  it('writes durations in at most two units', () => {
    assert.equal(english.duration(850), '850 milliseconds');
    assert.equal(english.duration(4_230), '4.2 seconds');
    assert.equal(english.duration(125_000), '2 minutes 5 seconds');
    assert.equal(english.duration(3_600_000), '1 hour');
    assert.equal(english.duration(3_605_000), '1 hour');
    assert.equal(english.duration(90_000_000), '1 day 1 hour');
    assert.equal(english.duration(-5), '0 milliseconds');
    assert.equal(english.duration(125_000, 'short'), '2 min 5 sec');
    assert.equal(english.duration(125_000, 'narrow'), '2m 5s');
    assert.equal(german.duration(125_000), '2 Minuten 5 Sekunden');
  });

  it('writes ages and sizes', () => {
    assert.equal(english.ago(0, 42_000), '42 seconds ago');
    assert.equal(english.ago(0, 7_200_000), '2 hours ago');
    assert.equal(german.ago(0, 120_000), 'vor 2 Minuten');
    assert.equal(english.size(812), '812 bytes');
    assert.equal(english.size(2_345), '2.3 kB');
    assert.equal(english.size(100_000_000), '100 MB');
  });

  it('names the zone with every time but those of an axis', () => {
    const noon = new Date(2026, 0, 31, 12).getTime();
    for (const format of [english, german]) {
      const zone = /(?:UTC|GMT|[A-Z]{2,5})(?:[+-][\d:]+)?\b/;
      for (const text of [format.time(noon, noon), format.time(noon, 0), format.moment(noon)]) {
        assert.match(text.replace(/[AP]M/, ''), zone);
      }
      assert.doesNotMatch(format.tick(noon, 60_000).replace(/[AP]M/, ''), zone);
    }
  });

  it('adds the date when it is not today', () => {
    const noon = new Date(2026, 0, 31, 12).getTime();
    assert.doesNotMatch(english.time(noon, noon + 1_000), /2026/);
    assert.match(english.time(noon, noon + 86_400_000), /Jan 31, 2026/);
  });
});
