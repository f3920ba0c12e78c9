/** Changes a file that several processes share: one at a time. */

import { type Clock, sleep } from '../core/clock';
import { QueueError } from '../core/errors';
import { PidLock } from './pidLock';

/** Milliseconds to wait while others change the file, and between two tries. */
const lockWait = 10_000;
const lockPoll = 10;

/**
 * Runs `work` while no other process does so for the same file; a process that is killed meanwhile holds up nobody.
 * @throws QueueError `unavailable` where another one takes longer than 10 seconds
 */
export async function whileLocked<T>(file: string, clock: Clock, work: () => T): Promise<T> {
  const until = clock.monotonic() + lockWait;
  for (;;) {
    const taken = PidLock.acquire(`${file}.lock`, clock);
    if ('lock' in taken) {
      try {
        return work();
      } finally {
        taken.lock.release();
      }
    }
    if (clock.monotonic() > until)
      throw new QueueError('unavailable', `${file} is locked by process ${taken.holder.pid}`);
    await sleep(lockPoll, clock);
  }
}
