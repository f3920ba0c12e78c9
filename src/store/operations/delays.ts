/** Tasks that wait for a time. */

import { fromInstant, type Instant } from '../../core/clock';
import type { Reader } from '../engine/database';
import type { Change } from '../rows/change';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { patchTask, taskView } from '../rows/taskTable';

/** How many rows one transaction takes; the rest follow in the next. */
const batch = 500;

/** The columns that make a task wait until `notBefore`, and a timer for it; an instant in the past is no delay. */
export function delayUntil(
  change: Change,
  notBefore: Instant | null,
): Pick<TaskRow, 'not_before' | 'delayed'> {
  const at = notBefore === null ? 0 : fromInstant(notBefore);
  const delayed = at > change.ms;
  if (delayed) change.due(at);
  return { not_before: notBefore, delayed: delayed ? 1 : 0 };
}

/** Ends the delays that are over. Returns whether there may be more. */
export function endDelays(change: Change): boolean {
  // One transaction has one time, and may serve the claimers of a hundred streams.
  if (change.delaysEnded) return false;
  const rows = selectTasks(
    change.tx,
    "WHERE status = 'queued' AND delayed = 1 AND not_before <= ? ORDER BY not_before LIMIT ?",
    change.now,
    batch,
  );
  for (const row of rows) {
    const next = patchTask(change, row, { delayed: 0 });
    change.emitTask('task.updated', taskView(change, next));
    change.wake(next.stream_id);
  }
  change.delaysEnded = rows.length < batch;
  return !change.delaysEnded;
}

/** The end of the next delay; undefined if no task waits for a time. */
export function nextDelayEnd(reader: Reader): Instant | undefined {
  const row = reader.get(
    "SELECT not_before FROM tasks WHERE status = 'queued' AND delayed = 1 ORDER BY not_before LIMIT 1",
  );
  return row?.not_before?.toString();
}
