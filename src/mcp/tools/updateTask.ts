/** `update_task`. */

import { z } from 'zod';
import { QueueError } from '../../core/errors';
import { heartbeat, taskPatch } from '../../server/inputSchemas';
import { someField } from '../../server/validation';
import { factsOf } from '../taskText';
import { tool } from '../tool';
import { isOfRun, needTask, reportedTask } from './fields';

const { progress, message } = heartbeat.shape;
const { prompt, label, not_before } = taskPatch.shape;

export const updateTask = tool({
  name: 'update_task',
  description:
    'Report on the task that you have claimed, which starts its deadline afresh; stop if it answers cancel_requested. Or edit or cancel a queued task that you have queued yourself; one that was approved then waits for that again.',
  readOnly: false,
  input: z.object({
    task_id: reportedTask,
    progress,
    message: message.describe('What is being done'),
    edit: z.object({ prompt, label, not_before }).optional(),
    cancel: z.boolean().optional(),
  }),
  ofRun({ task_id: id, progress, message, edit, cancel }, run) {
    if (edit !== undefined || cancel || !isOfRun(id, run)) return null;
    run.report({ percent: progress ?? null, message: message ?? null });
    return { task_id: run.task, cancel_requested: run.cancelRequested };
  },
  async run({ task_id: named, progress, message, edit, cancel }, call) {
    const id = needTask(named);
    if (edit === undefined && !cancel) {
      const held = await call.claims.report(call.conversation, id, { progress, message });
      const { task, deadline, cancelRequested } = held;
      return { task_id: task.id, deadline, cancel_requested: cancelRequested };
    }
    if (edit !== undefined && cancel) {
      throw new QueueError('invalid_field', 'Invalid edit: the task is to be cancelled', 'Give one of both.');
    }
    // The queue knows whose task it is.
    const { queue } = call;
    return factsOf(edit === undefined ? await queue.cancel(id) : await queue.editTask(id, someField(edit)));
  },
});
