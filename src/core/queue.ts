/**
 * The interface between SparkQ's parts. The editor, the command line and the HTTP server use a Queue and need not know
 * whether this process owns the files (LocalQueue) or another one does (RemoteQueue).
 *
 * A promise resolves only once its result is on the disk. Every refusal is a QueueError. A stream may be named
 * by its id or its name, a session by its id or an unambiguous name; blanks around either are ignored.
 */

import type { Instant } from './clock';
import type { ConfigProblem } from './config';
import type { QueueListener, Unsubscribe } from './events';
import type {
  AfterPolicy,
  Attempt,
  Batch,
  Claim,
  FailureKind,
  FolderFacts,
  GitEnd,
  GitFacts,
  HistoryTask,
  Host,
  LifeStatus,
  LostHost,
  MissedPolicy,
  Needs,
  OnFailure,
  Origin,
  OverlapPolicy,
  Page,
  PlannedRun,
  PresentWorker,
  Project,
  QueueStatus,
  Run,
  RunsOn,
  Schedule,
  ScheduleAnswer,
  Session,
  Stats,
  Stream,
  Task,
  TaskAnswer,
  TaskDetail,
  TaskStatus,
  Tool,
  Usage,
  WorktreeKind,
} from './model';

/**
 * Makes a mutation safe to repeat: the same key gets the first verdict again with the row as it stands now, or with its
 * id alone once the row is gone. Kept for 24 hours; of more than 20,000 keys the oldest go after 10 minutes.
 */
export interface Mutation {
  key?: string;
}

export interface PageRequest {
  /** At most this many rows; 100 by default, 1,000 at most. */
  limit?: number;
  offset?: number;
}

export interface NewSession {
  name: string;
  description?: string | null;
  /** Refuse a name that is taken (`name_taken`); by default names need not be unique. */
  unique?: boolean;
}

export interface NewStream {
  session: string;
  name: string;
  instructions?: string | null;
  parallelism?: number;
  on_failure?: OnFailure;
  skip_unrunnable?: boolean;
  retry_interrupted?: boolean;
  max_attempts?: number | null;
  /** What each of its runs needs of the machine. */
  needs?: Needs | null;
  /** Tasks whose account rests do not hold the lane. */
  pass_resting?: boolean;
  /** Where its agents work, in place of what their tools say; null: there. */
  worktree?: WorktreeKind | null;
  /** Which hosts run its tasks, by name or id (`here` is the one that is asked), or by labels; by default this one. */
  runs_on?: RunsOn | 'any' | null;
  lost_host?: LostHost;
}

export interface StreamPatch {
  name?: string;
  instructions?: string | null;
  parallelism?: number;
  on_failure?: OnFailure;
  autostart?: boolean;
  working?: boolean;
  skip_unrunnable?: boolean;
  retry_interrupted?: boolean;
  max_attempts?: number | null;
  needs?: Needs | null;
  pass_resting?: boolean;
  worktree?: WorktreeKind | null;
  runs_on?: RunsOn | 'any' | null;
  lost_host?: LostHost;
}

export interface NewTask {
  stream: string;
  tool_name: string;
  /** By default the tool's, else MEDIUM_SCRIPT. */
  task_class?: string;
  /** An object, or JSON text of one; `{}` by default. */
  payload?: string | Readonly<Record<string, unknown>>;
  /** Shorthand for `payload.prompt`. */
  prompt?: string;
  /** Seconds, a positive integer; by default tool > class > built-in. */
  timeout?: number;
  /** Seconds from the claim to the deadline, a positive integer; by default the tool's, else twice the timeout. */
  kill_after?: number;
  label?: string;
  /** An instant with its zone, or a delay such as `10m`. */
  not_before?: Instant;
  after?: readonly string[];
  /** Wait until nothing of this batch is left to do. */
  after_batch?: string;
  after_policy?: AfterPolicy;
  /** By default the tool's, the stream's, else 1. */
  max_attempts?: number;
  /** Before all that is queued in the stream; by default behind it. */
  front?: boolean;
  /** What its run needs of the machine, besides what its tool and its stream say. */
  needs?: Needs | null;
  /** Program and arguments that check what it did, in place of those of its tool. */
  verify?: readonly string[] | null;
  /** While the account of its tool rests, the tool's `fallback` may run it. */
  fall_back?: boolean;
  /** Where its agent works, in place of what its stream or its tool says. */
  worktree?: WorktreeKind | null;
  /** The same key in the same stream returns the first task again. */
  idempotency_key?: string;
  git?: GitFacts;
  /** Refuse a tool that is not configured (`not_found`); by default any is accepted. */
  known_tool?: boolean;
  /** Set by what calls for somebody else, never by the caller; by default a person. */
  origin?: Origin;
}

