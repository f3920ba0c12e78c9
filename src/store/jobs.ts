/** Calls that wait for the database, and how they are applied to memory: in slices that share one transaction. */

import type { Recorded } from './journal';
import type { Sqlite } from './sqlite';
import { SqliteTransaction } from './transaction';

/** A call that waits: first to be applied, then for the disk. */
export interface Job {
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

/**
 * Applies the first of `pending`, each in a savepoint of its own, and moves them to `applied`; what they changed is
 * added to `unwritten`. Throws when the database itself fails: then memory is not to be trusted any more.
 */
export function applySlice(sqlite: Sqlite, pending: Job[], applied: Job[], unwritten: Recorded[]): void {
  const until = performance.now() + sliceTime;
  let count = 0;
  let begun = false;
  try {
    for (const job of pending) {
      applied.push(job);
      count += 1;
      begun = apply(sqlite, job, begun, unwritten);
      if (performance.now() > until) break;
    }
    if (begun) sqlite.run(sqlite.prepare('COMMIT'), []);
  } finally {
    pending.splice(0, count);
  }
}

/** Answers whether the slice's transaction has begun by now. */
function apply(sqlite: Sqlite, job: Job, begun: boolean, unwritten: Recorded[]): boolean {
  let changing = false;
  const transaction = new SqliteTransaction(sqlite, () => {
    if (!begun) sqlite.run(sqlite.prepare('BEGIN'), []);
    sqlite.run(sqlite.prepare('SAVEPOINT one'), []);
    changing = true;
  });
  try {
    job.outcome = job.work(transaction);
    if (job.outcome instanceof Promise) throw new Error('The callback of a transaction must be synchronous.');
  } catch (error) {
    job.refused = true;
    job.outcome = error;
  }
  transaction.end();
  if (changing && job.refused) sqlite.run(sqlite.prepare('ROLLBACK TO one'), []);
  if (changing) sqlite.run(sqlite.prepare('RELEASE one'), []);
  if (!job.refused) {
    job.callbacks = transaction.callbacks;
    if (transaction.recorded.length > 0) unwritten.push(transaction.recorded);
  }
  return begun || changing;
}
