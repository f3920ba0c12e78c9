/** `sparkq stop`: ends the process that serves a queue, if `run` or `serve` started it. */

import type { Command } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import type { Origin } from '../../../core/model';
import { wrongState } from '../../../core/refusals';
import { callerOf } from '../../access/caller';
import { endOwner } from '../../access/endProcess';
import { type Owner, reachOwner } from '../../access/locate';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';

export function addStop(program: Command, context: CommandContext): void {
  program
    .command('stop')
    .description('stop the process that serve or run started; never an editor')
    .addHelpText('after', example('sparkq stop'))
    .action(async () => {
      const owner = await reachOwner(context.find(), context.env);
      if (owner === null) throw wrongState('Stop', 'stopped', 'sparkq run');
      await stopOwner(owner, callerOf(context.env));
      context.answer({ stopped: true, pid: owner.pid }, 'SparkQ server stopped');
    });
}

/** @throws QueueError when the owner is anything but run or serve, or does not end */
async function stopOwner(owner: Owner, caller: Origin): Promise<void> {
  if (owner.role !== 'serve') {
    throw new QueueError(
      'conflict',
      `Stop not allowed: the queue is served by ${owner.role} (PID ${owner.pid})`,
      owner.role === 'up' ? 'End it with: sparkq down' : 'Close the editor window, or stop that command',
    );
  }
  await endOwner(owner, caller);
}
