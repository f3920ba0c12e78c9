/** Why a queued task has not started, in one sentence. Pure: the facts are gathered by the store. */

import { fromInstant, type Instant } from './clock';

export interface WaitingFacts {
  parked: boolean;
  /** Tasks that it waits for: not finished yet, or failed while the policy is to hold. */
  after: readonly { id: string; failed: boolean }[];
  /** Set while that time has not come. */
  not_before: Instant | null;
  stream: { name: string; ended: boolean; paused: boolean; parallelism: number; working: boolean };
  /** The task that claim-next hands out right before it. */
  behind: string | null;
  tool_name: string;
  /** Whether the built-in runner has a command for the tool; null for one that the configuration does not know. */
  runnable: boolean | null;
  /** Tasks that run on the stream. */
  running: number;
}

/** @param now wall-clock milliseconds */
export function whyWaiting(facts: WaitingFacts, now: number): string {
  return ownReason(facts, now) ?? streamReason(facts) ?? workerReason(facts);
}

function ownReason({ parked, after, not_before }: WaitingFacts, now: number): string | null {
  if (parked) return 'Parked until somebody unparks it.';
  const failed = after.find((one) => one.failed);
  if (failed) return `Held because ${failed.id}, which it waits for, failed.`;
  const [first] = after;
  if (first) return `Waits for ${first.id}${after.length > 1 ? ` and ${after.length - 1} more` : ''}.`;
  return not_before === null ? null : `Not before ${timeOf(not_before, now)}.`;
}

function streamReason({ stream, behind }: WaitingFacts): string | null {
  if (stream.ended) return `Stream ${stream.name} has ended: move the task to another one.`;
  if (stream.paused) return `Stream ${stream.name} is paused.`;
  return behind === null ? null : `Behind ${behind}.`;
}

function workerReason({ stream, tool_name: tool, runnable, running }: WaitingFacts): string {
  if (runnable !== true) return `Waits for an outside worker: there is no command for tool ${tool}.`;
  if (stream.working && running >= stream.parallelism) {
    return `The lane is full: ${running} of ${stream.parallelism} running.`;
  }
  return stream.working ? 'Next to start.' : `No worker has been started on stream ${stream.name}.`;
}

/** The time of day where this runs, with the date unless it is today. */
function timeOf(instant: Instant, now: number): string {
  const at = new Date(fromInstant(instant));
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === new Date(now).toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
