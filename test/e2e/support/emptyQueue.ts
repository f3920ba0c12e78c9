import assert from 'node:assert/strict';
import type { TaskStatus } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { until } from './until';

/** Takes everything out of a queue: schedules, tasks, of which none goes on, streams and sessions. */
export async function emptyQueue(queue: Queue): Promise<void> {
  const tasks = (status?: TaskStatus) => queue.listTasks({ status, limit: 100 });
  for (const { id } of (await queue.listSchedules()).items) await queue.removeSchedule(id);
  for (const { id } of (await queue.listStreams()).items) await queue.updateStream(id, { working: false });
  // Those that wait for a task end with it.
  for (let [next] = (await tasks('queued')).items; next; [next] = (await tasks('queued')).items)
    await queue.cancel(next.id);
  for (const { id } of (await tasks('running')).items) await queue.cancel(id);
  await until('nothing is running', async () => (await tasks('running')).total === 0);
  const { items, total } = await tasks();
  assert.equal(items.length, total);
  for (const { id } of items) await queue.deleteTask(id);
  for (const { id } of (await queue.listSessions()).items) await queue.deleteSession(id);
}
