/** Rows as the tables hold them, and as the queue answers them. */

import type {
  AfterPolicy,
  Attempt,
  FailureKind,
  GitFacts,
  LifeStatus,
  OnFailure,
  Project,
  Session,
  Stream,
  Task,
  TaskStatus,
} from '../../core/model';
import type { Waiting } from '../../core/waiting';
import type { Reader, Row, SqlValue } from '../engine/database';

type Flag = 0 | 1;

/** A stream with its counts beside it. */
export interface StreamRow {
  id: string;
  session_id: string;
  name: string;
  instructions: string | null;
  status: LifeStatus;
  created_at: string;
  updated_at: string;
  ended_at: string | null;
  paused: Flag;
  parallelism: number;
  on_failure: OnFailure;
  autostart: Flag;
  working: Flag;
  working_since: string | null;
  skip_unrunnable: Flag;
  retry_interrupted: Flag;
  max_attempts: number | null;
  queued: number;
  running: number;
  succeeded: number;
  failed: number;
  unreviewed: number;
  failed_unreviewed: number;
  last_position: number;
}

export interface TaskRow {
  seq: number;
  id: string;
  stream_id: string;
  tool_name: string;
  task_class: string;
  payload: string;
  status: TaskStatus;
  timeout: number;
  attempts: number;
  result: string | null;
  error: string | null;
  created_at: string;
  updated_at: string;
  started_at: string | null;
  finished_at: string | null;
  position: number;
  label: string | null;
  not_before: string | null;
  delayed: Flag;
  max_attempts: number;
  failures: number;
  idempotency_key: string | null;
  retry_of: string | null;
  lease: string | null;
  lease_until: string | null;
  deadline: string | null;
  seen_at: string | null;
  due_at: string | null;
  worker_id: string | null;
  supervised: Flag;
  failure_kind: FailureKind | null;
  exit_code: number | null;
  progress: number | null;
  progress_message: string | null;
  result_summary: string | null;
  cancel_requested: Flag;
  parked: Flag;
  note: string | null;
  reviewed_at: string | null;
  accepted: Flag | null;
  stale_warned_at: string | null;
  deleted_at: string | null;
  git: string | null;
  after_ids: string | null;
  after_policy: AfterPolicy;
  open_after: number;
}

export interface AttemptRow {
  task_id: string;
  number: number;
  worker_id: string | null;
  lease: string;
  started_at: string;
  finished_at: string | null;
  outcome: Attempt['outcome'];
  exit_code: number | null;
  summary: string | null;
  error: string | null;
  stdout_size: number;
  stderr_size: number;
  git: string | null;
  git_ended: string | null;
}

/** What is read of a task: all but the output columns of older programs. */
export const taskColumns = [
  'seq',
  'id',
  'stream_id',
  'tool_name',
  'task_class',
  'payload',
  'status',
  'timeout',
  'attempts',
  'result',
  'error',
  'created_at',
  'updated_at',
  'started_at',
  'finished_at',
  'position',
  'label',
  'not_before',
  'delayed',
  'max_attempts',
  'failures',
  'idempotency_key',
  'retry_of',
  'lease',
  'lease_until',
  'deadline',
  'seen_at',
  'due_at',
  'worker_id',
  'supervised',
  'failure_kind',
  'exit_code',
  'progress',
  'progress_message',
  'result_summary',
  'cancel_requested',
  'parked',
  'note',
  'reviewed_at',
  'accepted',
  'stale_warned_at',
  'deleted_at',
  'git',
  'after_ids',
  'after_policy',
  'open_after',
] as const satisfies readonly (keyof TaskRow)[];

type TaskColumns = typeof taskColumns;
type TaskValues = { [Index in keyof TaskColumns]: TaskRow[TaskColumns[Index] & keyof TaskRow] };

export const streamColumns =
  'streams.*, queued, running, succeeded, failed, unreviewed, failed_unreviewed, last_position';
export const streamTables = 'streams JOIN stream_counts ON stream_counts.stream_id = streams.id';

// The columns of each select are those of the interface; a test reads every table through these.
export const asProject = (row: Row): Project => row as unknown as Project;
export const asSession = (row: Row): Session => row as unknown as Session;
export const asAttemptRow = (row: Row): AttemptRow => row as unknown as AttemptRow;

/**
 * From the values of `taskColumns`. Written out, so that all rows have one hidden class: on rows that are put together
 * column by column, each operation takes several times as long.
 */
