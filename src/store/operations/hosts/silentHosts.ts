/** Runs of hosts that are silent, on streams that ask for them to be queued again. */

import { toInstant } from '../../../core/clock';
import { localText } from '../../../core/times';
import type { Reader, Transaction } from '../../engine/database';
import type { Change, Context } from '../../rows/change';
import { hasEnvironment } from '../../rows/hostRule';
import { silentAfter } from '../../rows/hostTable';
import { selectTasks, type TaskRow } from '../../rows/taskRow';
import { closeAttempt, giveBack } from '../leases';
import { failRunning } from '../retryPolicy';

/** So often a task is queued again because of its host: it may be what brings hosts down. */
const mostLost = 3;

const lost = `SELECT tasks.id, hosts.name, hosts.seen_at FROM tasks
  JOIN streams ON streams.id = tasks.stream_id AND streams.lost_host = 'requeue'
  JOIN attempts ON attempts.task_id = tasks.id AND attempts.number = tasks.attempts
  JOIN hosts ON hosts.id = attempts.host_id AND hosts.seen_at < ?
  WHERE tasks.status = 'running'`;

/** Queues them again. Any host does that, and the first one that looks. */
export async function requeueLost(context: Context): Promise<void> {
  if ((await context.db.read((reader) => findLost(reader, context))).length === 0) return;
  await context.change((change) => {
    for (const { id, name, seen } of findLost(change.tx, context)) requeue(change, id, name, seen);
  });
}

function findLost(reader: Reader, { clock }: Context): { id: string; name: string; seen: string }[] {
  return reader
    .values(lost, toInstant(clock.now() - silentAfter))
    .map(([id, name, seen]) => ({ id: String(id), name: String(name), seen: String(seen) }));
}

function requeue(change: Change, id: string, host: string, seen: string): void {
  const [row] = selectTasks(change.tx, 'WHERE id = ?', id);
  if (row === undefined) return;
  const error = `LOST: Host ${host} has been silent since ${localText(seen)}`;
  if (timesLost(change.tx, row) >= mostLost - 1) {
    failRunning(change, row, { kind: 'lost', error });
    return;
  }
  giveBack(change, row, 'task.updated', () => {
    closeAttempt(change, row.id, row.attempts, { outcome: 'lost', error });
    // What it had there is out of reach. Its environment means nothing elsewhere: it waits for its host.
    const free = hasEnvironment(row) ? {} : ({ bound_to: null, began_in: null } as const);
    return { error, progress: null, progress_message: null, ...free };
  });
}

function timesLost(tx: Transaction, { id }: TaskRow): number {
  const [[count] = [0]] = tx.values(
    "SELECT count(*) FROM attempts WHERE task_id = ? AND outcome = 'lost'",
    id,
  );
  return Number(count);
}
