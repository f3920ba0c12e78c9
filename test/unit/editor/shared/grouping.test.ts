import assert from 'node:assert/strict';
import { Grouping } from '../../../../src/editor/shared/grouping';
import { FakeClock } from '../../../support/fakeClock';

function recorded() {
  const clock = new FakeClock();
  const told: string[] = [];
  return { clock, told, group: new Grouping<string>(clock, (items) => told.push(items.join(''))) };
}

describe('what is told together', () => {
  it('is what comes at about the same time', () => {
    const { clock, told, group } = recorded();
    group.add('a');
    clock.advance(300);
    group.add('b');
    assert.deepEqual(told, []);
    clock.advance(100);
    assert.deepEqual(told, ['ab']);
  });

  it('is what comes soon after something was told', () => {
    const { clock, told, group } = recorded();
    group.add('a');
    clock.advance(400);
    for (const item of 'bcd') {
      clock.advance(1_000);
      group.add(item);
    }
    assert.deepEqual(told, ['a']);
    clock.advance(2_000);
    assert.deepEqual(told, ['a', 'bcd']);
  });

  it('is told at once again after a while', () => {
    const { clock, told, group } = recorded();
    group.add('a');
    clock.advance(10_000);
    group.add('b');
    clock.advance(400);
    assert.deepEqual(told, ['a', 'b']);
  });

  it('is forgotten with what tells it', () => {
    const { clock, told, group } = recorded();
    group.add('a');
    group.dispose();
    clock.advance(10_000);
    assert.deepEqual(told, []);
  });
});
