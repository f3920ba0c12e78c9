/** The rows of the Queue view, kept up to date by events. Does not depend on VS Code. */

import { Coalescer } from '../../../core/coalescer';
import { QueueError } from '../../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../../core/events';
import { type Batch, isBatchOver, isFinished, type Stream, type Task } from '../../../core/model';
import { everything, firstRows } from '../../../core/paging';
import type { Queue, TaskFilter } from '../../../core/queue';
import type {
  BatchNode,
  DoneNode,
  EndedNode,
  MoreNode,
  QueueNode,
  SchedulesNode,
  SessionNode,
  StreamNode,
  TaskNode,
} from './queueNodes';
import { doneOf, finishedOf, pageSize, QueueRows } from './queueRows';

/** Events within this many milliseconds cause one repaint. */
const coalescing = 80;

/** If more streams have changed, all are read in one request. */
const manyStreams = 10;

/** Of so many batches, those stay that have failed tasks which nobody has reviewed. */
const recentBatches = 20;

/** A row with rows below it. */
type ListNode = SessionNode | SchedulesNode | EndedNode | StreamNode | BatchNode | DoneNode;

/** The work of the next repaint. */
interface Pending {
  all: boolean;
  /** Rows that look different. */
  nodes: Set<QueueNode>;
  /** Lists whose rows may have changed. */
  lists: Set<ListNode>;
  /** Streams whose counts may have changed, by id. */
  streams: Set<string>;
  /** Batches whose counts may have changed, by id. */
  batches: Set<string>;
}

/** The rows to repaint; undefined: all of them. */
export type ModelListener = (changed: readonly QueueNode[] | undefined) => void;

/**
 * Rows are read when their parent is expanded, and kept. An event either changes a task's row in place or marks its
 * list as stale. A stale list is read before it is repainted, and not repainted if its rows are the same: between the
 * change event and the new rows, VS Code drops a list's rows from the selection and passes none of them to a command.
 */
export class QueueModel {
  private readonly rows = new QueueRows();
  private rootRows: QueueNode[] | undefined;
  private rootsStale = true;
  private readonly unsubscribe: Unsubscribe;
  private readonly repainting = new Coalescer(() => this.repaint().catch(this.onError), {
    delay: coalescing,
  });
  private pending = nothing();
  /** The rows that VS Code last got of a list, as `idsOf` says. */
  private readonly shown = new WeakMap<ListNode, string>();
  /** Reads in progress. */
  private readonly reads = new Map<ListNode, Promise<QueueNode[]>>();

  constructor(
    private readonly queue: Queue,
    private readonly listener: ModelListener,
    private readonly onError: (error: unknown) => void,
    /** Hidden rows are not read before VS Code asks for them. */
    private readonly isVisible: () => boolean = () => true,
  ) {
    this.unsubscribe = queue.subscribe((event) => this.apply(event));
  }

  dispose(): void {
    this.unsubscribe();
    this.repainting.stop();
  }

  /** The children of `node`, or the topmost rows, for VS Code. */
  async children(node?: QueueNode): Promise<QueueNode[]> {
    if (!node) return this.roots();
    if (node.kind === 'day') return node.children;
    if (!isList(node)) return [];
    // If they cannot be read, VS Code shows none.
    this.shown.delete(node);
    const rows = await this.rowsOf(node);
    this.shown.set(node, idsOf(rows));
    return rows;
  }

  /** Reads everything again. */
  refresh(): void {
    this.rootsStale = true;
    for (const node of this.rows.lists()) node.stale = true;
    this.pending.all = true;
    this.repainting.request();
  }

  /** Shows more rows of the list that ends with this row. */
  showMore(rowId: string): void {
    for (const list of this.rows.lists()) {
      const row = list.children?.find(
        (child): child is MoreNode => child.kind === 'more' && child.id === rowId,
      );
      if (!row) continue;
      row.parent.shown += pageSize;
      row.parent.stale = true;
      this.pending.lists.add(row.parent);
      this.repainting.request();
    }
  }

