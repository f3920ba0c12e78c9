/** `sparkq ps`: every queue of this user on this machine. */

import type { Command } from '@commander-js/extra-typings';
import { type MachineQueue, MachineQueues, type QueueActivity } from '../../../client/machineQueues';
import { userFolderPath } from '../../../client/userFolder';
import { oneLine } from '../../../core/plainText';
import { runLines } from '../../access/status';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';
import { version } from '../../version';

export function addPs(program: Command, context: CommandContext): void {
  program
    .command('ps')
    .description('list all queues of this user on this machine, and what each is doing')
    .addHelpText('after', example('sparkq ps', 'sparkq ps --json'))
    .action(async () => {
      const queues = await new MachineQueues(userFolderPath(context.env), version).read();
      const now = Date.now();
      context.answerList(queues, 'No queues found.', () => queues.flatMap((queue) => linesOf(queue, now)));
    });
}

function linesOf(queue: MachineQueue, now: number): string[] {
  const { folder, storage, activity } = queue;
  const head = `${folder ?? storage}: ${stateOf(queue)}`;
  return [oneLine(head), ...(activity === null ? [] : activityLines(activity, now))];
}

function stateOf({ folder, folder_exists: exists, owner, error }: MachineQueue): string {
  const holder =
    owner === null ? 'nobody has it open' : `open (${owner.role}, PID ${owner.pid}, ${owner.url})`;
  const missing = folder === null || exists ? '' : ', but the folder does not exist';
  return `${holder}${missing}${error === null ? '' : `: ${error}`}`;
}

function activityLines(activity: QueueActivity, now: number): string[] {
  const { queued, running, failed, unapproved, questions, stuck } = activity;
  return [
    `  ${queued} queued, ${running} running, ${failed} failed`,
    ...runLines(activity, now),
    ...(unapproved > 0 ? [`  Waits for you: ${unapproved} to approve`] : []),
    ...(questions > 0 ? [`  Waits for you: ${questions} ${questions === 1 ? 'question' : 'questions'}`] : []),
    ...stuck.map(({ waiting, queued: tasks }) => `  Waits for you: ${tasks} queued. ${oneLine(waiting)}`),
  ];
}
