/**
 * One transaction of the queue: its time, the changes to the counts, the events that it will cause, and the streams to
 * wake once it is durable.
 */

import type { Accounts } from '../../accounts/accounts';
import { type Clock, type Instant, toInstant } from '../../core/clock';
import type { ConfigSource, HookName, QueueRules } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { EventType } from '../../core/events';
import type { Log } from '../../core/log';
import {
  type Batch,
  type BatchCounts,
  type FailureKind,
  isCalledOff,
  type Project,
  type Schedule,
  type Session,
  type Stream,
  type Task,
} from '../../core/model';
import type { Database, Transaction } from '../engine/database';
import type { SharedOutput } from '../sharedOutput/sharedOutput';
import { type BatchRow, needBatch, noCounts } from './batchTable';
import type { EventDraft, EventHub } from './eventHub';
import { eventFor } from './hostRule';
import type { HostFacts } from './hostTable';
import { LaneEnds } from './laneEnds';
import { type Head, streamsOfBatch } from './readyRule';
import type { StreamCache } from './streamCache';
import type { StreamRow } from './streamTable';
import type { TaskRow } from './taskRow';

/** What the operations of the queue share. */
export interface Context {
  db: Database;
  clock: Clock;
  config: ConfigSource;
  /** As they are now. */
  rules(): QueueRules;
  log: Log;
  hub: EventHub;
  /** Moves what expires with the wall clock, first thing in each transaction (clockJumps.ts). */
  jumps: {
    pending(): boolean;
    settle(change: Change): void;
    slept(change: Change, ms: number): void;
  };
  /** The storage folder. */
  storage: string;
  /** Which of the storage folders of a queue that hosts share this is, by an id; undefined where there is but one. */
  place: string | undefined;
  /** Output for other hosts; undefined where there are none. */
  output?: SharedOutput;
  /** Real path of the workspace folder. */
  workspace: string | null;
  /** Of tasks whose check is at work: the attempt. Whoever looks after a run tells the next owner again. */
  checking: Map<string, number>;
  /** Runs `work` in a transaction, which it may share with others, and resolves when that is durable. */
  change<T>(work: (change: Change) => T): Promise<T>;
  /** Something may have become ready on a stream: serves those who wait for it. */
  wake(streamId: string): void;
  /** Something becomes due at that time, wall-clock milliseconds. */
  due(at: number): void;
  /** Whether no later owner has taken over. */
  stillOurs(): boolean;
  /** Which accounts rest; undefined where the queue belongs to no user folder. */
  accounts?: Accounts;
  /** Which host this is; undefined where hosts do not share the queue. */
  host?: HostFacts;
  /** Calls the hooks; undefined in a process that does not stay. */
  hooks?: { wake(): void };
  /** The hooks of other places; undefined where there is but one. */
  takers?: { wants(hook: HookName): boolean; say(): Promise<void>; learn(): Promise<void> };
}

/** What a transaction has changed, for those who wait for that. */
export interface ChangeNews {
  at: Instant;
  events: readonly EventDraft[];
  /** The streams on which something may have become ready. */
  woken: readonly string[];
  /** When something is due, wall-clock milliseconds; null: nothing more. */
  due: number | null;
  /** There is something to tell hooks. */
  toTell?: boolean;
  /** Another place has other hooks than before. */
  takers?: boolean;
}

/** Passes on what a transaction has changed. */
export function hear(context: Context, { at, events, woken, due, toTell, takers }: ChangeNews): void {
  if (due !== null) context.due(due);
  if (toTell) context.hooks?.wake();
  if (takers) learnTakers(context);
  for (const { type, task } of events) if (task) noteChecking(context, type, task);
  context.hub.publish(
    events.map((event) => eventFor(context.host, event)),
    at,
  );
  for (const streamId of woken) context.wake(streamId);
}

