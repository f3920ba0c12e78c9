/** Copies the ignored files that `.worktreeinclude` names, by patterns like those of `.gitignore`, into a worktree. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { pathInside } from '../../system/paths';
import type { Repository } from './repository';

export const includeFile = '.worktreeinclude';
/** A larger number is more likely a mistake than what somebody wants to wait for. */
const mostFiles = 50_000;

export async function copyIncluded(repository: Repository, folder: string): Promise<void> {
  const { top } = repository;
  const given = await fs.stat(path.join(top, includeFile)).catch(() => null);
  if (!given?.isFile()) return;
  const named = await repository.run([
    'ls-files',
    '--others',
    '--ignored',
    `--exclude-from=${path.join(top, includeFile)}`,
    '-z',
  ]);
  // What is not ignored is for `worktree_base` to carry over, or not.
  const { stdout } = await repository.ask(['check-ignore', '--stdin', '-z'], { input: named });
  for (const name of stdout.split('\0').slice(0, mostFiles)) {
    if (name !== '') await copy(path.join(top, name), path.join(folder, name), folder);
  }
}

async function copy(from: string, to: string, inside: string): Promise<void> {
  const facts = await fs.lstat(from).catch(() => null);
  if (facts === null || facts.isDirectory()) return;
  await fs.mkdir(path.dirname(to), { recursive: true });
  // A link of the base commit may lead anywhere.
  if (pathInside(inside, await fs.realpath(path.dirname(to))) === null) return;
  if (facts.isSymbolicLink()) {
    await fs.rm(to, { force: true });
    await fs.symlink(await fs.readlink(from), to);
    return;
  }
  await fs.copyFile(from, to, constants.COPYFILE_FICLONE);
  await fs.utimes(to, facts.atime, facts.mtime);
}
