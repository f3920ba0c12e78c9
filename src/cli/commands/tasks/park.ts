/** `sparkq park` and `sparkq unpark`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';

export function addPark(program: Command, context: CommandContext): void {
  program
    .command('park')
    .description('set a queued task aside, so that it is not handed out')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq park ${sampleId}`))
    .action((id) => context.changeTask((queue) => queue.parkTask(id), 'parked'));
}

export function addUnpark(program: Command, context: CommandContext): void {
  program
    .command('unpark')
    .description('put a parked task back in line')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq unpark ${sampleId}`))
    .action((id) => context.changeTask((queue) => queue.unparkTask(id), 'unparked'));
}
