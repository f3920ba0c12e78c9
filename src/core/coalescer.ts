import { type Clock, systemClock, type Timer } from './clock';

export interface Pace {
  /** Milliseconds from a request to its run; 0, the default, starts at once. */
  delay?: number;
  /** Minimum milliseconds between the end of a run and the next one; 0 by default. */
  gap?: number;
  clock?: Clock;
}

/** Work that is requested more often than it runs: requests close together share a run, and runs never overlap. */
export class Coalescer {
  private readonly clock: Clock;
  private timer: Timer | null = null;
  private running = false;
  private requested = false;
  private urgent = false;
  private stopped = false;
  private endedAt = Number.NEGATIVE_INFINITY;

  /** @param work must not throw or reject */
  constructor(
    private readonly work: () => unknown,
    private readonly pace: Pace = {},
  ) {
    this.clock = pace.clock ?? systemClock;
  }

  /** Requests a run that starts after this call. */
  request(): void {
    this.requested = true;
    if (this.running || this.timer || this.stopped) return;
    const { delay = 0, gap = 0 } = this.pace;
    const wait = Math.max(delay, this.endedAt + gap - this.clock.monotonic());
    if (wait <= 0 || this.urgent) void this.run();
    else this.timer = this.clock.after(wait, () => void this.run());
  }

  /** The same without delay or gap, for when a person is waiting. */
  requestNow(): void {
    this.timer?.cancel();
    this.timer = null;
    this.urgent = true;
    this.request();
  }

  /** Starts no more runs. */
  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async run(): Promise<void> {
    this.timer = null;
    this.running = true;
    this.requested = false;
    this.urgent = false;
    try {
      const done = this.work();
      if (done instanceof Promise) await done;
    } finally {
      this.running = false;
      this.endedAt = this.clock.monotonic();
      if (this.requested) this.request();
    }
  }
}
