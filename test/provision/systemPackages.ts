/** Packages of Debian and its kin, installed where this is root, or becomes it without a password. */

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
    const becomeRoot = await wayToRoot();
    if (!becomeRoot) {
      throw new Error(
        `These tests need ${list}. Install them (on Debian and Ubuntu: sudo apt-get install ${list}), ` +
          `or ${otherwise}, and run this again.`,
      );
    }
    say(`Installing ${list} through apt`);
    const apt = async (...args: string[]) => {
      const [program = '', ...before] = [...becomeRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
      await run(program, [...before, '-o', 'DPkg::Lock::Timeout=300', '-q', ...args]);
    };
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', ...packages);
  });
}

/** What stands before a command that may install system packages; undefined where nothing may. */
async function wayToRoot(): Promise<string[] | undefined> {
  if (!findProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  // Never asks for a password.
  if (!sudo || (await run(sudo, ['-n', 'true']).catch(() => null)) === null) return undefined;
  return [sudo, '-n'];
}
