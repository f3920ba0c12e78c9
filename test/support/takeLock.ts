import assert from 'node:assert/strict';
import { type Clock, systemClock } from '../../src/core/clock';
import { OwnerLock } from '../../src/store/ownership/ownerLock';

/** Becomes the owner of a storage folder that nobody owns by `waitMs` milliseconds. */
export async function takeLock(storage: string, waitMs = 0, clock: Clock = systemClock): Promise<OwnerLock> {
  const answer = await OwnerLock.acquire({ storage, role: 'editor', waitMs, clock });
  assert.ok('lock' in answer, 'somebody else holds the lock');
  return answer.lock;
}
