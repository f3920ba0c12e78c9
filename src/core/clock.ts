/**
 * Time for the queue. Everything that waits or expires uses a Clock, so that tests can control it.
 */

/** An instant as stored and sent: UTC, always six fraction digits, e.g. `2026-01-31T09:00:00.250000Z`. Sorts as text. */
export type Instant = string;

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock milliseconds since 1970; may jump either way. */
  now(): number;
  /** Milliseconds of a clock that never goes back, from an arbitrary zero. */
  monotonic(): number;
  /** Calls `callback` once, after `ms` milliseconds. */
  after(ms: number, callback: () => void): Timer;
}

/** Longer timers fire at once in Node and in browsers. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const end = performance.now() + ms;
    let handle: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const left = Math.max(0, end - performance.now());
      handle = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(callback, left);
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The steps of `afterAwake`, and how late one must be to count as slept through; milliseconds. */
const awakeStep = 10_000;
const sleepSize = 5_000;

/** A timer whose time can be stopped. */
export interface PausableTimer extends Timer {
  /** Time that passes before `resume` does not count. */
  pause(): void;
  resume(): void;
}

/** As `clock.after`, but time while the machine sleeps does not count, even where its monotonic clock goes on. */
export function afterAwake(clock: Clock, ms: number, callback: () => void): PausableTimer {
  let left = ms;
  let since: number;
  let timer: Timer | null = null;
  let over = false;
  const count = (step: number): void => {
    const passed = clock.monotonic() - since;
    left -= passed - step < sleepSize ? passed : step;
  };
  const arm = (): void => {
    const step = Math.min(left, awakeStep);
    since = clock.monotonic();
    timer = clock.after(step, () => {
      count(step);
      if (left > 0) arm();
      else {
        over = true;
        callback();
      }
    });
  };
  arm();
  return {
    cancel: () => {
      over = true;
      timer?.cancel();
    },
    pause: () => {
      if (timer === null || over) return;
      timer.cancel();
      timer = null;
      count(Math.min(left, awakeStep));
    },
    resume: () => {
      if (timer === null && !over) arm();
    },
  };
}

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts. */
export function sleep(ms: number, clock: Clock = systemClock, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal?.addEventListener('abort', end);
  });
}

/** The stored form of a wall-clock time in milliseconds. */
export function toInstant(ms: number): Instant {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}

const firstInstant = Date.parse('0000-01-01T00:00:00Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether a time can be stored: other years have a sign and six digits, and do not sort as text. */
export function isStorable(ms: number): boolean {
  return ms >= firstInstant && ms <= lastInstant;
}

/** Milliseconds since 1970 of a stored instant. Times that callers give are parsed by times.ts. */
export function fromInstant(instant: Instant): number {
  return Date.parse(instant);
}
