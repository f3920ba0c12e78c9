/** Runs git for answers that nothing depends on. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A git that takes longer is not waited for, milliseconds. */
const timeout = 3_000;
const maxOutput = 64 * 1024 * 1024;

/** What git prints; null where it fails, is not installed, or does not answer in time. */
export async function askGit(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: folder,
      timeout,
      maxBuffer: maxOutput,
      windowsHide: true,
      // Takes no lock that would get in the way of the user's own git.
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    });
    return stdout;
  } catch {
    return null;
  }
}
