/** Finds the program of a command, so that a missing one is reported before anything is started. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { CouldNotStart } from './payload';

/** Names to try on Windows, where Python's installer provides no `python3`. */
const windowsNames: Readonly<Record<string, readonly string[]>> = { python3: ['python3', 'python', 'py'] };

/**
 * The path of a program: a bare name is looked up on `searchPath`, a path is relative to the workspace.
 * With `shell` the name is left to the shell.
 */
export async function findProgram(
  name: string,
  searchPath: string,
  workspace: string,
  shell: boolean,
): Promise<string> {
  if (shell) return name;
  if (/[/\\]/.test(name)) return ownProgram(path.resolve(workspace, name), name);
  const names = process.platform === 'win32' ? (windowsNames[name] ?? [name]) : [name];
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== '');
  for (const candidate of names.flatMap(withExtensions)) {
    for (const folder of folders) {
      const file = path.join(folder, candidate);
      if ((await check(file)) === 'executable') return file;
    }
  }
  throw new CouldNotStart(`The command "${name}" was not found on the PATH.`);
}

async function ownProgram(file: string, name: string): Promise<string> {
  const state = await check(file);
  if (state === 'executable') return file;
  throw new CouldNotStart(
    state === 'missing' ? `The command ${name} does not exist.` : `The command ${name} is not executable.`,
  );
}

function withExtensions(name: string): string[] {
  if (process.platform !== 'win32' || path.extname(name) !== '') return [name];
  return (process.env.PATHEXT ?? '.EXE;.CMD;.BAT')
    .split(';')
    .map((extension) => name + extension.toLowerCase());
}

async function check(file: string): Promise<'executable' | 'missing' | 'not executable'> {
  const facts = await fs.stat(file).catch(() => null);
  if (!facts) return 'missing';
  if (!facts.isFile()) return 'not executable';
  try {
    await fs.access(file, constants.X_OK);
    return 'executable';
  } catch {
    return 'not executable';
  }
}