  /** Whether this row still exists. */
  has(row: QueueNode): boolean {
    return this.rows.has(row);
  }

  /** The rows whose text changes with time. */
  agingRows(): (TaskNode | StreamNode)[] {
    return [...this.rows.allTasks(), ...this.rows.allStreams()];
  }

  // ------------------------------------------------------------------ reading

  /** The current rows. A list is never read twice at once: the older of two answers might arrive last. */
  private async rowsOf(node: ListNode): Promise<QueueNode[]> {
    const underWay = this.reads.get(node);
    // It started after the last change.
    if (underWay && !node.stale) return underWay;
    const read = Promise.allSettled([underWay]).then(() => this.read(node));
    this.reads.set(node, read);
    try {
      return await read;
    } finally {
      if (this.reads.get(node) === read) this.reads.delete(node);
    }
  }

  private async read(node: ListNode): Promise<QueueNode[]> {
    if (node.children && !node.stale) return node.children;
    // Before reading: a change meanwhile makes the list stale again.
    node.stale = false;
    try {
      const rows = await this.load(node);
      this.rows.forgetMissing(node.children, rows);
      node.children = rows;
      return rows;
    } catch (error) {
      node.stale = true;
      throw error;
    }
  }

  private load(node: ListNode): Promise<QueueNode[]> {
    switch (node.kind) {
      case 'schedules':
        return this.readSchedules();
      case 'ended':
        return this.readEnded();
      case 'session':
        return this.readStreams(node);
      case 'stream':
        return this.readLiveTasks(node);
      case 'batch':
        return this.readBatch(node);
      case 'done':
        return this.readDoneTasks(node);
    }
  }

  private async roots(): Promise<QueueNode[]> {
    if (this.rootRows && !this.rootsStale) return this.rootRows;
    this.rootsStale = false;
    try {
      const [sessions, streams, schedules, ended] = await Promise.all([
        everything((page) => this.queue.listSessions({ ...page, status: 'active' })),
        everything((page) => this.queue.listStreams({ ...page, status: 'active' })),
        this.queue.listSchedules({ limit: 1 }),
        this.queue.listSessions({ status: 'ended', limit: 1 }),
      ]);
      const rows: QueueNode[] = byCreation(sessions).map((session) => {
        const row = this.rows.session(session, undefined);
        row.streams = streams.filter(({ session_id }) => session_id === session.id).length;
        return row;
      });
      this.rows.schedules.total = schedules.total;
      if (schedules.total > 0) rows.push(this.rows.schedules);
      this.rows.ended.total = ended.total;
      if (ended.total > 0) rows.push(this.rows.ended);
      this.rows.forgetMissing(this.rootRows, rows);
      this.rootRows = rows;
      return rows;
    } catch (error) {
      this.rootsStale = true;
      throw error;
    }
  }

  private async readSchedules(): Promise<QueueNode[]> {
    const { schedules } = this.rows;
    const page = await firstRows(schedules.shown, (request) => this.queue.listSchedules(request));
    const streams = await everything((request) => this.queue.listStreams(request));
    const rows: QueueNode[] = page.items.map((schedule) =>
      this.rows.schedule(
        schedule,
        streams.find(({ id }) => id === schedule.stream_id),
      ),
    );
    return this.rows.withMore(schedules, rows, page.total);
  }

  private async readEnded(): Promise<QueueNode[]> {
    const { ended } = this.rows;
    const page = await firstRows(ended.shown, (request) =>
      this.queue.listSessions({ ...request, status: 'ended' }),
    );
    const rows: QueueNode[] = page.items.map((session) => this.rows.session(session, ended));
    return this.rows.withMore(ended, rows, page.total);
  }

