/** `finish_task`. */

import { z } from 'zod';
import { QueueError } from '../../core/errors';
import type { TaskAnswer } from '../../core/model';
import type { Queue } from '../../core/queue';
import { requireText } from '../../core/validation';
import type { Held } from '../heldClaims';
import { factsOf } from '../taskText';
import { type Call, tool } from '../tool';
import { taskId } from './fields';

const outcomes = ['done', 'failed', 'release', 'needs_input'] as const;

export const finishTask = tool({
  name: 'finish_task',
  description:
    'End the task that you have claimed. done: a person reviews the summary. failed: the summary says what went wrong. release: put it back, with no attempt spent.',
  readOnly: false,
  input: z.object({
    task_id: taskId,
    outcome: z.enum(outcomes),
    summary: z.string().describe('What was done, or why not'),
    question: z.string().optional().describe('For needs_input'),
    choices: z.array(z.string()).optional(),
  }),
  async run({ task_id: id, outcome, summary }, call) {
    const text = requireText('Summary', summary);
    if (outcome === 'needs_input') {
      throw new QueueError(
        'invalid_field',
        'Invalid outcome: needs_input. No question can be kept with a task yet',
        'Ask in the conversation, or finish as failed with the question as the summary; a person then requeues it with a note.',
      );
    }
    const answer = await call.claims.finish(call.conversation, id, outcome, (queue, held, key) =>
      report(queue, held, { outcome, text, key }, call),
    );
    return factsOf(answer ?? (await call.queue.getTask(id)));
  },
});

async function report(
  queue: Queue,
  { task: { id }, lease }: Held,
  { outcome, text, key }: { outcome: 'done' | 'failed' | 'release'; text: string; key: string },
  { git }: Call,
): Promise<TaskAnswer> {
  if (outcome === 'release') {
    await queue.heartbeat(id, { lease, message: text });
    return queue.releaseClaim(id, lease, { key });
  }
  const facts = { lease, key, git: await git.atEnd(queue, await queue.getTask(id)) };
  if (outcome === 'done') return queue.complete(id, { ...facts, result_summary: text });
  return queue.fail(id, { ...facts, error_message: text });
}
