/** `sparkq ask`: puts a claimed task back with a question to a person. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, nonBlank, sampleId, taskArgument } from '../../terminal/options';

export function addAsk(program: Command, context: CommandContext): void {
  program
    .command('ask')
    .description('put a claimed task back with a question; it waits until somebody answers')
    .addArgument(taskArgument)
    .argument('<question...>')
    .requiredOption('--lease <lease>', 'of the claim', nonBlank('Lease'))
    .option('--choice <text>', 'an answer to choose from; may be repeated', (text, before: string[] = []) => [
      ...before,
      nonBlank('Choice')(text),
    ])
    .addHelpText(
      'after',
      example(`sparkq ask ${sampleId} "Drop the old table?" --choice yes --choice no --lease LEASE`),
    )
    .action((id, words, { lease, choice: choices }) =>
      context.changeTask(
        (queue) => queue.ask(id, { lease, text: words.join(' '), choices }),
        'put back with its question',
      ),
    );
}