  private async readStreams(node: SessionNode): Promise<QueueNode[]> {
    const streams = await everything((page) =>
      this.queue.listStreams({ ...page, session_id: node.sessionId }),
    );
    const ordered = byCreation(streams).sort((a, b) => Number(isEnded(a)) - Number(isEnded(b)));
    return ordered.map((stream) => this.rows.stream(stream, node));
  }

  private async readLiveTasks(node: StreamNode): Promise<QueueNode[]> {
    const [batches, tasks] = await Promise.all([
      this.shownBatches(node),
      this.readTasks({ stream: node.streamId, single: true }, node),
    ]);
    const running = tasks.rows.filter(({ task }) => task.status === 'running');
    const groups = batches.map((batch) => this.rows.batch(batch, node));
    const rows: QueueNode[] = [...running, ...groups, ...tasks.rows.slice(running.length)];
    this.rows.withMore(node, rows, groups.length + tasks.total);
    if (finishedOf(node.stream) > 0) rows.push(this.rows.done(node));
    return rows;
  }

  private async readBatch(node: BatchNode): Promise<QueueNode[]> {
    const { rows, total } = await this.readTasks(
      { stream: node.parent.streamId, batch_id: node.batchId },
      node,
    );
    return this.rows.withMore(node, rows, total);
  }

  /** The running tasks of a list and the first queued ones. */
  private async readTasks(
    filter: TaskFilter,
    node: StreamNode | BatchNode,
  ): Promise<{ rows: TaskNode[]; total: number }> {
    const of = { ...filter, order: 'position' } as const;
    const [running, queued] = await Promise.all([
      everything((page) => this.queue.listTasks({ ...page, ...of, status: 'running' })),
      firstRows(node.shown, (page) => this.queue.listTasks({ ...page, ...of, status: 'queued' })),
    ]);
    const rows = [...running, ...queued.items].map((task) => this.rows.task(task, node));
    return { rows, total: running.length + queued.total };
  }

  /** The batches of which something is left to do, or that wait for somebody to look at what failed. */
  private async shownBatches({ streamId: stream }: StreamNode): Promise<Batch[]> {
    try {
      const [open, recent] = await Promise.all([
        everything((page) => this.queue.listBatches({ ...page, stream, open: true })),
        this.queue.listBatches({ stream, limit: recentBatches }),
      ]);
      const failed = recent.items.filter((batch) => isBatchOver(batch) && batch.counts.failed > 0);
      const fresh = await Promise.all(failed.map((batch) => this.isUnreviewed(batch)));
      return byCreation([...open, ...failed.filter((_, at) => fresh[at])]);
    } catch (error) {
      // An older owner has none.
      if (QueueError.is(error, 'not_found')) return [];
      throw error;
    }
  }

  private async isUnreviewed({ id }: Batch): Promise<boolean> {
    const filter = { batch_id: id, status: 'failed', unreviewed: true, limit: 1 } as const;
    return (await this.queue.listTasks(filter)).total > 0;
  }

  private async readDoneTasks(node: DoneNode): Promise<QueueNode[]> {
    const page = await firstRows(node.shown, (request) =>
      this.queue.listTasks({ ...request, stream: node.parent.streamId, order: 'finished' }),
    );
    // In this order, finished tasks come first.
    const tasks = page.items.filter(isFinished);
    const days = this.rows.days(node, tasks);
    const total = tasks.length < node.shown ? tasks.length : finishedOf(node.parent.stream);
    for (const day of days) day.partial = day === days.at(-1) && tasks.length < total;
    return this.rows.withMore(node, days, total, tasks.length);
  }

  // ------------------------------------------------------------------ events

