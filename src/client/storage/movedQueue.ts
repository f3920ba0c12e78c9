/** Moves the queue of a workspace, so that every program finds it again. */

import path from 'node:path';
import { sleep } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { adoptQueue, moveQueue } from '../../store/moving/moveQueue';
import { pathInside } from '../../system/paths';
import { backgroundOf } from '../background';
import { defaultStorage, Registry, realPathOf } from '../registry';
import { newStorageIn, workspaceFolder } from './workspaceQueue';

/** How long a background process may take to end, and between two looks at it; milliseconds. */
const endLimit = 10_000;
const lookEvery = 50;

export interface QueuePlace {
  /** The user folder. */
  home: string;
  /** Real path. */
  workspace: string;
  storage: string;
  /** The dist folder. */
  programs: string;
}

/**
 * The storage folder that a queue gets in a folder that a person names: a folder of its own, so that several queues have
 * room there. In the workspace it is in `.sparkq`.
 * @throws QueueError `conflict` for another folder of the workspace: what is pulled there could be taken for a queue
 */
export function storageInFolder(workspace: string, folder: string): string {
  const inside = pathInside(workspace, realPathOf(folder));
  if (inside === '' || inside === workspaceFolder) return newStorageIn(workspace);
  if (inside === null) return path.join(path.resolve(folder), path.basename(defaultStorage('', workspace)));
  throw new QueueError(
    'conflict',
    `${folder} is in the workspace, where queues are kept in ${workspaceFolder} only`,
    'Name the workspace itself, or a folder elsewhere',
  );
}

/**
 * Moves a queue that nobody has open to another folder; gives its new storage folder. The old one is kept until the next
 * start of a program that stays.
 * @param ends the background process is ended where it ends with the work: somebody starts it again
 * @throws QueueError `conflict`, `storage_failed`: it is where it was
 */
export async function moveQueueTo(
  { home, workspace, storage, programs }: QueuePlace,
  folder: string,
  { ends }: { ends: boolean },
): Promise<string> {
  await withoutBackground(storage, ends);
  const to = storageInFolder(workspace, folder);
  await moveQueue({ storage, to, programs });
  await new Registry(home).moved(storage, to);
  return to;
}

/**
 * A process that waits for the queue as a client would look for it in the old place for good.
 * @param ends it is ended where it ends with the work
 * @throws QueueError `conflict` while there is one
 */
export async function withoutBackground(storage: string, ends: boolean): Promise<void> {
  const present = backgroundOf(storage);
  if (present === null) return;
  if (ends && present.while_work) {
    process.kill(present.pid, 'SIGTERM');
    const until = performance.now() + endLimit;
    while (backgroundOf(storage) !== null && performance.now() < until) await sleep(lookEvery);
    if (backgroundOf(storage) === null) return;
  }
  throw new QueueError(
    'conflict',
    `Moving not allowed while a process works in the background (PID ${present.pid})`,
    'End it with: sparkq down',
  );
}

/**
 * Gives a workspace a queue that is in it and not known here, on a person's word; gives its new storage folder, which has
 * another name than whoever it comes from knows. What is queued in it waits for approval.
 * @throws QueueError `conflict`, `storage_failed`: nothing has changed
 */
export async function openUnknownQueue({ home, workspace, storage, programs }: QueuePlace): Promise<string> {
  const to = newStorageIn(workspace);
  await adoptQueue({ storage, to, programs });
  await new Registry(home).attach(workspace, to);
  return to;
}
