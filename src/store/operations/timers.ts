/**
 * What happens to tasks by the clock alone: delays end, runs become stale, time out, or lose their worker. One timer
 * waits for the next such moment.
 *
 * A worker that could not report - the owner was down, the machine slept, the clock jumped - is not given up before
 * it had one more heartbeat interval to do so.
 */

import { fromInstant, type Timer, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Reader } from '../engine/database';
import type { Change, Context } from '../rows/change';
import { selectTasks, type TaskRow, taskOf } from '../rows/taskRow';
import { patchTask } from '../rows/taskTable';
import { endDelays, nextDelayEnd } from './delays';
import { clocksOf, heartbeatInterval, nextLook } from './leases';
import { failRunning } from './retryPolicy';

/** Milliseconds that the wall clock and the steady one may part, or a timer be late, before it counts as a jump. */
const jumpSize = 5_000;
/** While something is due later than this, the clocks are compared that often. Milliseconds. */
const longestSleep = 30_000;
/** After a failed write, milliseconds. */
const retryTime = 5_000;
/** At most so many at once; the rest follows in the next transaction. */
const batch = 500;

/** Workers that were last seen before `from` are not given up before `until`. */
interface Grace {
  /** Wall-clock milliseconds. */
  from: number;
  /** Milliseconds of the steady clock. */
  until: number;
  /** Whether the deadline waits as well, or only the loss of a lease. */
  deadlines: boolean;
}

export class Timers {
  private timer: Timer | undefined;
  /** Wall-clock milliseconds; infinite when nothing is due. */
  private next = Number.POSITIVE_INFINITY;
  private looking = false;
  private stopped = false;
  private grace: Grace;
  private seen: { wall: number; steady: number };
  /** When the timer is to fire, by the steady clock; infinite when none is set. */
  private wakeAt = Number.POSITIVE_INFINITY;

  /** @param brief this process is a single command: others may report by commands too, so deadlines hold for them */
  constructor(
    private readonly context: Context,
    brief: boolean,
  ) {
    const { clock } = context;
    this.seen = { wall: clock.now(), steady: clock.monotonic() };
    this.grace = this.graceFromNow(!brief);
  }

  /** Does what is due by now and waits for the rest. */
  start(): Promise<void> {
    return this.look();
  }

  /** Something is due at `at`, wall-clock milliseconds. */
  due(at: number): void {
    if (at >= this.next || this.stopped) return;
    this.next = at;
    if (!this.looking) this.arm();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.stopped || this.next === Number.POSITIVE_INFINITY) return;
    const { clock } = this.context;
    const wait = Math.min(Math.max(0, this.next - clock.now()), longestSleep);
    this.wakeAt = clock.monotonic() + wait;
    this.timer = clock.after(wait, () => this.onTimer());
  }

  private onTimer(): void {
    this.noticeJump();
    if (this.context.clock.now() >= this.next) void this.look();
    else this.arm();
  }

  /** On macOS and Windows the steady clock goes on while the machine sleeps: there the timer comes late. */
  private noticeJump(): void {
    const { clock } = this.context;
    const { wall, steady } = this.seen;
    this.seen = { wall: clock.now(), steady: clock.monotonic() };
    const jump = this.seen.wall - wall - (this.seen.steady - steady);
    const late = this.seen.steady - this.wakeAt;
    this.wakeAt = Number.POSITIVE_INFINITY;
    const jumped = Math.abs(jump) >= jumpSize;
    if (!jumped && late < jumpSize) return;
    const seconds = Math.round((jumped ? jump : late) / 1000);
    const what = jumped
      ? `The clock jumped by ${seconds} s`
      : `The machine slept or stood still for ${seconds} s`;
    this.context.log.info(`${what}: running tasks get more time.`);
    this.grace = this.graceFromNow(true);
  }

  private graceFromNow(deadlines: boolean): Grace {
    const { clock } = this.context;
    return { from: clock.now(), until: clock.monotonic() + heartbeatInterval, deadlines };
  }

  private async look(): Promise<void> {
    if (this.looking || this.stopped) return;
    this.looking = true;
    this.noticeJump();
    try {
      // What becomes due meanwhile is noted in `next`.
      this.next = Number.POSITIVE_INFINITY;
      while (await this.context.change((change) => this.doSome(change)));
      this.next = Math.min(this.next, await this.context.db.read(nextDue));
    } catch (error) {
      this.next = this.context.clock.now() + retryTime;
      if (!QueueError.is(error)) this.context.log.error('What was due could not be done', error);
    }
    this.looking = false;
    this.arm();
  }

  /** Answers whether there may be more. */
  private doSome(change: Change): boolean {
    const rows = selectTasks(
      change.tx,
      "WHERE status = 'running' AND due_at <= ? ORDER BY due_at LIMIT ?",
      change.now,
      batch,
    );
    for (const row of rows) this.lookAt(change, row);
    return endDelays(change) || rows.length === batch;
  }

  private lookAt(change: Change, given: TaskRow): void {
    const { stale, lease, deadline } = clocksOf(given);
    let row = given;
    if (change.ms >= stale && row.stale_warned_at === null) {
      row = patchTask(change, row, { stale_warned_at: change.now });
      change.emitTask('task.stale', taskOf(row));
    }
    const rest = this.graceOf(row, change.ms >= deadline);
    const timedOut = change.ms >= deadline;
    const lost = row.supervised === 0 && change.ms >= lease;
    if (rest > 0 && (timedOut || lost)) {
      patchTask(change, row, { due_at: toInstant(change.ms + rest) });
    } else if (timedOut) {
      failRunning(change, row, { kind: 'timeout', error: 'TIMEOUT: Task timeout (auto-failed)' });
    } else if (lost) {
      const who = row.worker_id ?? 'the worker';
      failRunning(change, row, {
        kind: 'lost',
        error: `LOST: No heartbeat from ${who} since ${row.seen_at}`,
      });
    } else {
      patchTask(change, row, { due_at: toInstant(nextLook(row)) });
    }
  }

  /** Milliseconds that the worker of a task still gets. */
  private graceOf(row: TaskRow, timedOut: boolean): number {
    const { from, until, deadlines } = this.grace;
    if (timedOut && !deadlines) return 0;
    if (fromInstant(row.seen_at ?? row.updated_at) >= from) return 0;
    return Math.max(0, Math.ceil(until - this.context.clock.monotonic()));
  }
}

/** Wall-clock milliseconds. */
function nextDue(reader: Reader): number {
  const running = reader.get("SELECT due_at FROM tasks WHERE status = 'running' ORDER BY due_at LIMIT 1");
  return Math.min(instantOr(running?.due_at), instantOr(nextDelayEnd(reader)));
}

function instantOr(value: unknown): number {
  return typeof value === 'string' ? fromInstant(value) : Number.POSITIVE_INFINITY;
}
