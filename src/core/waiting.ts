/**
 * What is said of queued tasks, as data and in sentences: why one has not started, and what is worth knowing about one
 * that was accepted all the same. Pure.
 */

import type { Instant } from './clock';
import type {
  AccountRest,
  PayloadProblem,
  Stream,
  Task,
  TaskWarning,
  WaitingCode,
  WaitingReason,
} from './model';
import { localWords } from './times';
import { english, type Translator } from './translator';

export interface WaitingFacts {
  parked: boolean;
  /** Nobody has approved what it starts. */
  unapproved: boolean;
  /** It waits for the answer to its question. */
  asking: boolean;
  /** Tasks that it waits for: not finished yet, or failed while the policy is to hold. */
  after: readonly { id: string; failed: boolean }[];
  /** The batch that it waits for, and whether that is over while the policy is to hold. */
  after_batch: { id: string; failed: boolean } | null;
  /** The limits of its own batch, where they keep it from starting. */
  batch: { id: string; stopped: boolean; running: number; parallelism: number } | null;
  /** Set while that time has not come. */
  not_before: Instant | null;
  /** Until that time because its tool reported a limit. */
  limited: boolean;
  stream: {
    name: string;
    ended: boolean;
    paused: boolean;
    /** The task whose question holds the lane. */
    question: string | null;
    parallelism: number;
    working: boolean;
    /** When `working` was last changed. */
    working_since: Instant | null;
  };
  /** The task that claim-next hands out right before it. */
  behind: string | null;
  /** The head of the lane that nothing passes, where the built-in runner does not run that. */
  blocker: { task: string; tool: string; unconfirmed: boolean } | null;
  tool_name: string;
  /** Whether the built-in runner runs the tool. */
  runnable: boolean;
  /** Whether it would, if a person had confirmed its command. */
  unconfirmed: boolean;
  /** Why its tool starts nothing for a while. */
  rest: AccountRest | null;
  /** Tasks that run on the stream. */
  running: number;
  /** Why this host does not run it; null where it does. */
  elsewhere: WaitingReason | null;
}

type ValueName = keyof WaitingReason['values'];

/** The sentence of each reason, and which of its values stand in for `{0}` and `{1}`. */
const sentences: Readonly<Record<WaitingCode, readonly [sentence: string, ...values: ValueName[]]>> = {
  parked: ['Parked until somebody unparks it.'],
  approval: ['Waiting for a person to approve it.'],
  answer: ['Waiting for the answer to its question.'],
  held: ['Held because {0}, which it depends on, failed.', 'task'],
  after_several: ['Waiting for {0} and {1} more.', 'task', 'more'],
  after: ['Waiting for {0}.', 'task'],
  after_batch: ['Waiting for batch {0}.', 'batch'],
  batch_failed: ['Held because tasks of batch {0}, which it waits for, failed.', 'batch'],
  limited: ['Rate-limited until {0}.', 'at'],
  not_before: ['Not before {0}.', 'at'],
  stream_ended: ['Stream {0} has ended: move the task to another stream.', 'stream'],
  paused: ['Stream {0} is paused.', 'stream'],
  batch_stopped: ['Batch {0} stopped after its failures: retry it, or cancel what is left.', 'batch'],
  batch_full: ['Batch {0} runs as many as it may: {1} of {2}.', 'batch', 'running', 'parallelism'],
  behind: ['Behind {0}.', 'task'],
  blocked: ['Blocked by {0}, which waits for an outside worker: tool {1} has no command.', 'task', 'tool'],
  blocked_unconfirmed: [
    'Blocked by {0}, whose tool {1} has changed in sparkq.yml: nobody has confirmed that yet.',
    'task',
    'tool',
  ],
  blocked_answer: ['Blocked by {0}, whose question nobody has answered yet.', 'task'],
  outside_worker: ['Waiting for an outside worker: tool {0} has no command.', 'tool'],
  unconfirmed_tool: ['Tool {0} has changed in sparkq.yml, and nobody has confirmed that yet.', 'tool'],
  resting: ['Account {0} rests until {1} ({2}).', 'account', 'at', 'limit'],
  resting_login: [
    'Account {0} rests until somebody has logged in: then sparkq tools wake {1}.',
    'account',
    'tool',
  ],
  resting_probe: [
    'Account {0} rests ({1}) until {2}, which goes first, has got an answer.',
    'account',
    'limit',
    'task',
  ],
  no_worker: ['No worker has been started on stream {0}.', 'stream'],
  worker_stopped: ['No worker on stream {0} since {1}.', 'stream', 'at'],
  worker_absent: [
    'No worker is running on stream {0}: open its workspace, or run sparkq watch {0}.',
    'stream',
  ],
  untrusted: ['This workspace is not trusted, so no task runs in it.'],
  lane_full: ['The lane is full: {0} of {1} running.', 'running', 'parallelism'],
  resource: ['Waiting for {0}, which {1} in {2} has or gets before it.', 'resource', 'task', 'folder'],
  resource_short: ['It needs {0} of {1}, of which machine.yml allows {2}.', 'needed', 'resource', 'capacity'],
  folder_busy: ['One agent at a time works in {0}: waiting for {1} in {2}.', 'resource', 'task', 'folder'],
  machine_full: [
    'The machine runs as many tasks as machine.yml allows: {0} of {1}.',
    'running',
    'parallelism',
  ],
  worktrees_full: [
    'Worktrees take {0} GB of the {1} that machine.yml allows: no new one is made until some are discarded.',
    'used',
    'capacity',
  ],
  host: ['Waiting for {0}, where it runs.', 'host'],
  host_absent: ['Waiting for {0}, where it runs, but which does not have the queue open.', 'host'],
  host_labels: ['Waiting for a host with {0}.', 'labels'],
  person: ['This host does not accept tasks of {0}: see accept in machine.yml.', 'person'],
  next: ['Next to start.'],
};

