/** Long work in small pieces, so that whoever shares the event loop gets a turn. */

import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which others get their turn. */
const stretch = 8;

/** Shared by everything that works side by side: together they stay below one stretch per turn of the event loop. */
export class Pace {
  private since = performance.now();
  private turn: Promise<void> | null = null;

  /** Returns at once, or lets the event loop turn first. */
  async rest(): Promise<void> {
    while (performance.now() - this.since > stretch) {
      this.turn ??= setImmediate().then(() => {
        this.turn = null;
        this.since = performance.now();
      });
      await this.turn;
    }
  }

  /** Calls `act` for each item, up to `width` of them at a time. */
  async each<T>(items: Iterable<T>, width: number, act: (item: T) => Promise<void>): Promise<void> {
    const iterator = items[Symbol.iterator]();
    const worker = async () => {
      for (let next = iterator.next(); !next.done; next = iterator.next()) {
        await this.rest();
        await act(next.value);
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
  }
}
