/** A list of callbacks. */

import type { Unsubscribe } from '../core/events';
import type { Log } from '../core/log';

export class Listeners<T> {
  private readonly all = new Set<(value: T) => void>();

  constructor(private readonly log: Log) {}

  add(listener: (value: T) => void): Unsubscribe {
    // An entry of its own, so that one function may listen twice.
    const entry = (value: T) => listener(value);
    this.all.add(entry);
    return () => this.all.delete(entry);
  }

  /** Calls everyone; one that throws is reported and harms nobody else. */
  emit(value: T): void {
    for (const listener of [...this.all]) {
      try {
        listener(value);
      } catch (error) {
        this.log.error('A listener failed.', error);
      }
    }
  }
}
