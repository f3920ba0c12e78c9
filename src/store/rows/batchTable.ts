/** Rows of batches, with the counts of their tasks. */

import { isId } from '../../core/ids';
import type { Batch, BatchCounts } from '../../core/model';
import { notFound } from '../../core/refusals';
import type { Reader, SqlValue } from '../engine/database';

/** The one list of the columns, in the order of `v`; written out for the same reason as that of tasks. */
function rowFrom(v: readonly SqlValue[]) {
  let i = 0;
  return {
    id: v[i++] as string,
    stream_id: v[i++] as string,
    label: v[i++] as string | null,
    created_at: v[i++] as string,
    parallelism: v[i++] as number | null,
    stop_after: v[i++] as number | null,
    failures: v[i++] as number,
    stopped_at: v[i++] as string | null,
    queued: v[i++] as number,
    running: v[i++] as number,
    succeeded: v[i++] as number,
    failed: v[i++] as number,
    cancelled: v[i++] as number,
  };
}

export type BatchRow = ReturnType<typeof rowFrom>;

const columns = Object.keys(rowFrom([])).join(', ');

/** Of a batch: it has no tasks, and none waits for it. */
export const emptyBatch = `NOT EXISTS (SELECT 1 FROM tasks WHERE batch_id = batches.id)
  AND NOT EXISTS (SELECT 1 FROM tasks WHERE after_batch = batches.id)`;

/** @param rest of the select, from WHERE on */
export function selectBatches(reader: Reader, rest: string, ...params: SqlValue[]): BatchRow[] {
  return reader.values(`SELECT ${columns} FROM batches ${rest}`, ...params).map(rowFrom);
}

/** Undefined if there is none. */
export function findBatch(reader: Reader, id: string): BatchRow | undefined {
  const trimmed = id.trim();
  return isId(trimmed, 'batch') ? selectBatches(reader, 'WHERE id = ?', trimmed)[0] : undefined;
}

/** @throws QueueError `not_found` */
export function needBatch(reader: Reader, id: string): BatchRow {
  const row = findBatch(reader, id);
  if (row === undefined) throw notFound('Batch', id.trim());
  return row;
}

/** Whether limits of the batch say when its tasks may start. */
export function isLimited({
  parallelism,
  stop_after,
}: Pick<BatchRow, 'parallelism' | 'stop_after'>): boolean {
  return parallelism !== null || stop_after !== null;
}

export function batchOf(row: BatchRow): Batch {
  const { queued, running, succeeded, failed, cancelled } = row;
  return {
    id: row.id,
    stream_id: row.stream_id,
    label: row.label,
    created_at: row.created_at,
    parallelism: row.parallelism,
    stop_after: row.stop_after,
    stopped_at: row.stopped_at,
    counts: { queued, running, succeeded, failed, cancelled },
  };
}

/** By how much the counts of a batch change. */
export function noCounts(): BatchCounts {
  return { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
}
