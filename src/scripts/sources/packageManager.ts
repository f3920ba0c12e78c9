/** Which package manager runs the scripts of a package. Pure. */

import { parentOf } from '../paths';
import type { NamedCommand } from './namedCommand';

export const packageManagers = ['npm', 'pnpm', 'yarn', 'bun'] as const;
export type PackageManager = (typeof packageManagers)[number];

/** The lock files of each package manager. In a folder with several, the first manager here counts. */
const lockFiles: Readonly<Record<PackageManager, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  bun: ['bun.lock', 'bun.lockb'],
};

const lockFileNames = new Set(packageManagers.flatMap((manager) => lockFiles[manager]));

export function isLockFile(fileName: string): boolean {
  return lockFileNames.has(fileName);
}

/**
 * What one folder says about its package manager; null for nothing.
 * @param named by its package
 * @param fileNames its files, the lock files at least
 */
export function managerIn(named: PackageManager | null, fileNames: readonly string[]): PackageManager | null {
  const locks = (manager: PackageManager) => lockFiles[manager].some((name) => fileNames.includes(name));
  return named ?? packageManagers.find(locks) ?? null;
}

/** The same script, run with its package manager. All of them have `run`. */
export function withManager(script: NamedCommand, manager: PackageManager): NamedCommand {
  return manager === 'npm' ? script : { ...script, command: { argv: [manager, 'run', script.name] } };
}

/**
 * The package manager of a folder: what is said nearest to it, in itself or above.
 * @param said what each folder says, by its relative path
 * @param above what the folders above the workspace say
 */
export function managerOf(
  folder: string,
  said: ReadonlyMap<string, PackageManager>,
  above: PackageManager | null,
): PackageManager {
  for (let at = folder; ; at = parentOf(at)) {
    const here = said.get(at);
    if (here !== undefined) return here;
    if (at === '') return above ?? 'npm';
  }
}
