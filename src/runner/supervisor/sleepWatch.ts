/** Notices when the machine has slept during a run. */

import * as os from 'node:os';
import { type Clock, type Timer, toInstant } from '../../core/clock';
import { localText } from '../../core/times';
import { machineClock } from '../../system/machineClock';

/** Milliseconds between two looks. */
const interval = 10_000;
/** Less than this, in milliseconds, is no sleep worth telling: a busy machine has timers fire late. */
const shortest = 60_000;

/**
 * The monotonic clock stands still during sleep on Linux, where the time since the boot goes on; elsewhere it goes on, and a
 * sleep shows by a timer that fires late. A clock that is set changes neither.
 */
export class SleepWatch {
  private readonly sleeps: { from: number; until: number }[] = [];
  private timer: Timer | null = null;

  /** @param uptime milliseconds since the boot, time asleep included; tests replace it and the clock */
  constructor(
    private readonly clock: Clock = machineClock,
    private readonly uptime: () => number = () => os.uptime() * 1000,
  ) {
    this.arm();
  }

  /** What is said of it in the row of the task; null where the machine did not sleep. */
  note(): string | null {
    if (this.sleeps.length === 0) return null;
    const spans = this.sleeps.map(({ from, until }) => `${clockTime(from)}-${clockTime(until)}`);
    return `The machine slept ${spans.join(', ')}.`;
  }

  stop(): void {
    this.timer?.cancel();
  }

  private arm(): void {
    const { clock } = this;
    const before = { wall: clock.now(), awake: clock.monotonic(), up: this.uptime() };
    this.timer = clock.after(interval, () => {
      const awake = clock.monotonic() - before.awake;
      const asleep = Math.max(this.uptime() - before.up - awake, awake - interval);
      const until = clock.now();
      if (asleep >= shortest) this.sleeps.push({ from: until - asleep, until });
      this.arm();
    });
  }
}

/** `02:10`: the row says on which day the run was. */
function clockTime(ms: number): string {
  return /\d\d:\d\d/.exec(localText(toInstant(ms)))?.[0] ?? '';
}
