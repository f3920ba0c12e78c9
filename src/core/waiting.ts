/** Why a queued task has not started, in one sentence. Pure: the facts are gathered by the store. */

import { fromInstant, type Instant } from './clock';
import type { Stream, Task } from './model';

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

const next = 'Next to start.';
const noWorker = 'No worker';

/** @param now wall-clock milliseconds */
export function whyWaiting(facts: WaitingFacts, now: number): string {
  return ownReason(facts, now) ?? streamReason(facts) ?? workerReason(facts, now);
}

function ownReason({ parked, after, not_before, limited }: WaitingFacts, now: number): string | null {
  if (parked) return 'Parked until somebody unparks it.';
  const failed = after.find((one) => one.failed);
  if (failed) return `Held because ${failed.id}, which it waits for, failed.`;
  const [first] = after;
  if (first) return `Waits for ${first.id}${after.length > 1 ? ` and ${after.length - 1} more` : ''}.`;
  if (not_before === null) return null;
  const time = timeOf(not_before, now);
  return limited ? `Its tool asked to come back at ${time}.` : `Not before ${time}.`;
}

function streamReason({ stream, behind }: WaitingFacts): string | null {
  if (stream.ended) return `Stream ${stream.name} has ended: move the task to another one.`;
  if (stream.paused) return `Stream ${stream.name} is paused.`;
  return behind === null ? null : `Behind ${behind}.`;
}

function workerReason(facts: WaitingFacts, now: number): string {
  const { stream, tool_name: tool, runnable, running } = facts;
  if (runnable !== true) return `Waits for an outside worker: there is no command for tool ${tool}.`;
  if (!stream.working) {
    return stream.working_since === null
      ? `${noWorker} has been started on stream ${stream.name}.`
      : `${noWorker} on stream ${stream.name} since ${timeOf(stream.working_since, now)}.`;
  }
  return running >= stream.parallelism ? fullLane(running, stream.parallelism) : next;
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
  if (waiting === next && !worker.present) {
    return worker.untrusted
      ? 'This workspace is not trusted, so nothing is run in it.'
      : `${noWorker} is on stream ${stream.name} at present: one starts with its workspace, or with sparkq watch.`;
  }
  if (waiting.startsWith(noWorker) && worker.present) {
    const { parallelism, counts } = stream;
    return counts.running >= parallelism ? fullLane(counts.running, parallelism) : next;
  }
  return waiting;
}

function fullLane(running: number, parallelism: number): string {
  return `The lane is full: ${running} of ${parallelism} running.`;
}

/** The time of day where this runs, with the date unless it is today. */
function timeOf(instant: Instant, now: number): string {
  const at = new Date(fromInstant(instant));
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === new Date(now).toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
