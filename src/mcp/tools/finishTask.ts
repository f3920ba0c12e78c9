/** `finish_task`. */

import { z } from 'zod';
import { QueueError } from '../../core/errors';
import { mostChoices } from '../../core/limits';
import type { TaskAnswer } from '../../core/model';
import type { Queue } from '../../core/queue';
import { requireText } from '../../core/validation';
import type { Held } from '../heldClaims';
import { factsOf } from '../taskText';
import { type Call, tool } from '../tool';
import { isOfRun, needTask, reportedTask } from './fields';

const outcomes = ['done', 'failed', 'release', 'needs_input'] as const;

export const finishTask = tool({
  name: 'finish_task',
  description:
    'End the task that you have claimed. done: a person reviews the summary. failed: the summary says what went wrong. release: put it back, with no attempt spent. needs_input: put it back with a question to a person; whoever claims it next finds the answer in its note.',
  readOnly: false,
  input: z.object({
    task_id: reportedTask,
    outcome: z.enum(outcomes),
    summary: z.string().describe('What was done, or why not'),
    question: z.string().optional().describe('For needs_input'),
    choices: z.array(z.string()).max(mostChoices).optional().describe('Answers to choose from'),
  }),
  ofRun({ task_id: id, outcome, summary, question, choices = [] }, run) {
    if (!isOfRun(id, run)) return null;
    if (outcome === 'release') {
      throw new QueueError(
        'wrong_state',
        `Task ${run.task} is a run of SparkQ, which is not put back by itself`,
        'Say failed and why, or ask a person with needs_input.',
      );
    }
    const asked = outcome === 'needs_input' ? { text: requireText('Question', question), choices } : null;
    run.finish({ outcome, summary, question: asked });
    return { task_id: run.task, outcome, next: 'It counts once this run has ended. End now.' };
  },
  async run({ task_id: named, outcome, summary, question, choices }, call) {
    const id = needTask(named);
    const text = requireText('Summary', summary);
    const asked = outcome === 'needs_input' ? requireText('Question', question) : undefined;
    const answer = await call.claims.finish(call.conversation, id, outcome, (queue, held, key) =>
      report(queue, held, { outcome, text, asked, choices, key }, call),
    );
    return factsOf(answer ?? (await call.queue.getTask(id)));
  },
});

interface Report {
  outcome: (typeof outcomes)[number];
  text: string;
  /** The question, for `needs_input`. */
  asked: string | undefined;
  choices: string[] | undefined;
  key: string;
}

async function report(
  queue: Queue,
  { task: { id }, lease }: Held,
  { outcome, text, asked, choices, key }: Report,
  { git }: Call,
): Promise<TaskAnswer> {
  if (asked !== undefined || outcome === 'release') {
    await queue.heartbeat(id, { lease, message: text });
    return asked === undefined
      ? queue.releaseClaim(id, lease, { key })
      : queue.ask(id, { lease, text: asked, choices, key });
  }
  const facts = { lease, key, git: await git.atEnd(queue, await queue.getTask(id)) };
  if (outcome === 'done') return queue.complete(id, { ...facts, result_summary: text });
  return queue.fail(id, { ...facts, error_message: text });
}
