/** Ending a task, for whatever reason. */

import { type FailureKind, isCalledOff } from '../../core/model';
import type { Change } from '../rows/change';
import { type TaskRow, taskOf } from '../rows/taskRow';
import { noClaim, patchTask, taskView } from '../rows/taskTable';
import { countFailure, failedBatch, releaseWaiters } from './batchEnd';
import { releaseDependents } from './dependencies';
import { noteEnd } from './hooks/hookEvents';
import { pauseAfterFailure } from './streams';

/** Failures that never pause a stream. */
const harmless: readonly (FailureKind | null)[] = ['cancelled', 'dependency', 'denied'];

/** How a task ends that is cancelled before it starts. */
export const cancelledEarly: Partial<TaskRow> = {
  status: 'failed',
  failure_kind: 'cancelled',
  error: 'CANCELLED: Cancelled before it started',
};

/**
 * Ends a task, and the tasks that fail with it.
 * @param patch the status and the columns that go with it
 */
export function endTask(change: Change, row: TaskRow, patch: Partial<TaskRow>): TaskRow {
  const ended = endOne(change, row, patch);
  const waiting = [ended];
  for (let cause = waiting.pop(); cause !== undefined; cause = waiting.pop()) {
    for (const dependent of releaseDependents(change, cause)) {
      waiting.push(endOne(change, dependent, failedDependency(cause.id)));
    }
    for (const waiter of releaseWaiters(change, cause)) {
      waiting.push(endOne(change, waiter, failedBatch(cause.batch_id)));
    }
  }
  return ended;
}

/** After the delete of a queued task, which may have been the last of its batch. */
export function endWaiters(change: Change, deleted: TaskRow): void {
  for (const waiter of releaseWaiters(change, deleted))
    endTask(change, waiter, failedBatch(deleted.batch_id));
}

export function failedDependency(cause: string): Partial<TaskRow> {
  return {
    status: 'failed',
    failure_kind: 'dependency',
    error: `DEPENDENCY: ${cause}, which this task depends on, failed`,
  };
}

/** Ends a queued task as cancelled, or asks the worker of a running one to stop. */
export function requestCancel(change: Change, row: TaskRow): TaskRow {
  if (row.status === 'queued') return endTask(change, row, cancelledEarly);
  if (row.cancel_requested === 1) return row;
  const next = patchTask(change, row, { cancel_requested: 1 });
  change.emitTask('task.updated', taskView(change, next));
  return next;
}

function endOne(change: Change, row: TaskRow, patch: Partial<TaskRow>): TaskRow {
  // Whoever cancels or denies a task knows about it: it needs no review.
  const reviewed = isCalledOff({ ...row, ...patch }) ? { reviewed_at: change.now } : {};
  const ended = patchTask(change, row, { ...noClaim, finished_at: change.now, ...reviewed, ...patch });
  change.emitTask(ended.status === 'failed' ? 'task.failed' : 'task.succeeded', taskOf(ended));
  if (ended.status === 'failed' && !harmless.includes(ended.failure_kind)) {
    countFailure(change, ended);
    pauseAfterFailure(change, change.streamById(ended.stream_id));
  }
  noteEnd(change, ended);
  return ended;
}
