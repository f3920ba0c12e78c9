/** Refusals that several operations share. */

import type { Instant } from './clock';
import { QueueError } from './errors';
import type { Schedule, ScheduleAnswer, Task, TaskAnswer } from './model';
import { localText } from './times';
import type { Waiting } from './waiting';

const listCommands = {
  Session: 'sparkq session list',
  Stream: 'sparkq stream list',
  Task: 'sparkq tasks',
  Batch: 'sparkq batch',
  Schedule: 'sparkq schedule list',
  // Older client programs know the second name.
  Tool: 'sparkq tools list (or: sparkq list tools)',
};

export function notFound(kind: keyof typeof listCommands, reference: string): QueueError {
  return new QueueError(
    'not_found',
    `${kind} not found: ${reference}`,
    `List available: ${listCommands[kind]}`,
  );
}

/** A file that the caller names; `what` says which. */
export function fileNotFound(what: string, file: string): QueueError {
  return new QueueError('not_found', `${what} not found: ${file}`);
}

/** @param hint what to do instead, as a command or a sentence */
export function wrongState(action: string, state: string, hint: string): QueueError {
  return new QueueError('wrong_state', `${action} not allowed in ${state} state`, `Try: ${hint}`);
}

export function required(field: string, hint?: string): QueueError {
  return new QueueError('missing_field', `${field} is required`, hint);
}

/** @param hint what would be valid */
export function invalid(field: string, value: unknown, hint: string): QueueError {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return new QueueError('invalid_field', `Invalid ${field}: ${text}`, hint);
}

/** The choices are in the details as well, for clients that list them in their own way. */
export function invalidChoice(field: string, value: string, choices: readonly string[]): QueueError {
  return new QueueError(
    'invalid_field',
    `Invalid ${field}: ${value}`,
    `Valid options: ${choices.join(', ')}`,
    {
      valid_options: choices,
    },
  );
}

/** Of a configuration file that is ignored as a whole. @param problems with line and column */
export function brokenConfig(problems: readonly string[]): QueueError {
  return new QueueError('conflict', `Configuration error: ${problems.join('\n')}`, 'Check sparkq.yml');
}

export function nameTaken(kind: 'session' | 'stream', name: string): QueueError {
  return new QueueError(
    'name_taken',
    `Invalid ${kind} name: ${name}`,
    'The name is taken. Choose another one.',
  );
}

/** The current claim of a task, for a superseded worker. */
export interface Holder {
  worker_id: string | null;
  attempt: number;
  since: Instant;
}

/** @param holder null if nobody holds the task now */
export function leaseSuperseded(task: string, holder: Holder | null): QueueError {
  const who = holder?.worker_id ? `worker ${holder.worker_id}` : 'another worker';
  const now = holder
    ? `${who} has held it since ${localText(holder.since)} (attempt ${holder.attempt})`
    : 'the claim has ended and nobody holds it now';
  return new QueueError(
    'lease_superseded',
    `Lease of task ${task} superseded: ${now}`,
    'Stop working on it. A result that was sent is kept with its attempt.',
    { task_id: task, holder },
  );
}

/** Of a task whose tool waits for a person before the built-in runner starts it. */
export function unconfirmedTool(task: string, tool: string): QueueError {
  return new QueueError(
    'not_ready',
    `Task ${task} is not ready: tool ${tool} has changed in sparkq.yml, and nobody has confirmed that yet`,
    'Look at what has changed and confirm it: sparkq trust, or above the file in the editor.',
    { waiting_reason: { code: 'unconfirmed_tool', values: { tool } } },
  );
}

/** Of a task whose account rests: a person may start it all the same. @param why as of a task that waits */
export function resting(task: string, why: Waiting): QueueError {
  return new QueueError(
    'not_ready',
    `Task ${task} is not ready: ${why.waiting}`,
    'Wait for that, start it with "anyway", or end the rest: sparkq tools wake TOOL.',
    { waiting_reason: why.waiting_reason },
  );
}

/** What became of a task of which only the id is left. */
export function goneText(id: string): string {
  return `Task ${id} is gone: the change was made before, and the task has been removed since`;
}

/** Refuses a repeat: what it changed the first time has been deleted since. */
export function goneSince(kind: 'Session' | 'Stream', id: string): QueueError {
  return new QueueError(
    'gone',
    `${kind} ${id} is gone: the change was made before, and it has been deleted since`,
  );
}

/** The row that a change answered with. @throws QueueError `gone` for a repeat that found only its id */
export function presentTask(answer: TaskAnswer): Task {
  if (answer.status === undefined) throw new QueueError('gone', goneText(answer.id));
  return answer;
}

/** The row that a change answered with. @throws QueueError `gone` for a repeat that found only its id */
export function presentSchedule(answer: ScheduleAnswer): Schedule {
  if (answer.cron !== undefined) return answer;
  throw new QueueError('gone', `Schedule ${answer.id} is gone: it has been removed since`);
}
