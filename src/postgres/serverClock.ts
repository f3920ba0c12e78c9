/** The clock of the server, which all hosts of a queue go by. */

import type { Clock, Timer } from '../core/clock';

export class ServerClock implements Clock {
  /** How far the server's clock is ahead of ours, milliseconds. */
  private ahead = 0;
  private stopped: number | undefined;

  constructor(private readonly own: Clock) {}

  now(): number {
    return this.stopped ?? this.own.now() + this.ahead;
  }

  monotonic(): number {
    return this.own.monotonic();
  }

  after(ms: number, callback: () => void): Timer {
    return this.own.after(ms, callback);
  }

  /** The server has said what time it is. @param ms wall-clock milliseconds */
  set(ms: number): void {
    this.ahead = ms - this.own.now();
  }

  /** Calls `run`, during which it is `ms`, wall-clock milliseconds. */
  during(ms: number, run: () => void): void {
    this.stopped = ms;
    try {
      run();
    } finally {
      this.stopped = undefined;
    }
  }
}
