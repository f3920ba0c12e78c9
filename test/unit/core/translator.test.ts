import assert from 'node:assert/strict';
import { english } from '../../../src/core/translator';

describe('Texts for readers of other languages', () => {
  it('have their values in their places', () => {
    assert.equal(english.t('{1} after {0}', 'first', 2), '2 after first');
  });
});
