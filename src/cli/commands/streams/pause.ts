/** `sparkq pause` and `sparkq resume`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, streamArgument } from '../../terminal/options';

export function addPause(program: Command, context: CommandContext): void {
  program
    .command('pause')
    .description('stop handing out the tasks of a stream')
    .addArgument(streamArgument)
    .addHelpText('after', example('sparkq pause auth'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const stream = await queue.pauseStream(name);
        context.answer(stream, `Stream '${stream.name}' paused`);
      }),
    );
}

export function addResume(program: Command, context: CommandContext): void {
  program
    .command('resume')
    .description('hand out the tasks of a paused stream again')
    .addArgument(streamArgument)
    .addHelpText('after', example('sparkq resume auth'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const stream = await queue.resumeStream(name);
        context.answer(stream, `Stream '${stream.name}' resumed`);
      }),
    );
}