  private apply(event: QueueEvent): void {
    // What a row says and offers depends on which tools have a command.
    if (event.type === 'reset' || event.type === 'config.reloaded' || event.type === 'tools.updated')
      this.refresh();
    else if (/^(session\.|stream\.(created|ended|deleted)$)/.test(event.type)) {
      const session = this.rows.sessionOf(event.session_id ?? event.stream?.session_id ?? '');
      if (session) session.stale = true;
      this.rows.ended.stale = true;
      this.rootsStale = true;
      this.pending.all = true;
    } else if (event.type.startsWith('schedule.')) {
      this.makeStale(this.rows.schedules);
      if (event.type !== 'schedule.updated') {
        this.rootsStale = true;
        this.pending.all = true;
      }
    } else if (event.stream_id) {
      this.pending.streams.add(event.stream_id);
      if (event.task_id) this.applyTask(event, event.task_id, event.stream_id);
      else if (event.batch_id) this.applyBatch(event.batch_id, event.stream_id);
      else if (event.stream) {
        this.applyStream(event.stream_id);
        // Its schedules say whether somebody works on it.
        if (this.rows.schedules.total > 0) this.makeStale(this.rows.schedules);
      }
    } else return;
    this.repainting.request();
  }

  private applyTask(event: QueueEvent, taskId: string, streamId: string): void {
    const { task } = event;
    const rows = this.rows.tasksOf(taskId);
    const [row] = rows;
    const batch = this.batchIn(streamId, task);
    if (batch) this.pending.batches.add(batch.batchId);
    if (task && rows.length === 1 && row && staysInPlace(event, row)) {
      if (!isSame(row.task, task)) this.pending.nodes.add(row);
      row.task = task;
      return;
    }
    for (const { parent } of rows) {
      const list = parent.kind === 'day' ? parent.parent : parent;
      this.makeStale(list);
      this.pending.streams.add(list.kind === 'stream' ? list.streamId : list.parent.streamId);
    }
    const stream = this.rows.streamOf(streamId);
    if (!stream) return;
    // Only the rows of its batch, where those are shown: the stream's are not read for each of 10,000 tasks.
    this.makeStale(batch ?? stream);
    const done = task && isFinished(task) ? doneOf(stream) : undefined;
    if (done) this.makeStale(done);
  }

  /** The row of a task's batch, where it groups the task. */
  private batchIn(streamId: string, task: Task | undefined): BatchNode | undefined {
    const batch = task?.batch_id ? this.rows.batchOf(task.batch_id) : undefined;
    return batch?.parent.streamId === streamId ? batch : undefined;
  }

  private applyBatch(batchId: string, streamId: string): void {
    if (this.rows.batchOf(batchId)) this.pending.batches.add(batchId);
    else this.applyStream(streamId);
  }

  /** Whether its tasks are blocked, for example, may have changed with the stream. */
  private applyStream(streamId: string): void {
    const stream = this.rows.streamOf(streamId);
    if (stream) this.makeStale(stream);
  }

  private makeStale(list: StreamNode | BatchNode | DoneNode | SchedulesNode): void {
    list.stale = true;
    this.pending.lists.add(list);
  }

  private async repaint(): Promise<void> {
    const { all, nodes, lists, streams, batches } = this.pending;
    this.pending = nothing();
    try {
      for (const node of await this.recount(streams)) nodes.add(node);
      for (const node of await this.recountBatches(batches)) nodes.add(node);
      // Batches appear and go with what is left of them.
      for (const id of batches) {
        const stream = this.rows.batchOf(id)?.parent;
        if (stream?.stale) lists.add(stream);
      }
    } catch (error) {
      // The next event reads them again.
      this.onError(error);
    }
    if (all) return this.listener(undefined);
    const changes = await Promise.all([...lists].map((list) => this.changesOf(list)));
    for (const node of changes.flat()) nodes.add(node);
    if (nodes.size > 0) this.listener(withoutCovered(nodes));
  }

