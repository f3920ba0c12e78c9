/** The rows of the Queue view: one object per row, for as long as the row exists. */

import type { Batch, Schedule, Session, Stream, Task } from '../../../core/model';
import type { FoundTask } from '../../workspace/taskSearch';

export type QueueNode =
  | SessionNode
  | SchedulesNode
  | ScheduleNode
  | EndedNode
  | StreamNode
  | BatchNode
  | DoneNode
  | DayNode
  | TaskNode
  | FoundNode
  | FoundMoreNode
  | MoreNode
  | MessageNode;

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

/** Groups the schedules of all streams. */
export interface SchedulesNode extends Branch {
  readonly kind: 'schedules';
  readonly id: string;
  readonly parent: undefined;
  total: number;
  shown: number;
}

export interface ScheduleNode {
  readonly kind: 'schedule';
  readonly id: string;
  readonly parent: SchedulesNode;
  readonly scheduleId: string;
  schedule: Schedule;
  stream: Stream | undefined;
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

/** Groups the queued and running tasks of a batch that are on its stream. */
export interface BatchNode extends Branch {
  readonly kind: 'batch';
  readonly id: string;
  readonly parent: StreamNode;
  readonly batchId: string;
  batch: Batch;
  /** At most this many queued tasks are shown. */
  shown: number;
}

/** Groups the finished tasks of a stream. */
export interface DoneNode extends Branch {
  readonly kind: 'done';
  readonly id: string;
  readonly parent: StreamNode;
  /** What commands know it by: not \`streamId\`, which means the stream with all it has. */
  readonly doneIn: string;
  shown: number;
}

/** Groups those of them that finished on the same day; read with them. */
export interface DayNode {
  readonly kind: 'day';
  readonly id: string;
  readonly parent: DoneNode;
  /** Of local time: `2026-01-31`. */
  readonly day: string;
  children: TaskNode[];
  /** Others of that day may not be shown. */
  partial: boolean;
}

export interface TaskNode {
  readonly kind: 'task';
  readonly id: string;
  readonly parent: StreamNode | BatchNode | DayNode;
  readonly taskId: string;
  task: Task;
}

/** A task that a filter has found, perhaps in the history. */
export interface FoundNode extends FoundTask {
  readonly kind: 'found';
  readonly id: string;
  readonly parent: undefined;
  readonly taskId: string;
}

/** The row after the first that were found. */
export interface FoundMoreNode {
  readonly kind: 'foundMore';
  readonly id: string;
  readonly parent: undefined;
}

/** The row at the end of a list that is not shown in full. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly parent: StreamNode | BatchNode | DoneNode | EndedNode | SchedulesNode;
  hidden: number;
}

/** A message: that the queue is being opened, or why it could not be. */
export interface MessageNode {
  readonly kind: 'message';
  readonly id: string;
  readonly parent: QueueNode | undefined;
  readonly tone: 'loading' | 'failure';
  /** The queue was not opened because acknowledged changes are missing, and a person may accept that. */
  readonly loss: boolean;
  /** Nobody has agreed yet to the server that sparkq.yml names. */
  readonly suggested: boolean;
  readonly text: string;
  readonly detail: string;
}
