/** Has a database give back the pages that removed rows have left, in steps between the calls of others. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../core/clock';

/** How soon after a change it looks for such pages. Milliseconds. */
const soon = 1000;

export class Shrinking {
  private timer: Timer | undefined;
  private stopped = false;

  /** @param step gives back some pages; whether there are more */
  constructor(
    private readonly clock: Clock,
    private readonly step: () => Promise<boolean>,
  ) {}

  /** The database was changed. */
  written(): void {
    if (!this.stopped) this.timer ??= this.clock.after(soon, () => void this.run());
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async run(): Promise<void> {
    while (!this.stopped && (await this.step())) await nextTurn();
    this.timer = undefined;
  }
}
