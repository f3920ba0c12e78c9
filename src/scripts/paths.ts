/** Paths of scripts: relative to the workspace, with forward slashes on every platform. */

import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { pathInside } from '../system/paths';

/**
 * The path of a file in the catalogue, relative to the workspace and with forward slashes; null if it
 * is outside. The workspace itself is the empty string. Links are not resolved.
 * @param file absolute, or relative to the workspace
 */
export function relativePath(workspace: string, file: string): string | null {
  const native = path.sep === '/' ? file : file.replaceAll('/', path.sep);
  return pathInside(workspace, path.resolve(workspace, native))?.replaceAll(path.sep, '/') ?? null;
}

/** Whether a path is inside the workspace after all links are resolved. False if it does not exist. */
export async function leadsInside(workspace: string, file: string): Promise<boolean> {
  try {
    const [root, target] = await Promise.all([realpath(workspace), realpath(path.resolve(workspace, file))]);
    return relativePath(root, target) !== null;
  } catch {
    return false;
  }
}

/** Of several folders the innermost that a path is in; undefined for none. All are absolute, and links are not resolved. */
export function innermost(folders: readonly string[], file: string): string | undefined {
  return folders
    .filter((folder) => relativePath(folder, file) !== null)
    .reduce<string | undefined>(
      (best, folder) => (folder.length > (best?.length ?? -1) ? folder : best),
      undefined,
    );
}

/** Which of `folders` the task of a payload runs in, by its absolute `cwd`; undefined for none of them. */
export function folderOfWork(payload: unknown, folders: readonly string[]): string | undefined {
  const { cwd } = Object(payload) as { cwd?: unknown };
  return typeof cwd === 'string' && path.isAbsolute(cwd) ? innermost(folders, cwd) : undefined;
}

/** The folder of a relative path; the empty string for the workspace. */
export function parentOf(relative: string): string {
  return relative.slice(0, Math.max(0, relative.lastIndexOf('/')));
}

/** The path of an entry of a folder, both relative to the workspace. */
export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
