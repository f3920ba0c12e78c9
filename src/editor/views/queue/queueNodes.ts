/** The rows of the Queue view as plain objects: one object for each row, kept for as long as the row exists. */

import type { Session, Stream, Task } from '../../../core/model';

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
