/** What the end of a task means for its batch, and for the tasks that wait for that batch. */

import { type AfterPolicy, type FailureKind, isBatchOver } from '../../core/model';
import { type BatchRow, batchOf } from '../rows/batchTable';
import type { Change } from '../rows/change';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { openDependenciesOf, release, tellReleased } from './dependencies';

/** Counts a failure in the batch of a task; with the last one that the batch allows, no more of its tasks start. */
export function countFailure(change: Change, { batch_id: id }: TaskRow): void {
  if (id === null) return;
  change.tx.run('UPDATE batches SET failures = failures + 1 WHERE id = ? AND stop_after IS NOT NULL', id);
  const stopped = change.tx.run(
    'UPDATE batches SET stopped_at = ? WHERE id = ? AND stop_after <= failures AND stopped_at IS NULL',
    change.now,
    id,
  );
  if (stopped > 0) change.emitBatch('batch.updated', batchOf(change.batch(id)));
}

/** How it stands with a batch that a task waits for. */
export function batchState(batch: BatchRow, policy: AfterPolicy): 'open' | 'met' | 'failed' {
  if (!isBatchOver(batchOf(batch))) return 'open';
  return policy === 'run' || batch.failed + batch.cancelled === 0 ? 'met' : 'failed';
}

/** Whether a queued task still waits for its batch: that counts as one in `open_after`. */
export function waitsForBatch(change: Change, row: TaskRow): boolean {
  return row.after_batch !== null && row.open_after > openDependenciesOf(change.tx, row.id);
}

/**
 * Updates the tasks that wait for the batch of `gone`, which has ended or was deleted, if nothing else of it is left to
 * do; returns those that must fail because of it.
 */
export function releaseWaiters(change: Change, { batch_id: id }: TaskRow): TaskRow[] {
  const rest = "WHERE after_batch = ? AND status = 'queued' AND deleted_at IS NULL";
  const waiters = id === null ? [] : selectTasks(change.tx, rest, id);
  if (id === null || waiters.length === 0) return [];
  const batch = change.batch(id);
  const failing: TaskRow[] = [];
  const released: TaskRow[] = [];
  for (const row of waiters) {
    const state = batchState(batch, row.after_policy);
    if (state === 'open' || !waitsForBatch(change, row)) continue;
    const next = release(change, row, state === 'met');
    if (next === null) failing.push(row);
    else released.push(next);
  }
  tellReleased(change, released);
  return failing;
}

/** How a task ends that waited for a batch in which tasks failed. */
export function failedBatch(id: string | null): Partial<TaskRow> {
  const failureKind: FailureKind = 'dependency';
  return {
    status: 'failed',
    failure_kind: failureKind,
    error: `DEPENDENCY: tasks of ${id}, which this task waits for, failed`,
  };
}
