/**
 * Operations that come together share one transaction, with one look at their stream and one change of its counts.
 * Each checks before it writes, so that a refusal leaves nothing behind; one that fails later than that makes all of
 * them run again, each in a transaction of its own.
 */

import type { Transaction } from '../engine/database';
import { Change, type Context } from './change';
import { StreamCache } from './streamCache';

interface Operation {
  work(change: Change): unknown;
  resolve(result: never): void;
  reject(error: unknown): void;
  refused: boolean;
  /** What `work` returned or, when refused, threw. */
  outcome: unknown;
}

/** A transaction goes on for so long, milliseconds; whoever has not come to it goes into the next one. */
const usualSlice = 2;

/** An operation failed after it had written. */
class HalfDone extends Error {}

export class ChangeGroup {
  private pending: Operation[] = [];
  private scheduled = false;
  private readonly streams = new StreamCache();

  constructor(
    private readonly context: Context,
    private readonly sliceTime = usualSlice,
  ) {
    context.db.onReset(() => this.streams.clear());
  }

  /** Runs `work` and resolves when what it did is durable; a refusal waits for what it has seen. */
  run<T>(work: (change: Change) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.pending.push({ work, resolve, reject, refused: false, outcome: undefined });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.pending.length === 0) return;
    this.scheduled = true;
    void this.runTogether();
  }

  private async runTogether(): Promise<void> {
    let taken: Operation[] | undefined;
    try {
      await this.context.db.write((tx) => {
        this.scheduled = false;
        taken = [];
        this.runSome(tx, taken);
      });
    } catch (error) {
      if (error instanceof HalfDone) for (const operation of taken ?? []) void this.runAlone(operation);
      else this.rejectAll(taken, error);
      return;
    }
    for (const { refused, outcome, resolve, reject } of taken ?? []) {
      if (refused) reject(outcome);
      else resolve(outcome as never);
    }
  }

  /** @param taken gets those that were run */
  private runSome(tx: Transaction, taken: Operation[]): void {
    const change = new Change(tx, this.context, this.streams);
    const until = performance.now() + this.sliceTime;
    try {
      for (const operation of this.pending) {
        taken.push(operation);
        const { writes } = change;
        try {
          operation.outcome = operation.work(change);
        } catch (error) {
          if (change.writes > writes) throw new HalfDone();
          operation.refused = true;
          operation.outcome = error;
        }
        if (performance.now() > until) break;
      }
      change.finish();
    } catch (error) {
      this.streams.clear();
      throw error;
    } finally {
      this.pending.splice(0, taken.length);
      this.schedule();
    }
  }

  private async runAlone({ work, resolve, reject }: Operation): Promise<void> {
    try {
      const result = await this.context.db.write((tx) => {
        const change = new Change(tx, this.context, this.streams);
        try {
          const own = work(change);
          change.finish();
          return own;
        } catch (error) {
          this.streams.clear();
          throw error;
        }
      });
      resolve(result as never);
    } catch (error) {
      reject(error);
    }
  }

  /** @param taken undefined when the transaction was not even begun */
  private rejectAll(taken: Operation[] | undefined, error: unknown): void {
    const victims = taken ?? this.pending;
    if (taken === undefined) {
      this.pending = [];
      this.scheduled = false;
    }
    for (const { reject } of victims) reject(error);
  }
}
