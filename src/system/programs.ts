/**
 * Finds programs to start: on the PATH or in a system folder, never in the current folder, which may be anybody's
 * workspace. Windows looks there first by itself, and so does a PATH with empty or relative entries elsewhere.
 */

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';

const windows = process.platform === 'win32';

/** Milliseconds. */
const toolTimeout = 5_000;

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

/** Programs of Apple's developer tools that SparkQ starts, each with a place holder in `/usr/bin`. */
const developerTools: readonly string[] = ['git', 'python3'];

/**
 * Whether a file only stands for a program that is not installed, and asks the user to install it when it is started:
 * an alias of the store of Windows, or a place holder of the developer tools of macOS.
 * @param areInstalled whether those tools are; tests replace it
 */
export async function isStandIn(file: string, areInstalled = areDeveloperToolsInstalled): Promise<boolean> {
  if (process.platform === 'darwin') {
    const { dir, base } = path.posix.parse(file);
    return dir === '/usr/bin' && developerTools.includes(base) && !(await areInstalled());
  }
  const target = await fs.readlink(file).catch(() => '');
  return /AppInstaller\w*Redirector\.exe$/i.test(target);
}

let foundDeveloperTools = false;

/** Remembered once they are: git is asked often. */
async function areDeveloperToolsInstalled(): Promise<boolean> {
  if (foundDeveloperTools) return true;
  try {
    await promisify(execFile)('/usr/bin/xcode-select', ['--print-path'], { timeout: toolTimeout });
    foundDeveloperTools = true;
  } catch {
    // It ends with an error where there are none.
  }
  return foundDeveloperTools;
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
