/** Tasks that wait for a time. */

import { fromInstant, type Instant } from '../../core/clock';
import type { Reader } from '../engine/database';
import type { Change } from '../rows/change';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { patchTask, taskViews } from '../rows/taskTable';

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

const over = "INDEXED BY idx_tasks_delayed WHERE status = 'queued' AND delayed = 1 AND not_before <= ?";
const overAnywhere = `${over} ORDER BY not_before LIMIT ?`;
const overInStream = `${over} AND stream_id = ? ORDER BY not_before LIMIT ?`;

/** Ends the delays that are over, of all streams. Returns whether there may be more. */
export function endDelays(change: Change): boolean {
  return end(change, selectTasks(change.tx, overAnywhere, change.now, batch));
}

/** The same of one stream: whoever claims from it changes nothing of another. */
export function endDelaysOf(change: Change, streamId: string): void {
  // One transaction has one time, and may serve many claimers of the stream.
  while (!change.delaysEnded.has(streamId)) {
    const more = end(change, selectTasks(change.tx, overInStream, change.now, streamId, batch));
    if (!more) change.delaysEnded.add(streamId);
  }
}

/** Returns whether there may be more. */
function end(change: Change, rows: readonly TaskRow[]): boolean {
  const ended = rows.map((row) => patchTask(change, row, { delayed: 0 }));
  for (const task of taskViews(change, ended)) {
    change.emitTask('task.updated', task);
    change.wake(task.stream_id);
  }
  return rows.length === batch;
}

/** The end of the next delay; undefined if no task waits for a time. */
export function nextDelayEnd(reader: Reader): Instant | undefined {
  const row = reader.get(
    "SELECT not_before FROM tasks WHERE status = 'queued' AND delayed = 1 ORDER BY not_before LIMIT 1",
  );
  return row?.not_before?.toString();
}
