/** Schemas of the answers, for the OpenAPI document. The compiler checks each against the type that it describes. */

import { z } from '@hono/zod-openapi';
import type { ConfigProblem } from '../core/config';
import {
  type AccountRest,
  type Attempt,
  afterPolicies,
  approvals,
  type Batch,
  type BatchCounts,
  type Claim,
  callerKinds,
  type FileChange,
  failureKinds,
  fileChanges,
  type GitChanges,
  type GitEnd,
  type GoneSchedule,
  type GoneTask,
  type HistoryTask,
  type Host,
  hostStates,
  lifeStatuses,
  lostHostPolicies,
  missedPolicies,
  type Origin,
  onFailureChoices,
  overlapPolicies,
  ownerRoles,
  type PersonCounts,
  type PlannedFile,
  type PlannedRun,
  type PresentWorker,
  type Project,
  type Question,
  type QueueStatus,
  type Resume,
  type Run,
  type RunNote,
  runNoteCodes,
  type Schedule,
  type Session,
  type Stats,
  type Stream,
  scheduleOutcomes,
  type Task,
  type TaskCounts,
  type TaskDetail,
  type TaskWarning,
  type Tool,
  taskStatuses,
  type UnreviewedPurge,
  type Usage,
  type WaitingReason,
  waitingCodes,
  warningCodes,
  worktreeKinds,
} from '../core/model';
import type { ConfigAnswer, HeartbeatAnswer, HistoryPage, PurgeAnswer } from '../core/queue';

/** The description of one answer, and its schema. */
export interface AnswerDefinition {
  description: string;
  schema: z.ZodType;
}

/** Exactly the fields of `T`. */
type Shape<T> = Record<keyof T, z.ZodType>;

const text = z.string();
const number = z.number();
const flag = z.boolean();
const worktree = z.enum(worktreeKinds);
const instant = z.string().describe('UTC, six fraction digits: 2026-01-31T09:00:00.250000Z');
const counts = {
  queued: number,
  running: number,
  succeeded: number,
  failed: number,
  unreviewed: number,
  failed_unreviewed: number,
} satisfies Shape<TaskCounts>;
const personCounts = {
  unapproved: number.describe('Queued tasks that wait for a person to approve them'),
  asking: number.describe('Queued tasks that wait for the answer to their question'),
} satisfies Shape<PersonCounts>;
const git = z.object({ commit: text, branch: text.nullable(), dirty: flag.nullable() });
const question = z
  .object({ text, choices: z.array(text), asked_at: instant } satisfies Shape<Question>)
  .openapi('Question');
const runNote = z.object({
  code: z.enum(runNoteCodes),
  values: z.object({
    files: number.optional(),
    path: text.optional(),
    limit: number.optional(),
    problem: text.optional(),
  } satisfies Shape<RunNote['values']>),
} satisfies Shape<RunNote>);
const gitChanges = z.object({
  commit: text,
  since: z.enum(['start', 'claim']),
  files: z.array(
    z.object({
      path: text,
      before: text.nullable(),
      status: z.enum(fileChanges),
      from: text.nullable().describe("Git's id of the content before; null: none, or unknown"),
      to: text.nullable().describe('The same of the content after'),
    } satisfies Shape<FileChange>),
  ),
  more: number.describe('How many others changed'),
} satisfies Shape<GitChanges>);

const project = z
  .object({
    id: text,
    name: text,
    repo_path: text.nullable(),
    prd_path: text.nullable(),
    created_at: instant,
    updated_at: instant,
  } satisfies Shape<Project>)
  .openapi('Project');

const session = z
  .object({
    id: text,
    project_id: text,
    name: text,
    description: text.nullable(),
    status: z.enum(lifeStatuses),
    started_at: instant,
    ended_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  } satisfies Shape<Session>)
  .openapi('Session');

const needs = z.record(text, number).nullable();

const waitingValues = {
  task: text.describe('The task it waits for, is behind or is blocked by'),
  more: number.describe('How many other tasks it waits for'),
  at: instant.describe('When it can start, or when the worker was stopped'),
  stream: text.describe('Name of the stream'),
  batch: text.describe('The batch that it waits for, or whose limits hold it'),
  tool: text,
  running: number,
  parallelism: number,
  resource: text.describe('What of the machine it waits for'),
  needed: number,
  capacity: number.describe('How many of that there are'),
  used: number.describe('How much of that is taken'),
  folder: text.describe('Of the queue whose task has that'),
  account: text.describe('The account that rests'),
  limit: text.describe('The limit that it has met, such as `5-hour limit`'),
  host: text.describe('Names of the hosts that run it'),
  labels: text.describe('Labels of the hosts that run it'),
  person: text.describe('Whose tasks this host does not start'),
} satisfies Shape<WaitingReason['values']>;

