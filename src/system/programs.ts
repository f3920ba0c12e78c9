/**
 * Finds programs to start: on the PATH or in a system folder, never in the current folder, which may be anybody's
 * workspace. Windows looks there first by itself, and so does a PATH with empty or relative entries elsewhere.
 */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

const windows = process.platform === 'win32';

/** Keeps Windows from looking for programs in the current folder; for the environment of whatever is started. */
export const noCurrentFolder: Readonly<Record<string, string>> = windows
  ? { NoDefaultCurrentDirectoryInExePath: '1' }
  : {};

/** The absolute path of a program that belongs to Windows: `parts` are below `System32`. */
export function windowsProgram(env: NodeJS.ProcessEnv, ...parts: string[]): string {
  return path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', ...parts);
}

/**
 * The absolute path of the first program called `name` on `searchPath`; null where there is none.
 * @param fits whether a program of that name will do
 */
export async function findOnPath(
  name: string,
  searchPath = process.env.PATH ?? '',
  fits: (file: string) => boolean = () => true,
): Promise<string | null> {
  for (const candidate of withExtensions(name)) {
    for (const folder of absoluteFolders(searchPath)) {
      const file = path.join(folder, candidate);
      if (fits(file) && (await programState(file)) === 'executable' && !(await isStandIn(file))) return file;
    }
  }
  return null;
}

/** Whether a file is the alias with which Windows offers a program in its store that is not installed. */
export async function isStandIn(file: string): Promise<boolean> {
  const target = await fs.readlink(file).catch(() => '');
  return /AppInstaller\w*Redirector\.exe$/i.test(target);
}

/** Whether `file` can be started. */
export async function programState(file: string): Promise<'executable' | 'missing' | 'not executable'> {
  const facts = await fs.stat(file).catch(() => null);
  // An alias of the store can be started, and followed in no other way.
  if (!facts)
    return windows && (await fs.readlink(file).catch(() => '')).endsWith('.exe') ? 'executable' : 'missing';
  if (!facts.isFile()) return 'not executable';
  try {
    await fs.access(file, constants.X_OK);
    return 'executable';
  } catch {
    return 'not executable';
  }
}

function absoluteFolders(searchPath: string): string[] {
  const entries = searchPath.split(path.delimiter);
  // An entry of Windows may be quoted, and `\bin` is on whichever drive is the current one.
  if (windows)
    return entries
      .map((entry) => entry.replaceAll('"', ''))
      .filter((entry) => /^(?:[a-z]:[\\/]|\\\\)/i.test(entry));
  return entries.filter(path.isAbsolute);
}

/** A name to try with each extension of a program, unless it has one (`python3.12` has none). */
function withExtensions(name: string): string[] {
  if (!windows) return [name];
  const extensions = (process.env.PATHEXT ?? '.EXE;.CMD;.BAT').toLowerCase().split(';');
  if (extensions.includes(path.extname(name).toLowerCase())) return [name];
  return extensions.map((extension) => name + extension);
}