/** One of several tasks that are enqueued by one call. */
export interface NewTaskOfMany extends Omit<NewTask, 'stream' | 'front' | 'idempotency_key' | 'origin'> {
  /** Names the task within the call; not kept. Not shaped like an id. */
  key?: string;
  /** Ids of tasks, or keys of earlier ones of the call. */
  after?: readonly string[];
}

export interface NewTasks {
  stream: string;
  /** 1 to 100, in their order on the stream. Their payloads have at most 4 MB together. */
  tasks: readonly NewTaskOfMany[];
  /** All of them before what is queued in the stream, in their order. */
  front?: boolean;
  /** Add them to this batch, which has its own settings; by default they are a new one. */
  batch?: string;
  /** The name of the new batch. */
  label?: string;
  /** How many tasks of the new batch run at once at most; by default as many as the stream runs. */
  parallelism?: number;
  /** After so many failures no more tasks of the new batch start, until it is retried; by default never. */
  stop_after?: number;
  /** As of a new task. */
  origin?: Origin;
}

/** What came of enqueueing a task. */
export interface Enqueued {
  task: TaskAnswer;
  /** The idempotency key was known: this is the task of the first time. */
  duplicate: boolean;
}

/** What came of enqueueing several tasks. */
export interface EnqueuedMany {
  /** In the order of the call. */
  tasks: TaskAnswer[];
  batch_id: string;
  /** The call's key was known: these are the tasks of the first time. */
  duplicate: boolean;
}

/** What is enqueued, and when. */
export interface NewSchedule
  extends Omit<
    NewTask,
    | 'not_before'
    | 'after'
    | 'after_batch'
    | 'after_policy'
    | 'idempotency_key'
    | 'git'
    | 'origin'
    | 'needs'
    | 'verify'
    | 'fall_back'
    | 'worktree'
  > {
  /** Five fields, as of a schedule, or a word such as `@daily`. */
  cron: string;
  /** The name of a time zone, e.g. Europe/Berlin. */
  zone: string;
  /** By default skip. */
  missed?: MissedPolicy;
  /** By default skip. */
  overlap?: OverlapPolicy;
}

export interface SchedulePatch {
  stream?: string;
  cron?: string;
  zone?: string;
  missed?: MissedPolicy;
  overlap?: OverlapPolicy;
}

export interface TaskPatch {
  payload?: string | Readonly<Record<string, unknown>>;
  prompt?: string;
  label?: string | null;
  timeout?: number;
  /** Null: twice the timeout, also once that is changed. */
  kill_after?: number | null;
  tool_name?: string;
  /** As of a new task; null: none. */
  not_before?: Instant | null;
  /** As of a new task; null: nothing. */
  needs?: Needs | null;
  /** As of a new task. */
  verify?: readonly string[] | null;
  fall_back?: boolean;
  /** As of a new task, until its first run. */
  worktree?: WorktreeKind | null;
  /** As of a new task: what an agent has changed is to be approved again. */
  origin?: Origin;
}

/** How far an approval goes. */
export interface ApprovalScope {
  /** The same run needs no approval any more in this workspace. */
  remember?: boolean;
  /** For 12 hours, what the same conversation queues on the same stream is given. */
  follow_ups?: boolean;
}

export interface TaskApproval extends ApprovalScope {
  /** Of what was shown. */
  digest: string;
}

export interface BatchApproval extends ApprovalScope {
  /** The digest that was shown of each of its tasks that wait for approval. */
  digests: Readonly<Record<string, string>>;
}

/** What a runner found instead of what was approved. */
export interface ChangedRun extends Mutation {
  lease: string;
  /** Names of `RunParts`. */
  changes: readonly string[];
}

