/** `sparkq agents setup`: tells agents how to start `sparkq mcp`, in their own files. */

import { type Command, Option } from '@commander-js/extra-typings';
import { agentNameOf, agentNames } from '../../../agents/agentNames';
import { hookNames } from '../../../agents/hookCommand';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';

export function addAgents(program: Command, context: CommandContext): void {
  const group = program.command('agents').description('make the queue known to coding agents');
  group
    .command('setup')
    .description("write how to start sparkq mcp into the agents' own files of this project")
    .argument('<agents...>', agentNames.join(', '))
    .option('--user', "in the user's files, for all projects")
    .option('--skill', 'write a skill as well, which tells the agent when to queue and how')
    .option('--hooks', 'write hooks as well: a hint when a session starts, a reminder of a task left open')
    .option('--remove', 'take it out again, and the skill and the hooks')
    .option('--print', 'show what would be written, and write nothing')
    .addOption(
      new Option('--check', 'start what is written, and list its tools').conflicts([
        'remove',
        'print',
        'skill',
      ]),
    )
    .addHelpText(
      'after',
      example(
        'sparkq agents setup claude codex',
        'sparkq agents setup claude --check',
        'sparkq agents setup claude --skill --hooks',
        'sparkq agents setup cursor --remove',
      ),
    )
    .action(async (given, options) => {
      const names = [...new Set(given.map(agentNameOf))];
      const { setUpAgents } = await import('./agentSetup');
      await setUpAgents(context, names, options);
    });
  // Agents start it. Exit code 2, as for a wrong usage, would keep some of them from stopping.
  group
    .command('hook', { hidden: true })
    .description('what the hooks of an agent run: its JSON on stdin, what it is to know on stdout')
    .argument('[event]', hookNames.join(' or '))
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (event) => {
      const { runHook } = await import('./agentHook');
      await runHook(context, event);
    });
}
