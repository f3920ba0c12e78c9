/** `sparkq stop`: ends the process that serves a queue, if `run` or `serve` started it. */

import type { Command } from '@commander-js/extra-typings';
import { RemoteQueue } from '../../../client/remote/remoteQueue';
import { sleep } from '../../../core/clock';
import { QueueError } from '../../../core/errors';
import type { Origin } from '../../../core/model';
import { wrongState } from '../../../core/refusals';
import { isAlive, processStartTime } from '../../../system/processes';
import { callerOf } from '../../access/caller';
import { type Owner, reachOwner } from '../../access/locate';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';
import { version } from '../../version';

/** How long the process may take to end after it was asked, milliseconds. */
const endLimit = 10_000;
const lookEvery = 50;
/** How long it may take to agree, milliseconds. */
const askLimit = 3_000;

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
      'Close the editor window, or stop that command',
    );
  }
  const startTime = owner.startTime ?? processStartTime(owner.pid);
  const remote = new RemoteQueue({ ...owner, version, caller, silence: askLimit, patience: 0 });
  try {
    await remote.requestStop();
  } catch (error) {
    // A refusal stands; an owner that cannot be reached gets the signal that Ctrl+C or a service manager would send.
    if (!QueueError.is(error, 'unavailable')) throw error;
    signal(owner.pid, 'SIGTERM');
  } finally {
    await remote.close();
  }
  if (await hasEnded(owner.pid, startTime)) return;
  signal(owner.pid, 'SIGKILL');
  if (await hasEnded(owner.pid, startTime)) return;
  throw new QueueError('conflict', `Process ${owner.pid} did not end`, 'Kill it yourself');
}

async function hasEnded(pid: number, startTime: string | null): Promise<boolean> {
  const until = performance.now() + endLimit;
  while (isAlive(pid, startTime)) {
    if (performance.now() >= until) return false;
    await sleep(lookEvery);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
