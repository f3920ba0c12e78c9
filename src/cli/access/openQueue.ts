/**
 * Opens the queue for a command: through its owner when one runs, else by owning the files for as long as it takes.
 * openWorkspace.ts adds the rest (runner, scripts) and is loaded only when needed.
 */

import { RemoteQueue } from '../../client/remote/remoteQueue';
import type { Origin, OwnerRole } from '../../core/model';
import { version } from '../version';
import { callerOf } from './caller';
import { CommandQueue, type Opened } from './commandQueue';
import { isServing, type OwnerAddress, type QueueTarget, reachOwner } from './locate';

export interface OpenHow {
  /** command by default */
  role?: OwnerRole;
  /** Hold the queue for longer than one command: it is served to others meanwhile. */
  serve?: boolean;
}

/** @throws QueueError `unavailable` when the queue cannot be reached */
export async function openQueueFor(
  target: QueueTarget,
  env: NodeJS.ProcessEnv,
  { role = 'command', serve = false }: OpenHow = {},
): Promise<Opened> {
  if ('url' in target) return openRemote(target, callerOf(env));
  if (serve) return (await import('./openWorkspace')).openWorkspace(target, env, { role });
  const owner = await reachOwner(target, env);
  const openFiles = async (): Promise<Opened> =>
    (await import('./openWorkspace')).openFiles(target, env, { role, serve });
  if (owner === null || !(await isServing(owner.url))) return openFiles();
  const queue = new CommandQueue(openRemote(owner, callerOf(env)).queue, openFiles);
  return { queue, close: () => queue.close() };
}

/** The queue at an address. */
export function openRemote({ url, token }: OwnerAddress, caller: Origin): Opened & { queue: RemoteQueue } {
  const queue = new RemoteQueue({ url, token, version, caller });
  return { queue, close: () => queue.close() };
}
