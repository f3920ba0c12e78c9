/** Queues that are kept in the `.sparkq` folder of their workspace. */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { randomHex } from '../../core/ids';
import { isErrno } from '../../system/errno';
import { makeFolder } from '../../system/folders';
import { createFile } from '../../system/wholeFiles';
import { hasQueue, type Registry } from '../registry';

export const workspaceFolder = '.sparkq';

/** A name that nobody can guess: a commit that is pulled cannot put files among those of the queue. */
const queueName = /^queue-[0-9a-f]{16}$/;

const ignoreText = '# The queue of this folder. It is no part of the repository.\n*\n';

/** A new storage folder in a workspace, which is yet to be made; git does not see it. */
export function newStorageIn(workspace: string): string {
  const folder = path.join(workspace, workspaceFolder);
  makeFolder(folder);
  createFile(path.join(folder, '.gitignore'), ignoreText);
  return path.join(folder, `queue-${randomHex(8)}`);
}

/**
 * The queue in a workspace that the user folder does not know; undefined where there is none. It may have come with a
 * clone, from anybody, so it is opened only when a person says so.
 */
export function unknownQueueIn(workspace: string, registry: Registry): string | undefined {
  const folder = path.join(workspace, workspaceFolder);
  return queueFolders(folder).find(
    (storage) => hasQueue(storage) && registry.ofStorage(storage) === undefined,
  );
}

/** The same in this folder or in the nearest one above it. */
export function unknownQueueNear(
  folder: string,
  registry: Registry,
): { workspace: string; storage: string } | undefined {
  for (let at = folder; existsSync(at); at = path.dirname(at)) {
    const storage = unknownQueueIn(at, registry);
    if (storage !== undefined) return { workspace: at, storage };
    if (path.dirname(at) === at) return undefined;
  }
  return undefined;
}

/** Real folders only: a link may lead anywhere. */
function queueFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && queueName.test(entry.name))
      .map(({ name }) => path.join(folder, name));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}
