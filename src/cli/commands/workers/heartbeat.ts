/** `sparkq heartbeat`. */

import type { Command } from '@commander-js/extra-typings';
import { localText } from '../../../core/times';
import type { CommandContext } from '../../context';
import { example, nonBlank, parseInteger, sampleId, taskArgument } from '../../terminal/options';

export function addHeartbeat(program: Command, context: CommandContext): void {
  program
    .command('heartbeat')
    .description('renew the lease of a running task, and report progress')
    .addArgument(taskArgument)
    .requiredOption('--lease <lease>', 'the lease from the claim', nonBlank('Lease'))
    .option('--progress <percent>', 'from 0 to 100', parseInteger)
    .option('--message <text>', 'what is being done')
    .addHelpText('after', example(`sparkq heartbeat ${sampleId} --lease 5f3a... --progress 40`))
    .action((id, beat) =>
      context.withQueue(async (queue) => {
        const answer = await queue.heartbeat(id, beat);
        const lines = [`Task ${id} is yours until ${localText(answer.lease_until)}`];
        if (answer.cancel_requested)
          lines.push('Cancellation was requested: stop, and report the task as failed');
        context.answer(answer, lines);
      }),
    );
}
