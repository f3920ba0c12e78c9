/** Listing tasks, and totals from the kept counts. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import {
  type FailureCounts,
  type FailureKind,
  failureKinds,
  type Page,
  type Stats,
  type Task,
  type TaskCounts,
  taskStatuses,
} from '../../core/model';
import type { TaskFilter } from '../../core/queue';
import { folded, separator } from '../../core/textSearch';
import { checkChoice, checkPage, checkSearch, checkSince } from '../../core/validation';
import type { Reader, SqlValue } from '../engine/database';
import type { Context } from '../rows/change';
import { findStream, needStream, type StreamRow, selectStreams } from '../rows/streamTable';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { viewsOf } from '../rows/taskTable';
import { deletedSince } from './undelete';

/** Up to this many queued, running or unreviewed rows, sorting them is cheaper than scanning the history. */
const fewRows = 20_000;

const orders = {
  newest: 'seq DESC',
  position: 'position, seq',
  finished: 'finished_at DESC, seq DESC',
} as const;
const deletedLastFirst = 'deleted_at DESC, seq DESC';

/** So many tasks are read before others have their turn; each takes up to 20 microseconds. */
const sliceRows = 500;

const listed = 'IN (SELECT value FROM json_each(?))';

/** What is searched beside the payload. */
const searched = `concat_ws('${separator}', id, label, tool_name, result_summary, error)`;

interface Where {
  text: string;
  values: SqlValue[];
}

export async function listTasks(context: Context, filter: TaskFilter = {}): Promise<Page<Task>> {
  const { limit, offset } = checkPage(filter);
  checkStatus(filter);
  const order = checkChoice('order', filter.order ?? 'newest', ['newest', 'position', 'finished'] as const);
  const by = filter.deleted && filter.order === undefined ? deletedLastFirst : orders[order];
  // A search reads every task: in slices, between which others have their turn.
  const found = isSearch(filter) ? await searchTasks(context, filter) : undefined;
  return context.db.read((reader) => {
    const stream = streamOfFilter(reader, filter);
    if (stream === null) return { items: [], total: 0, limit, offset };
    const where = whereOf(filter, stream, context.clock.now());
    const totals = totalsOf(reader, stream?.id, filter.session_id);
    const from = `${indexFor(filter, totals)} WHERE ${where.text} ORDER BY ${by}`;
    const rows =
      found === undefined
        ? selectTasks(reader, `${from} LIMIT ? OFFSET ?`, ...where.values, limit, offset)
        : selectFound(reader, found, by, limit, offset);
    const total = found?.length ?? knownTotal(filter, totals) ?? count(reader, filter, totals, where);
    return { items: tasksOf(reader, context, rows), total, limit, offset };
  });
}

function tasksOf(reader: Reader, context: Context, rows: readonly TaskRow[]): Task[] {
  const ids = new Set(rows.filter(({ status }) => status === 'queued').map((row) => row.stream_id));
  const streams =
    ids.size === 0 ? [] : selectStreams(reader, `WHERE streams.id ${listed}`, JSON.stringify([...ids]));
  return viewsOf(reader, context, rows, new Map(streams.map((stream) => [stream.id, stream])));
}

/** Whether tasks are found by what they contain, or by a time that no index has. */
function isSearch({ q, script, since }: TaskFilter): boolean {
  return (
    checkSearch(q) !== undefined || checkSearch(script) !== undefined || (since !== undefined && since !== '')
  );
}

/** The `seq` of each task that fits. */
async function searchTasks({ db, clock }: Context, filter: TaskFilter): Promise<number[]> {
  const start = await db.read((reader) => {
    const stream = streamOfFilter(reader, filter);
    if (stream === null) return undefined;
    const index = indexFor(filter, totalsOf(reader, stream?.id, filter.session_id));
    return { where: whereOf(filter, stream, clock.now()), index };
  });
  if (start === undefined) return [];
  const { where, index } = start;
  // Few rows have an entry of a partial index.
  if (index !== '') return db.read((reader) => seqs(reader, `${index} WHERE ${where.text}`, where.values));
  const found: number[] = [];
  for (let before = Number.MAX_SAFE_INTEGER, more = true; more; ) {
    more = await db.read((reader) => {
      const [from] = seqs(reader, 'WHERE seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?', [
        before,
        sliceRows - 1,
      ]);
      const slice = `NOT INDEXED WHERE seq >= ? AND seq < ? AND ${where.text}`;
      found.push(...seqs(reader, slice, [from ?? 0, before, ...where.values]));
      before = from ?? 0;
      return from !== undefined;
    });
    // The database alone goes on in the same turn of the event loop when nobody else waits for it.
    if (more) await nextTurn();
  }
  return found;
}

