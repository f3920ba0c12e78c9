/**
 * One timer for all that the clock does: delays end, running tasks outlive their time or their worker, and schedules are
 * due.
 */

import { fromInstant, type Timer } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Change, Context } from '../rows/change';
import { jumpSize } from '../rows/clockJumps';
import { selectTasks } from '../rows/taskRow';
import { endDelays, nextDelayEnd } from './delays';
import { enforceClocks, type Grace, graceFromNow } from './lostWorker';
import type { Firing } from './schedules/firing';

/** The longest timer: a jump of the clock is noticed that soon while something is due. Milliseconds. */
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
  private readonly grace: Grace;
  /** How long the process did not run, milliseconds; what expires is still to be moved by that. */
  private slept = 0;
  /** When the timer was set and when it fires, by the monotonic clock; infinite if none is set. */
  private setAt = Number.POSITIVE_INFINITY;
  private wakeAt = Number.POSITIVE_INFINITY;

  /**
   * @param firing undefined for a single command, which does not stay: it fires no schedule. Workers could have reported
   * by such a command, so deadlines hold.
   */
  constructor(
    private readonly context: Context,
    private readonly firing: Firing | undefined,
  ) {
    this.grace = graceFromNow(context.clock, firing !== undefined);
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
    this.noticeSleep();
    this.timer?.cancel();
    this.timer = undefined;
    if (this.stopped || this.next === Number.POSITIVE_INFINITY) return;
    const { clock } = this.context;
    const wait = this.slept > 0 ? 0 : Math.min(Math.max(0, this.next - clock.now()), longestSleep);
    this.setAt = clock.monotonic();
    this.wakeAt = this.setAt + wait;
    this.timer = clock.after(wait, () => this.onTimer());
  }

  private onTimer(): void {
    this.noticeSleep();
    const { clock, jumps } = this.context;
    if (this.slept > 0 || jumps.pending() || clock.now() >= this.next) void this.run();
    else this.arm();
  }

  /** On macOS and Windows the monotonic clock continues while the machine sleeps: there the timer fires late. */
  private noticeSleep(): void {
    const now = this.context.clock.monotonic();
    const late = now - this.wakeAt;
    this.wakeAt = Number.POSITIVE_INFINITY;
    if (late < jumpSize) return;
    // It may have fallen asleep as soon as the timer was set.
    this.slept += now - this.setAt;
    const seconds = Math.round(late / 1000);
    this.context.log.info(`The machine slept or was suspended for ${seconds} s: what runs keeps its time.`);
  }

  private async run(): Promise<void> {
    if (this.running || this.stopped) return;
    this.running = true;
    const { slept } = this;
    this.slept = 0;
    try {
      if (slept > 0) await this.context.change((change) => this.context.jumps.slept(change, slept));
      // `due()` lowers `next` meanwhile.
      this.next = Number.POSITIVE_INFINITY;
      while (await this.context.change((change) => this.runBatch(change)));
      let due = await this.readDue();
      if (this.firing !== undefined && due.schedules <= this.context.clock.now()) {
        await this.firing.run();
        due = await this.readDue();
      }
      this.next = Math.min(this.next, due.tasks, due.schedules);
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

  /** When something is due next, wall-clock milliseconds. */
  private readDue(): Promise<{ tasks: number; schedules: number }> {
    return this.context.db.read((reader) => {
      const running = reader.get(
        "SELECT due_at FROM tasks WHERE status = 'running' AND due_at IS NOT NULL ORDER BY due_at LIMIT 1",
      );
      return {
        tasks: Math.min(instantOr(running?.due_at), instantOr(nextDelayEnd(reader))),
        schedules: this.firing?.nextDue(reader) ?? Number.POSITIVE_INFINITY,
      };
    });
  }
}

function instantOr(value: unknown): number {
  return typeof value === 'string' ? fromInstant(value) : Number.POSITIVE_INFINITY;
}
