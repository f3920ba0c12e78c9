/** The rule for when a task may be claimed, and why a queued task may not be. */

import { type Clock, fromInstant, toInstant } from '../../core/clock';
import { type ConfigSource, toolOf } from '../../core/config';
import { type Waiting, waitingFor, whyWaiting } from '../../core/waiting';
import type { Reader } from '../engine/database';
import type { StreamRow } from './streamTable';
import { afterOf, selectTasks, type TaskRow } from './taskRow';

const exceptDelay = "status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0";
/** The partial index on these conditions is what makes finding the next task cheap. */
const ready = `${exceptDelay} AND delayed = 0`;

/** Whether a task is ready: it is queued, and neither parked, delayed nor waiting for another task. */
export function isReady(row: TaskRow): boolean {
  return row.status === 'queued' && row.deleted_at === null && mayStart(row) && row.delayed === 0;
}

/**
 * Whether a queued task may be claimed by its id: its delay may be over and not yet ended in its row.
 * @param now wall-clock milliseconds
 */
export function mayStart(row: TaskRow, now = Number.POSITIVE_INFINITY): boolean {
  const delayed = row.delayed === 1 && fromInstant(row.not_before ?? '') > now;
  return row.parked === 0 && row.open_after === 0 && !delayed;
}

/** A paused stream hands nothing out; a task of it can still be claimed by its id. */
function handsOut(stream: StreamRow): boolean {
  return stream.paused === 0;
}

const lastReadyText = `SELECT id FROM tasks WHERE stream_id = ? AND ${ready} AND position < ?
  ORDER BY position DESC, seq DESC LIMIT 1`;
const firstReady = `WHERE stream_id = ? AND ${ready} ORDER BY position, seq LIMIT ?`;
const firstReadyOfTools = `WHERE stream_id = ? AND ${ready}
  AND tool_name IN (SELECT value FROM json_each(?)) ORDER BY position, seq LIMIT ?`;
const firstDelayed = `WHERE stream_id = ? AND ${exceptDelay} AND delayed = 1 AND not_before <= ?
  ORDER BY position, seq LIMIT 1`;

/** The last ready task of a stream, or the last one before a position. */
export function lastReady(reader: Reader, streamId: string, before = Number.MAX_SAFE_INTEGER): string | null {
  const row = reader.get(lastReadyText, streamId, before);
  return row === undefined ? null : String(row.id);
}

/** The first tasks that the stream hands out. */
export function readyTasks(reader: Reader, stream: StreamRow, limit: number): TaskRow[] {
  return handsOut(stream) ? selectTasks(reader, firstReady, stream.id, limit) : [];
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

/**
 * The task that the stream would hand out next, including one whose delay is over and not yet ended in its row.
 * @param now wall-clock milliseconds
 */
export function nextTask(reader: Reader, stream: StreamRow, now: number): TaskRow | undefined {
  const [head] = readyTasks(reader, stream, 1);
  const [due] = handsOut(stream) ? selectTasks(reader, firstDelayed, stream.id, toInstant(now)) : [];
  return head && due ? (due.position < head.position ? due : head) : (head ?? due);
}

/**
 * Why a queued task has not started, as far as the queue knows.
 * @param behind the ready task before it, if the caller knows it
 */
export function waitingOf(
  reader: Reader,
  { clock, config }: { clock: Clock; config: ConfigSource },
  row: TaskRow,
  stream: StreamRow,
  behind?: string | null,
): Waiting {
  const tool = toolOf(config.current(), row.tool_name);
  const facts = {
    parked: row.parked === 1,
    after: row.open_after === 0 ? [] : openDependencies(reader, row),
    not_before: row.delayed === 1 ? row.not_before : null,
    limited: row.failure_kind === 'limited',
    stream: {
      name: stream.name,
      ended: stream.status === 'ended',
      paused: !handsOut(stream),
      parallelism: stream.parallelism,
      working: stream.working === 1,
      working_since: stream.working_since,
    },
    behind: behind === undefined ? lastReady(reader, stream.id, row.position) : behind,
    tool_name: row.tool_name,
    runnable: tool === undefined ? null : tool.command !== null,
    running: stream.running,
  };
  return waitingFor(whyWaiting(facts), clock.now());
}

/** The tasks that it still waits for, in the order in which they were given. */
function openDependencies(reader: Reader, row: TaskRow): { id: string; failed: boolean }[] {
  const states = new Map<string, boolean>();
  const rows = reader.all(
    "SELECT after_id, state FROM dependencies WHERE task_id = ? AND state != 'met'",
    row.id,
  );
  for (const { after_id: id, state } of rows) states.set(String(id), state === 'failed');
  return afterOf(row).flatMap((id) => {
    const failed = states.get(id);
    return failed === undefined ? [] : { id, failed };
  });
}
