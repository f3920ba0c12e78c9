/** Work on the files of a queue that nobody has open. */

import { QueueError } from '../../core/errors';
import type { OwnerRole } from '../../core/model';
import { OwnerLock } from './ownerLock';

/** What is refused while a process has the queue open, and what to do then. */
export interface InUse {
  action: string;
  hint: string;
}

/**
 * Does `work` under the owner lock of a storage folder.
 * @param waitMs how long to wait for a process that has the queue open, milliseconds
 * @throws QueueError `conflict` while one has
 */
export async function underLock<T>(
  storage: string,
  role: OwnerRole,
  waitMs: number,
  inUse: InUse,
  work: (generation: number, lock: OwnerLock) => Promise<T>,
): Promise<T> {
  const acquired = await OwnerLock.acquire({ storage, role, waitMs });
  if ('holder' in acquired) {
    const { pid, role: theirs } = acquired.holder;
    throw new QueueError(
      'conflict',
      `${inUse.action} not allowed while the queue is open: process ${pid} (${theirs})`,
      inUse.hint,
    );
  }
  const { lock } = acquired;
  try {
    return await work(lock.generation, lock);
  } finally {
    await lock.release();
  }
}