export interface TaskFilter extends PageRequest {
  /** Name or id; an unknown id gives an empty list, an unknown name is `not_found`. */
  stream?: string;
  session_id?: string;
  /** These tasks, as far as there are rows of them. */
  ids?: readonly string[];
  /** An unknown one gives an empty list. */
  batch_id?: string;
  /** Copies of this task. */
  retry_of?: string;
  /** Only tasks that are in no batch of their stream. */
  single?: boolean;
  status?: TaskStatus;
  failure_kind?: FailureKind;
  /** Running for longer than their timeout. */
  stale?: boolean;
  /** Waiting for the answer to their question. */
  asking?: boolean;
  /** Waiting for approval. */
  unapproved?: boolean;
  /** Finished, and not reviewed. */
  unreviewed?: boolean;
  /** Only deleted ones that can still be restored, last deleted first unless `order` is given. */
  deleted?: boolean;
  /** Text in id, label, tool, payload, summary or error, ignoring case. */
  q?: string;
  /** The path of a script in the workspace, or the end of it, ignoring case. */
  script?: string;
  /** Finished since, or enqueued since if they have not: an instant with its zone, or an age such as `7d`. */
  since?: Instant;
  /** newest (default): created last first; position: as they will run; finished: finished last first. */
  order?: 'newest' | 'position' | 'finished';
}

export interface BatchFilter extends PageRequest {
  /** Name or id of the stream that they were queued on. */
  stream?: string;
  /** Only those of which something is left to do. */
  open?: boolean;
}

export interface ClaimRequest {
  worker_id?: string;
  /** Repeating a claim with the same id gives the same claim again. */
  claim_request_id?: string;
  /** The claimer's supervisor enforces the deadline; the queue does so only a minute later. */
  supervised?: boolean;
  /** The host that it claims for: no other one takes a supervised run over. */
  host_id?: string;
  /**
   * Seconds from the claim to its deadline, instead of the task's own. Who asks for that sends heartbeats from the start:
   * the lease ends a minute after the claim.
   */
  kill_after?: number;
  git?: GitFacts;
  /** For a task whose `cwd` is in another folder: takes the place of `git`. */
  git_elsewhere?: readonly FolderFacts[];
  /** As of a new task: a conversation may claim at once what it has abandoned. */
  origin?: Origin;
  /** What the claimer holds of the machine; without it, it takes tasks whatever they need. */
  holding?: Holding;
  /** Of a supervised claim by id: although its account rests. */
  anyway?: boolean;
}

/** What a claimer that starts runs here holds of the machine's resources. */
export interface Holding {
  /** The task for which it holds what that needs; a task that needs anything else is refused with `not_ready`. */
  task: string | null;
  /** Every run needs a place on the machine, or room for its worktree, whatever else. */
  place: boolean;
}

/** The details of that refusal. */
export interface NeedsDetails {
  task: string;
  needs: Needs;
  /** The key of the worktree in which it is to work; null for none. */
  worktree: string | null;
}

/** Of a worker that has gone without a report. */
export interface Abandonment extends Mutation {
  lease: string;
  /** Shown with the task. */
  note?: string;
  /** As of a new task. */
  origin?: Origin;
}

export interface ClaimNextRequest extends ClaimRequest {
  /** Seconds to wait for work, 0 to 60. */
  wait?: number;
  /** Only tasks of these tools; one of another tool blocks the lane unless the stream skips unrunnable ones. */
  tools?: readonly string[];
  /** Only tasks whose tool has no command here, which the built-in runner does not run. */
  outside?: boolean;
  /** Stops waiting. With a request id, a claim that was made by then is returned all the same. */
  signal?: AbortSignal;
}

export interface Heartbeat {
  lease: string;
  /** 0 to 100. */
  progress?: number;
  message?: string;
  /** Whether its check is at work now. */
  checking?: boolean;
  /** Seconds from now to the deadline, which starts afresh; not for supervised claims. */
  kill_after?: number;
}

export interface HeartbeatAnswer {
  lease_until: Instant;
  deadline: Instant;
  cancel_requested: boolean;
}

/** The facts of a run besides its outcome. Output that is left out stays as it is. */
export interface RunFacts extends Mutation {
  lease?: string;
  /** The number of the attempt that is meant, where the lease is not known. */
  attempt?: number;
  stdout?: string;
  stderr?: string;
  exit_code?: number;
  /** Sizes of output that the runner has already written to the task's files. */
  stdout_size?: number;
  stderr_size?: number;
  git?: GitEnd;
  /** The tool that ran it, where it was not the task's own. */
  tool_name?: string;
  /** By which an agent can go on with it. */
  agent_session?: string;
  usage?: Usage;
}

