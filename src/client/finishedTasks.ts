/** Waiting until tasks have finished. */

import { sleep } from '../core/clock';
import { isFinished, type Task } from '../core/model';
import type { Queue } from '../core/queue';

/**
 * The tasks that have finished by the time all have, or the time is over; the others are still open. The queue's events
 * say which to read again.
 */
export async function finishedTasks(
  queue: Queue,
  ids: readonly string[],
  { seconds = Number.POSITIVE_INFINITY, signal }: { seconds?: number; signal?: AbortSignal },
): Promise<{ tasks: Task[]; open: string[] }> {
  const done = new Map<string, Task>();
  const open = new Set(ids);
  const end = performance.now() + seconds * 1000;
  let changed = new AbortController();
  const toRead = new Set(ids);
  const unsubscribe = queue.subscribe(({ type, task_id: id }) => {
    const ended = type === 'reset' ? open : id !== undefined && open.has(id) ? [id] : [];
    for (const one of ended) toRead.add(one);
    if (toRead.size > 0) changed.abort();
  });
  const stop = (): void => changed.abort();
  signal?.addEventListener('abort', stop);
  try {
    for (;;) {
      changed = new AbortController();
      const reading = [...toRead];
      toRead.clear();
      for (const id of reading) {
        const task = await queue.getTask(id);
        if (!isFinished(task)) continue;
        done.set(id, task);
        open.delete(id);
      }
      const left = end - performance.now();
      if (open.size === 0 || left <= 0 || signal?.aborted) {
        return { tasks: ids.flatMap((id) => done.get(id) ?? []), open: [...open] };
      }
      await sleep(left, undefined, changed.signal);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    unsubscribe();
  }
}