  /** Reads a list again. Answers what to repaint: the list, some of its rows, or nothing. */
  private async changesOf(list: ListNode): Promise<QueueNode[]> {
    // Never expanded: VS Code has no rows of it.
    if (!list.children && !this.reads.has(list)) return [];
    if (!this.isVisible()) return [list];
    const before = new Map(withDays(list.children ?? []).map((row) => [row, contentOf(row)]));
    try {
      const rows = await this.rowsOf(list);
      if (idsOf(rows) !== this.shown.get(list)) return [list];
      return withDays(rows).filter((row) => before.get(row) !== contentOf(row));
    } catch {
      // VS Code reads it next, and shows the error.
      return [list];
    }
  }

  /** Reads the counts of streams again. Answers the rows that have changed. */
  private async recount(ids: ReadonlySet<string>): Promise<QueueNode[]> {
    if (ids.size === 0 || !this.rootRows) return [];
    const streams =
      ids.size > manyStreams
        ? await everything((page) => this.queue.listStreams(page))
        : await Promise.all([...ids].map((id) => this.queue.getStream(id)));
    return streams.map((stream) => this.rows.update(stream)).filter((node) => node !== undefined);
  }

  /** Reads batches again. Answers the rows that have changed. */
  private async recountBatches(ids: ReadonlySet<string>): Promise<BatchNode[]> {
    const rows = [...ids].flatMap((id) => this.rows.batchOf(id) ?? []);
    const found = await Promise.all(rows.map((row) => this.batchNow(row)));
    return rows.filter((row, at) => {
      const batch = found[at];
      if (batch === undefined || isBatchOver(batch)) row.parent.stale = true;
      if (batch === undefined || JSON.stringify(row.batch) === JSON.stringify(batch)) return false;
      row.batch = batch;
      return true;
    });
  }

  /** Undefined once it is gone. */
  private async batchNow({ batchId }: BatchNode): Promise<Batch | undefined> {
    try {
      return await this.queue.getBatch(batchId);
    } catch (error) {
      if (QueueError.is(error, 'not_found')) return undefined;
      throw error;
    }
  }
}

/** Whether the task's row stays in place, so that repainting it is enough. */
function staysInPlace(event: QueueEvent, row: TaskNode): boolean {
  const { task } = event;
  if (!task || event.type === 'task.deleted' || event.type === 'task.moved') return false;
  if (task.stream_id !== row.task.stream_id || task.position !== row.task.position) return false;
  return isFinished(task) ? row.parent.kind === 'day' : task.status === row.task.status;
}

function nothing(): Pending {
  return { all: false, nodes: new Set(), lists: new Set(), streams: new Set(), batches: new Set() };
}

function isList(node: QueueNode): node is ListNode {
  return 'stale' in node;
}

/** Differs for lists that do not show the same rows. */
function idsOf(rows: readonly QueueNode[]): string {
  return withDays(rows)
    .map((row) => (row.kind === 'more' ? `${row.id} ${row.hidden}` : row.id))
    .join('\n');
}

/** The rows of a list, and those that are grouped by day. */
function withDays(rows: readonly QueueNode[]): QueueNode[] {
  return rows.flatMap((row): QueueNode[] => (row.kind === 'day' ? [row, ...row.children] : [row]));
}

/** Of a row that stands for itself alone: differs where it looks different. */
function contentOf(row: QueueNode): string | undefined {
  if (row.kind === 'task') return JSON.stringify(row.task);
  return row.kind === 'schedule' ? JSON.stringify([row.schedule, row.stream]) : undefined;
}

function isSame(before: Task | undefined, now: Task): boolean {
  return before === now || JSON.stringify(before) === JSON.stringify(now);
}

/** Without rows whose ancestors are repainted anyway. */
function withoutCovered(nodes: ReadonlySet<QueueNode>): QueueNode[] {
  return [...nodes].filter((node) => {
    for (let above = node.parent; above; above = above.parent) if (nodes.has(above)) return false;
    return true;
  });
}

function byCreation<T extends { created_at: string; id: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

function isEnded(stream: Stream): boolean {
  return stream.status === 'ended';
}
