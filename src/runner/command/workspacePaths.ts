/**
 * Paths in a payload: relative to the workspace, and inside it or one of its other folders even after links are
 * followed.
 */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { relativePath } from '../../scripts/paths';
import { CouldNotStart } from './payload';

export interface RunFolders {
  /** The workspace folder. */
  workspace: string;
  /** The storage folder. */
  storage: string;
  /** Absolute paths of the folders that tasks may come from besides. */
  others(): readonly string[];
  /** The worktree in which the run works in place of the repository `from`; the files that it names are those of that. */
  worktree?: { from: string; folder: string };
}

/**
 * The absolute path of something named in a payload.
 * @param what starts the sentence of an error, e.g. "The script"
 */
export async function inWorkspace(name: string, what: string, folders: RunFolders): Promise<string> {
  const file = path.resolve(folders.workspace, name);
  const [real, root] = await Promise.all([realPath(file), realPath(folders.workspace)]);
  if (real === null) throw new CouldNotStart(`${what} ${name} does not exist.`);
  if (root === null) throw new CouldNotStart(`The workspace folder ${folders.workspace} does not exist.`);
  if (relativePath(root, real) !== null || (await isInOther(real, folders))) return file;
  throw new CouldNotStart(
    `${what} ${name} is outside the workspace. To make its folder a part of that, add it to the window of ${folders.workspace}.`,
  );
}

/** The absolute path of a readable file of the workspace. */
export async function readableFile(name: string, what: string, folders: RunFolders): Promise<string> {
  const file = await inWorkspace(name, what, folders);
  const facts = await fs.stat(file);
  if (!facts.isFile()) throw new CouldNotStart(`${what} ${name} is not a file.`);
  try {
    await fs.access(file, constants.R_OK);
  } catch {
    throw new CouldNotStart(`${what} ${name} cannot be read: permission denied.`);
  }
  return file;
}

async function isInOther(real: string, folders: RunFolders): Promise<boolean> {
  const roots = await Promise.all(folders.others().map(realPath));
  return roots.some((root) => root !== null && relativePath(root, real) !== null);
}

async function realPath(file: string): Promise<string | null> {
  try {
    return await fs.realpath(file);
  } catch {
    return null;
  }
}
