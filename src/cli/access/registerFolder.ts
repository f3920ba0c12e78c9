/** Gives a folder its queue. */

import path from 'node:path';
import { defaultStorage, Registry } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import { repositoryAround } from '../../system/folders';
import type { QueueLocation } from './locate';

/** Registers the folder; one that was moved keeps its queue. The files are made by whoever opens it. */
export async function registerFolder(
  workspace: string,
  env: NodeJS.ProcessEnv,
): Promise<QueueLocation & { before: string | null }> {
  const home = userFolder(env);
  const named = env.SPARKQ_STORAGE ? path.resolve(env.SPARKQ_STORAGE) : null;
  const preferred = named ?? defaultStorage(home, workspace);
  const registry = new Registry(home);
  const moved = named !== null || registry.find(workspace) ? undefined : registry.findMoved(workspace);
  if (moved !== undefined) await registry.attach(workspace, moved.storage);
  const storage = await registry.storageFor(workspace, preferred);
  return { storage: named ?? storage, workspace, before: moved?.workspace ?? null };
}

/** The folder that is to have a queue when somebody stands in `folder`: the repository around it, else itself. */
export function folderForQueue(folder: string): string {
  return repositoryAround(folder) ?? folder;
}
