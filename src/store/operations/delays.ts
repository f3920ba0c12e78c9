/** Tasks that wait for a time. */

import type { Change } from '../rows/change';
import { selectTasks } from '../rows/rows';
import { patchTask, taskView } from '../rows/taskTable';

/** At most so many at once; the rest follows in the next transaction. */
const batch = 500;

/** Makes the tasks ready whose time has come. Answers whether there may be more. */
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