/** Limits that SparkQ itself names; all others are called as the agent does. */
export const ownLimits: readonly string[] = ['daily budget', 'usage limit', 'not logged in'];

/** All that is said of a task that waits, in English, with `{0}` for what varies. */
export const waitingSentences: readonly string[] = Object.values(sentences).map(([sentence]) => sentence);

export function whyWaiting(facts: WaitingFacts): WaitingReason {
  return taskReason(facts) ?? streamReason(facts) ?? workerReason(facts);
}

function taskReason({
  parked,
  unapproved,
  asking,
  after,
  after_batch: batch,
  not_before,
  limited,
}: WaitingFacts): WaitingReason | null {
  if (parked) return { code: 'parked', values: {} };
  if (unapproved) return { code: 'approval', values: {} };
  if (asking) return { code: 'answer', values: {} };
  const failed = after.find((one) => one.failed);
  if (failed) return { code: 'held', values: { task: failed.id } };
  const [first] = after;
  if (first) {
    const more = after.length - 1;
    return more > 0
      ? { code: 'after_several', values: { task: first.id, more } }
      : { code: 'after', values: { task: first.id } };
  }
  if (batch) return { code: batch.failed ? 'batch_failed' : 'after_batch', values: { batch: batch.id } };
  return not_before === null
    ? null
    : { code: limited ? 'limited' : 'not_before', values: { at: not_before } };
}

function streamReason({
  stream,
  batch,
  behind,
  blocker,
  rest,
  tool_name,
}: WaitingFacts): WaitingReason | null {
  if (stream.ended) return { code: 'stream_ended', values: { stream: stream.name } };
  if (stream.paused) return { code: 'paused', values: { stream: stream.name } };
  if (stream.question !== null) return { code: 'blocked_answer', values: { task: stream.question } };
  if (batch) {
    const { id, stopped, running, parallelism } = batch;
    if (stopped) return { code: 'batch_stopped', values: { batch: id } };
    return { code: 'batch_full', values: { batch: id, running, parallelism } };
  }
  if (rest !== null) return restingReason(rest, tool_name);
  if (behind === null) return null;
  return blocker === null ? { code: 'behind', values: { task: behind } } : blockedBy(blocker);
}

/** Why nothing passes the head of a lane. */
export function blockedBy({ task, tool, unconfirmed }: NonNullable<WaitingFacts['blocker']>): WaitingReason {
  return { code: unconfirmed ? 'blocked_unconfirmed' : 'blocked', values: { task, tool } };
}

/** Why a tool whose account rests starts nothing. */
export function restingReason({ account, until, limit, first }: AccountRest, tool: string): WaitingReason {
  const values = { account, limit, tool };
  if (until !== null) return { code: 'resting', values: { ...values, at: until } };
  return first === null
    ? { code: 'resting_login', values }
    : { code: 'resting_probe', values: { ...values, task: first } };
}

/** Whether another host runs it. */
export function isElsewhere({ code }: WaitingReason): boolean {
  return code === 'host' || code === 'host_absent' || code === 'host_labels';
}

/** Whether it waits because an account rests. */
export function isResting({ waiting_reason: reason }: Pick<Task, 'waiting_reason'>): boolean {
  return reason !== null && ['resting', 'resting_login', 'resting_probe'].includes(reason.code);
}

