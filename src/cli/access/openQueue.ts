/** Opens the queue of a command: through its owner when one runs, else by owning the files for as long as it takes. */

import { RemoteQueue } from '../../client/remote/remoteQueue';
import type { OwnerRole } from '../../core/model';
import type { Queue } from '../../core/queue';
import { version } from '../version';
import { isServing, type QueueTarget, reachOwner } from './locate';

export interface OpenHow {
  /** command by default */
  role?: OwnerRole;
  /** Hold the queue for longer than one command: it is served to others meanwhile. */
  serve?: boolean;
}

/** A queue and how to let go of it. */
export interface Opened {
  queue: Queue;
  close(): Promise<void>;
}

/** @throws CommandError or QueueError with exit code 3 when the queue cannot be reached */
export async function openQueueHere(
  where: QueueTarget,
  env: NodeJS.ProcessEnv,
  how: OpenHow = {},
): Promise<Opened> {
  if ('url' in where) return opened(new RemoteQueue({ ...where, version }));
  const { role = 'command', serve = false } = how;
  if (serve) return (await import('./openWorkspace')).openServed(where, env, { role });
  const owner = await reachOwner(where, env);
  if (owner !== null && (await isServing(owner.url))) {
    return opened(new RemoteQueue({ url: owner.url, token: owner.token, version }));
  }
  return (await import('./openWorkspace')).openLocal(where, env, { role, serve });
}

function opened(queue: Queue): Opened {
  return { queue, close: () => queue.close() };
}
