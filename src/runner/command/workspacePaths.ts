/** Paths that a task names: relative to the workspace, and inside it whatever links they follow. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { CouldNotStart } from './couldNotStart';

export interface RunFolders {
  /** The workspace folder. */
  workspace: string;
  /** The queue's folder. */
  storage: string;
}

/**
 * The absolute path of what a task names.
 * @param what begins the sentence of a refusal, e.g. "The script"
 */
export async function inWorkspace(name: string, what: string, place: RunFolders): Promise<string> {
  const file = path.resolve(place.workspace, name);
  const [real, root] = await Promise.all([realPath(file), realPath(place.workspace)]);
  if (real === null) throw new CouldNotStart(`${what} ${name} does not exist.`);
  if (root === null) throw new CouldNotStart(`The workspace folder ${place.workspace} does not exist.`);
  const inside = path.relative(root, real);
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) {
    throw new CouldNotStart(`${what} ${name} lies outside the workspace.`);
  }
  return file;
}

/** The absolute path of a file of the workspace that can be read. */
export async function readableFile(name: string, what: string, place: RunFolders): Promise<string> {
  const file = await inWorkspace(name, what, place);
  const facts = await fs.stat(file);
  if (!facts.isFile()) throw new CouldNotStart(`${what} ${name} is not a file.`);
  try {
    await fs.access(file, constants.R_OK);
  } catch {
    throw new CouldNotStart(`${what} ${name} may not be read.`);
  }
  return file;
}

async function realPath(file: string): Promise<string | null> {
  try {
    return await fs.realpath(file);
  } catch {
    return null;
  }
}
