/** `sparkq tools`. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../context';
import { example } from '../terminal/options';
import { toolTable } from '../terminal/tables';

export function addTools(program: Command, context: CommandContext): void {
  const tools = program.command('tools').description('list the tools, end the rest of an account');
  addList(tools, 'list', context);
  addWake(tools, context);
  // The word order in the original's hints.
  addList(program.command('list', { hidden: true }), 'tools', context);
}

function addList(group: Command, name: string, context: CommandContext): void {
  group
    .command(name)
    .description(
      'list the tools with their class, when their tasks are late and stopped, who runs them, and which rest',
    )
    .addHelpText('after', example('sparkq tools list'))
    .action(() =>
      context.withQueue(async (queue) => {
        const tools = await queue.listTools();
        context.answerList(tools, 'No tools found.', () => toolTable(tools));
      }),
    );
}

function addWake(group: Command, context: CommandContext): void {
  group
    .command('wake')
    .description('end the rest of the account of a tool: you have logged in, or know that its limit is over')
    .argument('<name>', 'name of the tool')
    .addHelpText('after', example('sparkq tools wake opus'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const tool = await queue.wakeTool(name);
        context.answer(tool, `Tool ${tool.name} does not rest`);
      }),
    );
}
