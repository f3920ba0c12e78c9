import assert from 'node:assert/strict';
import type { EventType } from '../../../../src/core/events';
import type { Task } from '../../../../src/core/model';
import { UnapprovedPlans } from '../../../../src/editor/notifications/unapprovedPlans';
import { aTask } from '../../../support/sampleRows';

/** Takes events, and gives what is told next. */
class Listener {
  private readonly told: string[][] = [];
  private heard = () => {};
  private readonly plans = new UnapprovedPlans((tasks) => {
    this.told.push(tasks.map(({ id }) => id));
    this.heard();
  });

  take(type: EventType, id: string, part: Partial<Task> = {}): void {
    const task = aTask({ id, approval: 'pending', ...part });
    this.plans.take({ id: '1-1', type, at: '', task_id: id, task });
  }

  /** What was told with the next notification, which tells of all that has come. */
  async next(): Promise<string[][]> {
    if (this.told.length === 0) await new Promise<void>((resolve) => (this.heard = resolve));
    return this.told.splice(0);
  }
}

describe('The notification of a plan', () => {
  it('comes once for all its tasks, and by itself for another', async () => {
    const listener = new Listener();
    for (const id of ['tsk_1', 'tsk_2']) listener.take('task.created', id, { batch_id: 'bat_1' });
    listener.take('task.created', 'tsk_3');
    assert.deepEqual(await listener.next(), [['tsk_1', 'tsk_2'], ['tsk_3']]);
    // Neither a change nor a move of it begins anything.
    listener.take('task.updated', 'tsk_1', { batch_id: 'bat_1' });
    listener.take('task.moved', 'tsk_0');
    listener.take('task.created', 'tsk_4');
    assert.deepEqual(await listener.next(), [['tsk_4']]);
  });

  it('leaves out what was approved, denied or deleted meanwhile', async () => {
    const listener = new Listener();
    for (const id of ['tsk_1', 'tsk_2', 'tsk_3', 'tsk_4']) listener.take('task.created', id);
    listener.take('task.updated', 'tsk_1', { approval: 'given' });
    listener.take('task.failed', 'tsk_2', { status: 'failed', failure_kind: 'denied', approval: 'denied' });
    listener.take('task.deleted', 'tsk_3', { deleted_at: 'x' });
    assert.deepEqual(await listener.next(), [['tsk_4']]);
  });

  it('comes again for a task that was approved and has changed', async () => {
    const listener = new Listener();
    listener.take('task.created', 'tsk_1');
    await listener.next();
    listener.take('task.updated', 'tsk_1', { approval: 'given' });
    listener.take('task.updated', 'tsk_1', { approval_changes: ['file a.sh'] });
    assert.deepEqual(await listener.next(), [['tsk_1']]);
  });
});
