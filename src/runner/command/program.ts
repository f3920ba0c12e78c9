/** Finds the program of a command, so that a missing one is reported before anything is started. */

import * as path from 'node:path';
import { commandLineHint } from '../../config/commandLine';
import { findOnPath, programState } from '../../system/programs';
import { CouldNotStart } from './payload';
import { findWindowsBash } from './windowsBash';

/** Names to try on Windows: Python's installer provides no `python3`, and PowerShell 5 belongs to the system. */
const windowsNames: Readonly<Record<string, readonly string[]>> = {
  python3: ['python3', 'python', 'py'],
  pwsh: ['pwsh', 'powershell'],
};

/** The path of a program: a bare name is looked up on `searchPath`, a path is relative to the workspace. */
export async function findProgram(name: string, searchPath: string, workspace: string): Promise<string> {
  if (isPath(name)) return ownProgram(path.resolve(workspace, name), name);
  const windows = process.platform === 'win32';
  if (windows && /^bash(\.exe)?$/i.test(name)) return bashOfGit(searchPath);
  const names = windows ? (windowsNames[name] ?? [name]) : [name];
  for (const candidate of names) {
    const file = await findOnPath(candidate, searchPath);
    if (file !== null) return file;
  }
  const sentence = `The command "${name}" was not found on the PATH.`;
  throw new CouldNotStart([withHint(sentence, name), barePathHint(searchPath)].filter(Boolean).join(' '));
}

/** Whether a program is named by its path. */
export function isPath(name: string): boolean {
  return /[/\\]/.test(name);
}

async function bashOfGit(searchPath: string): Promise<string> {
  const bash = await findWindowsBash(searchPath);
  if (bash !== null) return bash;
  throw new CouldNotStart(
    'No bash was found that takes paths of Windows: install Git for Windows, or name another bash in the command of the tool. That of WSL is not used.',
  );
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

/** All that is on the PATH of what macOS starts outside of a terminal, such as a service of launchd. */
const barePath = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

function barePathHint(searchPath: string): string | null {
  const isBare = searchPath.split(path.delimiter).every((folder) => barePath.includes(folder));
  return process.platform === 'darwin' && isBare
    ? `macOS gives no more than ${searchPath} to what it starts outside of a terminal: add the folder of the command to PATH, in the env of the tool or where SparkQ is started.`
    : null;
}

function withHint(sentence: string, command: string): string {
  return [sentence, commandLineHint(command)].filter(Boolean).join(' ');
}
