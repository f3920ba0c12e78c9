/** Keys of databases of older programs, which kept whole answers. */

import { fromInstant } from '../../core/clock';
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
  const old = sqlite.prepare(
    'SELECT key, operation, answer, created_at FROM idempotency ORDER BY created_at',
  );
  const tx = {
    run: (sql: string, ...params: (string | number | null)[]) => sqlite.run(sqlite.prepare(sql), params),
  };
  for (const row of sqlite.all(old, [])) {
    const verdict = verdictOf(JSON.parse(String(row.answer)) as OldAnswer | null);
    insertKey(
      tx,
      keyUse(String(row.key), String(row.operation)),
      verdict,
      fromInstant(String(row.created_at)),
    );
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
