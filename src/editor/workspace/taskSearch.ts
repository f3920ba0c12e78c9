/** Finds tasks of the queue and of its history, page by page. Does not depend on VS Code. */

import { QueueError } from '../../core/errors';
import type { HistoryTask, Page, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import type { TaskQuery } from '../shared/taskQuery';
import { taskOfPast } from './pastTask';

export interface FoundTask {
  task: Task;
  streamName: string;
  /** Set for a task of the history. */
  past?: HistoryTask;
}

type Reader = Pick<Queue, 'listTasks' | 'listHistory' | 'listStreams'>;

/** One search: first the tasks of the queue, last enqueued first, then those of the history, last finished first. */
export class TaskSearch {
  private offset = 0;
  private queueRead = false;
  /** Where the history goes on; null at its end. */
  private cursor: string | null | undefined;
  private streams: Map<string, string> | undefined;

  constructor(
    private readonly queue: Reader,
    private readonly query: TaskQuery,
  ) {
    const { status, batch_id } = query;
    // What has not finished is in no history, which does not know batches either.
    if (status === 'queued' || status === 'running' || batch_id !== undefined) this.cursor = null;
  }

  /** Whether there may be more. */
  get more(): boolean {
    return !this.queueRead || this.cursor !== null;
  }

  /** The next tasks: as many as asked for, or fewer at the end. */
  async next(count: number): Promise<FoundTask[]> {
    const found: FoundTask[] = [];
    while (found.length < count && this.more) {
      const limit = count - found.length;
      found.push(...(this.queueRead ? await this.nextOfHistory(limit) : await this.nextOfQueue(limit)));
    }
    return found;
  }

  private async nextOfQueue(limit: number): Promise<FoundTask[]> {
    const { items, total } = await this.page(limit);
    this.offset += items.length;
    if (items.length === 0 || this.offset >= total) this.queueRead = true;
    if (items.length > 0) this.streams ??= await this.readStreams();
    return items.map((task) => ({
      task,
      streamName: this.streams?.get(task.stream_id) ?? task.stream_id,
    }));
  }

  private async page(limit: number): Promise<Page<Task>> {
    try {
      return await this.queue.listTasks({ ...this.query, limit, offset: this.offset });
    } catch (error) {
      // The history may still know a stream of that name.
      if (QueueError.is(error, 'not_found')) return { items: [], total: 0, limit, offset: 0 };
      throw error;
    }
  }

  private async nextOfHistory(limit: number): Promise<FoundTask[]> {
    const { batch_id: _, status, ...query } = this.query;
    const finished = status === 'succeeded' || status === 'failed' ? { status } : {};
    const page = await this.queue.listHistory({
      ...query,
      ...finished,
      limit,
      cursor: this.cursor ?? undefined,
    });
    this.cursor = page.next_cursor;
    return page.tasks.map((past) => ({ task: taskOfPast(past), streamName: past.stream_name, past }));
  }

  private async readStreams(): Promise<Map<string, string>> {
    const streams = await everything((page) => this.queue.listStreams(page));
    return new Map(streams.map(({ id, name }) => [id, name]));
  }
}
