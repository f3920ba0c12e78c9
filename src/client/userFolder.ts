/** The folder in which this user's programs find each other's queues. */

import { chmodSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isErrno } from '../system/errno';
import { makeFolder, refuseForeignFolder } from '../system/folders';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the user folder is: SPARKQ_HOME, else the platform's place for state. It may not exist yet. */
export function userFolderPath(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = os.homedir(),
): string {
  if (isSet(env.SPARKQ_HOME)) return path.resolve(env.SPARKQ_HOME);
  if (platform === 'win32') {
    return path.join(
      isSet(env.LOCALAPPDATA) ? env.LOCALAPPDATA : path.join(home, 'AppData', 'Local'),
      'sparkq',
    );
  }
  // The XDG specification says to ignore a relative path.
  if (isSet(env.XDG_STATE_HOME) && path.isAbsolute(env.XDG_STATE_HOME)) {
    return path.join(env.XDG_STATE_HOME, 'sparkq');
  }
  return path.join(home, '.sparkq');
}

/**
 * The user folder, created when absent, and readable by its user alone.
 * @throws QueueError `unavailable` when it cannot be made, or belongs to another user
 */
export function userFolder(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const folder = userFolderPath(env, platform);
  makeFolder(folder);
  if (platform === 'win32') return folder;
  refuseForeignFolder(folder);
  if ((statSync(folder).mode & 0o077) !== 0) restrict(folder);
  return folder;
}

/** Where that is not possible, as on some mounted disks, opening a queue warns of it. */
function restrict(folder: string): void {
  try {
    chmodSync(folder, 0o700);
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}

/**
 * What to say of a folder that holds a queue or its token and lies outside the user's profile; null elsewhere than on
 * Windows, where only the profile is closed to other users and the modes of files protect nothing.
 */
export function outsideProfileWarning(
  folder: string,
  platform: NodeJS.Platform = process.platform,
  profile: string = os.homedir(),
): string | null {
  if (platform !== 'win32') return null;
  const { relative, isAbsolute } = path.win32;
  const inside = relative(profile, folder);
  if (inside !== '..' && !inside.startsWith('..\\') && !isAbsolute(inside)) return null;
  return `The folder ${folder} is outside of ${profile}: whether other users of this machine may read it, and so use the queue, is up to its permissions`;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
