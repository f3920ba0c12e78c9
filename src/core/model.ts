/**
 * The rows of the queue as they are stored, listed and sent. Field names are those of the public contract, so one
 * shape serves the database, HTTP, the command line and the views.
 */

import type { Instant } from './clock';

export const taskStatuses = ['queued', 'running', 'succeeded', 'failed'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** Why a failed task failed. `limited` is an outcome of attempts only: such a task is queued again. */
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

/** Sessions and streams are open until they are ended; there is no way back. */
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
  /** What the code is about; which of them are set depends on it. */
  values: {
    /** Id of the task that it waits for or stands behind. */
    task?: string;
    /** How many other tasks it waits for. */
    more?: number;
    /** When it can start, or when the worker was stopped. */
    at?: Instant;
    stream?: string;
    tool?: string;
    running?: number;
    parallelism?: number;
  };
}

export const onFailureChoices = ['continue', 'pause'] as const;
export type OnFailure = (typeof onFailureChoices)[number];

/** What becomes of a task when one it waits for fails. */
export const afterPolicies = ['fail', 'hold', 'run'] as const;
export type AfterPolicy = (typeof afterPolicies)[number];

/** Days for which a deleted task is kept, and can be restored. */
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

/** Tasks of a stream by status; `unreviewed` counts finished ones that nobody has looked at, or cancelled. */
export interface TaskCounts {
  queued: number;
  running: number;
  succeeded: number;
  failed: number;
  unreviewed: number;
}

/** How many tasks there are of each kind of failure. */
export type FailureCounts = Partial<Record<FailureKind, number>>;

export interface Stream {
  id: string;
  session_id: string;
  /** Unique in the project. */
  name: string;
  /** For whoever works on the stream. */
  instructions: string | null;
  status: LifeStatus;
  created_at: Instant;
  updated_at: Instant;
  ended_at: Instant | null;
  /** Nothing is handed out by claim-next while set. */
  paused: boolean;
  /** Tasks that the built-in runner works on at once. */
  parallelism: number;
  on_failure: OnFailure;
  /** The built-in runner starts on this stream when the workspace opens. */
  autostart: boolean;
  /** The built-in runner is wanted on this stream; survives restarts. */
  working: boolean;
  /** When `working` was last changed; null while it never was. */
  working_since: Instant | null;
  /** Tasks that need an outside worker do not hold up the lane. */
  skip_unrunnable: boolean;
  /** Tasks whose run was interrupted are tried again by themselves. */
  retry_interrupted: boolean;
  /** Of tasks for which neither they themselves nor their tool say it; null: 1. */
  max_attempts: number | null;
  counts: TaskCounts;
}

/** Where the workspace stood in git at a moment. */
export interface GitFacts {
  commit: string;
  branch: string | null;
  dirty: boolean;
}

/** A task as it is listed. `GET` of one task adds the output (see TaskDetail). */
export interface Task {
  id: string;
  stream_id: string;
  tool_name: string;
  task_class: string;
  /** JSON text of an object (older programs may have stored any JSON). */
  payload: string;
  status: TaskStatus;
  /** Seconds. Stale at once this since the claim, failed at twice. */
  timeout: number;
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
  /** The task that this one is a requeued copy of. */
  retry_of: string | null;
  lease_until: Instant | null;
  /** When the attempt is failed as timed out: claim + 2 x timeout. */
  deadline: Instant | null;
  worker_id: string | null;
  /** The live claim is held by a supervisor of the built-in runner. */
  supervised: boolean;
  failure_kind: FailureKind | null;
  exit_code: number | null;
  /** 0 to 100. */
  progress: number | null;
  progress_message: string | null;
  result_summary: string | null;
  cancel_requested: boolean;
  parked: boolean;
  /** A reviewer's note that reaches the next run. */
  note: string | null;
  reviewed_at: Instant | null;
  accepted: boolean | null;
  stale_warned_at: Instant | null;
  /** Of a deleted task, which can be restored for `deletedDays`. */
  deleted_at: Instant | null;
  /** At the enqueue; attempts tell of claim and end. */
  git: GitFacts | null;
  /** Tasks that must finish first. */
  after: string[];
  after_policy: AfterPolicy;

  /** Derived, for programs written against the original: = started_at. */
  claimed_at: Instant | null;
  /** = finished_at of a succeeded task. */
  completed_at: Instant | null;
  /** = finished_at of a failed task. */
  failed_at: Instant | null;
  /** = error. */
  error_message: string | null;
  /** The payload, parsed; null when it is not JSON. */
  payload_json: unknown;
  /** One sentence: why a queued task has not started. Null for any other. */
  waiting: string | null;
  /** The same as data. */
  waiting_reason: WaitingReason | null;
}

/** Whether a task has ended, one way or the other. */
export function isFinished({ status }: Pick<Task, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed';
}

/** The error of a run that ended with an exit code other than 0; what it printed last may follow. */
export function exitReason(exitCode: number): string {
  return `exit code ${exitCode}`;
}

/** One task in full: output is cut to its last 64 KB; all of it is read by `readOutput`. */
export interface TaskDetail extends Task {
  stdout: string | null;
  stderr: string | null;
}

/** One claim and what came of it. */
export interface Attempt {
  task_id: string;
  /** 1, 2, 3 ... */
  number: number;
  worker_id: string | null;
  started_at: Instant;
  finished_at: Instant | null;
  /** Null while it runs; `superseded` when its result came after another claim took over. */
  outcome: 'succeeded' | FailureKind | 'superseded' | 'released' | null;
  exit_code: number | null;
  summary: string | null;
  error: string | null;
  /** Bytes written by the run, including those dropped from the middle. */
  stdout_size: number;
  stderr_size: number;
  /** At the claim. */
  git: GitFacts | null;
  git_ended: GitFacts | null;
}

/** One attempt as an overview of the queue needs it. */
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
  /** Since when it could have been claimed: its enqueue, the end of the attempt before, or its `not_before`. */
  queued_at: Instant;
  started_at: Instant;
  finished_at: Instant | null;
  outcome: Attempt['outcome'];
  exit_code: number | null;
}

/** What a successful claim hands out. The lease is a secret: it appears nowhere else. */
export interface Claim {
  task: Task;
  stream: { id: string; name: string; instructions: string | null };
  lease: string;
  lease_until: Instant;
  deadline: Instant;
}

/** A process that claims; the queue issues the id, the rest are labels. */
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

/** A tool as the configuration describes it. */
export interface Tool {
  name: string;
  description: string | null;
  task_class: string;
  /** Seconds; null when the class decides. */
  timeout: number | null;
  /** Whether the built-in runner has a command for it. */
  runnable: boolean;
}

/** Counts over the whole queue, as `GET /stats` answers them. */
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

/** The state of the queue itself. */
export interface QueueStatus {
  version: string;
  protocol: number;
  /** The owner's process. */
  pid: number;
  generation: number;
  role: OwnerRole;
  workspace: string | null;
  storage: string;
  /** Of the owner's HTTP server; null when it serves nobody. */
  url: string | null;
  started_at: Instant;
  database_bytes: number;
  journal_bytes: number;
  last_snapshot_at: Instant | null;
  counts: TaskCounts & {
    failed_unreviewed: number;
    /** Failed tasks by what they failed of, and as `limited` those queued again for it; kinds of none are left out. */
    by_failure_kind: FailureCounts;
  };
  stats: Stats;
}
