/** Reading and changing rows of tasks, with their counts. */

import type { Instant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { Task } from '../../core/model';
import { notFound } from '../../core/refusals';
import type { Reader, SqlValue } from '../engine/database';
import type { Change } from './change';
import { selectTasks, type TaskRow, taskOf } from './rows';
import { waitingOf } from './waiting';

export const mostAttempts = 1000;

/** The row, unless it is deleted. */
export function findTask(reader: Reader, id: string): TaskRow | undefined {
  const trimmed = id.trim();
  if (!isId(trimmed, 'task')) return undefined;
  return selectTasks(reader, 'WHERE id = ? AND deleted_at IS NULL', trimmed)[0];
}

export function needTask(reader: Reader, id: string): TaskRow {
  const row = findTask(reader, id);
  if (row === undefined) throw notFound('Task', id.trim());
  return row;
}

export function notClaimable(id: string): QueueError {
  return new QueueError(
    'already_claimed',
    `Task ${id} not found or already claimed`,
    'Claim the next task of the stream instead: sparkq claim --stream NAME',
  );
}

/** What a new row says; the rest has the defaults of a queued task. */
export type NewTaskRow = Pick<
  TaskRow,
  'id' | 'stream_id' | 'tool_name' | 'task_class' | 'payload' | 'timeout' | 'position'
> &
  Partial<
    Pick<
      TaskRow,
      | 'label'
      | 'not_before'
      | 'delayed'
      | 'max_attempts'
      | 'idempotency_key'
      | 'retry_of'
      | 'note'
      | 'git'
      | 'after_ids'
      | 'after_policy'
      | 'open_after'
    >
  >;

/** Texts of statements, by the columns that they name. */
const inserts = new Map<string, string>();
const updates = new Map<string, string>();

export function insertTask(change: Change, given: NewTaskRow): TaskRow {
  const { tx, now } = change;
  const row = newRow(given, now);
  // What is null is so by default; each value that is bound costs time, and room in the journal.
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
 * Changes a row that was read in this transaction, guarded on the state and the lease that it was read with.
 * @throws QueueError `already_claimed` when the row is not as it was read
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

/** What ends with a claim. */
export const noClaim = {
  lease: null,
  lease_until: null,
  deadline: null,
  seen_at: null,
  due_at: null,
  supervised: 0,
  cancel_requested: 0,
} as const satisfies Partial<TaskRow>;

/**
 * The task as it is answered.
 * @param behind the ready task before it, where the caller knows
 */
export function taskView(change: Change, row: TaskRow, behind?: string | null): Task {
  if (row.status !== 'queued') return taskOf(row);
  return taskOf(row, waitingOf(change.tx, change.context, row, change.streamById(row.stream_id), behind));
}

function newRow(given: NewTaskRow, now: Instant): TaskRow {
  return {
    seq: 0,
    id: given.id,
    stream_id: given.stream_id,
    tool_name: given.tool_name,
    task_class: given.task_class,
    payload: given.payload,
    status: 'queued',
    timeout: given.timeout,
    attempts: 0,
    result: null,
    error: null,
    created_at: now,
    updated_at: now,
    started_at: null,
    finished_at: null,
    position: given.position,
    label: given.label ?? null,
    not_before: given.not_before ?? null,
    delayed: given.delayed ?? 0,
    max_attempts: given.max_attempts ?? 1,
    failures: 0,
    idempotency_key: given.idempotency_key ?? null,
    retry_of: given.retry_of ?? null,
    lease: null,
    lease_until: null,
    deadline: null,
    seen_at: null,
    due_at: null,
    worker_id: null,
    supervised: 0,
    failure_kind: null,
    exit_code: null,
    progress: null,
    progress_message: null,
    result_summary: null,
    cancel_requested: 0,
    parked: 0,
    note: given.note ?? null,
    reviewed_at: null,
    accepted: null,
    stale_warned_at: null,
    deleted_at: null,
    git: given.git ?? null,
    after_ids: given.after_ids ?? null,
    after_policy: given.after_policy ?? 'fail',
    open_after: given.open_after ?? 0,
  };
}
