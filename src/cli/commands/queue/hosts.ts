/** `sparkq hosts`: who shares the queue. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';
import { hostTable } from '../../terminal/tables';

export function addHosts(program: Command, context: CommandContext): void {
  program
    .command('hosts')
    .description('list the hosts that share the queue')
    .addHelpText('after', example('sparkq hosts'))
    .action(() =>
      context.withQueue(async (queue) => {
        const hosts = await queue.listHosts();
        const none = 'The queue is in the files of this host: no other one shares it.';
        context.answerList(hosts, none, () => hostTable(hosts));
      }),
    );
}
