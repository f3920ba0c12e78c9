import type { Unsubscribe } from './events';
import type { Log } from './log';

/** A list of callbacks, called one by one. */
export class Listeners<T = void> {
  private readonly all = new Set<(value: T) => void>();

  constructor(private readonly log: Log) {}

  add(listener: (value: T) => void): Unsubscribe {
    // An entry of its own, so that one function may be added twice.
    const entry = (value: T) => listener(value);
    this.all.add(entry);
    return () => this.all.delete(entry);
  }

  /** Calls every listener; one that throws is logged and stops no other. */
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