/** Of a queue that hosts share, another one may look after the run. */
function noteChecking({ checking }: Context, type: EventType, task: Task): void {
  if (task.status !== 'running') checking.delete(task.id);
  else if (type === 'task.progress' && task.checking) checking.set(task.id, task.attempts);
  else if (type === 'task.progress') checking.delete(task.id);
}

/** Other places may have other hooks than before. */
export function learnTakers({ takers, log }: Context): void {
  takers?.learn().catch((error) => {
    if (!QueueError.is(error)) log.error('The hooks of other hosts could not be read', error);
  });
}

/** Gap between two positions, so that most moves change one row. */
export const positionGap = 65_536;

interface CountsMoved {
  queued: number;
  running: number;
  succeeded: number;
  failed: number;
  unreviewed: number;
  failedUnreviewed: number;
  lastPosition: number;
  /** Undefined until one changes. */
  byKind?: Map<FailureKind, number>;
}

export class Change {
  /** Wall-clock milliseconds. */
  readonly ms: number;
  readonly now: Instant;
  readonly tx: Transaction;
  /** How many statements have changed something. */
  writes = 0;
  /** How many idempotency keys it keeps. */
  keysKept = 0;
  /** The streams whose delays that are over have been ended. */
  readonly delaysEnded = new Set<string>();
  /** It is to be found out at the end whether the queue is idle. */
  idleAsked = false;
  private readonly counts = new Map<string, CountsMoved>();
  private readonly batchCounts = new Map<string, BatchCounts>();
  private readonly events: EventDraft[] = [];
  private readonly woken = new Set<string>();
  private readonly lastSteps: (() => void)[] = [];
  private dueAt = Number.POSITIVE_INFINITY;
  private readonly hookNews: Pick<ChangeNews, 'toTell' | 'takers'> = {};

  constructor(
    tx: Transaction,
    readonly context: Context,
    private readonly streams: StreamCache,
    private readonly ends = new LaneEnds(),
  ) {
    this.ms = context.clock.now();
    this.now = toInstant(this.ms);
    this.tx = {
      get: (sql, ...params) => tx.get(sql, ...params),
      all: (sql, ...params) => tx.all(sql, ...params),
      values: (sql, ...params) => tx.values(sql, ...params),
      run: (sql, ...params) => {
        const changed = tx.run(sql, ...params);
        if (changed > 0) this.writes += 1;
        return changed;
      },
      onDurable: (callback) => tx.onDurable(callback),
      announce: tx.announce && ((said, events) => tx.announce?.(said, events)),
    };
    context.jumps.settle(this);
  }

  /** By id or name, with its current counts. @throws QueueError `not_found` */
  needStream(reference: string): StreamRow {
    return this.counted(this.streams.need(this.tx, reference));
  }

  /** A stream that a task refers to, and so exists. */
  streamById(id: string): StreamRow {
    return this.needStream(id);
  }

  private sessionOf(streamId: string): string {
    return this.streams.need(this.tx, streamId).session_id;
  }

  /** After a stream was changed: streams are read again. */
  forgetStreams(): void {
    this.streams.clear();
  }

  /** A task was added to its stream. */
  added(row: TaskRow): void {
    this.count(row, 1);
    this.countInBatch(row, 1);
    const last = row.position >= this.streamById(row.stream_id).last_position;
    this.ends.added(row, last);
  }

  /** A task was changed. */
  replaced(before: TaskRow, after: TaskRow): void {
    this.count(before, -1);
    this.count(after, 1);
    this.countInBatch(before, -1);
    this.countInBatch(after, 1);
    this.ends.forget(before.stream_id);
    this.ends.forget(after.stream_id);
    const leavesPlace = before.status === 'running' && after.status !== 'running';
    if (before.batch_id !== null && before.batch_limited === 1 && leavesPlace)
      this.wakeBatch(before.batch_id);
  }

