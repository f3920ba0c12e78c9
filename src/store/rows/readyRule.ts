/** The rule for when a task may be claimed, and why a queued task may not be. */

import { payloadProblem } from '../../config/payloadProblem';
import { fromInstant, toInstant } from '../../core/clock';
import { type Config, canRun, isUnconfirmed, runnableTools, toolOf } from '../../core/config';
import { isBatchOver } from '../../core/model';
import {
  blockedBy,
  notRunnable,
  restingReason,
  type Waiting,
  type WaitingFacts,
  waitingFor,
  warningsOf,
  whyWaiting,
} from '../../core/waiting';
import type { Reader, SqlValue } from '../engine/database';
import { batchOf, findBatch } from './batchTable';
import { queuedTools, restOfTask, type StartingTools, type Surroundings, startingTools } from './restRule';
import type { StreamRow } from './streamTable';
import { afterOf, parsed, type QueuedView, selectTasks, type TaskRow } from './taskRow';

const exceptDelay =
  "status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND question IS NULL AND approval = 'given'";
/**
 * Two partial indexes on these conditions are what makes finding the next task cheap: one of the tasks that nothing else
 * holds, and one of those whose batch has limits, by batch.
 */
const ready = `${exceptDelay} AND delayed = 0 AND batch_limited = 0`;
const readyOfBatch = `batch_id = ? AND ${exceptDelay} AND delayed = 0 AND batch_limited = 1`;

/** Whether a task is ready: it is queued, and neither parked, delayed nor waiting for another task, a batch or a person. */
export function isReady(row: TaskRow): boolean {
  return row.status === 'queued' && row.deleted_at === null && mayStart(row) && row.delayed === 0;
}

/**
 * Whether a queued task may be claimed by its id, as far as its row tells: its delay may be over and not yet ended there.
 * @param now wall-clock milliseconds
 */
export function mayStart(row: TaskRow, now = Number.POSITIVE_INFINITY): boolean {
  const delayed = row.delayed === 1 && fromInstant(row.not_before ?? '') > now;
  const asked = row.question !== null || row.approval !== 'given';
  return row.parked === 0 && row.open_after === 0 && !asked && !delayed;
}

/** Whether the batch of a task, if it has limits, lets one more start. */
export function batchAllows(reader: Reader, { batch_id: id, batch_limited }: TaskRow): boolean {
  return id === null || batch_limited === 0 || limitOf(reader, id).places > 0;
}

/** What a batch with limits lets happen. */
interface Limit {
  stopped: boolean;
  running: number;
  parallelism: number;
  /** How many more of its tasks may start now. */
  places: number;
}

const runningOfBatch =
  "SELECT count(*) FROM tasks WHERE batch_id = ? AND batch_limited = 1 AND status = 'running'";

function limitOf(reader: Reader, id: string): Limit {
  const [[stoppedAt = null, most = null] = []] = reader.values(
    'SELECT stopped_at, parallelism FROM batches WHERE id = ?',
    id,
  );
  const stopped = stoppedAt !== null;
  const parallelism = most === null ? Number.MAX_SAFE_INTEGER : Number(most);
  const running = Number(reader.values(runningOfBatch, id)[0]?.[0]);
  return { stopped, running, parallelism, places: stopped ? 0 : Math.max(0, parallelism - running) };
}

const nextBatch = `SELECT batch_id FROM tasks WHERE stream_id = ? AND ${exceptDelay} AND delayed = 0
  AND batch_limited = 1 AND batch_id > ? ORDER BY batch_id LIMIT 1`;

/** The batches with limits that have a ready task in the stream, and a place for it. */
function openBatches(reader: Reader, streamId: string): { id: string; places: number }[] {
  const found: { id: string; places: number }[] = [];
  for (let last = ''; ; ) {
    const row = reader.values(nextBatch, streamId, last)[0];
    if (row === undefined) return found;
    last = String(row[0]);
    const { places } = limitOf(reader, last);
    if (places > 0) found.push({ id: last, places });
  }
}

const streamAfter = `SELECT stream_id FROM tasks WHERE batch_id = ? AND finished_at IS NULL AND deleted_at IS NULL
  AND stream_id > ? ORDER BY stream_id LIMIT 1`;

