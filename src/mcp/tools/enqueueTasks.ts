/** `enqueue_tasks`. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { anyAgent } from '../../core/config';
import { isUnapproved, type TaskAnswer, worktreeKinds } from '../../core/model';
import { mostTasksPerCall } from '../../core/validation';
import { taskOfMany } from '../../server/inputSchemas';
import { mainStream } from '../../store/mainStream';
import { wordsOfCheck } from '../../system/shellWords';
import { factsOf, said } from '../taskText';
import { tool } from '../tool';
import { wantedWork } from '../wantedWork';
import { stream } from './fields';

const { prompt, label, after, not_before, timeout, max_attempts } = taskOfMany.shape;
const task = z.object({
  key: z.string().optional().describe('Names the task within this call, for `after`'),
  prompt: prompt.describe('What an agent is to do'),
  tool: z
    .string()
    .optional()
    .describe(`Of a prompt; default: as configured, else ${anyAgent}, which any agent may claim`),
  script: z.string().optional().describe('Path of a script in the workspace, instead of a prompt'),
  args: z.array(z.string()).optional().describe('Of the script'),
  command: z.string().optional().describe('A command line, instead of a prompt'),
  verify: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe('A command line that checks what was done, such as npm test'),
  worktree: z
    .enum(worktreeKinds)
    .optional()
    .describe(
      'Where the agent of a prompt works: in a git worktree of this task or of its stream; none is refused where the stream or the tool has one',
    ),
  label,
  after,
  not_before,
  timeout,
  max_attempts,
});

export const enqueueTasks = tool({
  name: 'enqueue_tasks',
  description:
    'Queue prompts, scripts and commands as one batch, all or none. Prompts are claimed by agents; what would run by itself waits until a person approves it. Give `after` where one needs the result of another.',
  readOnly: false,
  input: z.object({
    stream,
    tasks: z.array(task).min(1).max(mostTasksPerCall),
    label: z.string().optional().describe('Name of the batch'),
    idempotency_key: z.string().min(1).optional().describe('A repeat with the same key queues nothing new'),
  }),
  async run({ stream, tasks, label, idempotency_key: key }, { queue, queued }) {
    const given = await Promise.all(
      tasks.map(async ({ prompt, tool, script, args, command, verify, ...task }, at) => {
        const work = await wantedWork(queue, { prompt, tool, script, args, command }, `tasks.${at}`);
        const timeout = task.timeout ?? work.timeout;
        const check = verify === undefined ? work.verify : wordsOfCheck(verify);
        return { ...work, ...task, timeout, verify: check, label: task.label ?? work.label };
      }),
    );
    const target = stream === undefined ? (await mainStream(queue)).id : stream;
    const answer = await queue.enqueueMany(
      { stream: target, tasks: given, label },
      // Whatever is in the key, this one is plain.
      { key: key && createHash('sha256').update(`mcp ${key}`).digest('hex') },
    );
    for (const { id } of answer.tasks) queued.add(id);
    return said({
      batch_id: answer.batch_id,
      duplicate: answer.duplicate,
      tasks: answer.tasks.map((one, at) => ({ key: tasks[at]?.key, ...factsOf(one) })),
      next: nextOf(answer.tasks),
    });
  },
});

/** What the agent does next. */
function nextOf(tasks: readonly TaskAnswer[]): string {
  const held = tasks.filter((task) => task.status !== undefined && isUnapproved(task));
  if (held.length > 0) {
    return `${held.length} of ${tasks.length} wait until a person approves them, in the editor or with sparkq approve. Go on with something else, or wait: wait_tasks says when they have run, or why they were denied.`;
  }
  const outside = tasks.some(
    (task) => task.status !== undefined && task.warnings.some(({ code }) => code === 'outside_worker'),
  );
  return outside
    ? 'They wait until an agent claims them: claim_task.'
    : 'They run by themselves: wait_tasks says when they have run.';
}
