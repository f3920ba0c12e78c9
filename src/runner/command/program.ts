/** Finds the program of a command, so that a missing one is named before anything is started. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { CouldNotStart } from './couldNotStart';

/** Other names of an interpreter on Windows, where Python's installer knows no `python3`. */
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
      if ((await judge(file)) === 'runs') return file;
    }
  }
  throw new CouldNotStart(`The command "${name}" was not found on the PATH.`);
}

async function ownProgram(file: string, name: string): Promise<string> {
  const verdict = await judge(file);
  if (verdict === 'runs') return file;
  throw new CouldNotStart(
    verdict === 'missing' ? `The command ${name} does not exist.` : `The command ${name} is not executable.`,
  );
}

function withExtensions(name: string): string[] {
  if (process.platform !== 'win32' || path.extname(name) !== '') return [name];
  return (process.env.PATHEXT ?? '.EXE;.CMD;.BAT')
    .split(';')
    .map((extension) => name + extension.toLowerCase());
}

async function judge(file: string): Promise<'runs' | 'missing' | 'not executable'> {
  const facts = await fs.stat(file).catch(() => null);
  if (!facts) return 'missing';
  if (!facts.isFile()) return 'not executable';
  try {
    await fs.access(file, constants.X_OK);
    return 'runs';
  } catch {
    return 'not executable';
  }
}
