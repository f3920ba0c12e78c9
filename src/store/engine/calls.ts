/** Calls that wait for the database, and how they are applied to memory: in slices that share one transaction. */

import type { Recorded } from './journal';
import type { Sqlite } from './sqlite';
import { SqliteTransaction } from './transaction';

/** A call that waits: first to be applied, then for the disk. */
export interface DatabaseCall {
  work: (transaction: SqliteTransaction) => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
  callbacks: readonly (() => void)[];
  refused: boolean;
  /** What `work` returned or, when refused, threw. */
  outcome: unknown;
}

/** Jobs are applied for so long before their frame is on its way and the loop gets its turn. Milliseconds. */
const sliceTime = 1;

/** So many slices that change something share one transaction of SQLite's. */
const slicesOfTransaction = 64;

/**
 * Applies calls to one database in memory. A commit only copies what was changed into the file that sql.js has in
 * memory, which nobody reads while the store is open: what counts is the journal. So it is done once in a while.
 */
export class Applier {
  /** Slices that the open transaction of SQLite's holds. */
  private slices = 0;

  constructor(private readonly sqlite: Sqlite) {}

  /**
   * Applies the first of `pending`, each in a savepoint of its own, and moves them to `applied`; what they changed is
   * added to `unwritten`. Throws when the database itself fails: then memory is not to be trusted any more.
   */
  applySlice(pending: DatabaseCall[], applied: DatabaseCall[], unwritten: Recorded[]): void {
    const until = performance.now() + sliceTime;
    let count = 0;
    let changing = false;
    try {
      for (const job of pending) {
        applied.push(job);
        count += 1;
        if (this.apply(job, unwritten)) changing = true;
        if (performance.now() > until) break;
      }
      this.endSlice(changing);
    } finally {
      pending.splice(0, count);
    }
  }

  /** Answers whether it has changed something, or tried to. */
  private apply(job: DatabaseCall, unwritten: Recorded[]): boolean {
    let changing = false;
    const transaction = new SqliteTransaction(this.sqlite, () => {
      this.begin();
      this.execute('SAVEPOINT one');
      changing = true;
    });
    try {
      job.outcome = job.work(transaction);
      if (job.outcome instanceof Promise)
        throw new Error('The callback of a transaction must be synchronous.');
    } catch (error) {
      job.refused = true;
      job.outcome = error;
    }
    transaction.end();
    if (changing && job.refused) this.execute('ROLLBACK TO one');
    if (changing) this.execute('RELEASE one');
    if (!job.refused) {
      job.callbacks = transaction.callbacks;
      if (transaction.recorded.length > 0) unwritten.push(transaction.recorded);
    }
    return changing;
  }

  private begin(): void {
    if (this.slices > 0) return;
    // First: where it fails half way, the end of the slice finds out.
    this.slices = 1;
    this.execute('BEGIN');
    this.execute('SAVEPOINT slice');
  }

  /**
   * After some errors, even of a statement that only reads, SQLite undoes its whole transaction. The savepoint is gone
   * then, and its release fails, before anybody is answered from what is left.
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
