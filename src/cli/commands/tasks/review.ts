/** `sparkq review`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addReview(program: Command, context: CommandContext): void {
  program
    .command('review')
    .description('mark a finished task as reviewed')
    .addArgument(taskArgument)
    .option('--reject', 'do not accept its result')
    .addHelpText('after', example(`sparkq review ${sampleId}`, `sparkq review ${sampleId} --reject`))
    .action((id, { reject = false }) =>
      context.changeTask(
        (queue) => queue.reviewTask(id, { accepted: !reject }),
        reject ? 'reviewed and not accepted' : 'accepted',
      ),
    );
}
