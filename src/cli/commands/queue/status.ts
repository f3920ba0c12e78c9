/** `sparkq status`. Without options cli.ts answers it, since that is quicker, unless a server may have the queue. */

import type { Command } from '@commander-js/extra-typings';
import { mayBeOnServer, readStatus, statusLines } from '../../access/status';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';

export function addStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description(
      'show whether the queue is served, by which process and where, and what up started; on a terminal, what runs as well',
    )
    .addHelpText('after', example('sparkq status', 'sparkq status --json'))
    .action(async () => {
      const onTerminal = context.terminalWidth !== null;
      const target = context.find();
      const status = await readStatus(target, context.env, context.json || onTerminal);
      if (!status.running && mayBeOnServer(target, context.env)) {
        const { demandDatabase } = await import('../../access/configuredDatabase');
        await demandDatabase(target, context.env);
      }
      context.answer(status, statusLines(status, Date.now()));
    });
}
