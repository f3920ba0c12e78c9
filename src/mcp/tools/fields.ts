/** Fields that several tools have. */

import { z } from 'zod';
import { required } from '../../core/refusals';
import type { BoundRun } from '../../runner/boundRun';

/** A field that may be left out. */
export const taskId = z.string().describe('Id such as tsk_0a1b2c3d4e5f');
/** May be left out by an agent that is itself a run of the queue. */
export const reportedTask = taskId.optional();
export const stream = z.string().optional().describe('Name or id; default: main');
/** The longest wait of a call, seconds. */
export const longestWait = 45;
export const waitSeconds = z
  .number()
  .min(0)
  .max(longestWait)
  .describe(`Seconds to wait, up to ${longestWait}`);

/** @throws QueueError `missing_field` */
export function needTask(id: string | undefined): string {
  if (id === undefined) throw required('task_id', 'Give the id of the task that you have claimed.');
  return id;
}

/** Whether a report is on the run that the agent is. */
export function isOfRun(id: string | undefined, run: BoundRun): boolean {
  return id === undefined || id.trim() === run.task;
}
