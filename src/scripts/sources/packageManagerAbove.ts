/** The package manager of a repository of which a workspace is a part. */

import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { managerIn, type PackageManager } from './packageManager';

/** What the folders above a workspace say, up to the root of its repository; null for nothing, or no repository. */
export async function managerAbove(workspace: string): Promise<PackageManager | null> {
  let nearest: PackageManager | null = null;
  for (let folder = workspace; !(await exists(path.join(folder, '.git'))); ) {
    const parent = path.dirname(folder);
    if (parent === folder) return null;
    folder = parent;
    nearest ??= await saidIn(folder);
  }
  return nearest;
}

async function saidIn(folder: string): Promise<PackageManager | null> {
  const names = await readdir(folder).catch(() => []);
  return managerIn(await namedIn(path.join(folder, 'package.json')), names);
}

async function namedIn(file: string): Promise<PackageManager | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  const { readPackage } = await import('./npm');
  return readPackage({ path: file, text }).manager;
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}
