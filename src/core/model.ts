/**
 * The rows of the queue as they are stored, listed and sent. The field names are public, so the same
 * types serve the database, HTTP, the command line and the views.
 */

import type { Instant } from './clock';

export const taskStatuses = ['queued', 'running', 'succeeded', 'failed'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/**
 * Why a task failed. `limited` is an outcome of attempts only, after which the task is queued again. `stalled`, `budget`
 * and `auth` are those of agents: silent for too long, out of money or turns, not logged in. `verify`: the program
 * succeeded, what checks it did not.
 */
export const failureKinds = [
  'error',
  'timeout',
  'lost',
  'interrupted',
  'cancelled',
  'could_not_start',
  'dependency',
  'limited',
  'denied',
  'stalled',
  'budget',
  'auth',
  'verify',
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
  'approval',
  'answer',
  'held',
  'after_several',
  'after',
  'after_batch',
  'batch_failed',
  'limited',
  'not_before',
  'stream_ended',
  'paused',
  'batch_stopped',
  'batch_full',
  'behind',
  'blocked',
  'blocked_unconfirmed',
  'blocked_answer',
  'outside_worker',
  'unconfirmed_tool',
  'resting',
  'resting_login',
  'resting_probe',
  'no_worker',
  'worker_stopped',
  'worker_absent',
  'untrusted',
  'lane_full',
  'resource',
  'resource_short',
  'folder_busy',
  'machine_full',
  'worktrees_full',
  'host',
  'host_absent',
  'host_labels',
  'person',
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
    /** Id of the batch that it waits for, or whose limit holds it. */
    batch?: string;
    /** The tool that is not run here: its own, or that of the task that blocks it. */
    tool?: string;
    running?: number;
    parallelism?: number;
    /** What it waits for (`folder_busy`: a path), how many of it it needs, and how many there are. */
    resource?: string;
    needed?: number;
    capacity?: number;
    /** How much of that is taken. */
    used?: number;
    /** Of the queue whose `task` holds that. */
    folder?: string;
    /** The account that rests, and the limit that it has met, such as `5-hour limit`. */
    account?: string;
    limit?: string;
    /** Names, or labels, of the hosts that may run it. */
    host?: string;
    labels?: string;
    /** Whose tasks this host does not start. */
    person?: string;
  };
}

/** What a run needs of the machine for itself, and how much of each: `{ gpu: 1 }`. */
export type Needs = Readonly<Record<string, number>>;

/** What is worth knowing about a queued task, though it was accepted. */
export const warningCodes = [
  'blocks_stream',
  'outside_worker',
  'unconfirmed_tool',
  'no_script',
  'no_prompt',
] as const;

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

/** Where the runs work: in the folder itself, or in a worktree of git for each task or for each stream. */
export const worktreeKinds = ['none', 'task', 'stream'] as const;
export type WorktreeKind = (typeof worktreeKinds)[number];

/** Hosts by their ids, or all those that have these labels. */
export type RunsOn = { readonly hosts: readonly string[] } | { readonly labels: readonly string[] };

/** What becomes of the runs of a host that is silent: they wait for their deadline, or are queued again. */
export const lostHostPolicies = ['wait', 'requeue'] as const;
export type LostHost = (typeof lostHostPolicies)[number];

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

/** Queued tasks that wait for a person. */
export interface PersonCounts {
  /** To approve them. */
  unapproved: number;
  /** To answer their question. */
  asking: number;
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
  /** What each of its runs needs of the machine. */
  needs: Needs | null;
  /** Tasks whose account rests do not hold the lane. */
  pass_resting: boolean;
  /** Where its agents work, in place of what their tools say; null: there. */
  worktree: WorktreeKind | null;
  /** Which hosts run its tasks, of a queue that hosts share; null: any. */
  runs_on: RunsOn | null;
  /** Whether the host that answers is one of them. */
  runs_here: boolean;
  /** What becomes of the runs of a host that is silent. */
  lost_host: LostHost;
  /** Why the built-in runner starts none of the ready tasks, in a sentence; null where it may, or none is ready. */
  waiting: string | null;
  /** The same as data: `blocked` or `outside_worker`. */
  waiting_reason: WaitingReason | null;
  counts: TaskCounts & PersonCounts;
}

