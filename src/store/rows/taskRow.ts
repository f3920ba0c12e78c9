/** Rows of `tasks`: their columns, reading them, and converting them to the answered `Task`. */

import { usualKillAfter } from '../../core/limits';
import type {
  AfterPolicy,
  Approval,
  FailureKind,
  GitEnd,
  GitFacts,
  Needs,
  Origin,
  Question,
  Task,
  TaskStatus,
  WorktreeKind,
} from '../../core/model';
import { invalid } from '../../core/refusals';
import type { Reader, SqlValue } from '../engine/database';

export type Flag = 0 | 1;

/**
 * The one list of the columns that are read, in the order of `v`. Written out, so that all rows have one hidden class:
 * a row put together in a loop takes twenty times as long.
 */
function rowFrom(v: readonly SqlValue[]) {
  let i = 0;
  return {
    seq: v[i++] as number,
    id: v[i++] as string,
    stream_id: v[i++] as string,
    tool_name: v[i++] as string,
    task_class: v[i++] as string,
    payload: v[i++] as string,
    status: v[i++] as TaskStatus,
    timeout: v[i++] as number,
    kill_after: v[i++] as number | null,
    attempts: v[i++] as number,
    result: v[i++] as string | null,
    error: v[i++] as string | null,
    created_at: v[i++] as string,
    updated_at: v[i++] as string,
    started_at: v[i++] as string | null,
    finished_at: v[i++] as string | null,
    position: v[i++] as number,
    label: v[i++] as string | null,
    not_before: v[i++] as string | null,
    delayed: v[i++] as Flag,
    max_attempts: v[i++] as number,
    failures: v[i++] as number,
    idempotency_key: v[i++] as string | null,
    retry_of: v[i++] as string | null,
    lease: v[i++] as string | null,
    lease_until: v[i++] as string | null,
    deadline: v[i++] as string | null,
    seen_at: v[i++] as string | null,
    due_at: v[i++] as string | null,
    worker_id: v[i++] as string | null,
    supervised: v[i++] as Flag,
    failure_kind: v[i++] as FailureKind | null,
    exit_code: v[i++] as number | null,
    progress: v[i++] as number | null,
    progress_message: v[i++] as string | null,
    result_summary: v[i++] as string | null,
    cancel_requested: v[i++] as Flag,
    parked: v[i++] as Flag,
    note: v[i++] as string | null,
    reviewed_at: v[i++] as string | null,
    accepted: v[i++] as Flag | null,
    stale_warned_at: v[i++] as string | null,
    deleted_at: v[i++] as string | null,
    git: v[i++] as string | null,
    after_ids: v[i++] as string | null,
    after_policy: v[i++] as AfterPolicy,
    open_after: v[i++] as number,
    batch_id: v[i++] as string | null,
    batch_limited: v[i++] as Flag,
    copied: v[i++] as Flag,
    after_batch: v[i++] as string | null,
    suspended_at: v[i++] as string | null,
    question: v[i++] as string | null,
    approval: v[i++] as Approval,
    approved: v[i++] as string | null,
    approval_changes: v[i++] as string | null,
    origin: v[i++] as string | null,
    needs: v[i++] as string | null,
    verify: v[i++] as string | null,
    fall_back: v[i++] as Flag,
    worktree: v[i++] as WorktreeKind | null,
    began_in: v[i++] as WorktreeKind | null,
    created_by: v[i++] as string | null,
    bound_to: v[i++] as string | null,
    host: v[i++] as string | null,
    approved_by: v[i++] as string | null,
  };
}

export type TaskRow = ReturnType<typeof rowFrom>;

export const taskColumns = Object.keys(rowFrom([])) as readonly (keyof TaskRow)[];

/** The defaults of a new row that are not null. */
const defaults: Partial<TaskRow> = {
  seq: 0,
  status: 'queued',
  attempts: 0,
  delayed: 0,
  max_attempts: 1,
  failures: 0,
  supervised: 0,
  cancel_requested: 0,
  parked: 0,
  after_policy: 'fail',
  open_after: 0,
  batch_limited: 0,
  copied: 0,
  approval: 'given',
  fall_back: 0,
};
/** A new row before its required columns are set. */
export const blankTask: Readonly<TaskRow> = rowFrom(taskColumns.map((column) => defaults[column] ?? null));

const selected = taskColumns.map((column) => `tasks.${column}`).join(', ');
const selects = new Map<string, string>();

/**
 * Reads rows of tasks.
 * @param rest of the select, from WHERE on (or INDEXED BY); a constant, since its text is kept
 */
