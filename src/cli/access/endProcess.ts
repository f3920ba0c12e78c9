/** Ends a process of SparkQ that stays: politely, then by force. Its runs go on without it. */

import { RemoteQueue } from '../../client/remote/remoteQueue';
import { sleep } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Origin } from '../../core/model';
import { isAlive, processStartTime } from '../../system/processes';
import { version } from '../version';
import type { Owner } from './locate';

/** How long the process may take to end after it was asked, milliseconds. */
const endLimit = 10_000;
const lookEvery = 50;
/** How long it may take to agree, milliseconds. */
const askLimit = 3_000;

/** Ends the owner of a queue. @throws QueueError when it refuses, or does not end */
export async function endOwner(owner: Owner, caller: Origin): Promise<void> {
  const startTime = owner.startTime ?? processStartTime(owner.pid);
  const remote = new RemoteQueue({ ...owner, version, caller, silence: askLimit, patience: 0 });
  try {
    await remote.requestStop();
  } catch (error) {
    // A refusal stands; an owner that cannot be reached gets the signal that Ctrl+C or a service manager would send.
    if (!QueueError.is(error, 'unavailable')) throw error;
    return endProcess(owner.pid, startTime);
  } finally {
    await remote.close();
  }
  if (!(await hasEnded(owner.pid, startTime))) await kill(owner.pid, startTime);
}

/** Sends the signal that Ctrl+C or a service manager would send. @throws QueueError when the process does not end */
export async function endProcess(pid: number, startTime: string | null): Promise<void> {
  signal(pid, 'SIGTERM');
  if (!(await hasEnded(pid, startTime))) await kill(pid, startTime);
}

async function kill(pid: number, startTime: string | null): Promise<void> {
  signal(pid, 'SIGKILL');
  if (await hasEnded(pid, startTime)) return;
  throw new QueueError('conflict', `Process ${pid} did not end`, 'Kill it yourself');
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
