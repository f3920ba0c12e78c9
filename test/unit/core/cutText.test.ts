import assert from 'node:assert/strict';
import { cutText, shortened } from '../../../src/core/cutText';

describe('Text that is cut', () => {
  it('never ends in a part of a character', () => {
    const characters = ['😀', '🇩🇪', '👨‍👩‍👧', 'e\u0301', '👍🏽', '\r\n', '𝒳'];
    for (const character of characters) {
      for (let length = 0; length <= 4 * character.length; length += 1) {
        const cut = cutText(character.repeat(4), length);
        assert.equal(
          cut,
          character.repeat(Math.floor(length / character.length)),
          `${character} at ${length}`,
        );
      }
    }
  });

  it('is as long as it may be', () => {
    assert.equal(cutText('abcdef', 3), 'abc');
    assert.equal(cutText('abc', 3), 'abc');
    assert.equal(cutText(`${'a'.repeat(199)}😀`, 200), 'a'.repeat(199));
    assert.equal(cutText(`${'a'.repeat(100_000)}😀b`, 100_002), `${'a'.repeat(100_000)}😀`);
  });

  it('is cut somewhere, even if it is one endless character, but not within a pair', () => {
    assert.equal(cutText(`a${'\u0301'.repeat(5_000)}`, 500).length, 500);
    assert.equal(cutText('😀\u200d'.repeat(2_000), 301).length, 300);
  });

  it('says that there is more', () => {
    assert.equal(shortened('abcdef', 4), 'abc…');
    assert.equal(shortened('ab😀def', 4), 'ab…');
    assert.equal(shortened('abcd', 4), 'abcd');
    assert.equal(shortened('abcdef', 5, '...'), 'ab...');
  });
});