/** What a worker cannot decide by itself, and the facts of its run; `attempt` where a run of the built-in runner has ended so. */
export interface Asked extends Omit<RunFacts, 'stdout' | 'stderr'> {
  lease: string;
  text: string;
  /** Answers to choose from; see limits.ts. */
  choices?: readonly string[];
}

export interface Completion extends RunFacts {
  /** Any non-blank text; a JSON object with a string `summary` gives the summary. */
  result_summary: string;
  /** Stored as `result` instead of the summary. */
  result_data?: string;
}

export interface Failure extends RunFacts {
  error_message: string;
  /** Put before the message: `TYPE: message`. */
  error_type?: string;
  failure_kind?: FailureKind;
  /** Queue it again, not before this time, and spend no attempt. Seconds from now, a delay such as `10m`, or an instant with its zone. */
  retry_after?: number | Instant;
  /** The task has failed, whatever attempts are left. */
  final?: boolean;
}

export interface Move {
  /** Another stream; by default the task's own. */
  stream?: string;
  /** A queued task of the target stream: the new neighbour. */
  before?: string;
  after?: string;
  to?: 'front' | 'back';
}

export interface RunFilter {
  /** Runs that had not ended by then. */
  since: Instant;
  /** Runs that began before this. */
  until?: Instant;
  /** Only those of agents: that say what they used, or whose tool runs an agent. */
  agents?: boolean;
  /** At most this many; 1,000 by default, 10,000 at most. */
  limit?: number;
}

export interface RunList {
  /** Running ones, then finished ones, last finished first. */
  runs: Run[];
  /** Whether older ones were left out because of the limit. */
  more: boolean;
}

/** What an attempt writes: its program, and what checks it. */
export const outputNames = ['stdout', 'stderr', 'check'] as const;
export type OutputName = (typeof outputNames)[number];

export interface OutputRequest {
  stream: OutputName;
  /** The newest by default. */
  attempt?: number;
  /** Byte of the original output to start at. */
  offset?: number;
  /** At most this many bytes; 1 MB by default. */
  limit?: number;
  /** utf-8 by default; latin1 gives every byte as the character of that number, so that none is lost. */
  encoding?: OutputEncoding;
}

export const outputEncodings = ['utf-8', 'latin1'] as const;
export type OutputEncoding = (typeof outputEncodings)[number];

/** Looks after the output of an attempt. */
export interface OutputWatch {
  /** To be called when it is read: an output that exceeds its limit goes on elsewhere. */
  watchNew(): void;
  dispose(): void;
}

/** @param printed is called when the attempt prints, and may be called more often */
export type WatchOutput = (task: string, attempt: number, printed: () => void) => OutputWatch;

export interface OutputChunk {
  text: string;
  /** Bytes of the original output, counting those dropped. */
  size: number;
  /** Where the next read starts; = size at the end. */
  next_offset: number;
  /** Bytes of the original that were not kept, from and up to. */
  dropped: { from: number; to: number } | null;
}

export interface PurgeRequest {
  /** Age since the finish; by default `purge.older_than_days` of the configuration. */
  older_than_days?: number;
  dry_run?: boolean;
  /** Purge reviewed tasks only, as the daily purge does. */
  keep_unreviewed?: boolean;
}

export interface PurgeAnswer {
  purged: number;
  /** Old enough but kept, since they are not reviewed; 0 without `keep_unreviewed`. */
  kept_unreviewed: number;
  dry_run: boolean;
  /** The first 1,000 ids. */
  tasks: string[];
}

export interface HistoryFilter {
  /** Text in id, label, tool, payload, summary or error, ignoring case. */
  q?: string;
  /** The path of a script in the workspace, or the end of it, ignoring case. */
  script?: string;
  /** Finished since: an instant with its zone, or an age such as `7d`. */
  since?: Instant;
  /** The stream's name at the purge, or its id. */
  stream?: string;
  status?: 'succeeded' | 'failed';
  /** The same as the status `failed`. */
  failed?: boolean;
  /** At most this many; 100 by default, 1,000 at most. */
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string;
}

export interface HistoryPage {
  /** Last finished first; may be fewer than the limit although more follow. */
  tasks: HistoryTask[];
  /** Null at the end. */
  next_cursor: string | null;
}

export interface ConfigAnswer {
  /** The configuration in force, as JSON. */
  config: unknown;
  /** What is wrong with the file, one sentence each, with line and column. */
  problems: string[];
  /** The same as data. */
  diagnostics: ConfigProblem[];
}

