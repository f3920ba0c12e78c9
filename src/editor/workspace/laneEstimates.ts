import { toInstant } from '../../core/clock';
import { Coalescer } from '../../core/coalescer';
import type { Unsubscribe } from '../../core/events';
import type { Run, Stream, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { leftOfLane, usualDurations } from './usualDurations';

const weeks = 4 * 7 * 24 * 60 * 60 * 1000;
/** More runs than these say nothing more about how long work takes. */
const mostRuns = 2_000;
/** The largest page of tasks. Of longer lanes nobody asks for minutes. */
const mostTasks = 1_000;
/** In milliseconds: an estimate need not follow each task. */
const pace = { delay: 500, gap: 10_000 };

/** The runs of the last four weeks, last first. */
export async function recentRuns(queue: Queue): Promise<Run[]> {
  const since = toInstant(Date.now() - weeks);
  return (await queue.listRuns({ since, limit: mostRuns })).runs;
}

interface Lane {
  tasks: readonly Task[];
  parallelism: number;
}

/** How long each lane will take, by what its work usually takes: read again after events while somebody sees it. */
export class LaneEstimates {
  private lanes = new Map<string, Lane>();
  private usual = new Map<string, number>();
  private readonly unsubscribe: Unsubscribe;
  private readonly reading = new Coalescer(() => this.read().catch(this.onError), pace);

  /** @param listener is called when they have been read */
  constructor(
    private readonly queue: Queue,
    private readonly listener: () => void,
    private readonly onError: (error: unknown) => void,
    private readonly isVisible: () => boolean = () => true,
  ) {
    this.unsubscribe = queue.subscribe(() => this.refresh());
  }

  dispose(): void {
    this.unsubscribe();
    this.reading.stop();
  }

  refresh(): void {
    if (this.isVisible()) this.reading.request();
  }

  /** Milliseconds until a stream is empty; undefined if that is not known. @param now wall-clock milliseconds */
  left(streamId: string, now: number): number | undefined {
    const lane = this.lanes.get(streamId);
    return lane && leftOfLane(lane.tasks, this.usual, lane.parallelism, now);
  }

  private async read(): Promise<void> {
    const streams = await everything((page) => this.queue.listStreams({ ...page, status: 'active' }));
    const busy = streams.filter(({ counts: { running, queued } }) => {
      const left = running + queued;
      return left > 0 && left <= mostTasks;
    });
    this.usual = busy.length === 0 ? new Map() : usualDurations(await recentRuns(this.queue));
    this.lanes = new Map();
    for (const stream of this.usual.size === 0 ? [] : busy) {
      this.lanes.set(stream.id, { tasks: await this.tasksOf(stream), parallelism: stream.parallelism });
    }
    this.listener();
  }

  private async tasksOf({ id }: Stream): Promise<Task[]> {
    const page = { stream: id, limit: mostTasks, order: 'position' } as const;
    const lists = await Promise.all([
      this.queue.listTasks({ ...page, status: 'running' }),
      this.queue.listTasks({ ...page, status: 'queued' }),
    ]);
    return lists.flatMap(({ items }) => items).filter(({ parked }) => !parked);
  }
}
