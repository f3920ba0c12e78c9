/** Ending a task, for whatever reason. */

import type { FailureKind } from '../../core/model';
import type { Change } from '../rows/change';
import { type TaskRow, taskOf } from '../rows/taskRow';
import { noClaim, patchTask } from '../rows/taskTable';
import { releaseDependents } from './dependencies';
import { pauseAfterFailure } from './streams';

/** Failures that never pause a stream. */
const harmless: readonly (FailureKind | null)[] = ['cancelled', 'dependency'];

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
  }
  return ended;
}

export function failedDependency(cause: string): Partial<TaskRow> {
  return {
    status: 'failed',
    failure_kind: 'dependency',
    error: `DEPENDENCY: ${cause}, which this task depends on, failed`,
  };
}

function endOne(change: Change, row: TaskRow, patch: Partial<TaskRow>): TaskRow {
  // Whoever cancels a task knows about it: it needs no review.
  const reviewed = patch.failure_kind === 'cancelled' ? { reviewed_at: change.now } : {};
  const ended = patchTask(change, row, { ...noClaim, finished_at: change.now, ...reviewed, ...patch });
  change.emitTask(ended.status === 'failed' ? 'task.failed' : 'task.succeeded', taskOf(ended));
  if (ended.status === 'failed' && !harmless.includes(ended.failure_kind)) {
    pauseAfterFailure(change, change.streamById(ended.stream_id));
  }
  return ended;
}
