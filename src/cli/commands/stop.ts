/** Ends the process that serves a queue, if `run` or `serve` started it. */

import { RemoteQueue } from '../../client/remote/remoteQueue';
import { sleep } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { isAlive, processStartTime } from '../../system/processes';
import type { Owner } from '../access/locate';
import { CommandError } from '../terminal/errors';
import { version } from '../version';

/** How long the process may take to end after it was asked, milliseconds. */
const endLimit = 10_000;
const lookEvery = 50;
/** How long it may take to answer that it will, milliseconds. */
const askLimit = 3_000;

/** @throws CommandError when the owner is anything but run or serve, or does not end */
export async function stopOwner(owner: Owner): Promise<void> {
  if (owner.role !== 'serve') {
    throw new CommandError(`Stop not allowed: the queue is served by ${owner.role} (PID ${owner.pid})`, {
      suggestion: 'Close the editor window, or end that command, if nobody needs the queue',
    });
  }
  const startTime = processStartTime(owner.pid);
  const remote = new RemoteQueue({ ...owner, version, silence: askLimit, patience: 0 });
  try {
    await remote.requestStop();
  } catch (error) {
    // A refusal stands; an owner that cannot be reached gets the signal that Ctrl-C or a service manager would send.
    if (!QueueError.is(error, 'unavailable')) throw error;
    signal(owner.pid, 'SIGTERM');
  } finally {
    await remote.close();
  }
  if (await hasEnded(owner.pid, startTime)) return;
  signal(owner.pid, 'SIGKILL');
  if (await hasEnded(owner.pid, startTime)) return;
  throw new QueueError('conflict', `Process ${owner.pid} does not end`, 'End it by hand');
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
