/** `sparkq approve` and `sparkq deny`: a person agrees to what an agent has queued, or does not. */

import { Argument, type Command } from '@commander-js/extra-typings';
import { approveShown, readUnapproved, shownRunLines, unapprovedOf } from '../../../client/plannedRuns';
import { QueueError } from '../../../core/errors';
import { taskJson } from '../../../core/exactJson';
import { isId } from '../../../core/ids';
import type { TaskAnswer } from '../../../core/model';
import type { ApprovalScope, Queue } from '../../../core/queue';
import { english } from '../../../core/translator';
import type { CommandContext } from '../../context';
import { confirmOnTerminal, isTerminal } from '../../terminal/dialogue';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank, sampleId } from '../../terminal/options';
import { writeError } from '../../terminal/streams';

const sampleBatch = 'bat_0a1b2c3d4e5f';
const taskOrBatch = new Argument('<task>', 'task id, or the id of a batch').argParser(nonBlank('Task'));

export function addApprove(program: Command, context: CommandContext): void {
  program
    .command('approve')
    .description('show what a task, or all of a batch, would start, and let it start; on a terminal only')
    .addArgument(taskOrBatch)
    .option('--remember', 'from now on the same runs need no approval in this workspace')
    .option('--follow-ups', 'for 12 hours, nor does what the same conversation queues on the same stream')
    .addHelpText('after', example(`sparkq approve ${sampleId}`, `sparkq approve ${sampleBatch} --follow-ups`))
    .action((id, { remember, followUps }) =>
      context.withQueue((queue) => approve(context, queue, id, { remember, follow_ups: followUps })),
    );
}

export function addDeny(program: Command, context: CommandContext): void {
  program
    .command('deny')
    .description('let a task, or all of a batch, that waits for approval fail; on a terminal only')
    .addArgument(taskOrBatch)
    .argument('[reason...]')
    .addHelpText('after', example(`sparkq deny ${sampleId} "Use the staging database"`))
    .action((id, words) =>
      context.withQueue(async (queue) => {
        if (!isTerminal()) throw needsPerson('Denying');
        const reason = words.join(' ');
        // The last ones first: a task whose dependency is denied would fail for that reason instead.
        const ids = isId(id, 'batch')
          ? (await unapprovedOf(queue, id)).map((task) => task.id).reverse()
          : [id];
        const denied: TaskAnswer[] = [];
        for (const one of ids) denied.unshift(await queue.deny(one, { reason }));
        context.answer(
          denied.map((task) => (task.status === undefined ? task : taskJson(task))),
          denied.length === 0
            ? `Nothing of ${id} waits for approval`
            : denied.map((task) => `Task ${task.id} denied`),
        );
      }),
    );
}

async function approve(
  context: CommandContext,
  queue: Queue,
  id: string,
  scope: ApprovalScope,
): Promise<void> {
  const shown = await readUnapproved(queue, id);
  const lines = shown.flatMap((run) => [...shownRunLines(run, english), '']);
  // With --json a person still has to see what is approved.
  if (context.json) writeError(lines.map((line) => `${line}\n`).join(''));
  else context.say(lines);
  const agreed = await confirmOnTerminal(
    shown.length === 1 ? 'Approve it?' : `Approve all ${shown.length}?`,
    false,
  );
  if (agreed === null) throw needsPerson('Approving');
  if (agreed) {
    await approveShown(queue, id, shown, scope);
  } else context.exitCode = exitCodes.refused;
  const ids = shown.map(({ task }) => task.id);
  context.answer(
    { approved: agreed, tasks: ids },
    agreed ? `Approved: ${ids.join(', ')}` : 'Nothing was approved',
  );
}

function needsPerson(what: string): QueueError {
  return new QueueError(
    'conflict',
    `${what} takes a person on a terminal: what is piped in does not count`,
    'Run it on a terminal, or do it in the editor.',
  );
}
