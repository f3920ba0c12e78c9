/** What the Queue view shows, kept up to date by events. Knows nothing of VS Code. */

import type { QueueEvent, Unsubscribe } from '../core/events';
import type { Page, Session, Stream, Task, TaskCounts } from '../core/model';
import type { PageRequest, Queue } from '../core/queue';
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

/** Rows that a list shows at first, and that "Show more" adds. */
export const pageSize = 50;

/** Events that come within this many milliseconds repaint once. */
const coalescing = 80;

/** From this many changed streams on, all are read in one request. */
const manyStreams = 10;

/** Most rows that a queue answers at once. */
const largestPage = 1_000;

/** The rows to repaint; undefined: all of them. */
export type ModelListener = (changed: readonly QueueNode[] | undefined) => void;

/**
 * Rows are read when they are opened and kept. An event either changes the row of one task in place, or marks the
 * list that it belongs to as stale, to be read again when VS Code asks for it.
 */
export class QueueModel {
  private readonly sessions = new Map<string, SessionNode>();
  private readonly streams = new Map<string, StreamNode>();
  /** Streams that are not ended, for the counts of their sessions. */
  private readonly active = new Map<string, Stream>();
  /** Task rows by row id, and by task id where an event must find them. */
  private readonly tasks = new Map<string, TaskNode>();
  private readonly rowsOfTask = new Map<string, Set<TaskNode>>();
  private readonly ended: EndedNode = {
    kind: 'ended',
    id: 'ended',
    parent: undefined,
    children: undefined,
    stale: true,
    total: 0,
    shown: pageSize,
  };
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
    for (const node of this.lists()) node.stale = true;
    this.pending.all = true;
    this.repaintSoon();
  }

  showMore(row: MoreNode): void {
    row.parent.shown += pageSize;
    row.parent.stale = true;
    this.pending.nodes.add(row.parent);
    this.repaintSoon();
  }

  /** Every task row that has been read. */
  taskRows(): Iterable<TaskNode> {
    return this.tasks.values();
  }

  /** Every row that has rows below it. */
  *lists(): Iterable<EndedNode | SessionNode | StreamNode | DoneNode> {
    yield this.ended;
    yield* this.sessions.values();
    for (const stream of this.streams.values()) {
      yield stream;
      for (const child of stream.children ?? []) if (child.kind === 'done') yield child;
    }
  }

  private async read(
    node: SessionNode | EndedNode | StreamNode | DoneNode,
    load: () => Promise<QueueNode[]>,
  ): Promise<QueueNode[]> {
    if (node.children && !node.stale) return node.children;
    // Before the reading: a change during it makes the list stale again.
    node.stale = false;
    try {
      node.children = await load();
    } catch (error) {
      node.stale = true;
      throw error;
    }
    return node.children;
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
      this.active.clear();
      for (const stream of streams) this.keepStream(stream);
      const rows = byCreation(sessions).map((session) => this.sessionNode(session, undefined));
      for (const row of rows) this.countSession(row);
      for (const row of this.rootRows ?? []) if (!rows.some(({ id }) => id === row.id)) this.forget(row);
      this.ended.total = ended.total;
      this.rootRows = ended.total > 0 ? [...rows, this.ended] : rows;
      return this.rootRows;
    } catch (error) {
      this.rootsStale = true;
      throw error;
    }
  }

  private async readEnded(): Promise<QueueNode[]> {
    const page = await firstRows(this.ended.shown, (request) =>
      this.queue.listSessions({ ...request, status: 'ended' }),
    );
    const rows: QueueNode[] = page.items.map((session) => this.sessionNode(session, this.ended));
    return this.withMore(this.ended, rows, page.total);
  }

  private async readStreams(node: SessionNode): Promise<QueueNode[]> {
    const streams = await everything((page) =>
      this.queue.listStreams({ ...page, session_id: node.sessionId }),
    );
    const ordered = byCreation(streams).sort((a, b) => Number(isEnded(a)) - Number(isEnded(b)));
    return ordered.map((stream) => this.streamNodeOf(stream, node));
  }

  private async readLiveTasks(node: StreamNode): Promise<QueueNode[]> {
    const of = { stream: node.streamId, order: 'position' } as const;
    const [running, queued] = await Promise.all([
      everything((page) => this.queue.listTasks({ ...page, ...of, status: 'running' })),
      firstRows(node.shown, (page) => this.queue.listTasks({ ...page, ...of, status: 'queued' })),
    ]);
    const rows: QueueNode[] = [...running, ...queued.items].map((task) => this.taskNode(task, node));
    this.forgetMissing(node, rows);
    this.withMore(node, rows, running.length + queued.total);
    const { succeeded, failed } = node.stream.counts;
    if (succeeded + failed > 0) rows.push(this.doneNode(node));
    return rows;
  }

  private async readDoneTasks(node: DoneNode): Promise<QueueNode[]> {
    const page = await firstRows(node.shown, (request) =>
      this.queue.listTasks({ ...request, stream: node.parent.streamId, order: 'finished' }),
    );
    // Finished ones come first in this order; those that are not finished follow.
    const rows: QueueNode[] = page.items.filter(isFinished).map((task) => this.taskNode(task, node));
    this.forgetMissing(node, rows);
    const { succeeded, failed } = node.parent.stream.counts;
    return rows.length < node.shown ? rows : this.withMore(node, rows, succeeded + failed);
  }

  private withMore(parent: MoreNode['parent'], rows: QueueNode[], total: number): QueueNode[] {
    const hidden = total - rows.length;
    if (hidden > 0) rows.push({ kind: 'more', id: `${parent.id}/more`, parent, hidden });
    return rows;
  }

  // -------------------------------------------------------------------- rows

  private sessionNode(session: Session, parent: EndedNode | undefined): SessionNode {
    const known = this.sessions.get(session.id);
    if (known && known.parent === parent) {
      known.session = session;
      return known;
    }
    const node: SessionNode = {
      kind: 'session',
      id: `${parent ? 'ended/' : ''}${session.id}`,
      parent,
      sessionId: session.id,
      session,
      streams: undefined,
      children: undefined,
      stale: true,
    };
    this.sessions.set(session.id, node);
    return node;
  }

  private streamNodeOf(stream: Stream, parent: SessionNode): StreamNode {
    const known = this.streams.get(stream.id);
    if (known && known.parent === parent) {
      this.keepStream(stream);
      return known;
    }
    const node: StreamNode = {
      kind: 'stream',
      id: `${parent.id}/${stream.id}`,
      parent,
      streamId: stream.id,
      stream,
      shown: pageSize,
      children: undefined,
      stale: true,
    };
    this.streams.set(stream.id, node);
    return node;
  }

  private doneNode(parent: StreamNode): DoneNode {
    const known = parent.children?.find((child) => child.kind === 'done');
    if (known) return known;
    return {
      kind: 'done',
      id: `${parent.id}/done`,
      parent,
      shown: pageSize,
      children: undefined,
      stale: true,
    };
  }

  private taskNode(task: Task, parent: StreamNode | DoneNode): TaskNode {
    const id = `${parent.id}/${task.id}`;
    const known = this.tasks.get(id);
    if (known && known.parent === parent) {
      // An event may have brought a newer state while this list was being read.
      if (task.updated_at >= known.task.updated_at) known.task = task;
      return known;
    }
    const node: TaskNode = { kind: 'task', id, parent, taskId: task.id, task };
    this.tasks.set(id, node);
    const rows = this.rowsOfTask.get(task.id) ?? new Set();
    this.rowsOfTask.set(task.id, rows.add(node));
    return node;
  }

  /** Forgets the rows of tasks that the list `parent` no longer shows. */
  private forgetMissing(parent: StreamNode | DoneNode, rows: readonly QueueNode[]): void {
    const kept = new Set(rows);
    for (const row of parent.children ?? []) if (row.kind === 'task' && !kept.has(row)) this.forget(row);
  }

  /** Forgets a row and all below it. */
  private forget(row: QueueNode): void {
    if (row.kind === 'task') {
      this.tasks.delete(row.id);
      const others = this.rowsOfTask.get(row.taskId);
      others?.delete(row);
      if (others?.size === 0) this.rowsOfTask.delete(row.taskId);
    }
    if (row.kind === 'stream' && this.streams.get(row.streamId) === row) this.streams.delete(row.streamId);
    if (row.kind === 'session' && this.sessions.get(row.sessionId) === row)
      this.sessions.delete(row.sessionId);
    if (row.kind !== 'ended' && 'children' in row) for (const child of row.children ?? []) this.forget(child);
  }

  /** Takes over what is known of a stream; answers its row when the row now reads differently. */
  private keepStream(stream: Stream): StreamNode | undefined {
    if (isEnded(stream)) this.active.delete(stream.id);
    else this.active.set(stream.id, stream);
    const node = this.streams.get(stream.id);
    if (!node || JSON.stringify(node.stream) === JSON.stringify(stream)) return undefined;
    const { counts } = node.stream;
    const hadDone = counts.succeeded + counts.failed > 0;
    node.stream = stream;
    if (hadDone !== stream.counts.succeeded + stream.counts.failed > 0) node.stale = true;
    return node;
  }

  private countSession(node: SessionNode): void {
    const own = [...this.active.values()].filter((stream) => stream.session_id === node.sessionId);
    node.streams = { number: own.length, counts: sum(own.map((stream) => stream.counts)) };
  }

  // ------------------------------------------------------------------ events

  private apply(event: QueueEvent): void {
    if (event.type === 'reset') this.refresh();
    else if (event.type.startsWith('session.')) {
      this.rootsStale = true;
      this.ended.stale = true;
      this.pending.all = true;
    } else if (event.type === 'stream.created' || event.type === 'stream.ended') {
      const session = this.sessions.get(event.session_id ?? event.stream?.session_id ?? '');
      if (session) session.stale = true;
      this.pending.all ||= !session;
      if (session) this.pending.nodes.add(session);
      if (event.stream_id) this.pending.streams.add(event.stream_id);
    } else if (event.stream_id) {
      this.pending.streams.add(event.stream_id);
      if (event.task_id) this.applyTask(event, event.task_id, event.stream_id);
    } else return;
    this.repaintSoon();
  }

  private applyTask(event: QueueEvent, taskId: string, streamId: string): void {
    const { task } = event;
    const rows = [...(this.rowsOfTask.get(taskId) ?? [])];
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
    const stream = this.streams.get(streamId);
    if (stream?.children) this.makeStale(stream);
    const finished =
      task && isFinished(task) ? stream?.children?.find((child) => child.kind === 'done') : undefined;
    if (finished) this.makeStale(finished);
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
    const changed: QueueNode[] = streams.map((stream) => this.keepStream(stream)).filter(isDefined);
    for (const node of this.sessions.values()) {
      if (node.parent) continue;
      const before = JSON.stringify(node.streams);
      this.countSession(node);
      if (JSON.stringify(node.streams) !== before) changed.push(node);
    }
    return changed;
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

function sum(all: readonly TaskCounts[]): TaskCounts {
  const total: TaskCounts = { queued: 0, running: 0, succeeded: 0, failed: 0, unreviewed: 0 };
  for (const counts of all) {
    for (const key of Object.keys(total) as (keyof TaskCounts)[]) total[key] += counts[key];
  }
  return total;
}

function byCreation<T extends { created_at: string; id: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

/** The first `count` rows, and how many there are in all. */
async function firstRows<T>(
  count: number,
  list: (request: PageRequest) => Promise<Page<T>>,
): Promise<{ items: T[]; total: number }> {
  const items: T[] = [];
  let total = 0;
  while (items.length < count) {
    const page = await list({ limit: Math.min(largestPage, count - items.length), offset: items.length });
    items.push(...page.items);
    total = page.total;
    if (page.items.length === 0 || items.length >= total) break;
  }
  return { items, total };
}

async function everything<T>(list: (request: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  return (await firstRows(Number.POSITIVE_INFINITY, list)).items;
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function isEnded(stream: Stream): boolean {
  return stream.status === 'ended';
}
