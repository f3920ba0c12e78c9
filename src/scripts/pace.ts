/** Splits long work into small pieces, so that the event loop stays responsive. */

import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work before yielding to the event loop. */
const stretch = 8;

/** Shared by concurrent work, which together stays below that limit per turn of the event loop. */
export class Pace {
  private since = performance.now();
  private turn: Promise<void> | null = null;

  /** Yields to the event loop if it is time to, otherwise returns at once. */
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