/** The same in a few words, for a row that has little room; null for a reason that is none of these. */
export function restWords({ code, values }: WaitingReason, now: number, l10n: Translator): string | null {
  const limit = limitIn(values.limit ?? '', l10n);
  switch (code) {
    case 'resting':
      return l10n.t('resting until {0} ({1})', localWords(values.at ?? '', now), limit);
    case 'resting_login':
      return l10n.t('resting until somebody has logged in');
    case 'resting_probe':
      return l10n.t('resting until {0} has an answer ({1})', values.task ?? '', limit);
    default:
      return null;
  }
}

/** Why the built-in runner does not run a tool. */
export function notRunnable(tool: string, unconfirmed: boolean): WaitingReason {
  return { code: unconfirmed ? 'unconfirmed_tool' : 'outside_worker', values: { tool } };
}

function workerReason(facts: WaitingFacts): WaitingReason {
  const { stream, tool_name: tool, runnable, unconfirmed, running, elsewhere } = facts;
  if (elsewhere !== null) return elsewhere;
  if (!runnable) return notRunnable(tool, unconfirmed);
  return stream.working ? nextOrFull(running, stream.parallelism) : withoutWorker(stream);
}

/** Of a stream that is not to have a worker. */
function withoutWorker({
  name,
  working_since: since,
}: Pick<Stream, 'name' | 'working_since'>): WaitingReason {
  return since === null
    ? { code: 'no_worker', values: { stream: name } }
    : { code: 'worker_stopped', values: { stream: name, at: since } };
}

function nextOrFull(running: number, parallelism: number): WaitingReason {
  return running >= parallelism
    ? { code: 'lane_full', values: { running, parallelism } }
    : { code: 'next', values: {} };
}

/** What a process sees that the queue itself does not know. */
export interface WorkerFacts {
  /** Somebody works on the stream. */
  present: boolean;
  /** The workspace is not trusted, so nothing is run. */
  untrusted?: boolean;
  /** What of the machine the task waits for. */
  machine?: WaitingReason | null;
}

/** The fields of a task that say why it waits: a sentence, and the same as data. */
export type Waiting = Pick<Task, 'waiting' | 'waiting_reason'>;

/** @param now wall-clock milliseconds: times of today are given without the date */
export function waitingFor(reason: WaitingReason, now: number): Waiting {
  return { waiting: sentenceOf(reason, now, english), waiting_reason: reason };
}

/**
 * Why a queued task has not started, as seen by a process that knows who works on its stream.
 * A stream that is to have a worker may have none, and `sparkq watch` may work on one that is not to have any.
 * @param now wall-clock milliseconds
 */
export function whyWaitingHere(task: Waiting, stream: Stream, worker: WorkerFacts, now: number): Waiting {
  switch (task.waiting_reason?.code) {
    case 'next':
      if (worker.present) return worker.machine ? waitingFor(worker.machine, now) : task;
      return waitingFor(
        worker.untrusted
          ? { code: 'untrusted', values: {} }
          : { code: 'worker_absent', values: { stream: stream.name } },
        now,
      );
    case 'no_worker':
    case 'worker_stopped':
      if (!worker.present) return task;
      return waitingFor(onceWorking(stream, worker), now);
    default:
      return task;
  }
}

/** Of the first task of a stream that is worked on. */
function onceWorking({ counts, parallelism }: Stream, { machine }: WorkerFacts): WaitingReason {
  const reason = nextOrFull(counts.running, parallelism);
  return reason.code === 'next' ? (machine ?? reason) : reason;
}

/** Why nothing of a stream starts here, where it goes on by itself: its account rests, or another host runs it. */
const goesOn: readonly WaitingCode[] = ['resting', 'resting_probe', 'host', 'host_labels'];

/** Whether nothing of a stream starts before a person does something. */
export function isStuck({ waiting_reason: reason }: Pick<Stream, 'waiting_reason'>): boolean {
  return reason !== null && !goesOn.includes(reason.code);
}

/**
 * Why nothing of a stream starts before a person does something; null where that is not so, or nothing is queued.
 * @param present somebody works on it
 */
export function whyStuckHere(stream: Stream, present: boolean): WaitingReason | null {
  const { name, counts, paused, working } = stream;
  if (counts.queued === 0) return null;
  if (paused) return { code: 'paused', values: { stream: name } };
  if (isStuck(stream)) return stream.waiting_reason;
  if (stream.waiting_reason !== null && isElsewhere(stream.waiting_reason)) return null;
  if (present) return null;
  return working ? { code: 'worker_absent', values: { stream: name } } : withoutWorker(stream);
}

