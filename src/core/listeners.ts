import type { Unsubscribe } from './events';
import type { Log } from './log';

/** A list of callbacks, called one by one. */
export class Listeners<T = void> {
  private readonly all = new Set<(value: T) => void>();

  constructor(private readonly log: Log) {}

  add(listener: (value: T) => void): Unsubscribe {
    // A separate entry, so that the same function can be added twice.
    const entry = (value: T) => listener(value);
    this.all.add(entry);
    return () => this.all.delete(entry);
  }

  /** Calls every listener; an error of one is logged and does not stop the others. */
  emit(value: T): void {
    for (const listener of [...this.all]) {
      try {
        listener(value);
      } catch (error) {
        this.log.error('A listener failed.', error);
      }
    }
  }

  clear(): void {
    this.all.clear();
  }
}
