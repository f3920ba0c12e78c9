/** Keeps one object per row of the Queue view, so that selection and expansion survive changes. */

import { shownCounts } from '../../../core/counts';
import type { Batch, Schedule, Session, Stream, Task } from '../../../core/model';
import { localText } from '../../../core/times';
import type {
  BatchNode,
  DayNode,
  DoneNode,
  EndedNode,
  MoreNode,
  QueueNode,
  ScheduleNode,
  SchedulesNode,
  SessionNode,
  StreamNode,
  TaskNode,
} from './queueNodes';

/** How many rows a list shows at first, and "Show more" adds. */
export const pageSize = 50;

export class QueueRows {
  readonly ended: EndedNode = {
    kind: 'ended',
    id: 'ended',
    parent: undefined,
    ...unread(),
    total: 0,
    shown: pageSize,
  };
  readonly schedules: SchedulesNode = {
    kind: 'schedules',
    id: 'schedules',
    parent: undefined,
    ...unread(),
    total: 0,
    shown: pageSize,
  };
  private readonly sessions = new Map<string, SessionNode>();
  private readonly streams = new Map<string, StreamNode>();
  private readonly batches = new Map<string, BatchNode>();
  /** By row id. */
  private readonly tasks = new Map<string, TaskNode>();
  /** By task id: a task that has just ended may still have its old row. */
  private readonly ofTask = new Map<string, Set<TaskNode>>();

  /** All rows that can have children. */
  *lists(): Iterable<SchedulesNode | EndedNode | SessionNode | StreamNode | BatchNode | DoneNode> {
    yield this.schedules;
    yield this.ended;
    yield* this.sessions.values();
    yield* this.batches.values();
    for (const stream of this.streams.values()) {
      yield stream;
      const done = doneOf(stream);
      if (done) yield done;
    }
  }

  allTasks(): Iterable<TaskNode> {
    return this.tasks.values();
  }

  allStreams(): Iterable<StreamNode> {
    return this.streams.values();
  }

  /** Whether this very object is still a row. */
  has(row: QueueNode): boolean {
    if (row.kind === 'task') return this.tasks.get(row.id) === row;
    if (row.kind === 'schedule') return this.scheduleOf(row.scheduleId) === row;
    if (row.kind === 'stream') return this.streams.get(row.streamId) === row;
    if (row.kind === 'batch') return this.batches.get(row.batchId) === row;
    return row.kind === 'session' && this.sessions.get(row.sessionId) === row;
  }

  tasksOf(taskId: string): TaskNode[] {
    return [...(this.ofTask.get(taskId) ?? [])];
  }

  streamOf(streamId: string): StreamNode | undefined {
    return this.streams.get(streamId);
  }

  batchOf(batchId: string): BatchNode | undefined {
    return this.batches.get(batchId);
  }

  sessionOf(sessionId: string): SessionNode | undefined {
    return this.sessions.get(sessionId);
  }

  session(session: Session, parent: EndedNode | undefined): SessionNode {
    const known = this.sessions.get(session.id);
    if (known && known.parent === parent) {
      known.session = session;
      return known;
    }
    const id = `${parent ? 'ended/' : ''}${session.id}`;
    const node: SessionNode = {
      kind: 'session',
      id,
      parent,
      sessionId: session.id,
      session,
      streams: 0,
      ...unread(),
    };
    this.sessions.set(session.id, node);
    return node;
  }

  stream(stream: Stream, parent: SessionNode): StreamNode {
    const known = this.streams.get(stream.id);
    if (known && known.parent === parent) {
      this.update(stream);
      return known;
    }
    const id = `${parent.id}/${stream.id}`;
    const node: StreamNode = {
      kind: 'stream',
      id,
      parent,
      streamId: stream.id,
      stream,
      shown: pageSize,
      ...unread(),
    };
    this.streams.set(stream.id, node);
    return node;
  }

  batch(batch: Batch, parent: StreamNode): BatchNode {
    const known = this.batches.get(batch.id);
    if (known && known.parent === parent) {
      known.batch = batch;
      return known;
    }
    const id = `${parent.id}/${batch.id}`;
    const node: BatchNode = {
      kind: 'batch',
      id,
      parent,
      batchId: batch.id,
      batch,
      shown: pageSize,
      ...unread(),
    };
    this.batches.set(batch.id, node);
    return node;
  }

  done(parent: StreamNode): DoneNode {
    const { id, streamId: doneIn } = parent;
    return doneOf(parent) ?? { kind: 'done', id: `${id}/done`, parent, doneIn, shown: pageSize, ...unread() };
  }

