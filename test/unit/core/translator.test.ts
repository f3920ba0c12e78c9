import assert from 'node:assert/strict';
import { english } from '../../../src/core/translator';

describe('Translated texts', () => {
  it('have their values filled in', () => {
    assert.equal(english.t('{1} after {0}', 'first', 2), '2 after first');
  });
});
