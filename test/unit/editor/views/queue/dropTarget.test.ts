import assert from 'node:assert/strict';
import { dropTarget, inOrder, moveFor } from '../../../../../src/editor/views/queue/dropTarget';
import type { TaskNode } from '../../../../../src/editor/views/queue/queueNodes';
import { QueueRows } from '../../../../../src/editor/views/queue/queueRows';
import { aSession, aStream, aTask } from '../../../../support/sampleRows';

const rows = new QueueRows();
const session = rows.session(aSession(), undefined);
const stream = rows.stream(aStream({ id: 'auth' }), session);
const running = rows.task(aTask({ id: 'running', status: 'running' }), stream);
const [a, b, c] = ['a', 'b', 'c'].map((id, index) =>
  rows.task(aTask({ id, position: index + 2 }), stream),
) as [TaskNode, TaskNode, TaskNode];
stream.children = [running, a, b, c];

describe('a drop on a row', () => {
  it('goes to the end of an active stream', () => {
    assert.deepEqual(dropTarget(stream), { streamId: 'auth', side: 'back' });
    const ended = rows.stream(aStream({ id: 'old', status: 'ended' }), session);
    assert.equal(dropTarget(ended), undefined);
  });

  it('takes the place of a queued task', () => {
    assert.deepEqual(dropTarget(a, ['c']), { streamId: 'auth', beside: 'a', side: 'before' });
    assert.deepEqual(dropTarget(c, ['a']), { streamId: 'auth', beside: 'c', side: 'after' });
    assert.deepEqual(dropTarget(b, ['of another stream']), { streamId: 'auth', beside: 'b', side: 'before' });
    assert.deepEqual(dropTarget(b), { streamId: 'auth', beside: 'b', side: 'before' });
  });

  it('does nothing on one of the dragged rows', () => {
    for (const row of [a, b, c]) assert.equal(dropTarget(row, ['a', 'b', 'c']), undefined);
  });

  it('goes right behind a running task', () => {
    assert.deepEqual(dropTarget(running, ['c']), { streamId: 'auth', side: 'front' });
  });

  it('does nothing on a session, on finished tasks or outside the rows', () => {
    const done = rows.done(stream);
    const [day] = rows.days(done, [aTask({ id: 'old', status: 'succeeded' })]);
    const [old] = day?.children ?? [];
    for (const row of [session, done, day, old, undefined]) assert.equal(dropTarget(row, ['a']), undefined);
  });

  it('keeps the order of the rows', () => {
    const tasks = [aTask({ id: '2', position: 20 }), aTask({ id: '1', position: 10 })];
    assert.deepEqual(
      inOrder(tasks).map(({ id }) => id),
      ['1', '2'],
    );
    assert.deepEqual(moveFor({ streamId: 's', beside: 'x', side: 'before' }), { stream: 's', before: 'x' });
    assert.deepEqual(moveFor({ streamId: 's', beside: 'x', side: 'after' }), { stream: 's', after: 'x' });
    assert.deepEqual(moveFor({ streamId: 's', beside: 'x', side: 'before' }, '1'), {
      stream: 's',
      after: '1',
    });
    assert.deepEqual(moveFor({ streamId: 's', side: 'front' }), { stream: 's', to: 'front' });
    assert.deepEqual(moveFor({ streamId: 's', side: 'front' }, '1'), { stream: 's', after: '1' });
  });
});
