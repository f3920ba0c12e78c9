import { toInstant } from '../../core/clock';
import type { Run, Stream } from '../../core/model';
import type { Queue } from '../../core/queue';
import { leftOfLane } from './usualDurations';

const weeks = 4 * 7 * 24 * 60 * 60 * 1000;
/** More runs than these say nothing more about how long work takes. */
const mostRuns = 2_000;
/** The largest page of tasks. Of longer lanes nobody asks for minutes. */
const mostTasks = 1_000;

/** The runs of the last four weeks, last first. */
export async function recentRuns(queue: Queue): Promise<Run[]> {
  const since = toInstant(Date.now() - weeks);
  return (await queue.listRuns({ since, limit: mostRuns })).runs;
}

/** Milliseconds until a stream is empty, by what its work usually takes; undefined if that is not known. */
export async function timeLeft(queue: Queue, stream: Stream): Promise<number | undefined> {
  const { running, queued } = stream.counts;
  if (running + queued === 0 || running + queued > mostTasks) return undefined;
  const page = { stream: stream.id, limit: mostTasks, order: 'position' } as const;
  const [runs, ...lists] = await Promise.all([
    recentRuns(queue),
    queue.listTasks({ ...page, status: 'running' }),
    queue.listTasks({ ...page, status: 'queued' }),
  ]);
  const tasks = lists.flatMap(({ items }) => items).filter(({ parked }) => !parked);
  return leftOfLane(tasks, runs, stream.parallelism, Date.now());
}
