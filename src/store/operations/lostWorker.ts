/**
 * A running task becomes stale, times out, or loses its worker: one that sends no heartbeat before its lease ends.
 *
 * A worker that could not report because the owner was down gets one more heartbeat interval before it counts as lost.
 */

import { type Clock, fromInstant, toInstant } from '../../core/clock';
import type { Change } from '../rows/change';
import type { TaskRow } from '../rows/taskRow';
import { patchTask, takenView } from '../rows/taskTable';
import { clocksOf, heartbeatInterval, nextDueAt } from './leases';
import { failRunning } from './retryPolicy';

/** Workers last seen before `from` do not count as lost before `until`. */
export interface Grace {
  /** Wall-clock milliseconds. */
  from: number;
  /** Milliseconds of the monotonic clock. */
  until: number;
  /** Whether this extends deadlines as well, or only leases. */
  deadlines: boolean;
}

/** For workers that could not report until now. */
export function graceFromNow(clock: Clock, deadlines: boolean): Grace {
  return { from: clock.now(), until: clock.monotonic() + heartbeatInterval, deadlines };
}

/** Does what is due to a running task, and notes when it is to be checked next. */
export function enforceClocks(change: Change, given: TaskRow, grace: Grace): void {
  const { stale, lease, deadline } = clocksOf(given);
  let row = given;
  if (change.ms >= stale && row.stale_warned_at === null) {
    row = patchTask(change, row, { stale_warned_at: change.now });
    change.emitTask('task.stale', takenView(change.context, row));
  }
  const timedOut = change.ms >= deadline;
  const lost = row.supervised === 0 && change.ms >= lease;
  const rest = graceLeft(change, row, grace, timedOut);
  if (rest > 0 && (timedOut || lost)) {
    patchTask(change, row, { due_at: toInstant(change.ms + rest) });
  } else if (timedOut) {
    failRunning(change, row, { kind: 'timeout', error: 'TIMEOUT: Task timeout (auto-failed)' });
  } else if (lost) {
    const who = row.worker_id ?? 'the worker';
    failRunning(change, row, { kind: 'lost', error: `LOST: No heartbeat from ${who} since ${row.seen_at}` });
  } else {
    patchTask(change, row, { due_at: toInstant(nextDueAt(row)) });
  }
}

/** How much longer a task's worker gets, milliseconds. */
function graceLeft(change: Change, row: TaskRow, grace: Grace, timedOut: boolean): number {
  if (timedOut && !grace.deadlines) return 0;
  if (fromInstant(row.seen_at ?? row.updated_at) >= grace.from) return 0;
  return Math.max(0, Math.ceil(grace.until - change.context.clock.monotonic()));
}