  /** A task was removed; its batch still counts what became of it. */
  removed(row: TaskRow): void {
    this.count(row, -1);
    this.ends.forget(row.stream_id);
  }

  /** The last ready task of a stream; null if there is none. */
  tailOf(streamId: string): string | null {
    return this.ends.last(this.tx, streamId);
  }

  /** The first ready task of a stream. */
  headOf(streamId: string): Head | undefined {
    return this.ends.first(this.tx, streamId);
  }

  /** A position behind all that the stream has assigned. */
  nextPosition(stream: StreamRow): number {
    const counts = this.countsOf(stream.id);
    counts.lastPosition = Math.max(stream.last_position, counts.lastPosition) + positionGap;
    return counts.lastPosition;
  }

  /** A stream without tasks was removed, with its counts. */
  streamRemoved(id: string): void {
    this.counts.delete(id);
    this.ends.forget(id);
    this.forgetStreams();
    // Who waits for its tasks learns that it is gone.
    this.wake(id);
  }

  /** The batch with its counts as they are now. @throws QueueError `not_found` */
  batch(id: string): BatchRow {
    this.writeBatchCounts(id);
    return needBatch(this.tx, id);
  }

  /** A task of a batch with limits may start. */
  wakeBatch(id: string): void {
    // Those of its tasks that were moved wait on other streams.
    for (const streamId of streamsOfBatch(this.tx, id)) this.wake(streamId);
    this.ends.clear();
  }

  emitBatch(type: EventType, batch: Batch): void {
    const { id, stream_id: streamId } = batch;
    const session_id = this.sessionOf(streamId);
    this.events.push({ type, session_id, stream_id: streamId, batch_id: id, batch });
  }

  emitTask(type: EventType, task: Task): void {
    const { stream_id: streamId, id } = task;
    this.events.push({
      type,
      session_id: this.sessionOf(streamId),
      stream_id: streamId,
      task_id: id,
      task,
    });
  }

  emitStream(type: EventType, stream: Stream): void {
    this.events.push({ type, session_id: stream.session_id, stream_id: stream.id, stream });
  }

  emitSession(type: EventType, session: Session): void {
    this.events.push({ type, session_id: session.id, session });
  }

  /** More has changed than is told one by one. */
  emitReset(): void {
    this.events.push({ type: 'reset' });
  }

  emitProject(type: EventType, project: Project): void {
    this.events.push({ type, project });
  }

  emitSchedule(type: EventType, schedule: Schedule): void {
    const { stream_id: streamId, id } = schedule;
    this.events.push({
      type,
      session_id: this.sessionOf(streamId),
      stream_id: streamId,
      schedule_id: id,
      schedule,
    });
  }

  /** Something may have become ready on the stream. */
  wake(streamId: string): void {
    this.woken.add(streamId);
  }

  /** @param at wall-clock milliseconds */
  due(at: number): void {
    this.dueAt = Math.min(this.dueAt, at);
  }

  /** There is something to tell hooks. */
  toTell(): void {
    this.hookNews.toTell = true;
  }

  /** Another place is to learn which hooks this one has. */
  takersChanged(): void {
    this.hookNews.takers = true;
  }

  /** Calls `step` at the end of the transaction, when it is known what was written. */
  beforeEnd(step: () => void): void {
    this.lastSteps.push(step);
  }

  /** To be called last: writes the counts, and schedules the rest for when all is durable. */
  finish(): void {
    for (const [streamId, moved] of this.counts) this.writeCounts(streamId, moved);
    for (const id of [...this.batchCounts.keys()]) this.writeBatchCounts(id);
    this.streams.update((row) => this.counted(row), this.counts.keys());
    for (const step of this.lastSteps) step();
    const { context, events, woken, dueAt, now } = this;
    const due = dueAt === Number.POSITIVE_INFINITY ? null : dueAt;
    const more = Object.keys(this.hookNews).length > 0;
    if (events.length === 0 && woken.size === 0 && due === null && !more) return;
    const news: ChangeNews = { at: now, events, woken: [...woken], due, ...this.hookNews };
    if (this.tx.announce) this.tx.announce(news, events.length);
    else this.tx.onDurable(() => hear(context, news));
  }

