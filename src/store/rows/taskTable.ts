/** Finding, inserting and updating rows of tasks, and their counts with them. */

import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { Task, TaskAnswer } from '../../core/model';
import { notFound } from '../../core/refusals';
import type { Reader, SqlValue } from '../engine/database';
import type { Change, Context } from './change';
import type { Repeat } from './idempotency';
import { factsOf } from './laneFacts';
import { PageFacts } from './pageFacts';
import type { StreamRow } from './streamTable';
import { blankTask, selectTasks, type TaskRow, taskOf } from './taskRow';
import { queuedView } from './waitingViews';

export const mostAttempts = 1000;

/** The row; undefined if there is none or it is deleted. */
export function findTask(reader: Reader, id: string): TaskRow | undefined {
  const trimmed = id.trim();
  if (!isId(trimmed, 'task')) return undefined;
  return selectTasks(reader, 'WHERE id = ? AND deleted_at IS NULL', trimmed)[0];
}

/** The same of several, in one statement; in the order of the ids. */
export function findTasks(reader: Reader, ids: readonly string[]): (TaskRow | undefined)[] {
  if (ids.length < 2) return ids.map((id) => findTask(reader, id));
  const given = ids.map((id) => id.trim());
  const known = given.filter((id) => isId(id, 'task'));
  const rows = selectTasks(
    reader,
    'WHERE id IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL',
    JSON.stringify(known),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return given.map((id) => byId.get(id));
}

/** Those of the ids whose tasks have rows, deleted ones included. */
export function knownIds(reader: Reader, ids: readonly string[]): Set<string> {
  const rows = reader.all(
    'SELECT id FROM tasks WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(ids),
  );
  return new Set(rows.map(({ id }) => String(id)));
}

export function needTask(reader: Reader, id: string): TaskRow {
  const row = findTask(reader, id);
  if (row === undefined) throw notFound('Task', id.trim());
  return row;
}

/** @throws QueueError `not_found` for the first that is missing */
export function needTasks(reader: Reader, ids: readonly string[]): TaskRow[] {
  const rows = findTasks(reader, ids);
  return ids.map((id, at) => {
    const row = rows[at];
    if (row === undefined) throw notFound('Task', id.trim());
    return row;
  });
}

export function notClaimable(id: string): QueueError {
  return new QueueError(
    'already_claimed',
    `Task ${id} not found or already claimed`,
    'Claim the next task of the stream instead: sparkq claim --stream NAME',
  );
}

/** The columns of a new row that are given; the rest have the defaults of a queued task. */
export type NewTaskRow = Pick<
  TaskRow,
  'id' | 'stream_id' | 'tool_name' | 'task_class' | 'payload' | 'timeout' | 'position'
> &
  Partial<TaskRow>;

/** Statement texts by the columns that they name. */
const inserts = new Map<string, string>();
const updates = new Map<string, string>();

export function insertTask(change: Change, given: NewTaskRow): TaskRow {
  const { tx, now } = change;
  const row: TaskRow = Object.assign({ ...blankTask }, given, { created_at: now, updated_at: now });
  // Null is the default; each bound value costs time, and space in the journal.
  const columns = (Object.keys(given) as (keyof NewTaskRow)[]).filter((column) => row[column] !== null);
  const key = columns.join();
  let sql = inserts.get(key);
  if (sql === undefined) {
    const values = columns.map((_, index) => `?${index + 2}`).join(', ');
    sql = `INSERT INTO tasks (created_at, updated_at, ${columns.join(', ')}) VALUES (?1, ?1, ${values})`;
    inserts.set(key, sql);
  }
  tx.run(sql, now, ...columns.map((column) => row[column]));
  change.added(row);
  return row;
}

/**
 * Updates a row that was read in this transaction, guarded by the status and lease that it was read with.
 * @throws QueueError `already_claimed` if the row has changed since
 */
export function patchTask(change: Change, row: TaskRow, patch: Partial<TaskRow>): TaskRow {
  const next: TaskRow = Object.assign({ ...row }, patch, { updated_at: change.now });
  const columns = Object.keys(patch) as (keyof TaskRow)[];
  const key = columns.join();
  let sql = updates.get(key);
  if (sql === undefined) {
    const assignments = columns.map((column) => `${column} = ?, `).join('');
    sql = `UPDATE tasks SET ${assignments}updated_at = ? WHERE id = ? AND status = ? AND lease IS ?`;
    updates.set(key, sql);
  }
  const values: SqlValue[] = columns.map((column) => next[column]);
  if (change.tx.run(sql, ...values, change.now, row.id, row.status, row.lease) === 0)
    throw notClaimable(row.id);
  change.replaced(row, next);
  return next;
}

/** Clears the columns of a claim that has ended. */
export const noClaim = {
  lease: null,
  lease_until: null,
  deadline: null,
  seen_at: null,
  due_at: null,
  supervised: 0,
  cancel_requested: 0,
  suspended_at: null,
} as const satisfies Partial<TaskRow>;

/** Of a task that is queued again after a claim. */
export const queuedAgain = {
  ...noClaim,
  status: 'queued',
  started_at: null,
  worker_id: null,
  stale_warned_at: null,
} as const satisfies Partial<TaskRow>;

/**
 * The task as it is answered.
 * @param tail the ready task before it, if the caller knows it
 */
export function taskView(change: Change, row: TaskRow, tail?: string | null): Task {
  if (row.status !== 'queued') return takenView(change.context, row);
  const facts = factsOf(change.tx, change.context, (streamId) => change.headOf(streamId));
  return taskOf(row, queuedView(facts, change.context, row, change.streamById(row.stream_id), tail));
}

/** The same of several. */
export function taskViews(change: Change, rows: readonly TaskRow[]): Task[] {
  const ids = new Set(rows.filter(({ status }) => status === 'queued').map((row) => row.stream_id));
  const lanes = new Map([...ids].map((id) => [id, change.streamById(id)]));
  return viewsOf(change.tx, change.context, rows, lanes);
}

/** @param lanes the streams of those that are queued, by their ids */
export function viewsOf(
  reader: Reader,
  context: Context,
  rows: readonly TaskRow[],
  lanes: ReadonlyMap<string, StreamRow>,
): Task[] {
  const queued = rows.filter(({ status }) => status === 'queued');
  const facts =
    queued.length > 1
      ? new PageFacts(reader, context, [...lanes.values()], queued)
      : factsOf(reader, context);
  return rows.map((row) => {
    const lane = row.status === 'queued' ? lanes.get(row.stream_id) : undefined;
    return lane === undefined ? takenView(context, row) : taskOf(row, queuedView(facts, context, row, lane));
  });
}

/** The same of a task that is not queued. */
export function takenView({ checking }: Context, row: TaskRow): Task {
  return taskOf(row, { checking: row.status === 'running' && checking.get(row.id) === row.attempts });
}

/** A task as it stands now, for a repeated answer: also a deleted one, and of one that is gone the id alone. */
export function taskNow(change: Change, id: string): TaskAnswer {
  const [row] = selectTasks(change.tx, 'WHERE id = ?', id);
  if (row === undefined) return { id };
  return row.deleted_at === null ? taskView(change, row) : taskOf(row);
}

/** For operations that answer with a task. */
export const repeatTask: Repeat<TaskAnswer> = {
  keep: ({ id }) => ({ row: id, fact: null }),
  again: (change, { row }) => taskNow(change, String(row)),
};