/**
 * Says in the reader's language why a task waits; null for one that does not. A newer owner may have reasons that this
 * program does not know: those stay in the owner's words.
 * @param now wall-clock milliseconds
 */
export function waitingIn(
  { waiting, waiting_reason: reason }: Waiting,
  now: number,
  language: Translator,
): string | null {
  return (reason && sentenceIn(reason, now, language)) ?? waiting;
}

/** The same of a reason alone; null for one that only a newer owner knows. */
export function sentenceIn(reason: WaitingReason, now: number, language: Translator): string | null {
  return reason.code in sentences ? sentenceOf(reason, now, language) : null;
}

function sentenceOf({ code, values }: WaitingReason, now: number, language: Translator): string {
  const [sentence, ...names] = sentences[code];
  const said = names.map((name) => {
    if (name === 'at') return localWords(values.at ?? '', now);
    return name === 'limit' ? limitIn(values.limit ?? '', language) : (values[name] ?? '');
  });
  return language.t(sentence, ...said);
}

/** The name of a limit in the reader's language, where it is one of our own. */
export function limitIn(limit: string, language: Translator): string {
  return ownLimits.includes(limit) ? language.t(limit) : limit;
}

// ------------------------------------------------------------------ warnings

/** The sentence of each warning, and which of its values stand in for `{0}` and `{1}`. */
const warnings: Readonly<
  Record<TaskWarning['code'], readonly [sentence: string, ...values: (keyof TaskWarning['values'])[]]>
> = {
  blocks_stream: [
    'Tool {0} has no command here: the task waits for an outside worker, and stream {1} waits for the task.',
    'tool',
    'stream',
  ],
  outside_worker: ['Tool {0} has no command here: the task waits for an outside worker.', 'tool'],
  unconfirmed_tool: [
    'Tool {0} has changed in sparkq.yml: the task waits until that is confirmed with sparkq trust, or in the editor.',
    'tool',
  ],
  no_script: [
    'The payload names no script, which tool {0} needs: {"script_path": "scripts/name.sh"}.',
    'tool',
  ],
  no_prompt: ['The payload has no prompt, which tool {0} needs: {"prompt": "..."}.', 'tool'],
};

/** All that is said, in English, with `{0}` for what varies. */
export const warningSentences: readonly string[] = Object.values(warnings).map(([sentence]) => sentence);

const noWarnings: readonly TaskWarning[] = [];

/** @param task the stream that it is in, whether the built-in runner runs its tool, and what that misses */
export function warningsOf(task: {
  tool_name: string;
  runnable: boolean;
  unconfirmed?: boolean;
  stream: { name: string; skips: boolean };
  missing?: PayloadProblem | null;
}): readonly TaskWarning[] {
  const { tool_name: tool, stream, missing } = task;
  if (task.unconfirmed) return [withMessage('unconfirmed_tool', { tool })];
  if (task.runnable) return missing ? [payloadWarning(missing, tool)] : noWarnings;
  return stream.skips
    ? [withMessage('outside_worker', { tool })]
    : [withMessage('blocks_stream', { tool, stream: stream.name })];
}

/** What is said of a payload with which its tool cannot start. */
export function payloadWarning(missing: PayloadProblem, tool: string): TaskWarning {
  return withMessage(missing, { tool });
}

/** The one about its payload: such a task can only fail. */
export function payloadWarningOf({ warnings: all }: Pick<Task, 'warnings'>): TaskWarning | undefined {
  // An older owner gives none.
  return (all ?? []).find(({ code }) => code === 'no_script' || code === 'no_prompt');
}

function withMessage(code: TaskWarning['code'], values: TaskWarning['values']): TaskWarning {
  return { code, values, message: warningSentence({ code, values }, english) };
}

/** What to say to whoever has just queued these tasks: each thing once. A parked task blocks nobody. */
export function warningsToShow(tasks: readonly Task[]): TaskWarning[] {
  // An older owner gives none.
  const all = tasks.filter(({ parked }) => !parked).flatMap((task) => task.warnings ?? []);
  return [...new Map(all.map((warning) => [warning.message, warning])).values()];
}

/** The warning in the reader's language. One that only a newer owner knows stays in the owner's words. */
export function warningIn(warning: TaskWarning, language: Translator): string {
  return warning.code in warnings ? warningSentence(warning, language) : warning.message;
}

function warningSentence(
  { code, values }: Pick<TaskWarning, 'code' | 'values'>,
  language: Translator,
): string {
  const [sentence, ...names] = warnings[code];
  return language.t(sentence, ...names.map((name) => values[name] ?? ''));
}