function seqs(reader: Reader, condition: string, values: readonly SqlValue[]): number[] {
  return reader.values(`SELECT seq FROM tasks ${condition}`, ...values).map(([seq]) => Number(seq));
}

function selectFound(
  reader: Reader,
  found: readonly number[],
  by: string,
  limit: number,
  offset: number,
): TaskRow[] {
  const condition = `WHERE seq ${listed} ORDER BY ${by} LIMIT ? OFFSET ?`;
  return selectTasks(reader, condition, JSON.stringify(found), limit, offset);
}

function checkStatus({ status, failure_kind: kind }: TaskFilter): void {
  if (kind !== undefined) checkChoice('failure_kind', kind, failureKinds);
  if (status === undefined || taskStatuses.includes(status)) return;
  const options = [...taskStatuses].sort().join(', ');
  throw new QueueError('invalid_filter', `Invalid status filter: ${status}`, `Valid options: ${options}`);
}

/** The summed counts of all streams, of one, or of those of a session. */
export function totalsOf(reader: Reader, streamId?: string, sessionId?: string): TaskCounts {
  const sums = `SELECT coalesce(sum(queued), 0) AS queued, coalesce(sum(running), 0) AS running,
    coalesce(sum(succeeded), 0) AS succeeded, coalesce(sum(failed), 0) AS failed,
    coalesce(sum(unreviewed), 0) AS unreviewed, coalesce(sum(failed_unreviewed), 0) AS failed_unreviewed
    FROM stream_counts`;
  const conditions: string[] = [];
  const values: string[] = [];
  if (streamId !== undefined) {
    conditions.push('stream_id = ?');
    values.push(streamId);
  }
  if (sessionId !== undefined) {
    conditions.push('stream_id IN (SELECT id FROM streams WHERE session_id = ?)');
    values.push(sessionId);
  }
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return reader.get(`${sums}${where}`, ...values) as unknown as TaskCounts;
}

/** The failed tasks of all streams by kind of failure. */
export function failureCountsOf(reader: Reader): FailureCounts {
  const rows = reader.all(
    'SELECT kind, sum(tasks) AS n FROM failure_counts GROUP BY kind HAVING sum(tasks) > 0',
  );
  return Object.fromEntries(rows.map(({ kind, n }) => [kind as FailureKind, Number(n)]));
}

export function statsOf(reader: Reader): Stats {
  const active = (table: 'sessions' | 'streams') =>
    Number(reader.get(`SELECT count(*) AS n FROM ${table} WHERE status = 'active'`)?.n);
  const { queued, running } = totalsOf(reader);
  return {
    sessions: active('sessions'),
    streams: active('streams'),
    queued_tasks: queued,
    running_tasks: running,
  };
}

/** The stream to filter by; undefined for any stream, null for one that does not exist. */
function streamOfFilter(reader: Reader, { stream }: TaskFilter): StreamRow | undefined | null {
  if (stream === undefined || stream.trim() === '') return undefined;
  return isId(stream.trim(), 'stream') ? (findStream(reader, stream) ?? null) : needStream(reader, stream);
}

