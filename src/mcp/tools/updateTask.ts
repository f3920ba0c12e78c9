/** `update_task`. */

import { z } from 'zod';
import { QueueError } from '../../core/errors';
import type { TaskPatch } from '../../core/queue';
import { heartbeat, taskPatch } from '../../server/inputSchemas';
import { someField } from '../../server/validation';
import { refuseForbidden } from '../agentPermission';
import { factsOf } from '../taskText';
import { type Call, tool } from '../tool';
import { taskId } from './fields';

const { progress, message } = heartbeat.shape;
const { prompt, label, not_before } = taskPatch.shape;

export const updateTask = tool({
  name: 'update_task',
  description:
    'Report on the task that you have claimed, which starts its deadline afresh; stop if it answers cancel_requested. Or edit or cancel a queued task that you have queued yourself.',
  readOnly: false,
  input: z.object({
    task_id: taskId,
    progress,
    message: message.describe('What is being done'),
    edit: z.object({ prompt, label, not_before }).optional(),
    cancel: z.boolean().optional(),
  }),
  async run({ task_id: id, progress, message, edit, cancel }, call) {
    if (edit === undefined && !cancel) {
      const held = await call.claims.report(call.conversation, id, { progress, message });
      const { task, deadline, cancelRequested } = held;
      return { task_id: task.id, deadline, cancel_requested: cancelRequested };
    }
    if (edit !== undefined && cancel) {
      throw new QueueError('invalid_field', 'Invalid edit: the task is to be cancelled', 'Give one of both.');
    }
    return edit === undefined ? cancelOwn(id, call) : editOwn(id, someField(edit), call);
  },
});

async function editOwn(id: string, patch: TaskPatch, call: Call): Promise<object> {
  const tool = await ownQueued(id, call);
  await refuseForbidden(call.queue, [{ tool }]);
  return factsOf(await call.queue.editTask(id, patch));
}

async function cancelOwn(id: string, call: Call): Promise<object> {
  await ownQueued(id, call);
  return factsOf(await call.queue.cancel(id));
}

/** The tool of a queued task that the conversation has queued itself. @throws QueueError for any other task */
async function ownQueued(id: string, { queue, queued }: Call): Promise<string> {
  const task = await queue.getTask(id);
  if (!queued.has(task.id)) {
    throw new QueueError(
      'forbidden',
      `Task ${task.id} was not queued by this conversation`,
      'Ask the person to edit or cancel it.',
    );
  }
  if (task.status !== 'queued') {
    throw new QueueError(
      'wrong_state',
      `Task ${task.id} is ${task.status}`,
      'Only a queued task can be changed.',
    );
  }
  return task.tool_name;
}
