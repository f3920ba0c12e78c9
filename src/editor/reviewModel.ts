/** What the Review view shows, kept up to date by events. Knows nothing of VS Code. */

import type { QueueEvent, Unsubscribe } from '../core/events';
import type { Stream, Task, TaskStatus } from '../core/model';
import { everything, firstRows } from '../core/paging';
import type { Queue } from '../core/queue';
import { isFinished } from './queueNodes';
import { pageSize } from './queueRows';

/** Events that come within this many milliseconds repaint once. */
const coalescing = 150;

export type ReviewNode = ReviewTaskNode | ReviewMoreNode;

/** A finished task that nobody has looked at. */
export interface ReviewTaskNode {
  readonly kind: 'task';
  readonly id: string;
  readonly taskId: string;
  readonly streamId: string;
  readonly streamName: string;
  readonly task: Task;
}

/** Stands for tasks that are not shown yet. */
export interface ReviewMoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly hidden: number;
}

/** The first unreviewed tasks: failures first, of each the last finished first. */
export class ReviewModel {
  private shown = pageSize;
  private readonly unsubscribe: Unsubscribe;
  private timer: NodeJS.Timeout | undefined;
  /** Tasks with a row. */
  private listed = new Set<string>();

  constructor(
    private readonly queue: Queue,
    private readonly listener: () => void,
  ) {
    this.unsubscribe = queue.subscribe((event) => this.onEvent(event));
  }

  dispose(): void {
    this.unsubscribe();
    clearTimeout(this.timer);
  }

  /** Reads the rows. */
  async rows(): Promise<ReviewNode[]> {
    const failed = await this.first('failed', this.shown);
    const succeeded = await this.first('succeeded', this.shown - failed.items.length);
    const tasks = [...failed.items, ...succeeded.items];
    const streams = await this.streamsOf(tasks);
    this.listed = new Set(tasks.map(({ id }) => id));
    const rows: ReviewNode[] = tasks.map((task) => ({
      kind: 'task',
      id: `review/${task.id}`,
      taskId: task.id,
      streamId: task.stream_id,
      streamName: streams.get(task.stream_id)?.name ?? task.stream_id,
      task,
    }));
    const hidden = failed.total + succeeded.total - tasks.length;
    if (hidden > 0) rows.push({ kind: 'more', id: 'review/more', hidden });
    return rows;
  }

  /** Shows more, if it is this row that stands for them. */
  showMore(rowId: string): void {
    if (rowId !== 'review/more') return;
    this.shown += pageSize;
    this.repaintSoon();
  }

  refresh(): void {
    this.repaintSoon();
  }

  /** Also with a count of 0: the total is wanted. */
  private async first(status: TaskStatus, count: number): Promise<{ items: Task[]; total: number }> {
    const filter = { status, unreviewed: true, order: 'finished' } as const;
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
    const ours =
      event.type === 'reset' ||
      // Which tools have a command decides what a row offers.
      event.type === 'config.reloaded' ||
      event.type === 'task.deleted' ||
      event.type === 'stream.updated' ||
      (event.task_id !== undefined && this.listed.has(event.task_id)) ||
      (event.task !== undefined && isFinished(event.task));
    if (ours) this.repaintSoon();
  }

  private repaintSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.listener();
    }, coalescing);
  }
}
