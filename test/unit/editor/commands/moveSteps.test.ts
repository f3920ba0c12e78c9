import assert from 'node:assert/strict';
import { stepsFor } from '../../../../src/editor/commands/moveSteps';

/** The order after all steps. */
function moved(order: readonly string[], chosen: readonly string[], by: -1 | 1): string {
  const ids = [...order];
  for (const { id, move } of stepsFor(order, new Set(chosen), by)) {
    ids.splice(ids.indexOf(id), 1);
    const beside = ids.indexOf(move.before ?? move.after ?? '');
    ids.splice(move.before === undefined ? beside + 1 : beside, 0, id);
  }
  return ids.join('');
}

const order = [...'abcdef'];

describe('moving tasks by one place', () => {
  it('moves one up or down', () => {
    assert.equal(moved(order, ['c'], -1), 'acbdef');
    assert.equal(moved(order, ['c'], 1), 'abdcef');
  });

  it('moves neighbours together, whatever order they were selected in', () => {
    assert.equal(moved(order, ['d', 'c'], -1), 'acdbef');
    assert.equal(moved(order, ['c', 'd'], 1), 'abecdf');
  });

  it('moves each of several separate tasks', () => {
    assert.equal(moved(order, ['b', 'e'], -1), 'bacedf');
    assert.equal(moved(order, ['b', 'e'], 1), 'acbdfe');
  });

  it('leaves tasks at the end in place, and moves others up to them', () => {
    assert.equal(moved(order, ['a', 'b'], -1), 'abcdef');
    assert.equal(moved(order, ['a', 'c'], -1), 'acbdef');
    assert.equal(moved(order, ['e', 'f'], 1), 'abcdef');
    assert.equal(moved(order, ['d', 'f'], 1), 'abcedf');
  });

  it('ignores tasks that are not in the stream', () => {
    assert.deepEqual(stepsFor(order, new Set(['x']), -1), []);
  });
});
