import type { Clock, Timer } from '../../src/core/clock';

interface Entry {
  at: number;
  /** What was asked for, milliseconds. */
  ms: number;
  callback: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  private readonly timers = new Set<Entry>();
  private readonly awaited = new Map<number, () => void>();
  private steady = 1_000_000;

  /** @param wall wall-clock milliseconds to begin with */
  constructor(private wall = Date.parse('2026-01-31T09:00:00Z')) {}

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.steady;
  }

  after(ms: number, callback: () => void): Timer {
    const entry = { at: this.steady + Math.max(0, ms), ms, callback };
    this.timers.add(entry);
    this.awaited.get(ms)?.();
    return { cancel: () => this.timers.delete(entry) };
  }

  /** When a timer of just so many milliseconds is set: what does something so often has done it and waits again. */
  async timerSet(ms: number): Promise<void> {
    if ([...this.timers].some((timer) => timer.ms === ms)) return;
    await new Promise<void>((resolve) => this.awaited.set(ms, resolve));
    this.awaited.delete(ms);
  }

  /** Lets time pass, and calls each timer at its moment. */
  advance(ms: number): void {
    const end = this.steady + ms;
    for (let next = this.due(end); next !== undefined; next = this.due(end)) {
      const passed = Math.max(0, next.at - this.steady);
      this.wall += passed;
      this.steady += passed;
      this.timers.delete(next);
      next.callback();
    }
    this.wall += end - this.steady;
    this.steady = end;
  }

  /** Moves the wall clock alone: somebody set it, or the machine slept. */
  jump(ms: number): void {
    this.wall += ms;
  }

  /** Lets time pass on both clocks while nothing runs; timers that are due by then come late, at the next `advance`. */
  oversleep(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }

  private due(end: number): Entry | undefined {
    const due = [...this.timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

/** Node reads TZ anew each time that it is set. */
export function inZone<T>(zone: string, work: () => T): T {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}
