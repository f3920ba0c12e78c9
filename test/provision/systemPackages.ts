/** Packages of Debian and its kin, installed where this is root. */

import { say } from './cache';
import { findProgram, run } from './commands';
import { withMachineLock } from './machineLock';

/**
 * Installs the packages that `missing` lists.
 * @throws Error that names them, with `otherwise` as the other way out, where this cannot install any
 */
export async function provideSystemPackages(missing: () => string[], otherwise: string): Promise<void> {
  if (missing().length === 0) return;
  // Tests get here side by side, and apt waits for dpkg's lock but not for that of its lists.
  await withMachineLock('sparkq-test-apt', async () => {
    const packages = missing();
    if (packages.length === 0) return;
    const list = packages.join(' ');
    if (!canInstall()) {
      throw new Error(
        `These tests need ${list}. Install them (on Debian and Ubuntu: sudo apt-get install ${list}), ` +
          `or ${otherwise}, and run this again.`,
      );
    }
    say(`Installing ${list} through apt`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const wait = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
    await run('apt-get', [...wait, 'update'], { env });
    await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env });
  });
}

/** Whether this may install system packages at all. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}
