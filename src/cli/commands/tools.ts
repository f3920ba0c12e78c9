/** `sparkq tools list`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../context';
import { example } from '../terminal/options';
import { toolTable } from '../terminal/tables';

export function addTools(program: Command, context: CommandContext): void {
  addList(program.command('tools').description('list the tools'), 'list', context);
  // The word order in the original's hints.
  addList(program.command('list', { hidden: true }), 'tools', context);
}

function addList(group: Command, name: string, context: CommandContext): void {
  group
    .command(name)
    .description('list the tools with their class, when their tasks are late and stopped, and who runs them')
    .addHelpText('after', example('sparkq tools list'))
    .action(() =>
      context.withQueue(async (queue) => {
        const tools = await queue.listTools();
        context.answerList(tools, 'No tools found.', () => toolTable(tools));
      }),
    );
}
