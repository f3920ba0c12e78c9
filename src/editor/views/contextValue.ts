/** The words that the menus in package.json test as `viewItem`, inline actions included. Pure. */

import { isFinished, type Session, type Stream, type Task } from '../../core/model';

/**
 * Of a task in any view: `task queued claimable editable cancellable`.
 * @param isRunnable the built-in runner has a command for its tool
 */
export function taskContext(task: Task, isRunnable: boolean): string {
  const words: string[] = ['task', task.status];
  if (task.status === 'queued') words.push('claimable', 'editable', 'cancellable', 'deletable');
  if (task.status === 'queued') words.push(task.parked ? 'unparkable' : 'parkable');
  if (task.status === 'queued' && !task.parked && isRunnable) words.push('runnable');
  if (task.status === 'running' && !task.cancel_requested) words.push('cancellable');
  if ((isFinished(task) || task.supervised) && isRunnable) words.push('repeatable');
  // The supervisor ends its run; a person finishes what they claimed.
  if (task.status === 'running' && !task.supervised) words.push('finishable');
  if (isFinished(task)) words.push('done', 'deletable');
  if (isFinished(task) && task.reviewed_at === null) words.push('reviewable');
  if (task.attempts > 0) words.push('output');
  return words.join(' ');
}

export function streamContext(stream: Stream): string {
  const words = ['stream', stream.status];
  if (stream.counts.unreviewed > 0) words.push('unreviewed');
  if (stream.status === 'active') {
    words.push(stream.working ? 'stoppable' : 'startable', stream.paused ? 'resumable' : 'pausable');
  }
  return words.join(' ');
}

export function sessionContext({ status }: Session): string {
  return `session ${status}`;
}

export function scriptContext(isRunnable: boolean, isPinned: boolean): string {
  return ['script', ...(isRunnable ? ['runnable'] : []), isPinned ? 'unpinnable' : 'pinnable'].join(' ');
}
