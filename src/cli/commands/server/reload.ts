/** `sparkq reload`. */

import type { Command } from '@commander-js/extra-typings';
import { isBroken } from '../../../core/config';
import { brokenConfig } from '../../../core/refusals';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';

export function addReload(program: Command, context: CommandContext): void {
  program
    .command('reload')
    .description('reread sparkq.yml in the process that serves the queue')
    .addHelpText('after', example('sparkq reload'))
    .action(() =>
      context.withQueue(async (queue) => {
        await queue.reload();
        const { problems, diagnostics } = await queue.config();
        if (isBroken(diagnostics)) throw brokenConfig(problems);
        context.answer({ reloaded: true, problems }, ['Tool registry reloaded', ...problems]);
      }),
    );
}
