/** The rule for when a task may be claimed, and why a queued task may not be. */

import { payloadProblem } from '../../config/payloadProblem';
import { type Clock, fromInstant, toInstant } from '../../core/clock';
import { type Config, type ConfigSource, hasCommand, runnableTools, toolOf } from '../../core/config';
import { type Waiting, waitingFor, warningsOf, whyWaiting } from '../../core/waiting';
import type { Reader } from '../engine/database';
import type { StreamRow } from './streamTable';
import { afterOf, parsed, type QueuedView, selectTasks, type TaskRow } from './taskRow';

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
const headText = `SELECT id, tool_name FROM tasks WHERE stream_id = ? AND ${ready} ORDER BY position, seq LIMIT 1`;
const lastReadyOfToolsText = `SELECT id FROM tasks WHERE stream_id = ? AND ${ready} AND position < ?
  AND tool_name IN (SELECT value FROM json_each(?)) ORDER BY position DESC, seq DESC LIMIT 1`;
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

/** The last ready task before this one that is of one of `tools`. */
function lastReadyOfTools(reader: Reader, row: TaskRow, tools: readonly string[]): string | null {
  const found = reader.get(lastReadyOfToolsText, row.stream_id, row.position, JSON.stringify(tools));
  return found === undefined ? null : String(found.id);
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

/** The ready task that a queued one comes after; one that is passed over, or not run here, comes after none. */
function taskAhead(
  reader: Reader,
  config: Config,
  row: TaskRow,
  stream: StreamRow,
  tail: string | null | undefined,
): string | null {
  if (stream.skip_unrunnable === 0)
    return tail === undefined ? lastReady(reader, stream.id, row.position) : tail;
  return hasCommand(config, row.tool_name) ? lastReadyOfTools(reader, row, runnableTools(config)) : null;
}

/** What these views are derived from besides the rows. */
interface Surroundings {
  clock: Clock;
  config: ConfigSource;
}

/**
 * Why a queued task has not started, as far as the queue knows, and what is worth knowing about it.
 * @param tail the ready task before it, if the caller knows it
 */
export function queuedView(
  reader: Reader,
  { clock, config: source }: Surroundings,
  row: TaskRow,
  stream: StreamRow,
  tail?: string | null,
): QueuedView {
  const config = source.current();
  const runnable = hasCommand(config, row.tool_name);
  const skips = stream.skip_unrunnable === 1;
  const behind = taskAhead(reader, config, row, stream, tail);
  const blocker = skips || behind === null ? null : blockerOf(reader, config, stream);
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
    behind,
    blocker,
    tool_name: row.tool_name,
    runnable,
    running: stream.running,
  };
  const { waiting, waiting_reason } = waitingFor(whyWaiting(facts), clock.now());
  const missing = payloadProblem(parsed(row.payload), toolOf(config, row.tool_name));
  const warnings = warningsOf({
    tool_name: row.tool_name,
    runnable,
    stream: { name: stream.name, skips },
    missing,
  });
  return { waiting, waiting_reason, warnings };
}

const notWaiting: Waiting = { waiting: null, waiting_reason: null };

/** Why the built-in runner starts none of a stream's ready tasks, though one is ready. */
export function laneView(
  reader: Reader,
  { clock, config: source }: Surroundings,
  stream: StreamRow,
): Waiting {
  if (stream.status === 'ended' || stream.queued === 0 || !handsOut(stream)) return notWaiting;
  const config = source.current();
  const blocker = blockerOf(reader, config, stream);
  if (blocker === null) return notWaiting;
  if (stream.skip_unrunnable === 0) return waitingFor({ code: 'blocked', values: blocker }, clock.now());
  if (readyTaskFor(reader, stream, runnableTools(config), new Set())) return notWaiting;
  return waitingFor({ code: 'outside_worker', values: { tool: blocker.tool } }, clock.now());
}

/** The first ready task of a stream, if the built-in runner has no command for its tool. */
function blockerOf(reader: Reader, config: Config, { id }: StreamRow): { task: string; tool: string } | null {
  const head = reader.get(headText, id);
  const tool = String(head?.tool_name);
  return head === undefined || hasCommand(config, tool) ? null : { task: String(head.id), tool };
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