const waitingReason = z
  .object({
    code: z.enum(waitingCodes),
    values: z.object(waitingValues).partial(),
  } satisfies Shape<WaitingReason>)
  .nullable()
  .describe('The same as data');

const stream = z
  .object({
    id: text,
    session_id: text,
    name: text,
    instructions: text.nullable().describe('For everyone who works on the stream'),
    status: z.enum(lifeStatuses),
    created_at: instant,
    updated_at: instant,
    ended_at: instant.nullable(),
    paused: flag,
    parallelism: number,
    on_failure: z.enum(onFailureChoices),
    autostart: flag,
    working: flag,
    working_since: instant.nullable().describe('When working was last changed'),
    skip_unrunnable: flag.describe('Other tasks pass those for outside workers'),
    retry_interrupted: flag.describe('Interrupted tasks are retried'),
    max_attempts: number.nullable().describe('For tasks that set no number themselves; null: 1'),
    needs: needs.describe('What each of its runs needs of the machine'),
    pass_resting: flag.describe('Other tasks pass those whose account rests'),
    worktree: worktree.nullable().describe('Where its agents work, in place of what their tools say'),
    runs_on: z
      .union([z.object({ hosts: z.array(text) }), z.object({ labels: z.array(text) })])
      .nullable()
      .describe('Which hosts run its tasks, of a queue that hosts share: ids, or labels; null: any'),
    runs_here: flag.describe('Whether the host that answers is one of them'),
    lost_host: z.enum(lostHostPolicies).describe('What becomes of the runs of a host that is silent'),
    waiting: text
      .nullable()
      .describe('Why the built-in runner starts none of the ready tasks, in one sentence'),
    waiting_reason: waitingReason,
    counts: z.object({ ...counts, ...personCounts } satisfies Shape<Stream['counts']>),
  } satisfies Shape<Stream>)
  .openapi('Stream');

const taskShape = {
  id: text,
  stream_id: text,
  tool_name: text,
  task_class: text,
  payload: text.describe('JSON text'),
  status: z.enum(taskStatuses),
  timeout: number.describe('Seconds after the claim when it is late'),
  kill_after: number.describe('Seconds after the claim when it is stopped: its deadline'),
  attempts: number.describe('Claims so far'),
  result: text.nullable(),
  error: text.nullable(),
  created_at: instant,
  updated_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  position: number.describe('FIFO order within the stream: lower is earlier'),
  label: text.nullable(),
  not_before: instant.nullable(),
  max_attempts: number,
  failures: number.describe('Attempts that counted against max_attempts'),
  idempotency_key: text.nullable(),
  retry_of: text.nullable().describe('The task that this one is a copy of'),
  lease_until: instant.nullable(),
  deadline: instant.nullable(),
  worker_id: text.nullable(),
  supervised: flag,
  failure_kind: z.enum(failureKinds).nullable(),
  exit_code: number.nullable(),
  progress: number.nullable().describe('0 to 100'),
  progress_message: text.nullable(),
  result_summary: text.nullable(),
  cancel_requested: flag,
  suspended: flag.describe('The processes of its run are stopped; its time stands still'),
  checking: flag.describe('Its program has succeeded, and what checks it is at work'),
  parked: flag,
  note: text.nullable().describe("A reviewer's note for the next run, or the answer to its question"),
  question: question.nullable().describe('Set while it waits for the answer'),
  approval: z.enum(approvals).describe('Whether a person has agreed to what it starts'),
  approval_changes: z
    .array(text)
    .describe('What has changed since that was approved: `payload`, `tool`, `instructions`, `file PATH`'),
  origin: z
    .object({
      kind: z.enum(callerKinds),
      via: text.optional(),
      conversation: text.optional(),
      task: text.optional(),
    } satisfies Shape<Origin>)
    .describe('Who queued it: a person, a run, or an agent'),
  reviewed_at: instant.nullable(),
  accepted: flag.nullable(),
  stale_warned_at: instant.nullable(),
  deleted_at: instant.nullable(),
  git: git.nullable(),
  after: z.array(text).describe('Tasks that must finish first'),
  after_batch: text.nullable().describe('The batch that must finish first'),
  after_policy: z.enum(afterPolicies),
  batch_id: text.nullable().describe('The batch that it was queued with'),
  needs: needs.describe('What its run needs of the machine, besides what its tool and its stream say'),
  verify: z
    .array(text)
    .nullable()
    .describe('What checks it in place of what its tool says: program and arguments'),
  fall_back: flag.describe("While the account of its tool rests, the tool's `fallback` may run it"),
  host: text.nullable().describe('The name of the host that it runs on, or ran on last'),
  created_by: text.nullable().describe('Who decided last what it starts, of a queue that persons share'),
  worktree: worktree
    .nullable()
    .describe('Where its agent works, in place of what its stream or its tool says'),
  claimed_at: instant.nullable().describe('= started_at'),
  completed_at: instant.nullable().describe('= finished_at of a succeeded task'),
  failed_at: instant.nullable().describe('= finished_at of a failed task'),
  error_message: text.nullable().describe('= error'),
  payload_json: z.unknown().describe('The payload, parsed'),
  waiting: text.nullable().describe('Why a queued task has not started, in one sentence'),
  waiting_reason: waitingReason,
  warnings: z
    .array(
      z.object({
        code: z.enum(warningCodes),
        values: z.object({ tool: text, stream: text }).partial(),
        message: text.describe('The same in a sentence'),
      } satisfies Shape<TaskWarning>),
    )
    .describe('What is worth knowing about a queued task that was accepted all the same'),
} satisfies Shape<Task>;
const task = z.object(taskShape).openapi('Task');
const digest = text
  .nullable()
  .describe('Of what it would start, where that waits for approval; then of what was approved');
