/** In which files a run without a worktree works, as one name for all queues of the machine. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { repositoryAround } from '../../system/folders';
import { pathInside } from '../../system/paths';

/**
 * The top of the working tree around the folder in which a task works: in two folders of one repository, agents would
 * commit each other's changes. Without a repository it is the workspace, or a folder outside of that.
 * @param cwd of its tool
 * @param workspace real path
 */
export function workingTreeOf(payload: unknown, cwd: string | null, workspace: string): string {
  const { cwd: asked } = Object(payload) as { cwd?: unknown };
  const named = typeof asked === 'string' && asked.trim() !== '' ? asked : (cwd ?? '.');
  const folder = realOf(path.resolve(workspace, named));
  return repositoryAround(folder) ?? (pathInside(workspace, folder) === null ? folder : workspace);
}

/** One that is not there is named as it is: its run fails. */
function realOf(folder: string): string {
  try {
    return fs.realpathSync.native(folder);
  } catch {
    return folder;
  }
}
