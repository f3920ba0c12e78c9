/** Validates the messages and the state of a task page. Pure. */

import * as z from 'zod';
import { isId } from '../../core/ids';
import { longestChoice } from '../../core/limits';
import { outputNames } from '../../core/queue';
import { type FromTaskPage, taskPageCommands } from '../../pages/taskPage/taskPageProtocol';

const attempt = z.int().min(1).max(1_000_000);
const place = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const taskId = z.string().refine((id) => isId(id, 'task'));
const path = z.string().min(1).max(4_096);

const message = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('focused') }),
  z.strictObject({ type: z.literal('ready'), attempt: attempt.nullable(), raw: z.boolean() }),
  z.strictObject({ type: z.literal('run'), command: z.enum(taskPageCommands) }),
  z.strictObject({
    type: z.literal('answer'),
    text: z.string().min(1).max(longestChoice),
    askedAt: z.string().min(1).max(100),
  }),
  z.strictObject({
    type: z.literal('approve'),
    digest: z.string().min(1).max(100),
    remember: z.boolean(),
    follow_ups: z.boolean(),
  }),
  z.strictObject({ type: z.literal('openTask'), taskId }),
  z.strictObject({ type: z.literal('openFile'), path, line: place, column: place }),
  z.strictObject({ type: z.literal('chooseAttempt'), attempt }),
  z.strictObject({ type: z.literal('chooseForm'), raw: z.boolean() }),
  z.strictObject({ type: z.literal('showEarlier'), stream: z.enum(outputNames), before: place }),
  z.strictObject({ type: z.literal('openOutput'), attempt }),
  z.strictObject({ type: z.literal('openChange'), path }),
  z.strictObject({ type: z.literal('openChanges') }),
  z.strictObject({ type: z.literal('readChanges') }),
]);

const sent = z.strictObject({ page: taskId, message });

/**
 * The message; undefined if it is invalid, or from the page of another task: the panel may have shown that one when a
 * button was pressed, and what is under way must not act on this task.
 */
export function readTaskPageMessage(value: unknown, page: string): FromTaskPage | undefined {
  const { data } = sent.safeParse(value);
  return data?.page === page ? data.message : undefined;
}

/** The task in the state of a restored page. */
export function taskOfState(state: unknown): string | undefined {
  return z.object({ taskId }).safeParse(state).data?.taskId;
}
