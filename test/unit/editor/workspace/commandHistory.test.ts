import assert from 'node:assert/strict';
import { withFirst } from '../../../../src/editor/workspace/commandHistory';

describe('The history of commands', () => {
  it('has each command of a folder once, the last one first, and ends somewhere', () => {
    const make = { line: 'make', folder: '' };
    const below = { line: 'make', folder: 'src' };
    const test = { line: 'npm test', folder: '' };
    assert.deepEqual(withFirst([make, test], test), [test, make]);
    assert.deepEqual(withFirst([make, test], below), [below, make, test]);
    const many = Array.from({ length: 80 }, (_, at) => ({ line: `echo ${at}`, folder: '' }));
    const kept = withFirst(many, make);
    assert.deepEqual([kept.length, kept[0], kept[1]?.line], [50, make, 'echo 0']);
  });
});
