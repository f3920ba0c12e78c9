/** Changes a file that several processes share, or what it stands for: one at a time. */

import { type Clock, sleep } from '../core/clock';
import { QueueError } from '../core/errors';
import { PidLock } from './pidLock';

/** Milliseconds to wait while others are at work, and between two tries. */
interface LockWait {
  wait: number;
  poll: number;
}
const usualWait: LockWait = { wait: 10_000, poll: 10 };

/**
 * Runs `work` while no other process does so for the same file; a process that is killed meanwhile holds up nobody.
 * @throws QueueError `unavailable` where another one takes too long: by default 10 seconds
 */
export async function whileLocked<T>(
  file: string,
  clock: Clock,
  work: () => T | Promise<T>,
  { wait, poll } = usualWait,
): Promise<T> {
  const until = clock.monotonic() + wait;
  for (;;) {
    const taken = PidLock.acquire(`${file}.lock`, clock);
    if ('lock' in taken) {
      try {
        return await work();
      } finally {
        taken.lock.release();
      }
    }
    if (clock.monotonic() > until)
      throw new QueueError(
        'unavailable',
        `${file} is locked by process ${taken.holder.pid}`,
        'Try again later',
      );
    await sleep(poll, clock);
  }
}
