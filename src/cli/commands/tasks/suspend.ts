/** `sparkq suspend`, `sparkq continue` and `sparkq signal`: a run, while it runs. */

import { Argument, type Command } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addSuspend(program: Command, context: CommandContext): void {
  program
    .command('suspend')
    .description('stop the processes of a run until it is continued; its time limits stand still')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq suspend ${sampleId}`))
    .action((id) => context.changeTask((queue) => queue.suspend(id), 'suspended'));
}

export function addContinue(program: Command, context: CommandContext): void {
  program
    .command('continue')
    .description('continue a suspended run')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq continue ${sampleId}`))
    .action((id) => context.changeTask((queue) => queue.continue(id), 'continues'));
}

export function addSignal(program: Command, context: CommandContext): void {
  program
    .command('signal')
    .description('send a signal to the script of a running task and the processes in its group')
    .addArgument(taskArgument)
    .addArgument(new Argument('<signal>', 'name or number, such as HUP'))
    .addHelpText('after', example(`sparkq signal ${sampleId} HUP`))
    .action((id, name) =>
      context.withQueue(async (queue) => {
        const { signalNamed, signalRun } = await import('../../../runner/signalRun');
        const signal = signalNamed(name);
        const target = context.find();
        if (!('storage' in target)) {
          throw new QueueError(
            'wrong_state',
            'A signal can be sent only on the machine of the queue',
            'Run the command there, without SPARKQ_URL.',
          );
        }
        const pid = signalRun(target.storage, await queue.getTask(id), signal);
        context.answer({ id, signal, pid }, `Sent ${signal} to process ${pid} of task ${id}`);
      }),
    );
}
