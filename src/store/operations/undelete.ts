/** Restoring a deleted task while its row is kept. */

import { type Instant, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import { deletedDays, type TaskAnswer } from '../../core/model';
import type { Mutation } from '../../core/queue';
import { wrongState } from '../../core/refusals';
import { findBatch } from '../rows/batchTable';
import type { Change, Context } from '../rows/change';
import { mutate } from '../rows/idempotency';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { patchTask, repeatTask, taskView } from '../rows/taskTable';
import { batchState, failedBatch } from './batchEnd';
import { delayUntil } from './delays';
import { openOf, stateFor } from './dependencies';
import { endTask, failedDependency } from './taskEnd';

const day = 24 * 60 * 60 * 1000;

/**
 * Tasks deleted at this instant or later can be restored.
 * @param now wall-clock milliseconds
 */
export function deletedSince(now: number): Instant {
  return toInstant(now - deletedDays * day);
}

/**
 * Restores a deleted task. A queued one is back at its old place, and fails at once if a dependency has failed since.
 * Its idempotency key, which the delete gave up, is not restored.
 * @throws QueueError `not_found` after seven days; `wrong_state` for a task that is not deleted, or that depends on a
 *   deleted one
 */
export async function undeleteTask(context: Context, id: string, mutation?: Mutation): Promise<TaskAnswer> {
  return mutate(context, `undelete ${id}`, mutation, repeatTask, (change) => {
    const row = needDeleted(change, id.trim());
    const restored = row.status === 'queued' ? restoreQueued(change, row) : restore(change, row, {});
    return taskView(change, restored);
  });
}

function needDeleted(change: Change, id: string): TaskRow {
  const [row] = isId(id, 'task') ? selectTasks(change.tx, 'WHERE id = ?', id) : [];
  if (row !== undefined && row.deleted_at === null) {
    throw wrongState('Undelete', row.status, `sparkq task ${row.id}`);
  }
  if (row === undefined || row.deleted_at === null || row.deleted_at < deletedSince(change.ms)) {
    throw new QueueError(
      'not_found',
      `Task not found: ${id}`,
      'List the tasks that can be restored: sparkq tasks --deleted',
    );
  }
  return row;
}

function restoreQueued(change: Change, row: TaskRow): TaskRow {
  const dependencies = dependenciesOf(change, row);
  for (const { id, state } of dependencies) {
    change.tx.run('UPDATE dependencies SET state = ? WHERE task_id = ? AND after_id = ?', state, row.id, id);
  }
  const batch = row.after_batch === null ? undefined : findBatch(change.tx, row.after_batch);
  const state = batch === undefined ? 'met' : batchState(change.batch(batch.id), row.after_policy);
  const restored = restore(change, row, {
    ...delayUntil(change, row.not_before),
    open_after: openOf(dependencies) + (state === 'met' ? 0 : 1),
  });
  const failed = row.after_policy === 'fail' && dependencies.find(({ state }) => state === 'failed');
  if (failed) return endTask(change, restored, failedDependency(failed.id));
  if (state === 'failed' && row.after_policy === 'fail') {
    return endTask(change, restored, failedBatch(row.after_batch));
  }
  if (restored.delayed === 0) change.wake(row.stream_id);
  return restored;
}

/** The states of its dependencies. @throws QueueError `wrong_state` if one is deleted and would never end */
function dependenciesOf(change: Change, row: TaskRow) {
  const awaited = selectTasks(
    change.tx,
    'WHERE id IN (SELECT after_id FROM dependencies WHERE task_id = ?) ORDER BY id',
    row.id,
  );
  return awaited.map(({ id, status, deleted_at }) => {
    if (deleted_at !== null && status === 'queued') {
      throw new QueueError(
        'wrong_state',
        `Undelete not allowed while ${id}, which ${row.id} depends on, is deleted`,
        `Try: sparkq undelete ${id}`,
      );
    }
    return { id, state: stateFor(status, row.after_policy) };
  });
}

function restore(change: Change, row: TaskRow, changes: Partial<TaskRow>): TaskRow {
  const restored = patchTask(change, row, { ...changes, deleted_at: null });
  change.emitTask('task.undeleted', taskView(change, restored));
  return restored;
}
