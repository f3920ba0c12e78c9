/** `claim_task`. */

import { z } from 'zod';
import { mainStream } from '../../store/mainStream';
import { said, workOf } from '../taskText';
import { tool } from '../tool';
import { stream, taskId, waitSeconds } from './fields';

/** Two hours. */
const usualSeconds = 7200;
/** Of a deadline; a day. */
const longestSeconds = 86_400;

export const claimTask = tool({
  name: 'claim_task',
  description:
    'Take the next task that is for agents, or the one with task_id, and work on it. While one is open, it is answered again with "resumed": true. Report with update_task, end with finish_task.',
  readOnly: false,
  input: z.object({
    stream,
    task_id: taskId.optional(),
    wait_s: waitSeconds.default(0),
    timeout_s: z
      .int()
      .min(1)
      .max(longestSeconds)
      .default(usualSeconds)
      .describe('Seconds until it fails with no report'),
    another: z.boolean().default(false).describe('Take one although another is open'),
  }),
  async run(input, { queue, claims, git, conversation, worker, signal }) {
    const { stream, task_id: task, wait_s: wait, timeout_s: seconds, another } = input;
    const claim = await claims.claim(
      {
        conversation,
        task,
        stream: task === undefined ? (stream ?? (await mainStream(queue)).id) : undefined,
        wait,
        seconds,
        another,
        as: async () => ({ worker_id: await worker(), ...(await git.atClaim()) }),
      },
      signal,
    );
    if (claim === null) {
      return { task_id: null, message: 'There is no task for agents now. Wait with wait_s, or try later.' };
    }
    const { held, resumed } = claim;
    const { id, attempts, note, label } = held.task;
    const others = claims.openOf(conversation).filter((one) => one !== held);
    return {
      task_id: id,
      resumed,
      ...said({ label, tool: held.task.tool_name, stream: held.stream.name, attempt: attempts, note }),
      ...workOf(held.task),
      ...said({
        instructions: held.stream.instructions,
        cancel_requested: held.cancelRequested,
        open_tasks: others.map((one) => one.task.id),
      }),
      deadline: held.deadline,
    };
  },
});
