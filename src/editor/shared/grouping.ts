/** Gathers what comes together, so that a person is told once. Pure. */

import type { Clock, Timer } from '../../core/clock';

/** What comes within this many milliseconds of the first is told with it. */
const together = 400;
/** After something was told, nothing more is for this long: what comes meanwhile is told at its end. */
const quiet = 5_000;

export class Grouping<T> {
  private gathered: T[] = [];
  private timer: Timer | undefined;
  private told = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly tell: (items: readonly T[]) => void,
  ) {}

  add(item: T): void {
    this.gathered.push(item);
    if (this.timer) return;
    const wait = Math.max(together, this.told + quiet - this.clock.monotonic());
    this.timer = this.clock.after(wait, () => {
      const items = this.gathered;
      this.gathered = [];
      this.timer = undefined;
      this.told = this.clock.monotonic();
      this.tell(items);
    });
  }

  /** Forgets what was not told yet. */
  dispose(): void {
    this.timer?.cancel();
  }
}
