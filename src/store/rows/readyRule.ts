/** The rule for when a task may be claimed. */

import { fromInstant, toInstant } from '../../core/clock';
import type { Reader, SqlValue } from '../engine/database';
import type { StartingTools } from './restRule';
import type { StreamRow } from './streamTable';
import { selectTasks, type TaskRow } from './taskRow';

const exceptDelay =
  "status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND question IS NULL AND approval = 'given'";
/**
 * Two partial indexes on these conditions are what makes finding the next task cheap: one of the tasks that nothing else
 * holds, and one of those whose batch has limits, by batch.
 */
export const ready = `${exceptDelay} AND delayed = 0 AND batch_limited = 0`;
export const readyLimited = `${exceptDelay} AND delayed = 0 AND batch_limited = 1`;
const readyOfBatch = `batch_id = ? AND ${readyLimited}`;

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
export interface Limit {
  stopped: boolean;
  running: number;
  parallelism: number;
  /** How many more of its tasks may start now. */
  places: number;
}

/** Columns of a batch, for `limitFrom`. */
export const limitColumns = `stopped_at, parallelism, (SELECT count(*) FROM tasks WHERE tasks.batch_id = batches.id
  AND batch_limited = 1 AND status = 'running')`;

export function limitFrom([stoppedAt = null, most = null, count = 0]: readonly SqlValue[]): Limit {
  const stopped = stoppedAt !== null;
  const parallelism = most === null ? Number.MAX_SAFE_INTEGER : Number(most);
  const running = Number(count);
  return { stopped, running, parallelism, places: stopped ? 0 : Math.max(0, parallelism - running) };
}

export function limitOf(reader: Reader, id: string): Limit {
  return limitFrom(reader.values(`SELECT ${limitColumns} FROM batches WHERE id = ?`, id)[0] ?? []);
}

const nextBatch = `SELECT batch_id FROM tasks WHERE stream_id = ? AND ${readyLimited} AND batch_id > ?
  ORDER BY batch_id LIMIT 1`;

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

export const hasQuestion = "status = 'queued' AND deleted_at IS NULL AND question IS NOT NULL";
const firstQuestion = `SELECT id FROM tasks WHERE stream_id = ? AND ${hasQuestion} ORDER BY position LIMIT 1`;

/** The task whose question holds the stream, if it is one that goes on only with what went well. */
export function holdingQuestion(reader: Reader, { id, on_failure }: StreamRow): string | null {
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

export const byPlace = (a: Place, b: Place) => a.position - b.position || a.seq - b.seq;

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

export type Head = Place & Pick<TaskRow, 'id' | 'tool_name' | 'fall_back' | 'approved'>;

/** Without the payload, which may be large. */
export const headColumns = 'tasks.id, tool_name, position, seq, fall_back, approved';

export function headFrom([id, tool, position, seq, fallBack, approved]: readonly SqlValue[]): Head {
  return {
    id: String(id),
    tool_name: String(tool),
    fall_back: fallBack === 1 ? 1 : 0,
    approved: approved === null ? null : String(approved),
    position: Number(position),
    seq: Number(seq),
  };
}

const heads =
  (reader: Reader): Select<Head> =>
  (rest, ...params) =>
    reader.values(`SELECT ${headColumns} FROM tasks ${rest}`, ...params).map(headFrom);

/** The first task that a stream hands out. @param tools only tasks of these */
export function firstHead(reader: Reader, streamId: string, tools?: StartingTools): Head | undefined {
  return firstReady(reader, heads(reader), streamId, 1, tools)[0];
}

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
export const fewPlaces = 50;

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