  private counted(row: StreamRow): StreamRow {
    const moved = this.counts.get(row.id);
    if (moved === undefined) return row;
    return {
      ...row,
      queued: row.queued + moved.queued,
      running: row.running + moved.running,
      succeeded: row.succeeded + moved.succeeded,
      failed: row.failed + moved.failed,
      unreviewed: row.unreviewed + moved.unreviewed,
      failed_unreviewed: row.failed_unreviewed + moved.failedUnreviewed,
      last_position: Math.max(row.last_position, moved.lastPosition),
    };
  }

  private count(row: TaskRow, by: 1 | -1): void {
    if (row.deleted_at !== null) return;
    const counts = this.countsOf(row.stream_id);
    counts[row.status] += by;
    if (row.failure_kind !== null) {
      counts.byKind ??= new Map();
      counts.byKind.set(row.failure_kind, (counts.byKind.get(row.failure_kind) ?? 0) + by);
    }
    if (row.finished_at === null || row.reviewed_at !== null) return;
    counts.unreviewed += by;
    if (row.status === 'failed') counts.failedUnreviewed += by;
  }

  /** Deleted tasks, and those that a copy stands for, do not count. */
  private countInBatch(row: TaskRow, by: 1 | -1): void {
    if (row.batch_id === null || row.deleted_at !== null || row.copied === 1) return;
    let counts = this.batchCounts.get(row.batch_id);
    if (counts === undefined) {
      counts = noCounts();
      this.batchCounts.set(row.batch_id, counts);
    }
    counts[isCalledOff(row) ? 'cancelled' : row.status] += by;
  }

  private writeBatchCounts(id: string): void {
    const moved = this.batchCounts.get(id);
    this.batchCounts.delete(id);
    if (moved === undefined || Object.values(moved).every((value) => value === 0)) return;
    this.tx.run(
      `UPDATE batches SET queued = queued + ?, running = running + ?, succeeded = succeeded + ?, failed = failed + ?,
         cancelled = cancelled + ? WHERE id = ?`,
      moved.queued,
      moved.running,
      moved.succeeded,
      moved.failed,
      moved.cancelled,
      id,
    );
  }

  private countsOf(streamId: string): CountsMoved {
    let counts = this.counts.get(streamId);
    if (counts === undefined) {
      counts = {
        queued: 0,
        running: 0,
        succeeded: 0,
        failed: 0,
        unreviewed: 0,
        failedUnreviewed: 0,
        lastPosition: 0,
      };
      this.counts.set(streamId, counts);
    }
    return counts;
  }

  private writeCounts(streamId: string, { byKind, ...moved }: CountsMoved): void {
    for (const [kind, by] of byKind ?? []) {
      if (by === 0) continue;
      this.tx.run(
        `INSERT INTO failure_counts (stream_id, kind, tasks) VALUES (?, ?, ?)
         ON CONFLICT (kind, stream_id) DO UPDATE SET tasks = failure_counts.tasks + excluded.tasks`,
        streamId,
        kind,
        by,
      );
    }
    if (Object.values(moved).every((value) => value === 0)) return;
    this.tx.run(
      `UPDATE stream_counts SET queued = queued + ?, running = running + ?, succeeded = succeeded + ?,
         failed = failed + ?, unreviewed = unreviewed + ?, failed_unreviewed = failed_unreviewed + ?,
         last_position = max(last_position, ?)
       WHERE stream_id = ?`,
      moved.queued,
      moved.running,
      moved.succeeded,
      moved.failed,
      moved.unreviewed,
      moved.failedUnreviewed,
      moved.lastPosition,
      streamId,
    );
  }
}
