/** The events of a queue: each durable change once, in order. */

import type { Instant } from './clock';
import type { Project, Session, Stream, Task } from './model';

export const eventTypes = [
  'project.updated',
  'session.created',
  'session.updated',
  'session.ended',
  'stream.created',
  'stream.updated',
  'stream.ended',
  'task.created',
  'task.claimed',
  'task.progress',
  'task.updated',
  'task.moved',
  'task.stale',
  'task.requeued',
  'task.succeeded',
  'task.failed',
  'task.deleted',
  'task.undeleted',
  'config.reloaded',
  'reset',
] as const;
export type EventType = (typeof eventTypes)[number];

export interface QueueEvent {
  /** `<generation>-<number>`: ordered within a generation, and generations are ordered. */
  id: string;
  type: EventType;
  at: Instant;
  session_id?: string;
  stream_id?: string;
  task_id?: string;
  /** The row after the change, without lease and output. */
  task?: Task;
  stream?: Stream;
  session?: Session;
  project?: Project;
}

export type QueueListener = (event: QueueEvent) => void;

/** Ends a subscription; safe to call twice. */
export type Unsubscribe = () => void;
