/** `sparkq requeue`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addRequeue(program: Command, context: CommandContext): void {
  program
    .command('requeue')
    .description('copy a finished task to the end of its stream, under a new id')
    .addArgument(taskArgument)
    .option('--note <text>', 'a note for whoever works on the copy')
    .addHelpText('after', example(`sparkq requeue ${sampleId} --note "Leave the schema alone"`))
    .action((id, { note }) =>
      context.withQueue(async (queue) => {
        const copy = await queue.requeue(id, { note });
        context.answerTask(copy, () => `Task ${id} requeued as ${copy.id}`);
      }),
    );
}