const taskDetail = z
  .object({
    ...taskShape,
    stdout: text.nullable(),
    stderr: text.nullable(),
    check: text.nullable().describe('What its check wrote'),
    digest,
  } satisfies Shape<TaskDetail>)
  .openapi('TaskDetail');

const batch = z
  .object({
    id: text,
    stream_id: text,
    label: text.nullable(),
    created_at: instant,
    parallelism: number.nullable().describe('How many of its tasks run at once at most; null: no limit'),
    stop_after: number.nullable().describe('After so many failures no more of its tasks start; null: never'),
    stopped_at: instant.nullable().describe('When it stopped because of its failures'),
    counts: z.object({
      queued: number,
      running: number,
      succeeded: number,
      failed: number.describe('Without cancelled ones, and those that a copy stands for'),
      cancelled: number,
    } satisfies Shape<BatchCounts>),
  } satisfies Shape<Batch>)
  .openapi('Batch');

const schedule = z
  .object({
    id: text,
    name: text.nullable().describe('Its name in sparkq.yml, if it comes from there'),
    stream_id: text,
    cron: text,
    zone: text,
    missed: z.enum(missedPolicies),
    overlap: z.enum(overlapPolicies),
    tool_name: text,
    task_class: text.nullable().describe('Null here and below: as configured when the task is enqueued'),
    payload: text.describe('JSON text'),
    payload_json: z.unknown().describe('The payload, parsed'),
    label: text.nullable(),
    timeout: number.nullable(),
    kill_after: number.nullable(),
    max_attempts: number.nullable(),
    front: flag,
    paused: flag,
    unconfirmed: flag.describe('It has changed in sparkq.yml, and nobody has confirmed that'),
    next_at: instant.nullable(),
    last_at: instant.nullable().describe('The last of its times that has come'),
    last_outcome: z.enum(scheduleOutcomes).nullable().describe('What came of it'),
    last_error: text.nullable().describe('Why its task was refused, in a sentence'),
    last_task_id: text.nullable(),
    created_at: instant,
    updated_at: instant,
  } satisfies Shape<Schedule>)
  .openapi('Schedule');

const outcomes = ['succeeded', ...failureKinds, 'asked', 'superseded', 'released', 'abandoned'] as const;
const used = z
  .object({
    input: number.nullable(),
    cached: number.nullable(),
    output: number.nullable(),
    cost_usd: number.nullable(),
    turns: number.nullable(),
  } satisfies Shape<Usage>)
  .nullable()
  .describe("Of an agent's run: tokens, and the cost in US dollars; null for what it does not say");
