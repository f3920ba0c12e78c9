/** `sparkq cancel`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addCancel(program: Command, context: CommandContext): void {
  program
    .command('cancel')
    .description('cancel a queued task, or ask a running one to stop')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq cancel ${sampleId}`))
    .action((id) =>
      context.changeTask(
        (queue) => queue.cancel(id),
        ({ status }) => (status === 'running' ? 'was asked to stop' : 'cancelled'),
      ),
    );
}
