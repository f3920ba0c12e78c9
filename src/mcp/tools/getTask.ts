/** `get_task`. */

import { z } from 'zod';
import { factsOf, said, workOf } from '../taskText';
import { tool } from '../tool';
import { taskId } from './fields';

const longestTail = 32_768;

export const getTask = tool({
  name: 'get_task',
  description: 'One task with its prompt and, if asked for, the end of its output.',
  readOnly: true,
  input: z.object({
    task_id: taskId,
    output_tail: z
      .int()
      .min(0)
      .max(longestTail)
      .default(0)
      .describe('Characters of stdout, of stderr, and of what its check wrote'),
  }),
  async run({ task_id: id, output_tail: tail }, { queue }) {
    const task = await queue.getTask(id);
    const end = (text: string | null) => (tail === 0 ? null : text?.slice(-tail));
    return {
      ...factsOf(task),
      ...workOf(task),
      ...said({ stdout: end(task.stdout), stderr: end(task.stderr), check: end(task.check) }),
    };
  },
});