function whereOf(filter: TaskFilter, stream: StreamRow | undefined, now: number): Where {
  const texts = [filter.deleted ? 'deleted_at IS NOT NULL AND deleted_at >= ?' : 'deleted_at IS NULL'];
  const values: SqlValue[] = filter.deleted ? [deletedSince(now)] : [];
  const add = (text: string, ...more: SqlValue[]) => {
    texts.push(text);
    values.push(...more);
  };
  if (stream) add('stream_id = ?', stream.id);
  if (filter.session_id !== undefined) {
    add('stream_id IN (SELECT id FROM streams WHERE session_id = ?)', filter.session_id.trim());
  }
  if (filter.ids !== undefined) add(`id ${listed}`, JSON.stringify(filter.ids.map((id) => id.trim())));
  if (filter.batch_id !== undefined) add('batch_id = ?', filter.batch_id.trim());
  if (filter.retry_of !== undefined) add('retry_of = ?', filter.retry_of.trim());
  if (filter.single) {
    add(
      'NOT EXISTS (SELECT 1 FROM batches WHERE id = tasks.batch_id AND batches.stream_id = tasks.stream_id)',
    );
  }
  // In the statement's text: a partial index is chosen by the text, not by bound values.
  if (filter.status !== undefined) add(`status = '${filter.status}'`);
  if (filter.failure_kind !== undefined) add('failure_kind = ?', filter.failure_kind);
  if (filter.stale) {
    // Rounded: a julian day has a precision of some 40 microseconds, and the exact instant counts as stale.
    const left = 'round((julianday(deadline) - julianday(coalesce(suspended_at, ?))) * 86400000.0)';
    add(
      `status = 'running' AND ${left} <= (coalesce(kill_after, 2 * timeout) - timeout) * 1000`,
      toInstant(now),
    );
  }
  if (filter.unapproved) add("status = 'queued' AND approval = 'pending'");
  if (filter.asking) add("status = 'queued' AND question IS NOT NULL");
  if (filter.unreviewed) add('finished_at IS NOT NULL AND reviewed_at IS NULL');
  if (filter.since) {
    add('coalesce(finished_at, created_at) >= ?', checkSince('since', filter.since, now));
  }
  const script = checkSearch(filter.script);
  if (script !== undefined) add('is_of_script(?, payload)', script);
  const q = checkSearch(filter.q);
  if (q !== undefined) add(`finds(?, payload, ${searched})`, folded(q));
  if (filter.order === 'finished') add('finished_at IS NOT NULL');
  return { text: texts.join(' AND '), values };
}

/** The partial index to use where the planner cannot know how few rows it holds. */
function indexFor(filter: TaskFilter, totals: TaskCounts): string {
  if (filter.ids !== undefined) return 'INDEXED BY sqlite_autoindex_tasks_1';
  // Few of a large batch run, and of its queued tasks the first are wanted.
  const live = filter.stream !== undefined && (filter.status === 'queued' || filter.status === 'running');
  if (filter.batch_id !== undefined && !live) return 'INDEXED BY idx_tasks_batch';
  if (filter.deleted) return 'INDEXED BY idx_tasks_deleted_at';
  if (filter.retry_of !== undefined) return 'INDEXED BY idx_tasks_retry_of';
  if (filter.asking) return 'INDEXED BY idx_tasks_question';
  if (filter.unapproved) return 'INDEXED BY idx_tasks_unapproved';
  if (filter.status === 'queued' && totals.queued < fewRows) return 'INDEXED BY idx_tasks_stream_status';
  const ofAll = !filter.stream?.trim() && filter.session_id === undefined;
  if (filter.unreviewed && ofAll && totals.unreviewed < fewRows) {
    return 'INDEXED BY idx_tasks_unreviewed';
  }
  const running = filter.status === 'running' || (filter.stale && filter.status === undefined);
  return running && totals.running < fewRows ? 'INDEXED BY idx_tasks_started_at' : '';
}

/** The total, if the counts give it. */
function knownTotal(filter: TaskFilter, totals: TaskCounts): number | undefined {
  if (
    filter.ids !== undefined ||
    filter.deleted ||
    filter.batch_id !== undefined ||
    filter.retry_of !== undefined ||
    filter.single ||
    filter.stale ||
    filter.asking ||
    filter.unapproved ||
    isSearch(filter) ||
    filter.failure_kind !== undefined
  )
    return undefined;
  const { status, unreviewed } = filter;
  if (unreviewed) {
    if (status === undefined) return totals.unreviewed;
    if (status === 'failed') return totals.failed_unreviewed;
    return status === 'succeeded' ? totals.unreviewed - totals.failed_unreviewed : 0;
  }
  const finished = totals.succeeded + totals.failed;
  if (status !== undefined) {
    const live = status === 'queued' || status === 'running';
    return filter.order === 'finished' && live ? 0 : totals[status];
  }
  return filter.order === 'finished' ? finished : finished + totals.queued + totals.running;
}

function count(reader: Reader, filter: TaskFilter, totals: TaskCounts, where: Where): number {
  const sql = `SELECT count(*) AS n FROM tasks ${indexFor(filter, totals)} WHERE ${where.text}`;
  return Number(reader.get(sql, ...where.values)?.n);
}