/** Everything a queue can do; core/operations.ts has a row for each. */
export interface QueueOperations {
  status(): Promise<QueueStatus>;
  stats(): Promise<Stats>;
  project(): Promise<Project>;

  createSession(input: NewSession, mutation?: Mutation): Promise<Session>;
  getSession(session: string): Promise<Session>;
  listSessions(filter?: PageRequest & { status?: LifeStatus }): Promise<Page<Session>>;
  updateSession(
    session: string,
    patch: { name?: string; description?: string | null },
    mutation?: Mutation,
  ): Promise<Session>;
  /** Ends its streams as well. */
  endSession(session: string, mutation?: Mutation): Promise<Session>;
  /** With its streams. @throws QueueError `wrong_state` unless each of them may be deleted */
  deleteSession(session: string, mutation?: Mutation): Promise<void>;

  createStream(input: NewStream, mutation?: Mutation): Promise<Stream>;
  getStream(stream: string): Promise<Stream>;
  /** The processes that work on active streams. */
  listStreamWorkers(): Promise<PresentWorker[]>;
  /** Those that share the queue, by name; none for a queue in files. */
  listHosts(): Promise<Host[]>;
  listStreams(filter?: PageRequest & { session_id?: string; status?: LifeStatus }): Promise<Page<Stream>>;
  updateStream(stream: string, patch: StreamPatch, mutation?: Mutation): Promise<Stream>;
  pauseStream(stream: string, mutation?: Mutation): Promise<Stream>;
  resumeStream(stream: string, mutation?: Mutation): Promise<Stream>;
  endStream(stream: string, mutation?: Mutation): Promise<Stream>;
  /**
   * Deletes a stream without tasks; deleted tasks of it cannot be restored afterwards.
   * @throws QueueError `wrong_state` while it has tasks, or a schedule names it
   */
  deleteStream(stream: string, mutation?: Mutation): Promise<void>;

