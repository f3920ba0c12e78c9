/**
 * What expires (leases, deadlines, keys) is stored as wall-clock time, which other programs can read, but must not
 * expire because that clock jumps: somebody sets it, or the machine sleeps. Each transaction therefore first compares
 * the wall clock with the monotonic one, and moves what expires by as much as the wall clock has jumped since the
 * database last heard of it. Processes of one boot share the monotonic clock, so this works across owners as well.
 *
 * After a reboot a jump forward looks like time that has passed. A jump backward shows in what was seen after now.
 */

import { type Clock, fromInstant } from '../../core/clock';
import { newKey } from '../../core/ids';
import type { Log } from '../../core/log';
import { bootId } from '../../system/processes';
import type { Transaction } from '../engine/database';
import type { Change } from './change';
import { selectTasks } from './taskRow';
import { takenView } from './taskTable';

/** How far the wall clock may diverge from the monotonic one before it counts as a jump. Milliseconds. */
export const jumpSize = 5_000;

const latestSeen = `SELECT (SELECT max(seen_at) FROM tasks WHERE status = 'running') AS seen,
  (SELECT at FROM keys ORDER BY seq DESC LIMIT 1) AS used`;
/** The modifier is bound, so that a replay does the same. */
const moved = (column: string) =>
  `${column} = coalesce(strftime('%Y-%m-%dT%H:%M:%f000Z', ${column}, ?1), ${column})`;
const moveClaims = `UPDATE tasks SET ${['lease_until', 'deadline', 'seen_at', 'due_at', 'suspended_at'].map(moved).join(', ')}
  WHERE status = 'running'`;
const moveKeys = 'UPDATE keys SET at = at + ?';

export class ClockJumps {
  /** Where the platform cannot tell one boot from another, only jumps within the life of this owner are known. */
  private readonly boot = bootId() ?? newKey();
  /** How far the wall clock was ahead of the monotonic one when the database last heard of it; undefined at first. */
  private settled: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Whether the wall clock may have jumped since the database last heard of it. */
  pending(): boolean {
    return this.settled === undefined || Math.abs(this.ahead() - this.settled) >= jumpSize;
  }

  /** To be called first in each transaction. */
  settle(change: Change): void {
    if (!this.pending()) return;
    const ahead = this.ahead();
    const known = change.tx.get('SELECT boot, ahead FROM clock');
    const jump =
      known?.boot === this.boot ? ahead - Number(known.ahead) : Math.min(0, change.ms - lastSeen(change.tx));
    const jumped = Math.abs(jump) >= jumpSize;
    if (jumped) {
      this.log.info(`The clock jumped by ${Math.round(jump / 1000)} s: what runs keeps its time.`);
      moveExpiry(change, jump);
    }
    if (known?.boot === this.boot && !jumped) change.tx.onDurable(() => this.note(Number(known.ahead)));
    else change.beforeEnd(() => this.remember(change, ahead));
  }

  /** The processes of this owner did not run for so long. @param ms milliseconds */
  slept(change: Change, ms: number): void {
    moveExpiry(change, ms);
  }

  /** An owner that writes nothing does not write this either. */
  private remember(change: Change, ahead: number): void {
    if (change.writes === 0) return;
    change.tx.run('INSERT OR REPLACE INTO clock (id, boot, ahead) VALUES (1, ?, ?)', this.boot, ahead);
    change.tx.onDurable(() => this.note(ahead));
  }

  private note(ahead: number): void {
    this.settled = ahead;
  }

  private ahead(): number {
    return Math.round(this.clock.now() - this.clock.monotonic());
  }
}

/** Of a clock that does not jump. */
export const noJumps: Pick<ClockJumps, 'pending' | 'settle' | 'slept'> = {
  pending: () => false,
  settle: () => undefined,
  slept: () => undefined,
};

/** Moves all that expires to later or earlier. @param ms wall-clock milliseconds */
export function moveExpiry(change: Change, ms: number): void {
  const by = Math.round(ms);
  const modifier = `${by < 0 ? '-' : '+'}${(Math.abs(by) / 1000).toFixed(3)} seconds`;
  change.tx.run(moveKeys, by);
  if (change.tx.run(moveClaims, modifier) === 0) return;
  for (const row of selectTasks(change.tx, "WHERE status = 'running'")) {
    change.emitTask('task.updated', takenView(change.context, row));
    if (row.due_at !== null) change.due(fromInstant(row.due_at));
  }
}

/** Wall-clock milliseconds. */
function lastSeen(tx: Transaction): number {
  const { seen = null, used = null } = tx.get(latestSeen) ?? {};
  return Math.max(
    typeof seen === 'string' ? fromInstant(seen) : Number.NEGATIVE_INFINITY,
    typeof used === 'number' ? used : Number.NEGATIVE_INFINITY,
  );
}
