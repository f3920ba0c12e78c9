/** Whether a queue goes on by itself as long as somebody works on its streams. */

import type { Stream, WaitingCode } from '../core/model';
import { everything } from '../core/paging';
import type { Queue } from '../core/queue';

/** Why a task waits that starts without a person, an outside worker or another task. */
const startsByItself: readonly (WaitingCode | undefined)[] = [
  'next',
  'lane_full',
  'behind',
  'batch_full',
  'resource',
  'folder_busy',
  'machine_full',
  'not_before',
  'limited',
  'resting',
  'resting_probe',
];

/** Queued tasks that are read at once. */
const pageSize = 100;

export interface WorkLeft {
  /** Tasks that run. */
  running: boolean;
  /** Tasks of streams with a worker that are ready or wait for a time. */
  queued: boolean;
  /** Schedules that are due some time. */
  scheduled: boolean;
}

export function isWorkLeft({ running, queued, scheduled }: WorkLeft): boolean {
  return running || queued || scheduled;
}

/** @param only names or ids of the streams that are worked on; null: all that are to have a worker */
export async function readWorkLeft(queue: Queue, only: readonly string[] | null): Promise<WorkLeft> {
  const [{ counts }, schedules, streams] = await Promise.all([
    queue.status(),
    everything((page) => queue.listSchedules(page)),
    everything((page) => queue.listStreams({ ...page, status: 'active' })),
  ]);
  const ours = streams.filter(
    ({ id, name, working }) => working && (only === null || only.includes(name) || only.includes(id)),
  );
  let queued = false;
  for (const stream of ours) queued ||= await startsSomething(queue, stream);
  return {
    running: counts.running > 0,
    queued,
    scheduled: schedules.some(({ next_at: next }) => next !== null),
  };
}

/** Whether one of its queued tasks starts by itself. A task behind others does, if the first of them does. */
async function startsSomething(queue: Queue, { id, counts, paused }: Stream): Promise<boolean> {
  if (paused) return false;
  // Mostly the first one does.
  for (let offset = 0; offset < counts.queued; offset += pageSize) {
    const page = { limit: pageSize, offset };
    const { items } = await queue.listTasks({ ...page, stream: id, status: 'queued', order: 'position' });
    if (items.some(({ waiting_reason: reason }) => startsByItself.includes(reason?.code))) return true;
  }
  return false;
}
