/** The rows of the Queue view as plain objects: one object for each row, kept for as long as the row exists. */

import { isFinished, type Session, type Stream, type Task } from '../../core/model';

export type QueueNode = SessionNode | EndedNode | StreamNode | DoneNode | TaskNode | MoreNode | MessageNode;

/** A row with rows below it that are read when it is opened, and again when they have changed. */
interface Branch {
  /** Undefined until read for the first time. */
  children: QueueNode[] | undefined;
  stale: boolean;
}

export interface SessionNode extends Branch {
  readonly kind: 'session';
  readonly id: string;
  readonly parent: EndedNode | undefined;
  readonly sessionId: string;
  session: Session;
  /** How many streams are active in it. */
  streams: number;
}

/** Groups the sessions that have ended. */
export interface EndedNode extends Branch {
  readonly kind: 'ended';
  readonly id: string;
  readonly parent: undefined;
  total: number;
  shown: number;
}

export interface StreamNode extends Branch {
  readonly kind: 'stream';
  readonly id: string;
  readonly parent: SessionNode;
  readonly streamId: string;
  stream: Stream;
  /** Queued tasks that are shown at most. */
  shown: number;
}

/** Groups the finished tasks of a stream. */
export interface DoneNode extends Branch {
  readonly kind: 'done';
  readonly id: string;
  readonly parent: StreamNode;
  shown: number;
}

export interface TaskNode {
  readonly kind: 'task';
  readonly id: string;
  readonly parent: StreamNode | DoneNode;
  readonly taskId: string;
  task: Task;
}

/** Stands for rows that are not shown yet. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly parent: StreamNode | DoneNode | EndedNode;
  hidden: number;
}

/** A row that only says something: that the queue is being opened, or why it could not be. */
export interface MessageNode {
  readonly kind: 'message';
  readonly id: string;
  readonly parent: QueueNode | undefined;
  readonly tone: 'loading' | 'failure';
  readonly text: string;
  readonly detail: string;
}

/** The words by which menus tell what can be done with a row, e.g. `task queued claimable cancellable`. */
export function contextWords(node: QueueNode, isRunnable: (task: Task) => boolean): string {
  switch (node.kind) {
    case 'task':
      return taskWords(node.task, isRunnable);
    case 'stream':
      return ['stream', ...streamWords(node.stream)].join(' ');
    case 'session':
      return `session ${node.session.status}`;
    case 'message':
      return node.tone;
    default:
      return node.kind;
  }
}

/** The same of a task, in whichever view its row stands. */
export function taskWords(task: Task, isRunnable: (task: Task) => boolean): string {
  const words: string[] = ['task', task.status];
  if (task.status === 'queued') words.push('claimable', 'editable', 'cancellable', 'deletable');
  if (task.status === 'queued') words.push(task.parked ? 'unparkable' : 'parkable');
  if (task.status === 'queued' && !task.parked && isRunnable(task)) words.push('runnable');
  if (task.status === 'running' && !task.cancel_requested) words.push('cancellable');
  if ((isFinished(task) || task.supervised) && isRunnable(task)) words.push('repeatable');
  // A supervised run ends by itself; what a person claimed is finished by hand.
  if (task.status === 'running' && !task.supervised) words.push('finishable');
  if (isFinished(task)) words.push('done', 'deletable');
  if (isFinished(task) && task.reviewed_at === null) words.push('reviewable');
  if (task.attempts > 0) words.push('output');
  return words.join(' ');
}

function streamWords(stream: Stream): string[] {
  const review = stream.counts.unreviewed > 0 ? ['unreviewed'] : [];
  if (stream.status === 'ended') return ['ended', ...review];
  return [
    'active',
    ...review,
    stream.working ? 'stoppable' : 'startable',
    stream.paused ? 'resumable' : 'pausable',
  ];
}
