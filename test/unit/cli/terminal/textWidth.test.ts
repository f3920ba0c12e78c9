import assert from 'node:assert/strict';
import { cellsOf, fitted } from '../../../../src/cli/terminal/textWidth';

describe('The width of a text', () => {
  it('counts cells, not characters', () => {
    assert.equal(cellsOf('make'), 4);
    assert.equal(cellsOf('构建'), 4);
    assert.equal(cellsOf('ビルド。'), 8);
    assert.equal(cellsOf('Prüfung'), 7);
    assert.equal(cellsOf('u\u0308'), 1);
    assert.equal(cellsOf('🚀'), 2);
  });

  it('pads and cuts to it', () => {
    assert.equal(fitted('ab', 4), 'ab  ');
    assert.equal(fitted('abcdef', 4), 'abc…');
    assert.equal(fitted('构建项目', 6), '构建… ');
    assert.equal(fitted('构建项目', 7), '构建项…');
    assert.equal(fitted('abc', 1), '…');
    assert.equal(fitted('abc', 0), '');
  });
});