const attempt = z
  .object({
    task_id: text,
    number: number.describe('1, 2, 3 ...'),
    worker_id: text.nullable(),
    host_id: text.nullable().describe('On which it was claimed; null where the claimer did not say'),
    started_at: instant,
    finished_at: instant.nullable(),
    outcome: z.enum(outcomes).nullable(),
    exit_code: number.nullable(),
    summary: text.nullable(),
    error: text.nullable(),
    stdout_size: number,
    stderr_size: number,
    git: git.nullable().describe('At the claim'),
    git_ended: git
      .extend({
        changes: gitChanges.optional(),
        notes: z.array(runNote).optional(),
      } satisfies Shape<Pick<GitEnd, 'changes' | 'notes'>>)
      .nullable()
      .describe(
        'At the end, with the files that changed since the start or the claim, and what was not seen or kept',
      ),
    tool_name: text.nullable().describe("The tool that ran it in place of the task's own"),
    agent_session: text.nullable().describe('By which the agent can go on with it'),
    usage: used,
  } satisfies Shape<Attempt>)
  .openapi('Attempt');

const run = z
  .object({
    task_id: text,
    number: number.describe('Number of the attempt: 1, 2, 3 ...'),
    stream_id: text,
    name: text.describe("The task's label, else its script's file, first line of its prompt, or tool"),
    script_path: text.nullable(),
    tool_name: text,
    queued_at: instant.describe('When it became ready to claim'),
    started_at: instant,
    finished_at: instant.nullable(),
    outcome: z.enum(outcomes).nullable(),
    exit_code: number.nullable(),
    stand_in: text.nullable().describe("The tool that ran it in place of the task's own"),
    usage: used,
  } satisfies Shape<Run>)
  .openapi('Run');

const historyTask = z
  .object({
    id: taskShape.id,
    stream_id: taskShape.stream_id,
    tool_name: taskShape.tool_name,
    task_class: taskShape.task_class,
    payload: taskShape.payload,
    payload_json: taskShape.payload_json,
    timeout: taskShape.timeout,
    kill_after: taskShape.kill_after,
    result: taskShape.result,
    error: taskShape.error,
    created_at: taskShape.created_at,
    started_at: taskShape.started_at,
    not_before: taskShape.not_before,
    label: taskShape.label,
    max_attempts: taskShape.max_attempts,
    failures: taskShape.failures,
    retry_of: taskShape.retry_of,
    worker_id: taskShape.worker_id,
    failure_kind: taskShape.failure_kind,
    exit_code: taskShape.exit_code,
    result_summary: taskShape.result_summary,
    note: taskShape.note,
    reviewed_at: taskShape.reviewed_at,
    accepted: taskShape.accepted,
    git: taskShape.git,
    after: taskShape.after,
    after_policy: taskShape.after_policy,
    status: z.enum(['succeeded', 'failed']),
    finished_at: instant,
    stream_name: text.describe('As it was at the purge'),
    session_id: text,
    session_name: text.describe('As it was at the purge'),
    attempts: z.array(attempt),
    purged_at: instant,
  } satisfies Shape<HistoryTask>)
  .openapi('HistoryTask');

const lane = z.object({ id: text, name: text, instructions: text.nullable() });
const claim = z
  .object({
    task,
    stream: lane,
    lease: text.describe('Proves the claim; never returned elsewhere'),
    lease_until: instant,
    deadline: instant,
    approved: z
      .record(text, text)
      .nullable()
      .describe('What a person approved, each part by its SHA-256; null where that does not matter'),
    needs: z.record(text, number).describe('What the run needs of the machine'),
    resume: z
      .object({
        session: text.describe('By which the agent knows it'),
        attempt: number.describe('The last that used it'),
        cost_usd: number.nullable().describe('What it has cost so far, where the agent has said'),
      } satisfies Shape<Resume>)
      .nullable()
      .describe("An agent's session that the last attempt has left; null: it starts afresh"),
    stand_in: text
      .nullable()
      .describe('The tool that is to run it, while the account of its own rests; null: its own'),
    worktree: worktree.describe('Where the run works'),
  } satisfies Shape<Claim>)
  .openapi('Claim');

