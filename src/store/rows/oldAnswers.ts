/** Keys of databases of older programs, which kept whole answers. */

import { fromInstant } from '../../core/clock';
import type { SqlValue } from '../engine/database';
import type { Sqlite } from '../engine/sqlite';
import { insertKey, keyUse, leaseMark, type Verdict } from './idempotency';

/** What older programs answered, as far as its verdict goes. */
interface OldAnswer {
  id?: string;
  task?: string | { id: string };
  lease?: string;
  duplicate?: boolean;
  worker_id?: string;
  purged?: number;
  refused?: { details?: { task_id?: string } };
}

/** Replaces the table `idempotency` by rows of `keys`: who repeats a change at an update must not make it twice. */
export function convertAnswers(sqlite: Sqlite): void {
  // Some at a time, in the order in which they were used: whole answers may be most of the database.
  const next = sqlite.prepare(
    'SELECT rowid AS number, key, operation, answer, created_at FROM idempotency WHERE rowid > ? ORDER BY rowid LIMIT 100',
  );
  const tx = {
    run: (sql: string, ...params: SqlValue[]) => sqlite.run(sqlite.prepare(sql), params),
  };
  let rows = sqlite.all(next, [-1]);
  while (rows.length > 0) {
    for (const { key, operation, answer, created_at: at } of rows) {
      const verdict = verdictOf(JSON.parse(String(answer)) as OldAnswer | null);
      insertKey(tx, keyUse(String(key), String(operation)), verdict, fromInstant(String(at)));
    }
    rows = sqlite.all(next, [Number(rows.at(-1)?.number)]);
  }
  sqlite.execute('DROP TABLE idempotency');
}

function verdictOf(answer: OldAnswer | null): Verdict {
  const { id, task, lease, duplicate, worker_id: worker, purged, refused } = answer ?? {};
  if (refused !== undefined) return { row: refused.details?.task_id ?? null, fact: 1 };
  const row = typeof task === 'string' ? task : (task?.id ?? id ?? worker ?? null);
  if (lease !== undefined) return { row, fact: leaseMark(lease) };
  return { row, fact: purged ?? (duplicate === true ? 1 : null) };
}
