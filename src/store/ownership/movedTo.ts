/**
 * A storage folder whose queue was moved away says where to, so that whoever still has its path finds the queue, and
 * nobody begins a new one there.
 */

import path from 'node:path';
import { QueueError } from '../../core/errors';
import { lockHolder, PidLock } from '../../system/pidLock';
import { readJson, replaceFile } from '../../system/wholeFiles';

/** The only file that stays in such a folder. */
export const movedName = 'moved.json';

/** Where the queue of a storage folder is now: the folder itself, unless it was moved. */
export function presentStorage(storage: string): string {
  const passed = new Set<string>();
  let at = storage;
  for (let to = movedTo(at); to !== null && !passed.has(to); to = movedTo(at)) {
    passed.add(at);
    at = to;
  }
  return at;
}

/** Where the queue of this folder was moved to; null where it was not, or the folder cannot be looked at. */
function movedTo(storage: string): string | null {
  try {
    const to = readJson<{ to?: unknown }>(path.join(storage, movedName))?.to;
    return typeof to === 'string' && to !== '' ? path.resolve(storage, to) : null;
  } catch {
    return null;
  }
}

/** Says in a storage folder where its queue is from now on. Of a folder beside it, a container may have another path. */
export function noteMoved(storage: string, to: string): void {
  const beside = path.dirname(storage) === path.dirname(to);
  const text = JSON.stringify({ to: beside ? path.relative(storage, to) : to });
  replaceFile(path.join(storage, movedName), `${text}\n`, true);
}

/**
 * @throws QueueError `unavailable` for a folder whose queue was moved; `conflict` while another process is about to move it
 */
export function refuseMoved(storage: string): void {
  const to = presentStorage(storage);
  if (to !== storage) {
    throw new QueueError(
      'unavailable',
      `The queue in ${storage} was moved to ${to}`,
      'Start the program again: it opens the queue there',
      { moved_to: to },
    );
  }
  const mover = lockHolder(moveLock(storage));
  if (mover !== null && mover.pid !== process.pid) throw beingMoved(storage, mover.pid);
}

/** Whether a refusal says that the queue is in another folder now. */
export function isMoved(error: unknown): boolean {
  return QueueError.is(error, 'unavailable') && error.details?.moved_to !== undefined;
}

/**
 * Does `work` while no other process may become the owner of a queue: whoever has it open can close and move it, and
 * none of its clients takes it over meanwhile.
 * @throws QueueError `conflict` while another one does so
 */
export async function whileHeldForMove<T>(storage: string, work: () => Promise<T>): Promise<T> {
  const taken = PidLock.acquire(moveLock(storage));
  if ('holder' in taken) throw beingMoved(storage, taken.holder.pid);
  try {
    return await work();
  } finally {
    taken.lock.release();
  }
}

function moveLock(storage: string): string {
  return path.join(storage, 'moving.lock');
}

function beingMoved(storage: string, pid: number): QueueError {
  return new QueueError(
    'conflict',
    `The queue in ${storage} is being moved by process ${pid}`,
    'Try again when that is done',
  );
}