const plannedRun = z
  .object({
    digest: text.describe('What approving it has to name'),
    parts: z.record(text, text).describe('What the digest is of, each part by its SHA-256'),
    command: z.array(text).nullable().describe('Program and arguments; null where it could not be started'),
    problem: text.nullable().describe('Why it could not'),
    folder: text.nullable().describe('Absolute path'),
    env: z.record(text, text).describe('Variables of the tool and the task'),
    input: text.nullable().describe('What the program reads from its input'),
    check: z.array(text).nullable().describe('Program and arguments that check it afterwards'),
    files: z.array(
      z.object({
        path: text.describe('As the payload names it'),
        text: text.nullable().describe('Null where it cannot be read, or is not text'),
        bytes: number,
      } satisfies Shape<PlannedFile>),
    ),
  } satisfies Shape<PlannedRun>)
  .openapi('PlannedRun');

const accountRest = z.object({
  account: text,
  until: instant.nullable().describe('Null while a person has to log in, or a task goes first'),
  limit: text.describe('As people know it, such as `5-hour limit`'),
  model: text.nullable().describe('Where the limit is that of one model'),
  first: text.nullable().describe('The task whose answer is waited for'),
} satisfies Shape<AccountRest>);

const tool = z
  .object({
    name: text,
    description: text.nullable(),
    task_class: text,
    timeout: number.nullable().describe('Seconds; null: that of the class'),
    kill_after: number.nullable().describe('Seconds; null: twice the timeout'),
    runnable: flag.describe('Whether the built-in runner has a command for it'),
    agent: text.nullable().describe('The agent that it runs; null: none, or one by a command of its own'),
    agents_default: flag.describe('Whether a prompt that an agent queues with no tool is for it'),
    account: text.nullable().describe('Whose limits its runs share; null: none of their own'),
    rest: accountRest.nullable().describe('Why its tasks are not started for a while'),
  } satisfies Shape<Tool>)
  .openapi('Tool');

const statsShape = {
  sessions: number,
  streams: number,
  queued_tasks: number,
  running_tasks: number,
} satisfies Shape<Stats>;
const status = z
  .object({
    version: text,
    protocol: number,
    pid: number,
    generation: number,
    role: z.enum(ownerRoles),
    workspace: text.nullable(),
    storage: text,
    person: text.nullable().describe('Who this host is on the server that the queue is on'),
    url: text.nullable(),
    started_at: instant,
    database: z
      .object({ url: text, schema: text } satisfies Shape<NonNullable<QueueStatus['database']>>)
      .nullable()
      .describe('The PostgreSQL server that has the queue, without a password; null where it is in files'),
    database_bytes: number.describe('Of the database in memory; shrinks within seconds of a purge'),
    journal_bytes: number.describe('Of the journals since the last snapshot'),
    last_snapshot_at: instant.nullable(),
    unreviewed_purge: z
      .object({ at: instant, tasks: number } satisfies Shape<UnreviewedPurge>)
      .nullable()
      .describe('Set for a day before the automatic purge takes unreviewed tasks for the first time'),
    resting: z.array(accountRest).describe('The accounts that rest, each once'),
    counts: z.object({
      ...counts,
      by_failure_kind: z
        .partialRecord(z.enum(failureKinds), number)
        .describe('Kinds with no tasks are omitted'),
      ...personCounts,
    } satisfies Shape<QueueStatus['counts']>),
    stats: z.object(statsShape),
  } satisfies Shape<QueueStatus>)
  .openapi('Status');

/** An answer that is described by the names of its fields. */
function answer(shape: Record<string, z.ZodType>, more = ''): AnswerDefinition {
  return { description: `${Object.keys(shape).join(', ')}${more}`, schema: z.object(shape) };
}

const page = { total: number, limit: number, offset: number };

export const oneProject = answer({ project });
export const oneSession = answer({ session });
export const endedSession = answer({ message: text, session });
export const manySessions = answer({ sessions: z.array(session), ...page });
export const oneStream = answer({ stream });
export const changedStream = answer({ message: text, stream });
export const manyStreams = answer({ streams: z.array(stream), ...page });
const taskAnswer = z.union([
  task,
  z
    .object({ id: text } satisfies Shape<Pick<GoneTask, 'id'>>)
    .openapi('GoneTask', { description: 'A repeated change found the row gone' }),
]);

