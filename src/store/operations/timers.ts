/** One timer for all that the clock does to tasks: delays end, and running tasks outlive their time or their worker. */

import { fromInstant, type Timer } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Reader } from '../engine/database';
import type { Change, Context } from '../rows/change';
import { selectTasks } from '../rows/taskRow';
import { endDelays, nextDelayEnd } from './delays';
import { enforceClocks, type Grace, graceFromNow } from './lostWorker';

/** How far the wall and monotonic clocks may diverge, or a timer be late, before it counts as a jump. Milliseconds. */
const jumpSize = 5_000;
/** The longest timer: the clocks are compared at least this often while something is due. Milliseconds. */
const longestSleep = 30_000;
/** How long to wait after a failed write, milliseconds. */
const retryTime = 5_000;
/** How many rows one transaction takes; the rest follow in the next. */
const batch = 500;

export class Timers {
  private timer: Timer | undefined;
  /** Wall-clock milliseconds; infinite if nothing is due. */
  private next = Number.POSITIVE_INFINITY;
  private running = false;
  private stopped = false;
  private grace: Grace;
  private seen: { wall: number; steady: number };
  /** When the timer fires, by the monotonic clock; infinite if none is set. */
  private wakeAt = Number.POSITIVE_INFINITY;

  /** @param brief this process is a single command: workers could have reported by such a command, so deadlines hold */
  constructor(
    private readonly context: Context,
    brief: boolean,
  ) {
    const { clock } = context;
    this.seen = { wall: clock.now(), steady: clock.monotonic() };
    this.grace = graceFromNow(clock, !brief);
  }

  /** Handles what is due and waits for the rest. */
  start(): Promise<void> {
    return this.run();
  }

  /** Something is due at `at`, wall-clock milliseconds. */
  due(at: number): void {
    if (at >= this.next || this.stopped) return;
    this.next = at;
    if (!this.running) this.arm();
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
    if (this.context.clock.now() >= this.next) void this.run();
    else this.arm();
  }

  /** On macOS and Windows the monotonic clock continues while the machine sleeps: there the timer fires late. */
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
      : `The machine slept or was suspended for ${seconds} s`;
    this.context.log.info(`${what}: running tasks get more time.`);
    this.grace = graceFromNow(clock, true);
  }

  private async run(): Promise<void> {
    if (this.running || this.stopped) return;
    this.running = true;
    this.noticeJump();
    try {
      // `due()` lowers `next` meanwhile.
      this.next = Number.POSITIVE_INFINITY;
      while (await this.context.change((change) => this.runBatch(change)));
      this.next = Math.min(this.next, await this.context.db.read(nextDue));
    } catch (error) {
      this.next = this.context.clock.now() + retryTime;
      if (!QueueError.is(error)) this.context.log.error('Due tasks could not be updated', error);
    }
    this.running = false;
    this.arm();
  }

  /** Returns whether there may be more. */
  private runBatch(change: Change): boolean {
    const rows = selectTasks(
      change.tx,
      "WHERE status = 'running' AND due_at <= ? ORDER BY due_at LIMIT ?",
      change.now,
      batch,
    );
    for (const row of rows) enforceClocks(change, row, this.grace);
    return endDelays(change) || rows.length === batch;
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
