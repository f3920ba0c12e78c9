import assert from 'node:assert/strict';
import { Formatter } from '../../../src/pages/browser/shared/formatter';

const english = new Formatter('en');
const german = new Formatter('de');

describe('The formatter', () => {
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
