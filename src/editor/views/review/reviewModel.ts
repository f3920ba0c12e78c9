/** The rows of the Review view, kept up to date by events. Does not depend on VS Code. */

import { Coalescer } from '../../../core/coalescer';
import type { QueueEvent, Unsubscribe } from '../../../core/events';
import { isFinished, isUnapproved, type Stream, type Task } from '../../../core/model';
import { everything, firstRows } from '../../../core/paging';
import type { Queue, TaskFilter } from '../../../core/queue';
import { pageSize } from '../queue/queueRows';
import type { SummaryNode, SummaryRow } from './morningSummary';

/** Events within this many milliseconds cause one repaint. */
const coalescing = 150;

/** What the view lists, in this order. */
const filters: readonly TaskFilter[] = [
  { unapproved: true, order: 'position' },
  { asking: true, order: 'position' },
  { status: 'failed', unreviewed: true, order: 'finished' },
  { status: 'succeeded', unreviewed: true, order: 'finished' },
];

/** A row of the list. */
export type ReviewRow = ReviewTaskNode | ReviewMoreNode;
/** A row of the view. */
export type ReviewNode = ReviewRow | SummaryNode | SummaryRow;

/** A task that waits for approval, asks something, or has finished and has not been reviewed. */
export interface ReviewTaskNode {
  readonly kind: 'task';
  readonly id: string;
  readonly taskId: string;
  readonly streamId: string;
  readonly streamName: string;
  readonly task: Task;
}

/** The row at the end of a list that is not shown in full. */
export interface ReviewMoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly hidden: number;
}

/** Whether a command was given a row of the view, not a page's task or none. */
export function isReviewRow(target: unknown): boolean {
  const id: unknown = typeof target === 'object' && target !== null ? Reflect.get(target, 'id') : undefined;
  return typeof id === 'string' && id.startsWith('review/');
}

/** The rows, and a text that differs if the rows or their total number differ. */
interface Reading {
  rows: ReviewRow[];
  text: string;
}

/**
 * What waits for a person: first the tasks that wait for approval, then those that ask something, then the unreviewed
 * ones: failures first, then the last finished first. As in the Queue view, they are read before they are repainted, and
 * not repainted if nothing has changed.
 */
export class ReviewModel {
  private shown = pageSize;
  private readonly unsubscribe: Unsubscribe;
  private readonly repainting = new Coalescer(() => this.repaint(), { delay: coalescing });
  /** Repaint next time even if nothing has changed. */
  private surely = false;
  /** Tasks with a row. */
  private listed = new Set<string>();
  /** Read for the view, which has not asked for it yet. */
  private ready: Reading | undefined;
  /** What the view shows. */
  private shownText: string | undefined;

  /** @param listener is called when the rows are to be repainted */
  constructor(
    private readonly queue: Queue,
    private readonly listener: () => void,
    private readonly isVisible: () => boolean = () => true,
  ) {
    this.unsubscribe = queue.subscribe((event) => this.onEvent(event));
  }

  dispose(): void {
    this.unsubscribe();
    this.repainting.stop();
  }

  /** The rows, for VS Code to show. */
  async rows(): Promise<ReviewRow[]> {
    // If they cannot be read, VS Code shows none.
    this.shownText = undefined;
    const reading = this.ready ?? (await this.read());
    this.ready = undefined;
    this.shownText = reading.text;
    return reading.rows;
  }

  /**
   * The row to review after those of some tasks: the first one below them, else the first of all. Read anew, whether the
   * view is shown or not. Undefined if no other task is left.
   */
  async rowAfter(taskIds: readonly string[]): Promise<ReviewTaskNode | undefined> {
    const rows = (await this.read()).rows.filter((row) => row.kind === 'task');
    const last = rows.findLastIndex(({ taskId }) => taskIds.includes(taskId));
    const inOrder = [...rows.slice(last + 1), ...rows.slice(0, last + 1)];
    return inOrder.find(({ taskId }) => !taskIds.includes(taskId));
  }

  /** The row of a task, for which the list shows as many as it takes; undefined if the task is not to be reviewed. */
  async rowOf(taskId: string): Promise<ReviewTaskNode | undefined> {
    const before = this.shown;
    for (;;) {
      const { rows } = await this.read();
      const row = rows.find((other): other is ReviewTaskNode => other.id === `review/${taskId}`);
      if (row || rows.at(-1)?.kind !== 'more') {
        if (this.shown > before) this.listener();
        return row;
      }
      this.shown *= 2;
    }
  }

  /** Whether this row still exists. */
  has(row: ReviewNode): boolean {
    return row.kind === 'task' && this.listed.has(row.taskId);
  }

  private async read(): Promise<Reading> {
    const lists: { items: Task[]; total: number }[] = [];
    let left = this.shown;
    for (const filter of filters) {
      const list = await this.first(filter, left);
      lists.push(list);
      left -= list.items.length;
    }
    const tasks = lists.flatMap(({ items }) => items);
    const totals = lists.map(({ total }) => total);
    const streams = await this.streamsOf(tasks);
    this.listed = new Set(tasks.map(({ id }) => id));
    const rows: ReviewRow[] = tasks.map((task) => ({
      kind: 'task',
      id: `review/${task.id}`,
      taskId: task.id,
      streamId: task.stream_id,
      streamName: streams.get(task.stream_id)?.name ?? task.stream_id,
      task,
    }));
    const hidden = totals.reduce((sum, total) => sum + total, 0) - tasks.length;
    if (hidden > 0) rows.push({ kind: 'more', id: 'review/more', hidden });
    return { rows, text: JSON.stringify([totals, rows]) };
  }

  /** Shows more rows if the list ends with this row. */
  showMore(rowId: string): void {
    if (rowId !== 'review/more') return;
    this.shown += pageSize;
    this.repainting.request();
  }

  refresh(): void {
    this.surely = true;
    this.repainting.request();
  }

  /** Also for a count of 0, because the total is needed. */
  private async first(filter: TaskFilter, count: number): Promise<{ items: Task[]; total: number }> {
    if (count > 0) return firstRows(count, (page) => this.queue.listTasks({ ...page, ...filter }));
    const { total } = await this.queue.listTasks({ ...filter, limit: 1 });
    return { items: [], total };
  }

  private async streamsOf(tasks: readonly Task[]): Promise<Map<string, Stream>> {
    if (tasks.length === 0) return new Map();
    const streams = await everything((page) => this.queue.listStreams(page));
    return new Map(streams.map((stream) => [stream.id, stream]));
  }

  private onEvent(event: QueueEvent): void {
    // The actions of a row depend on which tools have a command.
    if (event.type === 'config.reloaded' || event.type === 'tools.updated') this.surely = true;
    const ours =
      this.surely ||
      event.type === 'reset' ||
      event.type === 'task.deleted' ||
      event.type === 'stream.updated' ||
      (event.task_id !== undefined && this.listed.has(event.task_id)) ||
      (event.task !== undefined &&
        (isFinished(event.task) || isUnapproved(event.task) || Boolean(event.task.question)));
    if (ours) this.repainting.request();
  }

  private async repaint(): Promise<void> {
    const surely = this.surely || !this.isVisible();
    this.surely = false;
    this.ready = undefined;
    if (surely || (await this.differs())) this.listener();
  }

  private async differs(): Promise<boolean> {
    try {
      const reading = await this.read();
      if (reading.text === this.shownText) return false;
      this.ready = reading;
      return true;
    } catch {
      // The view reads them next, and shows the error.
      return true;
    }
  }
}
