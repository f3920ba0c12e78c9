/** Which streams are worked on. */

import type { Queue } from '../core/queue';

/** Tells of each stream whether a process works on it. */
export async function workedOn(
  queue: Pick<Queue, 'listStreamWorkers'>,
): Promise<(stream: { id: string }) => boolean> {
  const workers = await queue.listStreamWorkers();
  const streams = new Set(workers.map(({ stream_id: id }) => id));
  return ({ id }) => streams.has(id);
}