/** The streams that have tasks of the batch which have not finished. */
export function streamsOfBatch(reader: Reader, id: string): string[] {
  const found: string[] = [];
  for (let last = ''; ; found.push(last)) {
    const row = reader.values(streamAfter, id, last)[0];
    if (row === undefined) return found;
    last = String(row[0]);
  }
}

/**
 * Whether a stream hands anything out: a paused one does not, nor one that pauses after a failure while a task of it
 * waits for an answer. A task of it can still be claimed by its id.
 */
export function handsOut(reader: Reader, stream: StreamRow): boolean {
  return stream.paused === 0 && holdingQuestion(reader, stream) === null;
}

const firstQuestion = `SELECT id FROM tasks WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL
  AND question IS NOT NULL ORDER BY position LIMIT 1`;

/** The task whose question holds the stream, if it is one that goes on only with what went well. */
function holdingQuestion(reader: Reader, { id, on_failure }: StreamRow): string | null {
  const [[task = null] = []] = on_failure === 'pause' ? reader.values(firstQuestion, id) : [];
  return task === null ? null : String(task);
}

const inOrder = 'ORDER BY position, seq LIMIT ?';
const ofTools = `AND (tool_name IN (SELECT value FROM json_each(?))
  OR (fall_back = 1 AND approved IS NULL AND tool_name IN (SELECT value FROM json_each(?))))`;

/** The parameters of that. */
const wantedOf = (tools: StartingTools | undefined): string[] =>
  tools === undefined ? [] : [JSON.stringify(tools.all), JSON.stringify(tools.fallBack)];

/** Where the ready tasks are found: those that no batch holds, and those of a batch with limits. */
const firstPlaces = {
  any: {
    free: `WHERE stream_id = ? AND ${ready} ${inOrder}`,
    batch: `WHERE stream_id = ? AND ${readyOfBatch} ${inOrder}`,
  },
  ofTools: {
    free: `WHERE stream_id = ? AND ${ready} ${ofTools} ${inOrder}`,
    batch: `WHERE stream_id = ? AND ${readyOfBatch} ${ofTools} ${inOrder}`,
  },
} as const;

/** What orders tasks in a lane. */
type Place = Pick<TaskRow, 'position' | 'seq'>;

const byPlace = (a: Place, b: Place) => a.position - b.position || a.seq - b.seq;

/** How rows of tasks are read. @param rest of the select, from WHERE on */
type Select<T> = (rest: string, ...params: SqlValue[]) => T[];

/**
 * The first ready tasks of a stream, of each batch with limits no more than may start.
 * @param tools only tasks of these
 * @param starting rows that are about to start, and so take a place of their batch each
 */
function firstReady<T extends Place>(
  reader: Reader,
  select: Select<T>,
  streamId: string,
  limit: number,
  tools?: StartingTools,
  starting: readonly TaskRow[] = [],
): T[] {
  const { free, batch } = firstPlaces[tools === undefined ? 'any' : 'ofTools'];
  const wanted = wantedOf(tools);
  const found = select(free, streamId, ...wanted, limit);
  const batches = openBatches(reader, streamId);
  if (batches.length === 0) return found;
  for (const { id, places } of batches) {
    const taken = starting.filter((row) => row.batch_id === id).length;
    // Those that are about to start may be among the first.
    if (places > taken) found.push(...select(batch, streamId, id, ...wanted, Math.min(limit, places)));
  }
  return found.sort(byPlace).slice(0, limit);
}

/** Whole rows. */
const wholeRows =
  (reader: Reader): Select<TaskRow> =>
  (rest, ...params) =>
    selectTasks(reader, rest, ...params);

type Head = Place & Pick<TaskRow, 'id' | 'tool_name' | 'fall_back' | 'approved'>;

/** Without the payload, which may be large. */
const heads =
  (reader: Reader): Select<Head> =>
  (rest, ...params) =>
    reader
      .values(`SELECT id, tool_name, position, seq, fall_back, approved FROM tasks ${rest}`, ...params)
      .map(([id, tool, position, seq, fallBack, approved]) => ({
        id: String(id),
        tool_name: String(tool),
        fall_back: fallBack === 1 ? 1 : 0,
        approved: approved === null ? null : String(approved),
        position: Number(position),
        seq: Number(seq),
      }));

