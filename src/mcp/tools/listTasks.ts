/** `list_tasks`. */

import { z } from 'zod';
import { QueueError } from '../../core/errors';
import { type Task, taskStatuses } from '../../core/model';
import type { Queue } from '../../core/queue';
import { factsOf } from '../taskText';
import { tool } from '../tool';

const mostTasks = 50;

export const listTasks = tool({
  name: 'list_tasks',
  description: 'List tasks, newest first.',
  readOnly: true,
  input: z.object({
    stream: z.string().optional().describe('Name or id; default: all'),
    status: z.enum(taskStatuses).optional(),
    mine: z.boolean().optional().describe('Only those that this conversation has queued or has open'),
    limit: z.int().min(1).max(mostTasks).default(20),
  }),
  async run({ stream, status, mine, limit }, { queue, queued, claims, conversation }) {
    if (!mine) {
      const { items, total } = await queue.listTasks({ stream, status, limit });
      return { tasks: items.map(factsOf), total };
    }
    const streamId = stream === undefined ? undefined : (await queue.getStream(stream)).id;
    const ids = new Set([...queued, ...claims.openOf(conversation).map(({ task }) => task.id)]);
    const found = await Promise.all([...ids].reverse().map((id) => present(queue, id)));
    const tasks = found.flatMap((task) => task ?? []);
    const chosen = tasks.filter(
      (task) =>
        (streamId === undefined || task.stream_id === streamId) &&
        (status === undefined || task.status === status),
    );
    return { tasks: chosen.slice(0, limit).map(factsOf), total: chosen.length };
  },
});

/** Null for a task that has been removed. */
async function present(queue: Queue, id: string): Promise<Task | null> {
  try {
    return await queue.getTask(id);
  } catch (error) {
    if (QueueError.is(error, 'not_found')) return null;
    throw error;
  }
}
