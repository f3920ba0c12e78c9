/** `queue_status`. */

import { z } from 'zod';
import type { Stream } from '../../core/model';
import { everything } from '../../core/paging';
import { said } from '../taskText';
import { tool } from '../tool';

/** Most running tasks that are named. */
const mostRunning = 20;

export const queueStatus = tool({
  name: 'queue_status',
  description:
    'What the queue has: its active streams with how many tasks are queued, running, succeeded and failed, what is running, and which task this conversation has open.',
  readOnly: true,
  input: z.object({ stream: z.string().optional().describe('Name or id; default: all active streams') }),
  async run({ stream }, { queue, claims, conversation }) {
    const streams =
      stream === undefined
        ? await everything((page) => queue.listStreams({ ...page, status: 'active' }))
        : [await queue.getStream(stream)];
    const running = await queue.listTasks({ stream, status: 'running', limit: mostRunning });
    return {
      streams: streams.map(streamFacts),
      running: running.items.map(({ id, label, tool_name: tool, stream_id, progress, progress_message }) =>
        said({ task_id: id, label, tool, stream_id, progress, message: progress_message }),
      ),
      open_tasks: claims.openOf(conversation).map(({ task }) => task.id),
    };
  },
});

function streamFacts({ id, name, paused, instructions, waiting, counts }: Stream): object {
  const { queued, running, succeeded, failed } = counts;
  return said({
    stream: name,
    stream_id: id,
    paused,
    instructions,
    waiting,
    queued,
    running,
    succeeded,
    failed,
  });
}