  /** The rows of finished tasks by day. @param tasks the last finished first */
  days(parent: DoneNode, tasks: readonly Task[]): DayNode[] {
    const known = new Map(parent.children?.map((row) => [row.id, row]));
    const byDay = new Map<string, Task[]>();
    for (const task of tasks) {
      const day = localText(task.finished_at ?? '').slice(0, 10);
      byDay.set(day, [...(byDay.get(day) ?? []), task]);
    }
    return [...byDay].map(([day, own]) => {
      const id = `${parent.id}/${day}`;
      const row = known.get(id);
      const node: DayNode =
        row?.kind === 'day' ? row : { kind: 'day', id, parent, day, children: [], partial: false };
      const before = node.children;
      node.children = own.map((task) => this.task(task, node));
      this.forgetMissing(before, node.children);
      return node;
    });
  }

  task(task: Task, parent: TaskNode['parent']): TaskNode {
    const id = `${parent.id}/${task.id}`;
    const known = this.tasks.get(id);
    if (known && known.parent === parent) {
      // An event may have brought a newer state meanwhile.
      if (task.updated_at >= known.task.updated_at) known.task = task;
      return known;
    }
    const node: TaskNode = { kind: 'task', id, parent, taskId: task.id, task };
    this.tasks.set(id, node);
    const rows = this.ofTask.get(task.id) ?? new Set();
    this.ofTask.set(task.id, rows.add(node));
    return node;
  }

  private scheduleOf(id: string): ScheduleNode | undefined {
    return this.schedules.children?.find(
      (row): row is ScheduleNode => row.kind === 'schedule' && row.scheduleId === id,
    );
  }

  /** The row of a schedule, whose content may change. */
  schedule(schedule: Schedule, stream: Stream | undefined): ScheduleNode {
    const known = this.scheduleOf(schedule.id);
    if (known) return Object.assign(known, { schedule, stream });
    const parent = this.schedules;
    const { id } = schedule;
    return { kind: 'schedule', id: `${parent.id}/${id}`, parent, scheduleId: id, schedule, stream };
  }

  /** Adds a "Show more" row if not all are shown. @param shown how many are, where that is not the number of rows */
  withMore(parent: MoreNode['parent'], rows: QueueNode[], total: number, shown = rows.length): QueueNode[] {
    const hidden = total - shown;
    if (hidden > 0) rows.push({ kind: 'more', id: `${parent.id}/more`, parent, hidden });
    return rows;
  }

  /** Updates a stream. Answers its row if it has changed. */
  update(stream: Stream): StreamNode | undefined {
    const node = this.streams.get(stream.id);
    if (!node || JSON.stringify(node.stream) === JSON.stringify(stream)) return undefined;
    // The group of finished tasks appears or disappears.
    if (finishedOf(node.stream) > 0 !== finishedOf(stream) > 0) node.stale = true;
    node.stream = stream;
    return node;
  }

  /** Forgets the rows of `before` that are not in `now`, with their descendants. */
  forgetMissing(before: readonly QueueNode[] | undefined, now: readonly QueueNode[]): void {
    const kept = new Set(now);
    for (const row of before ?? []) if (!kept.has(row)) this.forget(row);
  }

  private forget(row: QueueNode): void {
    if (row.kind === 'task') this.forgetTask(row);
    if (row.kind === 'stream' && this.streams.get(row.streamId) === row) this.streams.delete(row.streamId);
    if (row.kind === 'batch' && this.batches.get(row.batchId) === row) this.batches.delete(row.batchId);
    if (row.kind === 'session' && this.sessions.get(row.sessionId) === row)
      this.sessions.delete(row.sessionId);
    if (row.kind !== 'ended' && row.kind !== 'schedules' && 'children' in row)
      this.forgetMissing(row.children, []);
  }

  private forgetTask(row: TaskNode): void {
    this.tasks.delete(row.id);
    const rows = this.ofTask.get(row.taskId);
    rows?.delete(row);
    if (rows?.size === 0) this.ofTask.delete(row.taskId);
  }
}

/** The group of finished tasks among a stream's rows. */
export function doneOf(stream: StreamNode): DoneNode | undefined {
  return stream.children?.find((child) => child.kind === 'done');
}

/** Finished tasks of a stream. */
export function finishedOf({ counts }: Stream): number {
  return shownCounts(counts).finished;
}

function unread(): { children: undefined; stale: true } {
  return { children: undefined, stale: true };
}
