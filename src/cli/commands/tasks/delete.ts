/** `sparkq delete` and `sparkq undelete`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addDelete(program: Command, context: CommandContext): void {
  program
    .command('delete')
    .description('delete a task that is not running')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq delete ${sampleId}`))
    .action((id) =>
      context.withQueue(async (queue) => {
        await queue.deleteTask(id);
        context.answer({ id, deleted: true }, `Task ${id} deleted`);
      }),
    );
}

export function addUndelete(program: Command, context: CommandContext): void {
  program
    .command('undelete')
    .description('restore a task deleted within the last seven days')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq undelete ${sampleId}`))
    .action((id) => context.changeTask((queue) => queue.undeleteTask(id), 'restored'));
}
