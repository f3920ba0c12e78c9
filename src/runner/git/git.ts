/** Asks git, so that nothing hangs on its answer. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A slow git is not waited for longer than this, milliseconds. */
const patience = 3_000;
const longestAnswer = 64 * 1024 * 1024;

/** What git prints; null where there is no repository, no git, no such thing, or no answer in time. */
export async function askGit(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: folder,
      timeout: patience,
      maxBuffer: longestAnswer,
      windowsHide: true,
      // Only looks: takes no lock that would disturb the user's own git.
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    });
    return stdout;
  } catch {
    return null;
  }
}
