/** Replaces a queue's files by a backup, holding the owner's lock meanwhile. */

import { type Restored, restoreDatabase } from '../../store/engine/restore';
import { OwnerLock } from '../../store/ownership/ownerLock';
import { migrations } from '../../store/rows/schema';
import type { QueueLocation } from '../access/locate';
import { ownedByAnother } from '../terminal/errors';
import { programs } from '../version';

/** @throws CommandError while another process has the queue open; QueueError when the file is no backup */
export async function restoreBackup({ storage }: QueueLocation, file: string): Promise<Restored> {
  const acquired = await OwnerLock.acquire({ storage, role: 'restore' });
  if ('holder' in acquired) throw ownedByAnother(`process ${acquired.holder.pid} (${acquired.holder.role})`);
  const { lock } = acquired;
  try {
    const newestSchema = migrations.at(-1)?.version ?? 0;
    return await restoreDatabase({ storage, file, programs, newestSchema, generation: lock.generation });
  } finally {
    await lock.release();
  }
}