const lastFirst = 'AND position < ? ORDER BY position DESC, seq DESC LIMIT 1';
const lastPlaces = {
  any: {
    free: `WHERE stream_id = ? AND ${ready} ${lastFirst}`,
    batch: `WHERE stream_id = ? AND ${readyOfBatch} ${lastFirst}`,
  },
  ofTools: {
    free: `WHERE stream_id = ? AND ${ready} ${ofTools} ${lastFirst}`,
    batch: `WHERE stream_id = ? AND ${readyOfBatch} ${ofTools} ${lastFirst}`,
  },
} as const;
/** With more places free than this, any ready task of a batch counts as one that is handed out next. */
const fewPlaces = 50;

/** The last task that a stream hands out now, or hands out before a position, if nothing ends meanwhile. */
export function lastReady(
  reader: Reader,
  streamId: string,
  before = Number.MAX_SAFE_INTEGER,
  tools?: StartingTools,
): string | null {
  const kind = tools === undefined ? 'any' : 'ofTools';
  const wanted = wantedOf(tools);
  const select = heads(reader);
  const found = select(lastPlaces[kind].free, streamId, ...wanted, before);
  for (const { id, places } of openBatches(reader, streamId)) {
    if (places > fewPlaces) found.push(...select(lastPlaces[kind].batch, streamId, id, ...wanted, before));
    else {
      const next = select(firstPlaces[kind].batch, streamId, id, ...wanted, places);
      found.push(...next.filter(({ position }) => position < before));
    }
  }
  return found.sort(byPlace).at(-1)?.id ?? null;
}

/** The first tasks that the stream hands out. */
export function readyTasks(reader: Reader, stream: StreamRow, limit: number): TaskRow[] {
  return handsOut(reader, stream) ? firstReady(reader, wholeRows(reader), stream.id, limit) : [];
}

/** The first ready task of one of `tools` that is none of `except`, which are about to start. */
export function readyTaskFor(
  reader: Reader,
  stream: StreamRow,
  tools: StartingTools,
  except: ReadonlyMap<string, TaskRow>,
): TaskRow | undefined {
  const limit = except.size + 1;
  const found = firstReady(reader, wholeRows(reader), stream.id, limit, tools, [...except.values()]);
  return found.find(({ id }) => !except.has(id));
}

const firstDelayed = `WHERE stream_id = ? AND ${exceptDelay} AND delayed = 1 AND not_before <= ?
  ORDER BY position, seq`;

/**
 * The task that the stream would hand out next, including one whose delay is over and not yet ended in its row.
 * @param now wall-clock milliseconds
 */
export function nextTask(reader: Reader, stream: StreamRow, now: number): TaskRow | undefined {
  if (!handsOut(reader, stream)) return undefined;
  const [head] = readyTasks(reader, stream, 1);
  const due = selectTasks(reader, firstDelayed, stream.id, toInstant(now)).find((row) =>
    batchAllows(reader, row),
  );
  return head && due ? (due.position < head.position ? due : head) : (head ?? due);
}

/** The ready task that a queued one comes after; one that is passed over, or not run here, comes after none. */
function taskAhead(
  reader: Reader,
  around: Surroundings,
  row: TaskRow,
  stream: StreamRow,
  tail: string | null | undefined,
): string | null {
  const { skip_unrunnable: skips, pass_resting: passes } = stream;
  if (skips === 0 && passes === 0)
    return tail === undefined ? lastReady(reader, stream.id, row.position) : tail;
  const config = around.config.current();
  if (skips === 1 && !canRun(config, row.tool_name)) return null;
  return lastReady(reader, stream.id, row.position, passedTools(reader, around, stream));
}

/** The tools whose tasks no other passes, of a stream that lets some be passed. */
function passedTools(reader: Reader, around: Surroundings, stream: StreamRow): StartingTools {
  const tools =
    stream.skip_unrunnable === 1 ? runnableTools(around.config.current()) : queuedTools(reader, stream.id);
  return stream.pass_resting === 1
    ? startingTools(reader, around, stream.id, tools)
    : { all: [...tools], fallBack: [] };
}

/**
 * Why a queued task has not started, as far as the queue knows, and what is worth knowing about it.
 * @param tail the ready task before it, if the caller knows it
 */
