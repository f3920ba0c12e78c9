/** The events of a queue: each durable change once, in order. */

import type { Instant } from './clock';
import type { Batch, Project, Schedule, Session, Stream, Task } from './model';

export const eventTypes = [
  'project.updated',
  'session.created',
  'session.updated',
  'session.ended',
  'session.deleted',
  'stream.created',
  'stream.updated',
  'stream.ended',
  'stream.deleted',
  'task.created',
  'task.claimed',
  'task.progress',
  'task.updated',
  'task.moved',
  'task.stale',
  'task.asked',
  'task.requeued',
  'task.succeeded',
  'task.failed',
  'task.deleted',
  'task.undeleted',
  'batch.created',
  'batch.updated',
  'schedule.created',
  'schedule.updated',
  'schedule.removed',
  'config.reloaded',
  'tools.updated',
  'purge.announced',
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
  /** Of events of a batch. */
  batch_id?: string;
  schedule_id?: string;
  /** The row after the change, without lease and output. */
  task?: Task;
  stream?: Stream;
  session?: Session;
  project?: Project;
  batch?: Batch;
  schedule?: Schedule;
}

export type QueueListener = (event: QueueEvent) => void;

/** Ends a subscription; safe to call twice. */
export type Unsubscribe = () => void;
