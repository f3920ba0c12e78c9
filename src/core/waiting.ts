/** Why a queued task has not started, in one sentence. Pure: the facts are gathered by the store. */

import { fromInstant, type Instant } from './clock';
import type { Stream, Task } from './model';
import { english, retell, type Translator } from './translator';

export interface WaitingFacts {
  parked: boolean;
  /** Tasks that it waits for: not finished yet, or failed while the policy is to hold. */
  after: readonly { id: string; failed: boolean }[];
  /** Set while that time has not come. */
  not_before: Instant | null;
  /** Until that time because its tool asked to come back later. */
  limited: boolean;
  stream: {
    name: string;
    ended: boolean;
    paused: boolean;
    parallelism: number;
    working: boolean;
    /** When `working` was last changed. */
    working_since: Instant | null;
  };
  /** The task that claim-next hands out right before it. */
  behind: string | null;
  tool_name: string;
  /** Whether the built-in runner has a command for the tool; null for one that the configuration does not know. */
  runnable: boolean | null;
  /** Tasks that run on the stream. */
  running: number;
}

/** What is said. Of two that may fit one sentence, the one that says more comes first. */
const sentences = {
  parked: 'Parked until somebody unparks it.',
  held: 'Held because {0}, which it waits for, failed.',
  noCommand: 'Waits for an outside worker: there is no command for tool {0}.',
  afterMany: 'Waits for {0} and {1} more.',
  after: 'Waits for {0}.',
  limited: 'Its tool asked to come back at {0}.',
  notBefore: 'Not before {0}.',
  ended: 'Stream {0} has ended: move the task to another one.',
  paused: 'Stream {0} is paused.',
  behind: 'Behind {0}.',
  neverWorked: 'No worker has been started on stream {0}.',
  notWorking: 'No worker on stream {0} since {1}.',
  nobodyHere: 'No worker is on stream {0} at present: one starts with its workspace, or with sparkq watch.',
  untrusted: 'This workspace is not trusted, so nothing is run in it.',
  full: 'The lane is full: {0} of {1} running.',
  next: 'Next to start.',
} as const;

/** All that is said of a task that waits, in English, with `{0}` for what varies. */
export const waitingSentences: readonly string[] = Object.values(sentences);

const noWorker = 'No worker';

/** @param now wall-clock milliseconds */
export function whyWaiting(facts: WaitingFacts, now: number): string {
  return ownReason(facts, now) ?? streamReason(facts) ?? workerReason(facts, now);
}

function ownReason({ parked, after, not_before, limited }: WaitingFacts, now: number): string | null {
  if (parked) return sentences.parked;
  const failed = after.find((one) => one.failed);
  if (failed) return say('held', failed.id);
  const [first] = after;
  if (first) return after.length > 1 ? say('afterMany', first.id, after.length - 1) : say('after', first.id);
  if (not_before === null) return null;
  const time = timeOf(not_before, now);
  return say(limited ? 'limited' : 'notBefore', time);
}

function streamReason({ stream, behind }: WaitingFacts): string | null {
  if (stream.ended) return say('ended', stream.name);
  if (stream.paused) return say('paused', stream.name);
  return behind === null ? null : say('behind', behind);
}

function workerReason(facts: WaitingFacts, now: number): string {
  const { stream, tool_name: tool, runnable, running } = facts;
  if (runnable !== true) return say('noCommand', tool);
  if (!stream.working) {
    return stream.working_since === null
      ? say('neverWorked', stream.name)
      : say('notWorking', stream.name, timeOf(stream.working_since, now));
  }
  return running >= stream.parallelism ? fullLane(running, stream.parallelism) : sentences.next;
}

/** What a process sees that the queue itself does not know. */
export interface WorkerFacts {
  /** Somebody works on the stream. */
  present: boolean;
  /** The workspace is not trusted, so nothing is run. */
  untrusted?: boolean;
}

/**
 * Why a queued task has not started, as seen by a process that knows who works on its stream; null for any other task.
 * That the worker of a stream is wanted does not mean that there is one, and `sparkq watch` is one that nobody asked for.
 */
export function whyWaitingHere(task: Task, stream: Stream, worker: WorkerFacts): string | null {
  const { waiting } = task;
  if (waiting === null) return null;
  if (waiting === sentences.next && !worker.present) {
    return worker.untrusted ? sentences.untrusted : say('nobodyHere', stream.name);
  }
  if (waiting.startsWith(noWorker) && worker.present) {
    const { parallelism, counts } = stream;
    return counts.running >= parallelism ? fullLane(counts.running, parallelism) : sentences.next;
  }
  return waiting;
}

function fullLane(running: number, parallelism: number): string {
  return say('full', running, parallelism);
}

function say(sentence: keyof typeof sentences, ...values: (string | number)[]): string {
  return english.t(sentences[sentence], ...values);
}

/** Says in the reader's language why a task waits. */
export function waitingIn(waiting: string, l10n: Translator): string {
  return retell(waiting, waitingSentences, l10n);
}

/** The time of day where this runs, with the date unless it is today. */
function timeOf(instant: Instant, now: number): string {
  const at = new Date(fromInstant(instant));
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === new Date(now).toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