  enqueue(input: NewTask, mutation?: Mutation): Promise<Enqueued>;
  /** All or none of the tasks, in one step. */
  enqueueMany(input: NewTasks, mutation?: Mutation): Promise<EnqueuedMany>;
  getBatch(id: string): Promise<Batch>;
  /** Newest first. */
  listBatches(filter?: BatchFilter): Promise<Page<Batch>>;
  /** Cancels what has not finished of a batch, and what waits for it. */
  cancelBatch(id: string, mutation?: Mutation): Promise<Batch>;
  /** Requeues what failed of a batch, cancelled tasks excepted, and lets a stopped one go on. */
  retryBatch(id: string, mutation?: Mutation): Promise<Batch>;
  getTask(id: string): Promise<TaskDetail>;
  listTasks(filter?: TaskFilter): Promise<Page<Task>>;
  /** The task that claimNext would return, or null; changes nothing. */
  peek(stream: string): Promise<{ task: Task; stream: Claim['stream'] } | null>;
  /** One atomic step: two claimers never get the same task. Null when there is none. */
  claimNext(stream: string, request?: ClaimNextRequest): Promise<Claim | null>;
  claimTask(id: string, request?: ClaimRequest): Promise<Claim>;
  /** Undoes a claim: the task goes to the front of its lane, and no attempt is spent. */
  releaseClaim(id: string, lease: string, mutation?: Mutation): Promise<TaskAnswer>;
  /**
   * Undoes a claim whose worker has gone. For 10 seconds only the same conversation may claim the task. Spends no attempt;
   * the third time in a row its worker counts as lost.
   */
  abandon(id: string, input: Abandonment): Promise<TaskAnswer>;
  heartbeat(id: string, beat: Heartbeat): Promise<HeartbeatAnswer>;
  complete(id: string, completion: Completion): Promise<TaskAnswer>;
  fail(id: string, failure: Failure): Promise<TaskAnswer>;
  /**
   * Puts a claimed task back with a question: it keeps its place, and is not handed out before somebody answers. Spends
   * no attempt of `max_attempts`.
   */
  ask(id: string, question: Asked): Promise<TaskAnswer>;
  /**
   * Answers the question of a task: the next run gets both with its note.
   * @param input `asked_at` is that of the question which is meant: another one is not answered
   */
  answer(id: string, input: { text: string; asked_at?: Instant }, mutation?: Mutation): Promise<TaskAnswer>;
  /** What a queued task would start now. */
  planRun(id: string): Promise<PlannedRun>;
  /**
   * Lets a task start that waits for approval; only what was shown.
   * @throws QueueError `changed` if the digest is not that of what would start now
   */
  approve(id: string, input: TaskApproval, mutation?: Mutation): Promise<TaskAnswer>;
  /** Approves the tasks of a batch that wait for that: all or none. @throws QueueError `changed`, with their ids */
  approveBatch(id: string, input: BatchApproval, mutation?: Mutation): Promise<Batch>;
  /** A task that waits for approval fails, as `denied`. */
  deny(id: string, input?: { reason?: string }, mutation?: Mutation): Promise<TaskAnswer>;
  /** Undoes the claim of a task whose run is not the one that was approved: it waits for approval again. */
  returnForApproval(id: string, input: ChangedRun): Promise<TaskAnswer>;
  /** A queued task ends as cancelled; a running one is asked to (`cancel_requested`). */
  cancel(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  /**
   * Stops the processes of a run that SparkQ supervises; its time limits stand still until it is continued.
   * @throws QueueError `wrong_state` for any other task, and on Windows
   */
  suspend(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  /** Continues a suspended run; another running task stays as it is. */
  continue(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  /** Copies a finished task to the back of its stream, under a new id. */
  requeue(id: string, input?: Mutation & { note?: string }): Promise<TaskAnswer>;
  editTask(id: string, patch: TaskPatch, mutation?: Mutation): Promise<TaskAnswer>;
  moveTask(id: string, move: Move, mutation?: Mutation): Promise<TaskAnswer>;
  reviewTask(id: string, review: { accepted: boolean }, mutation?: Mutation): Promise<TaskAnswer>;
  parkTask(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  unparkTask(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  /** Not a running one. */
  deleteTask(id: string, mutation?: Mutation): Promise<void>;
  /** Restores a task that was deleted in the last seven days; a queued one to its old position. */
  undeleteTask(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  listAttempts(id: string): Promise<Attempt[]>;
  /** The attempts of all tasks in a period of time. */
  listRuns(filter: RunFilter): Promise<RunList>;
  readOutput(id: string, request: OutputRequest): Promise<OutputChunk>;

  createSchedule(input: NewSchedule, mutation?: Mutation): Promise<ScheduleAnswer>;
  getSchedule(id: string): Promise<Schedule>;
  /** Newest first. */
  listSchedules(filter?: PageRequest & { stream?: string }): Promise<Page<Schedule>>;
  updateSchedule(id: string, patch: SchedulePatch, mutation?: Mutation): Promise<ScheduleAnswer>;
  /** Its times pass without a task, and are not missed. */
  pauseSchedule(id: string, mutation?: Mutation): Promise<ScheduleAnswer>;
  resumeSchedule(id: string, mutation?: Mutation): Promise<ScheduleAnswer>;
  /** Enqueues its task now, whatever its times are; also of a paused one. */
  runSchedule(id: string, mutation?: Mutation): Promise<TaskAnswer>;
  /** Its tasks stay. */
  removeSchedule(id: string, mutation?: Mutation): Promise<void>;

  registerWorker(
    input: { label?: string; agent?: string; pid?: number; cwd?: string },
    mutation?: Mutation,
  ): Promise<{ worker_id: string }>;
  purge(request?: PurgeRequest, mutation?: Mutation): Promise<PurgeAnswer>;
  /** Tasks that purges have taken. */
  listHistory(filter?: HistoryFilter): Promise<HistoryPage>;
  /** Erases a purged task for good. @throws QueueError `not_found` */
  eraseHistory(id: string, mutation?: Mutation): Promise<void>;
  listTools(): Promise<Tool[]>;
  /** Ends the rest of the account of a tool. */
  wakeTool(name: string): Promise<Tool>;
  config(): Promise<ConfigAnswer>;
  /** Reads the configuration again. */
  reload(): Promise<void>;
  /** Writes one verified SQLite file. */
  backup(file: string): Promise<{ file: string; bytes: number }>;
}

export interface Queue extends QueueOperations {
  /**
   * Calls `listener` for each change from now on, or from just after event `after`. After a `reset` event some may
   * have been missed, or tasks been purged: read again what you show.
   */
  subscribe(listener: QueueListener, after?: string): Unsubscribe;
  close(): Promise<void>;
}
