/** `sparkq answer`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addAnswer(program: Command, context: CommandContext): void {
  program
    .command('answer')
    .description('answer the question of a task: its next run gets the answer with its note')
    .addArgument(taskArgument)
    .argument('<text...>')
    .addHelpText('after', example(`sparkq answer ${sampleId} "Keep the old table"`))
    .action((id, words) =>
      context.changeTask((queue) => queue.answer(id, { text: words.join(' ') }), 'answered'),
    );
}