export function selectTasks(reader: Reader, rest: string, ...params: SqlValue[]): TaskRow[] {
  let sql = selects.get(rest);
  if (sql === undefined) {
    sql = `SELECT ${selected} FROM tasks ${rest}`;
    selects.set(rest, sql);
  }
  return reader.values(sql, ...params).map(rowFrom);
}

/** Seconds from the claim to the deadline. */
export function killAfterOf({ timeout, kill_after }: Pick<TaskRow, 'timeout' | 'kill_after'>): number {
  return kill_after ?? usualKillAfter(timeout);
}

/** What is said of queued tasks only. */
export type QueuedView = Pick<Task, 'waiting' | 'waiting_reason' | 'warnings'>;

/** What is not in the row of a task: of a queued one why it waits, of a running one what it is at. */
export type PresentView = Partial<QueuedView & Pick<Task, 'checking'>>;

export function taskOf(row: TaskRow, present: PresentView = {}): Task {
  const { waiting = null, waiting_reason = null, warnings = [], checking = false } = present;
  const failed = row.status === 'failed';
  return {
    id: row.id,
    stream_id: row.stream_id,
    tool_name: row.tool_name,
    task_class: row.task_class,
    payload: row.payload,
    status: row.status,
    timeout: row.timeout,
    kill_after: killAfterOf(row),
    attempts: row.attempts,
    result: row.result,
    error: row.error,
    created_at: row.created_at,
    updated_at: row.updated_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
    position: row.position,
    label: row.label,
    not_before: row.not_before,
    max_attempts: row.max_attempts,
    failures: row.failures,
    idempotency_key: row.idempotency_key,
    retry_of: row.retry_of,
    lease_until: row.lease_until,
    deadline: row.deadline,
    worker_id: row.worker_id,
    supervised: row.supervised === 1,
    // A limit is what came of an attempt: the task itself is only queued again.
    failure_kind: row.status === 'failed' ? row.failure_kind : null,
    exit_code: row.exit_code,
    progress: row.progress,
    progress_message: row.progress_message,
    result_summary: row.result_summary,
    cancel_requested: row.cancel_requested === 1,
    suspended: row.suspended_at !== null,
    checking,
    parked: row.parked === 1,
    note: row.note,
    question:
      row.status === 'queued' && row.question !== null ? (JSON.parse(row.question) as Question) : null,
    approval: row.approval,
    approval_changes: row.approval_changes === null ? [] : (JSON.parse(row.approval_changes) as string[]),
    origin: row.origin === null ? { kind: 'person' } : (JSON.parse(row.origin) as Origin),
    reviewed_at: row.reviewed_at,
    accepted: row.accepted === null ? null : row.accepted === 1,
    stale_warned_at: row.stale_warned_at,
    deleted_at: row.deleted_at,
    git: gitOf(row.git),
    after: afterOf(row),
    after_batch: row.after_batch,
    after_policy: row.after_policy,
    batch_id: row.batch_id,
    needs: needsIn(row.needs),
    verify: row.verify === null ? null : (JSON.parse(row.verify) as string[]),
    fall_back: row.fall_back === 1,
    worktree: row.worktree,
    host: row.host,
    created_by: row.created_by,
    claimed_at: row.started_at,
    completed_at: row.status === 'succeeded' ? row.finished_at : null,
    failed_at: failed ? row.finished_at : null,
    error_message: row.error,
    payload_json: parsed(row.payload),
    waiting,
    waiting_reason,
    warnings,
  };
}

export function afterOf(row: TaskRow): string[] {
  return row.after_ids === null ? [] : (JSON.parse(row.after_ids) as string[]);
}

/** What a task or a stream says that runs need of the machine. */
export function needsIn(text: string | null): Needs | null {
  return text === null ? null : (JSON.parse(text) as Needs);
}

export function needsText(needs: Needs | null): string | null {
  return needs === null ? null : JSON.stringify(needs);
}

/** What checks a task, as it is stored. @throws QueueError for what names no program */
export function verifyText(verify: readonly string[] | null): string | null {
  if (verify === null) return null;
  const [program] = verify;
  if (typeof program !== 'string' || program.trim() === '')
    throw invalid('verify', verify, 'Give a program and its arguments.');
  return JSON.stringify(verify);
}

export function gitText(git: GitFacts | undefined): string | null {
  return git === undefined ? null : JSON.stringify(git);
}

/** The facts of an attempt's end may have the files that changed. */
export function gitOf(text: string | null): GitEnd | null {
  return text === null ? null : (JSON.parse(text) as GitEnd);
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
