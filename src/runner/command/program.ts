/** Finds the program of a command, so that a missing one is reported before anything is started. */

import * as path from 'node:path';
import { commandLineHint } from '../../config/commandLine';
import { findOnPath, programState } from '../../system/programs';
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
  for (const candidate of names) {
    const file = await findOnPath(candidate, searchPath);
    if (file !== null) return file;
  }
  throw new CouldNotStart(withHint(`The command "${name}" was not found on the PATH.`, name));
}

async function ownProgram(file: string, name: string): Promise<string> {
  const state = await programState(file);
  if (state === 'executable') return file;
  throw new CouldNotStart(
    state === 'missing'
      ? withHint(`The command ${name} does not exist.`, name)
      : `The command ${name} is not executable.`,
  );
}

function withHint(sentence: string, command: string): string {
  return [sentence, commandLineHint(command)].filter(Boolean).join(' ');
}
