/**
 * One transaction of the queue: its time, the counts that it moves, the events that it will have caused, and who is to
 * be woken once it is durable.
 */

import { type Instant, toInstant } from '../core/clock';
import type { EventType } from '../core/events';
import type { Project, Session, Stream, Task } from '../core/model';
import type { Context } from './context';
import type { Transaction } from './database';
import type { EventDraft } from './eventHub';
import type { StreamRow, TaskRow } from './rows';

/** Space between two positions, so that most moves touch one row. */
export const positionGap = 65_536;

interface CountsMoved {
  queued: number;
  running: number;
  succeeded: number;
  failed: number;
  unreviewed: number;
  failedUnreviewed: number;
  lastPosition: number;
}

export class Change {
  /** Wall-clock milliseconds. */
  readonly ms: number;
  readonly now: Instant;
  private readonly counts = new Map<string, CountsMoved>();
  private readonly events: EventDraft[] = [];
  private readonly woken = new Set<string>();
  private dueAt = Number.POSITIVE_INFINITY;

  private constructor(
    readonly tx: Transaction,
    readonly context: Context,
  ) {
    this.ms = context.clock.now();
    this.now = toInstant(this.ms);
  }

  /** Runs `work` as one transaction and resolves when it is durable. */
  static run<T>(context: Context, work: (change: Change) => T): Promise<T> {
    return context.db.write((tx) => Change.within(context, tx, work));
  }

  /** The same inside a transaction that has begun. */
  static within<T>(context: Context, tx: Transaction, work: (change: Change) => T): T {
    const change = new Change(tx, context);
    const result = work(change);
    change.finish();
    return result;
  }

  /** Moves the counts of the stream from one state of a task to the next; null: it is not there. */
  counted(before: TaskRow | null, after: TaskRow | null): void {
    if (before) this.count(before, -1);
    if (after) this.count(after, 1);
  }

  /** A position behind all that the stream has given out. */
  nextPosition(stream: StreamRow): number {
    const counts = this.countsOf(stream.id);
    counts.lastPosition = Math.max(stream.last_position, counts.lastPosition) + positionGap;
    return counts.lastPosition;
  }

  emitTask(type: EventType, task: Task): void {
    const { stream_id: streamId, id } = task;
    this.events.push({
      type,
      session_id: this.context.sessionOf.get(streamId),
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

  emitProject(type: EventType, project: Project): void {
    this.events.push({ type, project });
  }

  wake(streamId: string): void {
    this.woken.add(streamId);
  }

  /** @param at wall-clock milliseconds */
  due(at: number): void {
    this.dueAt = Math.min(this.dueAt, at);
  }

  private count(row: TaskRow, by: 1 | -1): void {
    if (row.deleted_at !== null) return;
    const counts = this.countsOf(row.stream_id);
    counts[row.status] += by;
    if (row.finished_at === null || row.reviewed_at !== null) return;
    counts.unreviewed += by;
    if (row.status === 'failed') counts.failedUnreviewed += by;
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

  private finish(): void {
    for (const [streamId, moved] of this.counts) this.writeCounts(streamId, moved);
    const { context, events, woken, dueAt, now } = this;
    if (events.length === 0 && woken.size === 0 && dueAt === Number.POSITIVE_INFINITY) return;
    this.tx.onDurable(() => {
      if (dueAt !== Number.POSITIVE_INFINITY) context.due(dueAt);
      context.hub.publish(events, now);
      for (const streamId of woken) context.wake(streamId);
    });
  }

  private writeCounts(streamId: string, moved: CountsMoved): void {
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