export function taskRowOf(values: readonly SqlValue[]): TaskRow {
  const v = values as unknown as TaskValues;
  return {
    seq: v[0],
    id: v[1],
    stream_id: v[2],
    tool_name: v[3],
    task_class: v[4],
    payload: v[5],
    status: v[6],
    timeout: v[7],
    attempts: v[8],
    result: v[9],
    error: v[10],
    created_at: v[11],
    updated_at: v[12],
    started_at: v[13],
    finished_at: v[14],
    position: v[15],
    label: v[16],
    not_before: v[17],
    delayed: v[18],
    max_attempts: v[19],
    failures: v[20],
    idempotency_key: v[21],
    retry_of: v[22],
    lease: v[23],
    lease_until: v[24],
    deadline: v[25],
    seen_at: v[26],
    due_at: v[27],
    worker_id: v[28],
    supervised: v[29],
    failure_kind: v[30],
    exit_code: v[31],
    progress: v[32],
    progress_message: v[33],
    result_summary: v[34],
    cancel_requested: v[35],
    parked: v[36],
    note: v[37],
    reviewed_at: v[38],
    accepted: v[39],
    stale_warned_at: v[40],
    deleted_at: v[41],
    git: v[42],
    after_ids: v[43],
    after_policy: v[44],
    open_after: v[45],
  };
}

const selects = new Map<string, string>();

/**
 * Rows of tasks.
 * @param rest of the select, from WHERE on (or INDEXED BY); a constant, since its text is kept
 */
export function selectTasks(reader: Reader, rest: string, ...params: SqlValue[]): TaskRow[] {
  let sql = selects.get(rest);
  if (sql === undefined) {
    sql = `SELECT ${taskColumns.map((column) => `tasks.${column}`).join(', ')} FROM tasks ${rest}`;
    selects.set(rest, sql);
  }
  return reader.values(sql, ...params).map(taskRowOf);
}

/** Written out for the same reason. */
export function asStreamRow(row: Row): StreamRow {
  const stream = row as unknown as StreamRow;
  return {
    id: stream.id,
    session_id: stream.session_id,
    name: stream.name,
    instructions: stream.instructions,
    status: stream.status,
    created_at: stream.created_at,
    updated_at: stream.updated_at,
    ended_at: stream.ended_at,
    paused: stream.paused,
    parallelism: stream.parallelism,
    on_failure: stream.on_failure,
    autostart: stream.autostart,
    working: stream.working,
    working_since: stream.working_since,
    skip_unrunnable: stream.skip_unrunnable,
    retry_interrupted: stream.retry_interrupted,
    max_attempts: stream.max_attempts,
    queued: stream.queued,
    running: stream.running,
    succeeded: stream.succeeded,
    failed: stream.failed,
    unreviewed: stream.unreviewed,
    failed_unreviewed: stream.failed_unreviewed,
    last_position: stream.last_position,
  };
}

export function streamOf(row: StreamRow): Stream {
  const { queued, running, succeeded, failed, unreviewed } = row;
  return {
    id: row.id,
    session_id: row.session_id,
    name: row.name,
    instructions: row.instructions,
    status: row.status,
    created_at: row.created_at,
    updated_at: row.updated_at,
    ended_at: row.ended_at,
    paused: row.paused === 1,
    parallelism: row.parallelism,
    on_failure: row.on_failure,
    autostart: row.autostart === 1,
    working: row.working === 1,
    working_since: row.working_since,
    skip_unrunnable: row.skip_unrunnable === 1,
    retry_interrupted: row.retry_interrupted === 1,
    max_attempts: row.max_attempts,
    counts: { queued, running, succeeded, failed, unreviewed },
  };
}

const notWaiting: Waiting = { waiting: null, waiting_reason: null };

/** @param waiting why a queued task has not started */
export function taskOf(row: TaskRow, { waiting, waiting_reason } = notWaiting): Task {
  const failed = row.status === 'failed';
  return {
    id: row.id,
    stream_id: row.stream_id,
    tool_name: row.tool_name,
    task_class: row.task_class,
    payload: row.payload,
    status: row.status,
    timeout: row.timeout,
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
    parked: row.parked === 1,
    note: row.note,
    reviewed_at: row.reviewed_at,
    accepted: row.accepted === null ? null : row.accepted === 1,
    stale_warned_at: row.stale_warned_at,
    deleted_at: row.deleted_at,
    git: gitOf(row.git),
    after: afterOf(row),
    after_policy: row.after_policy,
    claimed_at: row.started_at,
    completed_at: row.status === 'succeeded' ? row.finished_at : null,
    failed_at: failed ? row.finished_at : null,
    error_message: row.error,
    payload_json: parsed(row.payload),
    waiting,
    waiting_reason,
  };
}

export function attemptOf(row: AttemptRow): Attempt {
  const { lease: _, git, git_ended: ended, ...attempt } = row;
  return { ...attempt, git: gitOf(git), git_ended: gitOf(ended) };
}

export function afterOf(row: TaskRow): string[] {
  return row.after_ids === null ? [] : (JSON.parse(row.after_ids) as string[]);
}

export function gitText(git: GitFacts | undefined): string | null {
  return git === undefined ? null : JSON.stringify(git);
}

function gitOf(text: string | null): GitFacts | null {
  return text === null ? null : (JSON.parse(text) as GitFacts);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
