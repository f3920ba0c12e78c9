/** The words that the menus in package.json test as `viewItem`, inline actions included. Pure. */

import {
  type Batch,
  isBatchOver,
  isFinished,
  isOfFile,
  isUnapproved,
  type Schedule,
  type Session,
  type Stream,
  type Task,
} from '../../core/model';
import { isResting } from '../../core/waiting';
import { canSuspendProcesses } from '../../system/processes';

/**
 * Of a task in any view: `task queued claimable editable cancellable`.
 * @param isRunnable the built-in runner has a command for its tool
 */
export function taskContext(task: Task, isRunnable: boolean): string {
  const words: string[] = ['task', task.status];
  if (isResting(task)) words.push('resting');
  if (task.status === 'queued') words.push(...queuedWords(task, isRunnable));
  if (task.status === 'running' && !task.cancel_requested) words.push('cancellable');
  if (task.suspended) words.push('suspended');
  else if (isSuspendable(task)) words.push('suspendable');
  if ((isFinished(task) || task.supervised) && isRunnable) words.push('repeatable');
  // The supervisor ends its run; a person finishes what they claimed.
  if (task.status === 'running' && !task.supervised) words.push('finishable');
  if (isFinished(task)) words.push('done', 'deletable');
  if (isFinished(task) && task.reviewed_at === null) words.push('reviewable');
  if (task.status === 'running' && task.supervised) words.push('live');
  if (task.attempts > 0) words.push('output');
  return words.join(' ');
}

function queuedWords(task: Task, isRunnable: boolean): string[] {
  const words = ['editable', 'cancellable', 'deletable', task.parked ? 'unparkable' : 'parkable'];
  if (mayChooseWorktree(task)) words.push('placeable');
  // A plan is what was queued with one call.
  if (isUnapproved(task)) return [...words, 'approvable', ...(task.batch_id === null ? [] : ['planned'])];
  words.push('claimable');
  if (task.question) words.push('answerable');
  else if (!task.parked && isRunnable) words.push('runnable');
  return words;
}

/** Whether it can be said where it is to work: a task of an agent that has not begun. */
export function mayChooseWorktree({ task_class: kind, attempts }: Task): boolean {
  return attempts === 0 && (kind === 'LLM_LITE' || kind === 'LLM_HEAVY');
}

/** Whether the processes of its run can be stopped. */
export function isSuspendable(task: Task): boolean {
  return canSuspendProcesses && task.status === 'running' && task.supervised && !task.cancel_requested;
}

export function batchContext(batch: Batch): string {
  const words = ['batch'];
  if (!isBatchOver(batch)) words.push('cancellable');
  if (batch.counts.failed > 0 || batch.stopped_at !== null) words.push('retryable');
  return words.join(' ');
}

/** Whether it has no tasks. */
export function isEmptyStream({ counts }: Stream): boolean {
  return counts.queued + counts.running + counts.succeeded + counts.failed === 0;
}

export function streamContext(stream: Stream): string {
  const words = ['stream', stream.status];
  if (isEmptyStream(stream)) words.push('empty');
  if (stream.counts.unreviewed > 0) words.push('unreviewed');
  if (stream.counts.queued > 0) words.push('waiting');
  if (isResting(stream)) words.push('resting');
  if (stream.status === 'active') {
    words.push(stream.working ? 'stoppable' : 'startable', stream.paused ? 'resumable' : 'pausable');
  }
  return words.join(' ');
}

/** Of the group of a stream's finished tasks. */
export function doneContext({ counts }: Stream): string {
  const words = ['done'];
  if (counts.unreviewed > 0) words.push('unreviewed');
  if (counts.failed_unreviewed > 0) words.push('failed');
  return words.join(' ');
}

/** What is in sparkq.yml is removed there. */
export function scheduleContext(schedule: Schedule): string {
  const removable = isOfFile(schedule) ? '' : ' removable';
  return `schedule ${schedule.paused ? 'resumable' : 'pausable'}${removable}`;
}

export function sessionContext({ status }: Session): string {
  return `session ${status}`;
}

export function namedContext(isRunnable: boolean, isPinned: boolean): string {
  return pinnableContext('named', isRunnable, isPinned);
}

export function scriptContext(isRunnable: boolean, isPinned: boolean): string {
  return pinnableContext('script', isRunnable, isPinned);
}

function pinnableContext(kind: string, isRunnable: boolean, isPinned: boolean): string {
  return [kind, ...(isRunnable ? ['runnable'] : []), isPinned ? 'unpinnable' : 'pinnable'].join(' ');
}
