/** Pending calls of the database, and how they are applied to memory: in slices that share one transaction. */

import type { Recorded } from './journal';
import type { Sqlite } from './sqlite';
import { SqliteTransaction } from './transaction';

/** A call whose caller is answered later than its work is done. */
export interface PendingCall<Target> {
  work(target: Target): unknown;
  resolve(result: never): void;
  reject(error: unknown): void;
  refused: boolean;
  /** What `work` returned or, if refused, threw. */
  outcome: unknown;
}

export function answer({ refused, outcome, resolve, reject }: PendingCall<never>): void {
  if (refused) reject(outcome);
  else resolve(outcome as never);
}

/** A pending call: first waiting to be applied, then for the disk. */
export interface DatabaseCall extends PendingCall<SqliteTransaction> {
  callbacks: readonly (() => void)[];
}

/** How long calls are applied before their frame is written and the event loop gets its turn. Milliseconds. */
const sliceTime = 1;

/** How many slices with changes share one SQLite transaction. */
const slicesOfTransaction = 64;

/** So many bytes of the database may hold nothing: the next rows take them. */
const spareBytes = 256 * 1024;

/** Applies calls to one database in memory. The journal is what counts, so SQLite's own commits are rare. */
export class Applier {
  /** Slices in the open SQLite transaction. */
  private slices = 0;

  constructor(private readonly sqlite: Sqlite) {}

  /**
   * Applies the first of `pending`, each in its own savepoint, and moves them to `applied`; their changes are added to
   * `unwritten`. Throws when the database itself fails: memory can then no longer be trusted.
   */
  applySlice(pending: DatabaseCall[], applied: DatabaseCall[], unwritten: Recorded[]): void {
    const until = performance.now() + sliceTime;
    let count = 0;
    let changing = false;
    try {
      for (const call of pending) {
        applied.push(call);
        count += 1;
        if (this.apply(call, unwritten)) changing = true;
        if (performance.now() > until) break;
      }
      this.endSlice(changing);
    } finally {
      pending.splice(0, count);
    }
  }

  /**
   * Gives back pages that removed rows have left, for as long as a slice takes. Returns whether there are more. Throws
   * when the database itself fails.
   */
  giveBack(): boolean {
    const spare = () => this.sqlite.sizes().free <= spareBytes;
    if (spare()) return false;
    this.begin();
    this.sqlite.giveBack(performance.now() + sliceTime);
    this.endSlice(true);
    return !spare();
  }

  /** Whether it changed something, or tried to. */
  private apply(call: DatabaseCall, unwritten: Recorded[]): boolean {
    let changing = false;
    const transaction = new SqliteTransaction(this.sqlite, () => {
      this.begin();
      this.execute('SAVEPOINT one');
      changing = true;
    });
    try {
      call.outcome = call.work(transaction);
      if (call.outcome instanceof Promise)
        throw new Error('The callback of a transaction must be synchronous.');
    } catch (error) {
      call.refused = true;
      call.outcome = error;
    }
    transaction.end();
    if (changing && call.refused) this.execute('ROLLBACK TO one');
    if (changing) this.execute('RELEASE one');
    if (!call.refused) {
      call.callbacks = transaction.callbacks;
      if (transaction.recorded.length > 0) unwritten.push(transaction.recorded);
    }
    return changing;
  }

  private begin(): void {
    if (this.slices > 0) return;
    // Set first: if this fails halfway, the end of the slice finds out.
    this.slices = 1;
    this.execute('BEGIN');
    this.execute('SAVEPOINT slice');
  }

  /**
   * After some errors, even of a statement that only reads, SQLite rolls back its whole transaction. The savepoint is
   * then gone and its release fails, before any caller is answered from what is left.
   */
  private endSlice(changing: boolean): void {
    if (this.slices === 0) return;
    this.execute('RELEASE slice');
    if (changing) this.slices += 1;
    if (this.slices <= slicesOfTransaction) {
      this.execute('SAVEPOINT slice');
      return;
    }
    this.execute('COMMIT');
    this.slices = 0;
  }

  private execute(sql: string): void {
    this.sqlite.run(this.sqlite.prepare(sql), []);
  }
}