/** Tasks of a batch by what became of them. A failed one that was retried is counted by its copy. */
export interface BatchCounts {
  queued: number;
  running: number;
  succeeded: number;
  /** Without cancelled ones. */
  failed: number;
  cancelled: number;
}

/** What was queued together, by one call or by several calls that name the same batch. */
export interface Batch {
  id: string;
  /** The stream that it was queued on. */
  stream_id: string;
  label: string | null;
  created_at: Instant;
  /** Its tasks that run at once at most; null: as many as the stream runs. */
  parallelism: number | null;
  /** After so many failures no more of its tasks start; null: never. */
  stop_after: number | null;
  /** When it stopped because of its failures; null while its tasks start. */
  stopped_at: Instant | null;
  /** Including tasks that have been purged since. */
  counts: BatchCounts;
}

/** How many tasks of a batch are queued or running. */
export function leftOfBatch({ counts }: Pick<Batch, 'counts'>): number {
  return counts.queued + counts.running;
}

/** Whether nothing of a batch is left to do. */
export function isBatchOver(batch: Pick<Batch, 'counts'>): boolean {
  return leftOfBatch(batch) === 0;
}

/** The git state of a folder at some point. */
export interface GitFacts {
  commit: string;
  branch: string | null;
  /** Whether tracked files have changes that are not committed; null where only a filter of git (LFS) could tell. */
  dirty: boolean | null;
}

/** The git state of another folder that tasks come from. */
export interface FolderFacts {
  /** Absolute path. */
  folder: string;
  /** Null where it is no repository. */
  git: GitFacts | null;
}

export const fileChanges = ['added', 'modified', 'deleted', 'renamed', 'untracked'] as const;

/** A file that an attempt changed, or that differs between two commits. */
export interface FileChange {
  /** Relative to the folder that the task comes from, with `/`. */
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
  /** Missing where there is nothing to say. */
  notes?: readonly RunNote[];
}

/** What a run did not see, what was not kept of it, or why it cannot be undone. */
export const runNoteCodes = [
  'uncommitted',
  'not_carried',
  'undo_slow',
  'undo_failed',
  'large',
  'repository',
  'unreadable',
] as const;
export type RunNoteCode = (typeof runNoteCodes)[number];

/** What a person is to know of where a run worked, as data. */
export interface RunNote {
  code: RunNoteCode;
  values: {
    /** How many files, and one of them. */
    files?: number;
    path?: string;
    /** Milliseconds for which the start of a run waits. */
    limit?: number;
    /** In git's own words. */
    problem?: string;
  };
}

/** Who calls an operation, and so queues what it enqueues. */
export const callerKinds = ['person', 'run', 'agent'] as const;

/** The caller of an operation; of a task, who queued it. What is left out is not known. */
export interface Origin {
  /** A run is a script or command of a task, which queues more. */
  kind: (typeof callerKinds)[number];
  /** The agent through which a person or an agent calls, such as `claude`. */
  via?: string;
  /** Whose claims and tasks are an agent's own. */
  conversation?: string;
  /** The task whose run calls. */
  task?: string;
}

/** Whether a person has agreed to what a task starts. A denied task has failed. */
export const approvals = ['given', 'pending', 'denied'] as const;
export type Approval = (typeof approvals)[number];

/** What a task's run depends on, each by its SHA-256: `payload`, `tool`, `file scripts/build.sh`. */
export type RunParts = Readonly<Record<string, string>>;

/** A file that a run reads, as far as the task names it. */
export interface PlannedFile {
  /** As the payload names it. */
  path: string;
  /** Null where it cannot be read, or is not text. */
  text: string | null;
  bytes: number;
}

