/** The rows of the Queue view, kept up to date by events. Does not depend on VS Code. */

import { Coalescer } from '../../../core/coalescer';
import type { QueueEvent, Unsubscribe } from '../../../core/events';
import { isFinished, type Stream, type Task } from '../../../core/model';
import { everything, firstRows } from '../../../core/paging';
import type { Queue } from '../../../core/queue';
import type {
  DoneNode,
  EndedNode,
  MoreNode,
  QueueNode,
  SessionNode,
  StreamNode,
  TaskNode,
} from './queueNodes';
import { doneOf, finishedOf, pageSize, QueueRows } from './queueRows';

/** Events within this many milliseconds cause one repaint. */
const coalescing = 80;

/** If more streams have changed, all are read in one request. */
const manyStreams = 10;

/** A row with rows below it. */
type ListNode = SessionNode | EndedNode | StreamNode | DoneNode;

/** The work of the next repaint. */
interface Pending {
  all: boolean;
  /** Rows that look different. */
  nodes: Set<QueueNode>;
  /** Lists whose rows may have changed. */
  lists: Set<ListNode>;
  /** Streams whose counts may have changed, by id. */
  streams: Set<string>;
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

  /** All rows of tasks. */
  taskRows(): Iterable<TaskNode> {
    return this.rows.allTasks();
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
      case 'ended':
        return this.readEnded();
      case 'session':
        return this.readStreams(node);
      case 'stream':
        return this.readLiveTasks(node);
      case 'done':
        return this.readDoneTasks(node);
    }
  }

  private async roots(): Promise<QueueNode[]> {
    if (this.rootRows && !this.rootsStale) return this.rootRows;
    this.rootsStale = false;
    try {
      const [sessions, streams, ended] = await Promise.all([
        everything((page) => this.queue.listSessions({ ...page, status: 'active' })),
        everything((page) => this.queue.listStreams({ ...page, status: 'active' })),
        this.queue.listSessions({ status: 'ended', limit: 1 }),
      ]);
      const rows: QueueNode[] = byCreation(sessions).map((session) => {
        const row = this.rows.session(session, undefined);
        row.streams = streams.filter(({ session_id }) => session_id === session.id).length;
        return row;
      });
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
    const of = { stream: node.streamId, order: 'position' } as const;
    const [running, queued] = await Promise.all([
      everything((page) => this.queue.listTasks({ ...page, ...of, status: 'running' })),
      firstRows(node.shown, (page) => this.queue.listTasks({ ...page, ...of, status: 'queued' })),
    ]);
    const rows: QueueNode[] = [...running, ...queued.items].map((task) => this.rows.task(task, node));
    this.rows.withMore(node, rows, running.length + queued.total);
    if (finishedOf(node.stream) > 0) rows.push(this.rows.done(node));
    return rows;
  }

  private async readDoneTasks(node: DoneNode): Promise<QueueNode[]> {
    const page = await firstRows(node.shown, (request) =>
      this.queue.listTasks({ ...request, stream: node.parent.streamId, order: 'finished' }),
    );
    // In this order, finished tasks come first.
    const rows: QueueNode[] = page.items.filter(isFinished).map((task) => this.rows.task(task, node));
    return rows.length < node.shown ? rows : this.rows.withMore(node, rows, finishedOf(node.parent.stream));
  }

  // ------------------------------------------------------------------ events

  private apply(event: QueueEvent): void {
    // What a row says and offers depends on which tools have a command.
    if (event.type === 'reset' || event.type === 'config.reloaded') this.refresh();
    else if (/^(session\.|stream\.(created|ended)$)/.test(event.type)) {
      const session = this.rows.sessionOf(event.session_id ?? event.stream?.session_id ?? '');
      if (session) session.stale = true;
      this.rows.ended.stale = true;
      this.rootsStale = true;
      this.pending.all = true;
    } else if (event.stream_id) {
      this.pending.streams.add(event.stream_id);
      if (event.task_id) this.applyTask(event, event.task_id, event.stream_id);
      else if (event.stream) this.applyStream(event.stream_id);
    } else return;
    this.repainting.request();
  }

  private applyTask(event: QueueEvent, taskId: string, streamId: string): void {
    const { task } = event;
    const rows = this.rows.tasksOf(taskId);
    const [row] = rows;
    if (task && rows.length === 1 && row && staysInPlace(event, row)) {
      if (!isSame(row.task, task)) this.pending.nodes.add(row);
      row.task = task;
      return;
    }
    for (const { parent } of rows) {
      this.makeStale(parent);
      this.pending.streams.add(parent.kind === 'done' ? parent.parent.streamId : parent.streamId);
    }
    const stream = this.rows.streamOf(streamId);
    if (!stream) return;
    this.makeStale(stream);
    const done = task && isFinished(task) ? doneOf(stream) : undefined;
    if (done) this.makeStale(done);
  }

  /** Whether its tasks are blocked, for example, may have changed with the stream. */
  private applyStream(streamId: string): void {
    const stream = this.rows.streamOf(streamId);
    if (stream) this.makeStale(stream);
  }

  private makeStale(list: StreamNode | DoneNode): void {
    list.stale = true;
    this.pending.lists.add(list);
  }

  private async repaint(): Promise<void> {
    const { all, nodes, lists, streams } = this.pending;
    this.pending = nothing();
    try {
      for (const node of await this.recount(streams)) nodes.add(node);
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
    const before = new Map(tasksIn(list.children ?? []).map((row) => [row, row.task]));
    try {
      const rows = await this.rowsOf(list);
      if (idsOf(rows) !== this.shown.get(list)) return [list];
      return tasksIn(rows).filter((row) => !isSame(before.get(row), row.task));
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
}

/** Whether the task's row stays in place, so that repainting it is enough. */
function staysInPlace(event: QueueEvent, row: TaskNode): boolean {
  const { task } = event;
  if (!task || event.type === 'task.deleted' || event.type === 'task.moved') return false;
  if (task.stream_id !== row.task.stream_id || task.position !== row.task.position) return false;
  return isFinished(task) ? row.parent.kind === 'done' : task.status === row.task.status;
}

function nothing(): Pending {
  return { all: false, nodes: new Set(), lists: new Set(), streams: new Set() };
}

function isList(node: QueueNode): node is ListNode {
  return 'children' in node;
}

/** Differs for lists that do not show the same rows. */
function idsOf(rows: readonly QueueNode[]): string {
  return rows.map((row) => (row.kind === 'more' ? `${row.id} ${row.hidden}` : row.id)).join('\n');
}

function tasksIn(rows: readonly QueueNode[]): TaskNode[] {
  return rows.filter((row) => row.kind === 'task');
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
