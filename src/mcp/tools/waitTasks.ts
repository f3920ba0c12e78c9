/** `wait_tasks`. */

import { z } from 'zod';
import { finishedTasks } from '../../client/finishedTasks';
import { factsOf } from '../taskText';
import { tool } from '../tool';
import { longestWait, taskId, waitSeconds } from './fields';

const mostTasks = 100;

export const waitTasks = tool({
  name: 'wait_tasks',
  description:
    "Wait until all of these tasks have finished, at most for timeout_s, and say how each stands; `error` of a denied one is the person's reason. Call it again while `open` is not empty.",
  readOnly: true,
  input: z.object({
    task_ids: z.array(taskId).min(1).max(mostTasks),
    timeout_s: waitSeconds.default(longestWait),
  }),
  async run({ task_ids: given, timeout_s: seconds }, { queue, signal }) {
    const ids = [...new Set(given.map((id) => id.trim()))];
    const { tasks, open } = await finishedTasks(queue, ids, { seconds, signal });
    const rest = await Promise.all(open.map((id) => queue.getTask(id)));
    return { tasks: [...tasks, ...rest].map(factsOf), open };
  },
});