/** What a task would start now, as a person is shown it before approving. */
export interface PlannedRun {
  /** Of everything below, and of what the task's tool is. */
  digest: string;
  parts: RunParts;
  /** Program and arguments; null where it could not be started. */
  command: readonly string[] | null;
  /** Why it could not. */
  problem: string | null;
  /** Absolute path; null where it could not be started. */
  folder: string | null;
  /** Variables of the tool and the task, not those that are inherited. */
  env: Readonly<Record<string, string>>;
  /** What the program reads from its input; null for nothing. */
  input: string | null;
  /** Program and arguments that check it afterwards; null for nothing. */
  check: readonly string[] | null;
  files: readonly PlannedFile[];
}

/** What the worker of a task asks a person before it can go on. */
export interface Question {
  text: string;
  /** Answers to choose from; any other may be given. */
  choices: string[];
  asked_at: Instant;
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
  /** The processes of its run are stopped; it is running, and its time stands still. */
  suspended: boolean;
  /** Its program has succeeded, and what checks it is at work. */
  checking: boolean;
  parked: boolean;
  /** For the next run: a reviewer's note, or the answer to its question. */
  note: string | null;
  /** Set while it waits for the answer. */
  question: Question | null;
  /** Whether a person has agreed to what it starts. */
  approval: Approval;
  /** What has changed since that was approved, so that it waits again: `payload`, `tool`, `file scripts/build.sh`. */
  approval_changes: readonly string[];
  /** Who queued it. */
  origin: Origin;
  reviewed_at: Instant | null;
  accepted: boolean | null;
  stale_warned_at: Instant | null;
  /** Set for a deleted task, which can be restored for `deletedDays`. */
  deleted_at: Instant | null;
  /** When enqueued; attempts have those of claim and end. */
  git: GitFacts | null;
  /** Tasks that must finish first. */
  after: string[];
  /** The batch that must finish first. */
  after_batch: string | null;
  after_policy: AfterPolicy;
  /** The batch that it was queued with. */
  batch_id: string | null;
  /** What its run needs of the machine, besides what its tool and its stream say. */
  needs: Needs | null;
  /** Program and arguments that check what it did, in place of those of its tool. */
  verify: readonly string[] | null;
  /** While the account of its tool rests, the tool's `fallback` may run it. */
  fall_back: boolean;
  /** Where its agent works, in place of what its stream or its tool says; null: there. */
  worktree: WorktreeKind | null;
  /** The name of the host that it runs on, or ran on last; null where hosts do not share the queue. */
  host: string | null;
  /** Who decided last what it starts: their role on the server; null where nobody shares the queue. */
  created_by: string | null;

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

/** Whether a person has to approve it before it can start. */
export function isUnapproved({ status, approval }: Pick<Task, 'status' | 'approval'>): boolean {
  return status === 'queued' && approval === 'pending';
}

/** Whether a person has ended a task, and so knows about it. */
export function isCalledOff({ status, failure_kind: kind }: Pick<Task, 'status' | 'failure_kind'>): boolean {
  return status === 'failed' && (kind === 'cancelled' || kind === 'denied');
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
  /** Of what checked it. */
  check: string | null;
  /** What approving it has to name while it waits for that; then what was approved. Null where nothing was to be. */
  digest: string | null;
}

/** All that is known of a task whose row is gone, where a change that was made before is repeated. */
export interface GoneTask {
  readonly id: string;
  readonly status?: undefined;
}

/** What a change of a task answers with. */
export type TaskAnswer = Task | GoneTask;

/** What becomes of a time of a schedule at which nobody was there: nothing, or one task for all of them. */
export const missedPolicies = ['skip', 'once'] as const;
export type MissedPolicy = (typeof missedPolicies)[number];

/** What becomes of a time at which a task of the schedule has not finished: nothing, or another task behind it. */
export const overlapPolicies = ['skip', 'queue'] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/** What came of a time of a schedule. */
export const scheduleOutcomes = ['enqueued', 'missed', 'overlap', 'refused'] as const;
export type ScheduleOutcome = (typeof scheduleOutcomes)[number];

/** A task that is enqueued at certain times, over and over. */
export interface Schedule {
  id: string;
  /** Its name in sparkq.yml, from which it comes; null for any other. */
  name: string | null;
  stream_id: string;
  /** Five fields: minute, hour, day of the month, month, day of the week; or a word such as `@daily`. */
  cron: string;
  /** Of the times that `cron` means, e.g. Europe/Berlin. */
  zone: string;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  tool_name: string;
  /** Null here and below: as it is configured when the task is enqueued. */
  task_class: string | null;
  /** JSON text of an object. */
  payload: string;
  /** The parsed payload. Only `payload` has its numbers digit for digit. */
  payload_json: unknown;
  label: string | null;
  timeout: number | null;
  kill_after: number | null;
  max_attempts: number | null;
  /** Each task goes before all that is queued in the stream. */
  front: boolean;
  paused: boolean;
  /** The file has changed, and nobody has confirmed that: its times pass. */
  unconfirmed: boolean;
  /** Null while it is paused or not confirmed, and where `cron` has no more times. */
  next_at: Instant | null;
  /** The last time of the schedule that has come. */
  last_at: Instant | null;
  /** What came of it; `enqueued` as well once a missed one was made up for. */
  last_outcome: ScheduleOutcome | null;
  /** Why the queue refused its task, in a sentence. */
  last_error: string | null;
  /** The last task that it enqueued, which may be gone. */
  last_task_id: string | null;
  created_at: Instant;
  updated_at: Instant;
}

/** Whether a schedule is one of sparkq.yml; an older owner knows of none. */
export function isOfFile({ name }: Pick<Schedule, 'name'>): boolean {
  return (name ?? null) !== null;
}

/** Whether the last time of a schedule brought no task, and not because the one before had not finished. */
export function isTroubled({ last_outcome: outcome }: Pick<Schedule, 'last_outcome'>): boolean {
  return outcome === 'missed' || outcome === 'refused';
}

/** All that is known of a removed schedule, where a change that was made before is repeated. */
export interface GoneSchedule {
  readonly id: string;
  readonly cron?: undefined;
}

/** What a change of a schedule answers with. */
export type ScheduleAnswer = Schedule | GoneSchedule;

/** One claim and its outcome. */
export interface Attempt {
  task_id: string;
  /** 1, 2, 3 ... */
  number: number;
  worker_id: string | null;
  /** On which it was claimed; null where the claimer did not say. */
  host_id: string | null;
  started_at: Instant;
  finished_at: Instant | null;
  /** Null while it is running; `superseded` if its result came after another claim. */
  outcome: 'succeeded' | FailureKind | 'asked' | 'superseded' | 'released' | 'abandoned' | null;
  exit_code: number | null;
  summary: string | null;
  error: string | null;
  /** Bytes that the run wrote, including dropped ones. */
  stdout_size: number;
  stderr_size: number;
  /** At the claim. */
  git: GitFacts | null;
  git_ended: GitEnd | null;
  /** The tool that ran it in place of the task's own; null for that one. */
  tool_name: string | null;
  /** By which the agent can go on with it. */
  agent_session: string | null;
  /** Of an agent's run. */
  usage: Usage | null;
}

/** `silent`: not heard of for a while; `gone`: it has closed the queue. */
export const hostStates = ['present', 'silent', 'gone'] as const;

/** One user on one machine, who has the queue open. */
export interface Host {
  id: string;
  name: string;
  /** Who it is on the server; null where nobody knows. */
  person: string | null;
  labels: readonly string[];
  version: string;
  platform: string;
  seen_at: Instant;
  state: (typeof hostStates)[number];
  /** The one that answers. */
  here: boolean;
  /** How many tasks run on it. */
  running: number;
}

/** The process that works on a stream. */
export interface PresentWorker {
  stream_id: string;
  pid: number;
  since: Instant | null;
}

/** What a run of an agent has used; null for what the agent does not say. Tokens, US dollars. */
export interface Usage {
  input: number | null;
  /** Of the input, what was read from a cache. */
  cached: number | null;
  output: number | null;
  cost_usd: number | null;
  turns: number | null;
}

/** A task as it was when a purge took it. Its output is gone. */
export interface HistoryTask
  extends Pick<
    Task,
    | 'id'
    | 'stream_id'
    | 'tool_name'
    | 'task_class'
    | 'payload'
    | 'payload_json'
    | 'timeout'
    | 'kill_after'
    | 'result'
    | 'error'
    | 'created_at'
    | 'started_at'
    | 'not_before'
    | 'label'
    | 'max_attempts'
    | 'failures'
    | 'retry_of'
    | 'worker_id'
    | 'failure_kind'
    | 'exit_code'
    | 'result_summary'
    | 'note'
    | 'reviewed_at'
    | 'accepted'
    | 'git'
    | 'after'
    | 'after_policy'
  > {
  status: 'succeeded' | 'failed';
  finished_at: Instant;
  /** Names as they were at the purge. */
  stream_name: string;
  session_id: string;
  session_name: string;
  /** All its attempts, with the sizes of their output. */
  attempts: Attempt[];
  purged_at: Instant;
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
  /** The tool that ran it in place of that; null for that one. */
  stand_in: string | null;
  /** Of an agent's run. */
  usage: Usage | null;
}

/** The result of a successful claim. The lease is a secret that is never returned elsewhere. */
export interface Claim {
  task: Task;
  stream: { id: string; name: string; instructions: string | null };
  lease: string;
  lease_until: Instant;
  deadline: Instant;
  /** What a person approved: another run is not to be started. Null where that does not matter. */
  approved: RunParts | null;
  /** What the run needs of the machine. */
  needs: Needs;
  /** What an agent can go on with; null: it starts afresh. */
  resume: Resume | null;
  /** The tool that is to run it, while the account of its own rests; null: its own. */
  stand_in: string | null;
  /** Where the run works. */
  worktree: WorktreeKind;
}

/** The session of an agent that the last attempt has left. */
export interface Resume {
  /** By which the agent knows it. */
  session: string;
  /** The attempt that was the last to use it. */
  attempt: number;
  /** US dollars that it has cost so far; null where the agent has not said. */
  cost_usd: number | null;
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
/** Why the tasks of a tool are not started for a while. */
export interface AccountRest {
  account: string;
  /** Null while a person has to log in, or a task goes first. */
  until: Instant | null;
  /** As people know it, such as `5-hour limit`. */
  limit: string;
  /** Where the limit is that of one model. */
  model: string | null;
  /** The task whose answer is waited for. */
  first: string | null;
}

/** What may be used of an account in a day; null: no limit. */
export interface Budget {
  day_usd: number | null;
  day_tasks: number | null;
}

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
  /** The agent that it runs, such as `claude`; null: none, or one by a command of its own. */
  agent: string | null;
  /** Whether a prompt that an agent queues with no tool is for it. */
  agents_default: boolean;
  /** Whose limits its runs share; null: none of their own. */
  account: string | null;
  rest: AccountRest | null;
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
  'mcp',
  'up',
] as const;
export type OwnerRole = (typeof ownerRoles)[number];

/** The automatic purge that takes unreviewed tasks for the first time. */
export interface UnreviewedPurge {
  /** Not before then. */
  at: Instant;
  /** How many there were when it was announced. */
  tasks: number;
}

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
  /** Who this host is on the server that the queue is on; null for a queue in files. */
  person: string | null;
  /** The owner's HTTP server; null if it does not serve. */
  url: string | null;
  started_at: Instant;
  /** The PostgreSQL server that has the queue, without a password; null where it is in files of its own. */
  database: { url: string; schema: string } | null;
  database_bytes: number;
  journal_bytes: number;
  last_snapshot_at: Instant | null;
  /** Announced a day ahead; null before and after. */
  unreviewed_purge: UnreviewedPurge | null;
  /** The accounts that rest, each once. */
  resting: readonly AccountRest[];
  counts: TaskCounts &
    PersonCounts & {
      /** Failed tasks by kind, and as `limited` those queued again after a limit; kinds without tasks are left out. */
      by_failure_kind: FailureCounts;
    };
  stats: Stats;
}
