/** Which tasks may start. */

import { toInstant } from '../../core/clock';
import type { Reader } from '../engine/database';
import { type StreamRow, selectTasks, type TaskRow } from './rows';

/** What a ready task looks like; the partial index on these conditions is what makes finding the next one cheap. */
export const readyCondition =
  "status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND delayed = 0";

export function isReady(row: TaskRow): boolean {
  const waits = row.parked === 1 || row.open_after > 0 || row.delayed === 1;
  return row.status === 'queued' && row.deleted_at === null && !waits;
}

const lastReadyText = `SELECT id FROM tasks WHERE stream_id = ? AND ${readyCondition} AND position < ?
  ORDER BY position DESC, seq DESC LIMIT 1`;
const firstReady = `WHERE stream_id = ? AND ${readyCondition} ORDER BY position, seq LIMIT ?`;
const firstReadyOfTools = `WHERE stream_id = ? AND ${readyCondition}
  AND tool_name IN (SELECT value FROM json_each(?)) ORDER BY position, seq LIMIT ?`;
const firstDelayed = `WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL AND parked = 0
  AND open_after = 0 AND delayed = 1 AND not_before <= ? ORDER BY position, seq LIMIT 1`;

/** The last ready task of a stream, or the last one before a position. */
export function lastReady(reader: Reader, streamId: string, before = Number.MAX_SAFE_INTEGER): string | null {
  const row = reader.get(lastReadyText, streamId, before);
  return row === undefined ? null : String(row.id);
}

/** The first tasks that may start, whether the stream is paused or not. */
export function readyTasks(reader: Reader, stream: StreamRow, limit: number): TaskRow[] {
  return selectTasks(reader, firstReady, stream.id, limit);
}

/** The first ready task of one of `tools` that is none of `except`. */
export function readyTaskFor(
  reader: Reader,
  stream: StreamRow,
  tools: readonly string[],
  except: ReadonlySet<string>,
): TaskRow | undefined {
  const found = selectTasks(reader, firstReadyOfTools, stream.id, JSON.stringify(tools), except.size + 1);
  return found.find(({ id }) => !except.has(id));
}

/** The first task of a stream whose time has come but that was not made ready yet. */
export function nextDelayedTask(reader: Reader, stream: StreamRow, now: number): TaskRow | undefined {
  return selectTasks(reader, firstDelayed, stream.id, toInstant(now))[0];
}
