/** Which tasks may start, and those that still wait for a time. */

import { toInstant } from '../core/clock';
import type { Change } from './change';
import type { Reader } from './database';
import { asTaskRow, type StreamRow, type TaskRow, taskColumns } from './rows';
import { patchTask, taskView } from './taskTable';

/** At most so many at once; the rest follows in the next transaction. */
const batch = 500;

/** Makes the tasks ready whose time has come. Answers whether there may be more. */
export function endDelays(change: Change): boolean {
  const rows = change.tx
    .all(
      `SELECT ${taskColumns} FROM tasks WHERE status = 'queued' AND delayed = 1 AND not_before <= ?
       ORDER BY not_before LIMIT ?`,
      change.now,
      batch,
    )
    .map(asTaskRow);
  for (const row of rows) {
    const next = patchTask(change, row, { delayed: 0 });
    change.emitTask('task.updated', taskView(change, next, undefined));
    change.wake(next.stream_id);
  }
  return rows.length === batch;
}

/** What a ready task looks like; the partial index on these conditions is what makes finding the next one cheap. */
export const readyCondition =
  "status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND delayed = 0";

/** The first tasks that may start, whether the stream is paused or not. */
export function readyTasks(reader: Reader, stream: StreamRow, limit: number): TaskRow[] {
  return reader
    .all(
      `SELECT ${taskColumns} FROM tasks WHERE stream_id = ? AND ${readyCondition} ORDER BY position, seq LIMIT ?`,
      stream.id,
      limit,
    )
    .map(asTaskRow);
}

/** The first ready task of one of `tools` that is none of `except`. */
export function readyTaskFor(
  reader: Reader,
  stream: StreamRow,
  tools: readonly string[],
  except: ReadonlySet<string>,
): TaskRow | undefined {
  return reader
    .all(
      `SELECT ${taskColumns} FROM tasks WHERE stream_id = ? AND ${readyCondition}
         AND tool_name IN (SELECT value FROM json_each(?)) ORDER BY position, seq LIMIT ?`,
      stream.id,
      JSON.stringify(tools),
      except.size + 1,
    )
    .map(asTaskRow)
    .find(({ id }) => !except.has(id));
}

/** The first task of a stream whose time has come but that was not made ready yet. */
export function nextDelayedTask(reader: Reader, stream: StreamRow, now: number): TaskRow | undefined {
  const row = reader.get(
    `SELECT ${taskColumns} FROM tasks WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL
       AND parked = 0 AND open_after = 0 AND delayed = 1 AND not_before <= ? ORDER BY position, seq LIMIT 1`,
    stream.id,
    toInstant(now),
  );
  return row && asTaskRow(row);
}
