/** Folders that hold a user's queues: made for that user alone, and used only if they are that user's. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { messageOf, QueueError } from '../core/errors';
import { isErrno } from './errno';
import { quoted } from './shellWords';

/**
 * Makes a folder (0700) and those above it; one that exists stays as it is. Not by Node's own `recursive`, which never
 * ends where a folder such as `/proc/1` takes no new one.
 * @throws QueueError `unavailable` when it cannot be made
 */
export function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Of what cannot be looked at either, such as a path below a file, the first refusal says why.
    if (isFolder(folder)) return;
    const parent = path.dirname(folder);
    if (!isErrno(error, 'ENOENT') || fs.existsSync(parent)) throw cannotMake(folder, error);
    makeFolder(parent);
    makeFolder(folder);
  }
}

/** Whether there is a folder at this path, as far as that can be looked at. */
export function isFolder(folder: string): boolean {
  try {
    return fs.statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** The nearest folder that is a git repository's: this one or one around it; null where there is none. */
export function repositoryAround(folder: string): string | null {
  for (let at = folder; ; at = path.dirname(at)) {
    if (fs.existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return null;
  }
}

function cannotMake(folder: string, cause: unknown): QueueError {
  return new QueueError(
    'unavailable',
    `The folder ${folder} cannot be made (${messageOf(cause)})`,
    'Name another place for the files of SparkQ with SPARKQ_HOME or SPARKQ_STORAGE',
    undefined,
    { cause },
  );
}

/**
 * Refuses a folder of another user: that user could read and change what is in it. One that does not exist passes.
 * @throws QueueError `unavailable`
 */
export function refuseForeignFolder(folder: string): void {
  const owner = fs.statSync(folder, { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.();
  if (owner === undefined || self === undefined || owner === self) return;
  throw new QueueError(
    'unavailable',
    `The folder ${folder} belongs to another user (${owner})`,
    'Run SparkQ as that user, or name a folder of your own with SPARKQ_HOME or SPARKQ_STORAGE',
  );
}

const warned = new Set<string>();

/** What to say of a folder that other users may write, once per folder and process; else null. */
export function sharedFolderWarning(folder: string): string | null {
  if (process.platform === 'win32' || warned.has(folder)) return null;
  const mode = fs.statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o022) === 0) return null;
  warned.add(folder);
  return `Other users may write the folder ${folder}, and so run commands as you. Mend it with: chmod go-w ${quoted(folder)}`;
}
