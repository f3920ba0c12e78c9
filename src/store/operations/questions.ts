/** What the worker of a task asks a person, and the answer. */

import type { Instant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Question, TaskAnswer } from '../../core/model';
import type { Asked, Mutation } from '../../core/queue';
import { checkQuestion, requireText } from '../../core/validation';
import type { Context } from '../rows/change';
import { mutate } from '../rows/idempotency';
import { needTask, patchTask, repeatTask, taskView } from '../rows/taskTable';
import { claimedTask, closeAttempt, giveBack } from './leases';
import { attemptFacts } from './reports';

/** Puts a claimed task back, to wait for the answer. */
export async function askQuestion(
  context: Context,
  id: string,
  { text, choices, key, ...facts }: Asked,
): Promise<TaskAnswer> {
  const asked = checkQuestion(text, choices);
  return mutate(context, `ask ${id}`, { key }, repeatTask, (change) => {
    const row = claimedTask(change, id, facts.lease);
    // Until its processes have gone, nothing may put it back; its runner says when that is so.
    if (row.supervised === 1 && facts.attempt !== row.attempts) {
      throw new QueueError(
        'wrong_state',
        `Task ${row.id} is a run of the built-in runner, which reports its question once it has ended`,
        'Ask from within the run: finish_task of sparkq mcp, with needs_input.',
      );
    }
    return giveBack(change, row, 'task.asked', () => {
      closeAttempt(change, row.id, row.attempts, {
        ...attemptFacts(facts),
        outcome: 'asked',
        summary: asked.text,
      });
      const question: Question = { ...asked, asked_at: change.now };
      return { question: JSON.stringify(question) };
    });
  });
}

/** Answers a question: the next run finds both in its note. */
export async function answerQuestion(
  context: Context,
  id: string,
  { text, asked_at: meant }: { text: string; asked_at?: Instant },
  mutation?: Mutation,
): Promise<TaskAnswer> {
  const answer = requireText('Answer', text);
  return mutate(context, `answer ${id}`, mutation, repeatTask, (change) => {
    const row = needTask(change.tx, id);
    if (row.status !== 'queued' || row.question === null) {
      throw new QueueError('wrong_state', `Task ${row.id} asks nothing`, `Look at it: sparkq task ${row.id}`);
    }
    const { text: asked, asked_at } = JSON.parse(row.question) as Question;
    if (meant !== undefined && meant !== asked_at) {
      throw new QueueError(
        'changed',
        `Task ${row.id} asks something else now: ${asked}`,
        `Look at it: sparkq task ${row.id}`,
      );
    }
    const exchange = `Question: ${asked}\nAnswer: ${answer}`;
    const note = row.note === null ? exchange : `${row.note}\n\n${exchange}`;
    const task = taskView(change, patchTask(change, row, { question: null, note }));
    change.emitTask('task.updated', task);
    change.wake(row.stream_id);
    return task;
  });
}
