/** `enqueue_tasks`. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { anyAgent } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { NewTaskOfMany } from '../../core/queue';
import { mostTasksPerCall } from '../../core/validation';
import { taskOfMany } from '../../server/inputSchemas';
import { mainStream } from '../../store/mainStream';
import { refuseForbidden } from '../agentPermission';
import { factsOf, said } from '../taskText';
import { tool } from '../tool';
import { stream } from './fields';

const { prompt, label, after, not_before, timeout, max_attempts } = taskOfMany.shape;
const task = z.object({
  key: z.string().describe('Names the task within this call, for `after`'),
  prompt: prompt.describe('What an agent is to do'),
  tool: z.string().optional().describe(`Default: ${anyAgent}, which any agent may claim`),
  script: z.string().optional().describe('Refused: only a person queues what runs by itself'),
  args: z.array(z.string()).optional(),
  command: z.string().optional().describe('Refused, as script'),
  label,
  after,
  not_before,
  timeout,
  max_attempts,
});

export const enqueueTasks = tool({
  name: 'enqueue_tasks',
  description:
    'Queue prompts as one batch, all or none, to be claimed by agents, now or later. Give `after` where one needs the result of another.',
  readOnly: false,
  input: z.object({
    stream,
    tasks: z.array(task).min(1).max(mostTasksPerCall),
    label: z.string().optional().describe('Name of the batch'),
    idempotency_key: z.string().min(1).optional().describe('A repeat with the same key queues nothing new'),
  }),
  async run({ stream, tasks, label, idempotency_key: key }, { queue, queued }) {
    const wanted = tasks.map(({ tool = anyAgent, script, command }) => ({ tool, script, command }));
    await refuseForbidden(queue, wanted);
    const target = stream === undefined ? (await mainStream(queue)).id : stream;
    const given = tasks.map(({ tool = anyAgent, script: _, command: __, args: ___, ...task }, at) =>
      withPrompt({ ...task, tool_name: tool }, at),
    );
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
      next: 'They wait until an agent claims them: claim_task.',
    });
  },
});

function withPrompt(task: NewTaskOfMany, at: number): NewTaskOfMany {
  if (task.prompt !== undefined && task.prompt.trim() !== '') return task;
  throw new QueueError('missing_field', `Missing field tasks.${at}.prompt`, 'Say what is to be done.');
}
