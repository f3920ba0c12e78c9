/** `sparkq move`. */

import { type Command, Option } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import type { CommandContext } from '../../context';
import { example, nonBlank, sampleId, taskArgument } from '../../terminal/options';

export function addMove(program: Command, context: CommandContext): void {
  program
    .command('move')
    .description('move a queued task within its stream, or to another one')
    .addArgument(taskArgument)
    .option('-s, --stream <stream>', 'to this stream (name or id)', nonBlank('Stream'))
    .addOption(
      new Option('--before <task>', 'right before this task')
        .argParser(nonBlank('Task'))
        .conflicts(['after', 'to']),
    )
    .addOption(
      new Option('--after <task>', 'right after this task').argParser(nonBlank('Task')).conflicts(['to']),
    )
    .addOption(new Option('--to <end>', 'to this end of the stream').choices(['front', 'back']))
    .addHelpText(
      'after',
      example(`sparkq move ${sampleId} --to front`, `sparkq move ${sampleId} --stream docs`),
    )
    .action((id, options) => {
      if (Object.keys(options).length === 0) {
        throw new QueueError(
          'missing_field',
          'A destination is required',
          'Add --stream, --before, --after or --to',
        );
      }
      return context.withQueue(async (queue) => {
        const task = await queue.moveTask(id, options);
        const stream = task.status === undefined ? null : await queue.getStream(task.stream_id);
        context.answerTask(task, () => `Task ${task.id} moved in stream '${stream?.name}'`);
      });
    });
}
