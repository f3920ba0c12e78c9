/** `sparkq tools list`. */

import type { Command } from 'commander';
import type { CommandContext } from '../context';
import { example } from '../help';
import { toolTable } from '../terminal/tables';

export function addToolCommands(program: Command, context: CommandContext): void {
  const tools = program.command('tools').description('the tools that sparkq.yml describes');
  addList(tools, 'list', context);
  // The order of words that the original's hints name.
  addList(program.command('list', { hidden: true }), 'tools', context);
}

function addList(group: Command, name: string, context: CommandContext): void {
  group
    .command(name)
    .description('list the tools, with their class, their timeout and who runs them')
    .addHelpText('after', example('sparkq tools list'))
    .action(() =>
      context.withQueue(async (queue) => {
        const tools = await queue.listTools();
        context.answer(tools, tools.length === 0 ? 'No tools found.' : toolTable(tools));
      }),
    );
}