export function queuedView(
  reader: Reader,
  around: Surroundings,
  row: TaskRow,
  stream: StreamRow,
  tail?: string | null,
): QueuedView {
  const { clock } = around;
  const config = around.config.current();
  const runnable = canRun(config, row.tool_name);
  const unconfirmed = isUnconfirmed(config, row.tool_name);
  const skips = stream.skip_unrunnable === 1;
  const behind = taskAhead(reader, around, row, stream, tail);
  const blocker = skips || behind === null ? null : blockerOf(reader, config, stream);
  const facts = {
    parked: row.parked === 1,
    unapproved: row.approval === 'pending',
    asking: row.question !== null,
    after: row.open_after === 0 ? [] : openDependencies(reader, row),
    after_batch: row.open_after === 0 ? null : openBatch(reader, row),
    batch: batchLimit(reader, row),
    not_before: row.delayed === 1 ? row.not_before : null,
    limited: row.failure_kind === 'limited',
    stream: {
      name: stream.name,
      ended: stream.status === 'ended',
      paused: stream.paused === 1,
      question: holdingQuestion(reader, stream),
      parallelism: stream.parallelism,
      working: stream.working === 1,
      working_since: stream.working_since,
    },
    behind,
    blocker,
    tool_name: row.tool_name,
    runnable,
    unconfirmed,
    rest: restOfTask(around, row),
    running: stream.running,
  };
  const { waiting, waiting_reason } = waitingFor(whyWaiting(facts), clock.now());
  const missing = payloadProblem(parsed(row.payload), toolOf(config, row.tool_name));
  const warnings = warningsOf({
    tool_name: row.tool_name,
    runnable,
    unconfirmed,
    stream: { name: stream.name, skips },
    missing,
  });
  return { waiting, waiting_reason, warnings };
}

const notWaiting: Waiting = { waiting: null, waiting_reason: null };

/** Why the built-in runner starts none of a stream's ready tasks, though one is ready. */
export function laneView(reader: Reader, around: Surroundings, stream: StreamRow): Waiting {
  if (stream.status === 'ended' || stream.queued === 0 || !handsOut(reader, stream)) return notWaiting;
  const { clock } = around;
  const config = around.config.current();
  const blocker = blockerOf(reader, config, stream);
  if (blocker === null) return restingLane(reader, around, stream);
  if (stream.skip_unrunnable === 0) return waitingFor(blockedBy(blocker), clock.now());
  const runnable = { all: runnableTools(config), fallBack: [] };
  if (readyTaskFor(reader, stream, runnable, new Map())) return restingLane(reader, around, stream);
  return waitingFor(notRunnable(blocker.tool, blocker.unconfirmed), clock.now());
}

/** The same of a stream that would start something, if no account did rest. */
function restingLane(reader: Reader, around: Surroundings, stream: StreamRow): Waiting {
  const runnable =
    stream.skip_unrunnable === 1 ? { all: runnableTools(around.config.current()), fallBack: [] } : undefined;
  const [head] = firstReady(reader, heads(reader), stream.id, 1, runnable);
  const rest = head === undefined ? null : restOfTask(around, head);
  if (head === undefined || rest === null) return notWaiting;
  const passes =
    stream.pass_resting === 1 &&
    readyTaskFor(reader, stream, passedTools(reader, around, stream), new Map()) !== undefined;
  return passes ? notWaiting : waitingFor(restingReason(rest, head.tool_name), around.clock.now());
}

/** The first ready task of a stream, if the built-in runner does not run its tool. */
function blockerOf(reader: Reader, config: Config, { id }: StreamRow): WaitingFacts['blocker'] {
  const [head] = firstReady(reader, heads(reader), id, 1);
  if (head === undefined || canRun(config, head.tool_name)) return null;
  const { id: task, tool_name: tool } = head;
  return { task, tool, unconfirmed: isUnconfirmed(config, tool) };
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

/** The batch that it still waits for; its last task may have failed. */
function openBatch(reader: Reader, { after_batch: id }: TaskRow): { id: string; failed: boolean } | null {
  const batch = id === null ? undefined : findBatch(reader, id);
  return batch === undefined ? null : { id: batch.id, failed: isBatchOver(batchOf(batch)) };
}

/** The limits of its batch, where they keep it from starting. */
function batchLimit(reader: Reader, { batch_id: id, batch_limited }: TaskRow) {
  if (id === null || batch_limited === 0) return null;
  const limit = limitOf(reader, id);
  return limit.places > 0 ? null : { id, ...limit };
}
