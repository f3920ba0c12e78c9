/** The rows of the Queue view: one object per row, for as long as the row exists. */

import type { Session, Stream, Task } from '../../../core/model';

export type QueueNode = SessionNode | EndedNode | StreamNode | DoneNode | TaskNode | MoreNode | MessageNode;

/** A row whose children are read when it is expanded, and again when they have changed. */
interface Branch {
  /** Undefined until first read. */
  children: QueueNode[] | undefined;
  stale: boolean;
}

export interface SessionNode extends Branch {
  readonly kind: 'session';
  readonly id: string;
  readonly parent: EndedNode | undefined;
  readonly sessionId: string;
  session: Session;
  /** Number of active streams. */
  streams: number;
}

/** Groups ended sessions. */
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
  /** At most this many queued tasks are shown. */
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

/** The row at the end of a list that is not shown in full. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly parent: StreamNode | DoneNode | EndedNode;
  hidden: number;
}

/** A message: that the queue is being opened, or why it could not be. */
export interface MessageNode {
  readonly kind: 'message';
  readonly id: string;
  readonly parent: QueueNode | undefined;
  readonly tone: 'loading' | 'failure';
  readonly text: string;
  readonly detail: string;
}
