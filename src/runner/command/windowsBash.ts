/** Which bash runs scripts on Windows: one on the PATH or that of Git, never that of WSL, which takes no path of Windows. */

import * as path from 'node:path';
import { variableOf } from '../../system/environment';
import { findOnPath, programState } from '../../system/programs';

/** Null where there is none. */
export async function findWindowsBash(
  searchPath: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  const onPath = await findOnPath('bash.exe', searchPath, (file) => !isOfWsl(file));
  if (onPath !== null) return onPath;
  for (const file of placesOfGit(await findOnPath('git.exe', searchPath), env)) {
    if ((await programState(file)) === 'executable') return file;
  }
  return null;
}

/** Whether a program is the bash of WSL, or the store's alias of it. */
export function isOfWsl(file: string): boolean {
  return /[\\/](System32|Sysnative|WindowsApps)[\\/]bash\.exe$/i.test(file);
}

/** Where Git for Windows has its bash: its installer puts only its folder `cmd` on the PATH. */
export function placesOfGit(git: string | null, env: NodeJS.ProcessEnv): string[] {
  const { dirname, join } = path.win32;
  // Git is in `cmd` or `bin`, or in `bin` of `mingw64`.
  const near = git === null ? [] : [dirname(dirname(git)), dirname(dirname(dirname(git)))];
  const roots: [variable: string, ...below: string[]][] = [
    ['ProgramFiles', 'Git'],
    ['ProgramW6432', 'Git'],
    ['ProgramFiles(x86)', 'Git'],
    ['LOCALAPPDATA', 'Programs', 'Git'],
  ];
  const usual = roots.flatMap(([variable, ...below]) => {
    const root = variableOf(env, variable);
    return root === undefined ? [] : [join(root, ...below)];
  });
  return [...near, ...usual].map((folder) => join(folder, 'bin', 'bash.exe'));
}