const scheduleAnswer = z.union([
  schedule,
  z
    .object({ id: text } satisfies Shape<Pick<GoneSchedule, 'id'>>)
    .openapi('GoneSchedule', { description: 'A repeated change found the row gone' }),
]);

export const oneSchedule = answer({ schedule: scheduleAnswer });
export const changedSchedule = answer({ message: text, schedule: scheduleAnswer });
export const manySchedules = answer({ schedules: z.array(schedule), ...page });
export const oneTask = answer({ task: taskAnswer });
export const newTaskAnswer = answer(
  { task: taskAnswer, duplicate: flag.optional() },
  ' (if the idempotency_key was known)',
);
export const newTasksAnswer = answer(
  { tasks: z.array(taskAnswer), batch_id: text, duplicate: flag.optional() },
  ' (if the Idempotency-Key was known)',
);
export const planned: AnswerDefinition = {
  description: 'digest, parts, command, problem, folder, env, input, check, files',
  schema: plannedRun,
};
export const oneBatch = answer({ batch });
export const manyBatches = answer({ batches: z.array(batch), ...page });
export const copiedTask = answer({ task: taskAnswer }, ', the copy');
export const oneTaskDetail = answer({ task: taskDetail });
export const manyTasks = answer({ tasks: z.array(task), ...page });
export const manyAttempts = answer({ attempts: z.array(attempt) });
export const manyRuns = answer({ runs: z.array(run), more: flag }, ' (whether older runs were left out)');
export const peeked = answer({ task, stream: lane });
export const claimed: AnswerDefinition = {
  description: 'task, stream, lease, lease_until, deadline, approved, needs, resume, stand_in, worktree',
  schema: claim,
};
export const heartbeatAnswer = answer({
  lease_until: instant,
  deadline: instant,
  cancel_requested: flag,
} satisfies Shape<HeartbeatAnswer>);
export const registered = answer({ worker_id: text });
export const purged = answer({
  purged: number,
  kept_unreviewed: number,
  dry_run: flag,
  tasks: z.array(text),
} satisfies Shape<PurgeAnswer>);
export const manyHistoryTasks = answer(
  { tasks: z.array(historyTask), next_cursor: text.nullable() } satisfies Shape<HistoryPage>,
  ' (null at the end)',
);
export const backedUp = answer({ file: text, bytes: number });
export const manyStreamWorkers = answer({
  stream_workers: z.array(
    z.object({
      stream_id: text,
      pid: number,
      since: instant.nullable(),
    } satisfies Shape<PresentWorker>),
  ),
});
export const manyHosts = answer({
  hosts: z.array(
    z.object({
      id: text,
      name: text,
      person: text.nullable().describe('Who it is on the server'),
      labels: z.array(text),
      version: text,
      platform: text,
      seen_at: instant,
      state: z.enum(hostStates),
      here: flag.describe('The one that answers'),
      running: number,
    } satisfies Shape<Host>),
  ),
});
export const manyTools = answer({ tools: z.array(tool) });
export const oneTool = answer({ tool });
export const configured = answer({
  config: z.unknown(),
  problems: z.array(text),
  diagnostics: z.array(
    z.object({
      severity: z.enum(['error', 'warning', 'notice']),
      code: z.enum(['file', 'value', 'unknown_key', 'unused_key', 'hint']),
      message: text,
      line: number,
      column: number,
      endLine: number,
      endColumn: number,
    } satisfies Shape<ConfigProblem>),
  ),
} satisfies Shape<ConfigAnswer>);
export const reloaded = answer({ message: text, problems: z.array(text) });
export const counted = answer(statsShape, '; zeros if they cannot be counted');
export const health = answer({ status: z.literal('ok'), timestamp: instant });
export const statusAnswer: AnswerDefinition = {
  description:
    'version, protocol, pid, generation, role, workspace, storage, url, database, database_bytes, journal_bytes, last_snapshot_at, counts',
  schema: status,
};
export const message = answer({ message: text });
export const ticket = answer({ ticket: text, path: text });
/** The schema of every error. */
export const refusal: AnswerDefinition = {
  description: 'An error: error, status, code, hint',
  schema: z
    .object({
      error: text,
      status: number,
      code: text,
      hint: text,
      details: z.record(text, z.unknown()).optional(),
    })
    .openapi('Refusal'),
};
