/**
 * The rows of the queue as they are stored, listed and sent. The field names are public, so the same
 * types serve the database, HTTP, the command line and the views.
 */

import type { Instant } from './clock';

export const taskStatuses = ['queued', 'running', 'succeeded', 'failed'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** Why a task failed. `limited` is an outcome of attempts only, after which the task is queued again. */
export const failureKinds = [
  'error',
  'timeout',
  'lost',
  'interrupted',
  'cancelled',
  'could_not_start',
  'dependency',
  'limited',
] as const;
export type FailureKind = (typeof failureKinds)[number];

/** Sessions and streams are active until they are ended, for good. */
export const lifeStatuses = ['active', 'ended'] as const;
export type LifeStatus = (typeof lifeStatuses)[number];

/** The task classes with their default timeouts in seconds. Any other class has `defaultTimeout`. */
export const classTimeouts: Readonly<Record<string, number>> = {
  FAST_SCRIPT: 30,
  MEDIUM_SCRIPT: 300,
  LLM_LITE: 300,
  LLM_HEAVY: 900,
};
export const defaultTimeout = 300;

/** Why a queued task has not started. */
export const waitingCodes = [
  'parked',
  'held',
  'after_several',
  'after',
  'limited',
  'not_before',
  'stream_ended',
  'paused',
  'behind',
  'blocked',
  'outside_worker',
  'no_worker',
  'worker_stopped',
  'worker_absent',
  'untrusted',
  'lane_full',
  'next',
] as const;
export type WaitingCode = (typeof waitingCodes)[number];

export interface WaitingReason {
  code: WaitingCode;
  /** The code determines which values are set. */
  values: {
    /** Id of the task that it waits for, is behind or is blocked by. */
    task?: string;
    /** Number of other tasks that it waits for. */
    more?: number;
    /** When it can start, or when the worker was stopped. */
    at?: Instant;
    stream?: string;
    /** The tool that has no command: its own, or that of the task that blocks it. */
    tool?: string;
    running?: number;
    parallelism?: number;
  };
}

/** What is worth knowing about a queued task, though it was accepted. */
export const warningCodes = ['blocks_stream', 'outside_worker', 'no_script', 'no_prompt'] as const;

export interface TaskWarning {
  code: (typeof warningCodes)[number];
  /** The code determines which values are set. */
  values: { tool?: string; stream?: string };
  /** The same in a sentence. */
  message: string;
}

/** What the command of a task's tool cannot start without, and its payload lacks. */
export type PayloadProblem = Extract<TaskWarning['code'], 'no_script' | 'no_prompt'>;

export const onFailureChoices = ['continue', 'pause'] as const;
export type OnFailure = (typeof onFailureChoices)[number];

/** What happens to a task when a dependency fails. */
export const afterPolicies = ['fail', 'hold', 'run'] as const;
export type AfterPolicy = (typeof afterPolicies)[number];

/** Days for which a deleted task can be restored. */
export const deletedDays = 7;

export interface Project {
  id: string;
  name: string;
  repo_path: string | null;
  prd_path: string | null;
  created_at: Instant;
  updated_at: Instant;
}

export interface Session {
  id: string;
  project_id: string;
  name: string;
  description: string | null;
  status: LifeStatus;
  started_at: Instant;
  ended_at: Instant | null;
  created_at: Instant;
  updated_at: Instant;
}

/** Tasks of a stream by status; what views show of them is in counts.ts. */
export interface TaskCounts {
  queued: number;
  running: number;
  succeeded: number;
  /** Cancelled ones included. */
  failed: number;
  /** Finished tasks that were neither reviewed nor cancelled. */
  unreviewed: number;
  /** Those of them that failed. */
  failed_unreviewed: number;
}

/** Failed tasks by kind of failure. */
export type FailureCounts = Partial<Record<FailureKind, number>>;

export interface Stream {
  id: string;
  session_id: string;
  /** Unique in the project. */
  name: string;
  /** For everyone who works on the stream. */
  instructions: string | null;
  status: LifeStatus;
  created_at: Instant;
  updated_at: Instant;
  ended_at: Instant | null;
  /** While set, claim-next returns nothing. */
  paused: boolean;
  /** Tasks that the built-in runner runs at once. */
  parallelism: number;
  on_failure: OnFailure;
  /** The stream worker starts when the workspace opens. */
  autostart: boolean;
  /** The stream is to have a worker; survives restarts. */
  working: boolean;
  /** When `working` last changed; null if it never has. */
  working_since: Instant | null;
  /** Tasks for outside workers do not block the lane. */
  skip_unrunnable: boolean;
  /** Interrupted tasks are retried. */
  retry_interrupted: boolean;
  /** For tasks that have no number themselves or from their tool; null: 1. */
  max_attempts: number | null;
  /** Why the built-in runner starts none of the ready tasks, in a sentence; null where it may, or none is ready. */
  waiting: string | null;
  /** The same as data: `blocked` or `outside_worker`. */
  waiting_reason: WaitingReason | null;
  counts: TaskCounts;
}

/** The git state of the workspace at some point. */
export interface GitFacts {
  commit: string;
  branch: string | null;
  /** Whether tracked files have changes that are not committed; null where only a filter of git (LFS) could tell. */
  dirty: boolean | null;
}

export const fileChanges = ['added', 'modified', 'deleted', 'renamed', 'untracked'] as const;

/** A file that an attempt changed, or that differs between two commits. */
export interface FileChange {
  /** Relative to the workspace, with `/`. */
  path: string;
  /** Where it was before it was renamed. */
  before: string | null;
  status: (typeof fileChanges)[number];
  /** Git's id (blob) of its content before and after; null where it did not exist, or the content is unknown. */
  from: string | null;
  to: string | null;
}

/** The files that changed between two moments, whoever changed them. */
export interface GitChanges {
  /** The commit at the first moment. */
  commit: string;
  /**
   * `start`: compared with the files at the start of the run. `claim`: compared with the commit of the claim, so that
   * earlier changes which were not committed are included.
   */
  since: 'start' | 'claim';
  /** At most `mostChanges`. */
  files: FileChange[];
  /** How many others changed. */
  more: number;
}
export const mostChanges = 200;

/** The git state at the end of an attempt; without `changes` where they are unknown. */
export interface GitEnd extends GitFacts {
  changes?: GitChanges;
}

/** A task in a list. A single task also has its output (see TaskDetail). */
export interface Task {
  id: string;
  stream_id: string;
  tool_name: string;
  task_class: string;
  /** JSON text of an object (older programs may have stored any JSON). */
  payload: string;
  status: TaskStatus;
  /** Seconds since the claim after which the task is late. */
  timeout: number;
  /** Seconds since the claim after which the task is stopped and fails. */
  kill_after: number;
  /** Claims so far. */
  attempts: number;
  result: string | null;
  error: string | null;
  created_at: Instant;
  updated_at: Instant;
  started_at: Instant | null;
  finished_at: Instant | null;

  /** FIFO order within the stream: lower is earlier. */
  position: number;
  label: string | null;
  not_before: Instant | null;
  max_attempts: number;
  /** Attempts that counted against `max_attempts`. */
  failures: number;
  idempotency_key: string | null;
  /** The task of which this is a requeued copy. */
  retry_of: string | null;
  lease_until: Instant | null;
  /** When the attempt times out: claim + `kill_after`. */
  deadline: Instant | null;
  worker_id: string | null;
  /** A supervisor of the built-in runner holds the claim. */
  supervised: boolean;
  failure_kind: FailureKind | null;
  exit_code: number | null;
  /** 0 to 100. */
  progress: number | null;
  progress_message: string | null;
  result_summary: string | null;
  cancel_requested: boolean;
  parked: boolean;
  /** A reviewer's note for the next run. */
  note: string | null;
  reviewed_at: Instant | null;
  accepted: boolean | null;
  stale_warned_at: Instant | null;
  /** Set for a deleted task, which can be restored for `deletedDays`. */
  deleted_at: Instant | null;
  /** When enqueued; attempts have those of claim and end. */
  git: GitFacts | null;
  /** Tasks that must finish first. */
  after: string[];
  after_policy: AfterPolicy;

  /** = started_at, for older client programs. */
  claimed_at: Instant | null;
  /** = finished_at of a succeeded task. */
  completed_at: Instant | null;
  /** = finished_at of a failed task. */
  failed_at: Instant | null;
  /** = error. */
  error_message: string | null;
  /** The parsed payload; null if it is not JSON. Only `payload` has its numbers digit for digit. */
  payload_json: unknown;
  /** Why a queued task has not started, in a sentence; null for any other. */
  waiting: string | null;
  /** The same as data. */
  waiting_reason: WaitingReason | null;
  /** Of a queued task; empty for any other. */
  warnings: readonly TaskWarning[];
}

/** Whether a task has succeeded or failed. */
export function isFinished({ status }: Pick<Task, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed';
}

/** The error of a run with an exit code other than 0; its last output may follow. */
export function exitReason(exitCode: number): string {
  return `exit code ${exitCode}`;
}

/** Bytes of each output in a `TaskDetail`: the last ones. */
export const detailOutputBytes = 64 * 1024;

/** A task with the last 64 KB of its output; `readOutput` reads all of it. */
export interface TaskDetail extends Task {
  stdout: string | null;
  stderr: string | null;
}

/** One claim and its outcome. */
export interface Attempt {
  task_id: string;
  /** 1, 2, 3 ... */
  number: number;
  worker_id: string | null;
  started_at: Instant;
  finished_at: Instant | null;
  /** Null while it is running; `superseded` if its result came after another claim. */
  outcome: 'succeeded' | FailureKind | 'superseded' | 'released' | null;
  exit_code: number | null;
  summary: string | null;
  error: string | null;
  /** Bytes that the run wrote, including dropped ones. */
  stdout_size: number;
  stderr_size: number;
  /** At the claim. */
  git: GitFacts | null;
  git_ended: GitEnd | null;
}

/** An attempt in a list across tasks. */
export interface Run {
  task_id: string;
  /** 1, 2, 3 ... */
  number: number;
  stream_id: string;
  /** The task's label, else its script's file, else the first line of its prompt, else its tool. */
  name: string;
  /** Relative to the workspace; null for a task without a script. */
  script_path: string | null;
  tool_name: string;
  /** When it became ready: at its enqueue, the end of the previous attempt, or its `not_before`. */
  queued_at: Instant;
  started_at: Instant;
  finished_at: Instant | null;
  outcome: Attempt['outcome'];
  exit_code: number | null;
}

/** The result of a successful claim. The lease is a secret that is never returned elsewhere. */
export interface Claim {
  task: Task;
  stream: { id: string; name: string; instructions: string | null };
  lease: string;
  lease_until: Instant;
  deadline: Instant;
}

/** A process that claims tasks. The queue issues its id; the rest is informational. */
export interface Worker {
  id: string;
  label: string | null;
  agent: string | null;
  pid: number | null;
  cwd: string | null;
  created_at: Instant;
  seen_at: Instant;
}

export interface Page<T> {
  items: T[];
  total: number;
  limit: number;
  offset: number;
}

/** A configured tool. */
export interface Tool {
  name: string;
  description: string | null;
  task_class: string;
  /** Seconds; null when the class decides. */
  timeout: number | null;
  /** Seconds; null for twice the timeout. */
  kill_after: number | null;
  /** Whether the built-in runner has a command for it. */
  runnable: boolean;
}

/** Counts of the whole queue, as in `GET /stats`. */
export interface Stats {
  /** Active sessions and streams. */
  sessions: number;
  streams: number;
  queued_tasks: number;
  running_tasks: number;
}

/** What a process that owns a queue is: the editor, or one of the commands that hold the queue. */
export const ownerRoles = [
  'editor',
  'serve',
  'watch',
  'command',
  'claim',
  'events',
  'output',
  'wait',
  'restore',
] as const;
export type OwnerRole = (typeof ownerRoles)[number];

/** The state of the queue. */
export interface QueueStatus {
  version: string;
  protocol: number;
  /** The owner's process. */
  pid: number;
  generation: number;
  role: OwnerRole;
  workspace: string | null;
  storage: string;
  /** The owner's HTTP server; null if it does not serve. */
  url: string | null;
  started_at: Instant;
  database_bytes: number;
  journal_bytes: number;
  last_snapshot_at: Instant | null;
  counts: TaskCounts & {
    /** Failed tasks by kind, and as `limited` those queued again after a limit; kinds without tasks are left out. */
    by_failure_kind: FailureCounts;
  };
  stats: Stats;
}
