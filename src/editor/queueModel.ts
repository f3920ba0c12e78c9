/** What the Queue view shows, kept up to date by events. Knows nothing of VS Code. */

import type { QueueEvent, Unsubscribe } from '../core/events';
import type { Stream } from '../core/model';
import { everything, firstRows } from '../core/paging';
import type { Queue } from '../core/queue';
import {
  type DoneNode,
  type EndedNode,
  isFinished,
  type MoreNode,
  type QueueNode,
  type SessionNode,
  type StreamNode,
  type TaskNode,
} from './queueNodes';
import { doneOf, finishedOf, pageSize, QueueRows } from './queueRows';

/** Events that come within this many milliseconds repaint once. */
const coalescing = 80;

/** From this many changed streams on, all are read in one request. */
const manyStreams = 10;

/** The rows to repaint; undefined: all of them. */
export type ModelListener = (changed: readonly QueueNode[] | undefined) => void;

/**
 * Rows are read when they are opened and kept. An event either changes the row of one task in place, or marks the
 * list that it belongs to as stale, to be read again when VS Code asks for it.
 */
export class QueueModel {
  private readonly rows = new QueueRows();
  private rootRows: QueueNode[] | undefined;
  private rootsStale = true;
  private readonly unsubscribe: Unsubscribe;
  private timer: NodeJS.Timeout | undefined;
  /** What happened since the last repaint. */
  private pending = { all: false, nodes: new Set<QueueNode>(), streams: new Set<string>() };

  constructor(
    private readonly queue: Queue,
    private readonly listener: ModelListener,
    private readonly onError: (error: unknown) => void,
  ) {
    this.unsubscribe = queue.subscribe((event) => this.apply(event));
  }

  dispose(): void {
    this.unsubscribe();
    clearTimeout(this.timer);
  }

  /** The rows below `node`, or the topmost ones. */
  async children(node?: QueueNode): Promise<QueueNode[]> {
    if (!node) return this.roots();
    switch (node.kind) {
      case 'ended':
        return this.read(node, () => this.readEnded());
      case 'session':
        return this.read(node, () => this.readStreams(node));
      case 'stream':
        return this.read(node, () => this.readLiveTasks(node));
      case 'done':
        return this.read(node, () => this.readDoneTasks(node));
      default:
        return [];
    }
  }

  /** Reads everything again. */
  refresh(): void {
    this.rootsStale = true;
    for (const node of this.rows.lists()) node.stale = true;
    this.pending.all = true;
    this.repaintSoon();
  }

  /** Shows more of the list that has this row at its end. */
  showMore(rowId: string): void {
    for (const list of this.rows.lists()) {
      const row = list.children?.find(
        (child): child is MoreNode => child.kind === 'more' && child.id === rowId,
      );
      if (!row) continue;
      row.parent.shown += pageSize;
      row.parent.stale = true;
      this.pending.nodes.add(row.parent);
      this.repaintSoon();
    }
  }

  /** Every task row that has been read. */
  taskRows(): Iterable<TaskNode> {
    return this.rows.allTasks();
  }

  private async read(
    node: SessionNode | EndedNode | StreamNode | DoneNode,
    load: () => Promise<QueueNode[]>,
  ): Promise<QueueNode[]> {
    if (node.children && !node.stale) return node.children;
    // Before the reading: a change during it makes the list stale again.
    node.stale = false;
    try {
      const rows = await load();
      this.rows.forgetMissing(node.children, rows);
      node.children = rows;
      return rows;
    } catch (error) {
      node.stale = true;
      throw error;
    }
  }

  // ------------------------------------------------------------------ reading

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
    // Finished ones come first in this order; those that are not finished follow.
    const rows: QueueNode[] = page.items.filter(isFinished).map((task) => this.rows.task(task, node));
    return rows.length < node.shown ? rows : this.rows.withMore(node, rows, finishedOf(node.parent.stream));
  }

  // ------------------------------------------------------------------ events

  private apply(event: QueueEvent): void {
    if (event.type === 'reset') this.refresh();
    // Which tools have a command decides what a row offers.
    else if (event.type === 'config.reloaded') this.pending.all = true;
    else if (/^(session\.|stream\.(created|ended)$)/.test(event.type)) {
      const session = this.rows.sessionOf(event.session_id ?? event.stream?.session_id ?? '');
      if (session) session.stale = true;
      this.rows.ended.stale = true;
      this.rootsStale = true;
      this.pending.all = true;
    } else if (event.stream_id) {
      this.pending.streams.add(event.stream_id);
      if (event.task_id) this.applyTask(event, event.task_id, event.stream_id);
    } else return;
    this.repaintSoon();
  }

  private applyTask(event: QueueEvent, taskId: string, streamId: string): void {
    const { task } = event;
    const rows = this.rows.tasksOf(taskId);
    const [row] = rows;
    if (task && rows.length === 1 && row && staysInPlace(event, row)) {
      row.task = task;
      this.pending.nodes.add(row);
      return;
    }
    for (const { parent } of rows) {
      this.makeStale(parent);
      this.pending.streams.add(parent.kind === 'done' ? parent.parent.streamId : parent.streamId);
    }
    const stream = this.rows.streamOf(streamId);
    if (!stream?.children) return;
    this.makeStale(stream);
    const done = task && isFinished(task) ? doneOf(stream) : undefined;
    if (done) this.makeStale(done);
  }

  private makeStale(list: StreamNode | DoneNode): void {
    list.stale = true;
    this.pending.nodes.add(list);
  }

  private repaintSoon(): void {
    this.timer ??= setTimeout(() => {
      this.repaint()
        .catch(this.onError)
        .finally(() => {
          this.timer = undefined;
          if (this.pending.all || this.pending.nodes.size > 0 || this.pending.streams.size > 0) {
            this.repaintSoon();
          }
        });
    }, coalescing);
  }

  private async repaint(): Promise<void> {
    const { all, nodes, streams } = this.pending;
    this.pending = { all: false, nodes: new Set(), streams: new Set() };
    for (const node of await this.recount(streams)) nodes.add(node);
    if (all) this.listener(undefined);
    else if (nodes.size > 0) this.listener(withoutCovered(nodes));
  }

  /** Reads the counts of streams again; answers the rows that now read differently. */
  private async recount(ids: ReadonlySet<string>): Promise<QueueNode[]> {
    if (ids.size === 0 || !this.rootRows) return [];
    const streams =
      ids.size > manyStreams
        ? await everything((page) => this.queue.listStreams({ ...page, status: 'active' }))
        : await Promise.all([...ids].map((id) => this.queue.getStream(id)));
    return streams.map((stream) => this.rows.update(stream)).filter((node) => node !== undefined);
  }
}

/** Whether the row of an event's task stays where it is, so that repainting it is enough. */
function staysInPlace(event: QueueEvent, row: TaskNode): boolean {
  const { task } = event;
  if (!task || event.type === 'task.deleted' || event.type === 'task.moved') return false;
  if (task.stream_id !== row.task.stream_id || task.position !== row.task.position) return false;
  return isFinished(task) ? row.parent.kind === 'done' : task.status === row.task.status;
}

/** Rows without those below a list that is read again anyway. */
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
