/** The worktree in git: there, made, or brought back from what is kept of it. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { QueueError } from '../../core/errors';
import { remove } from '../../system/heldFiles';
import { type WorktreeRecord, whileListLocked, writeRecord } from './records';
import { changeRefs, keptRef, lastKept } from './refs';
import { Repository } from './repository';

/**
 * Whether its folder is there, and git knows it.
 * @throws QueueError `conflict` where it should, and git fails
 */
export async function isThere({ folder, common }: WorktreeRecord): Promise<boolean> {
  try {
    const found = await Repository.open(folder);
    return found.common === common && path.basename(found.top) === path.basename(folder);
  } catch (error) {
    const isOurs = await fs.stat(path.join(folder, '.git')).catch(() => null);
    if (isOurs === null && QueueError.is(error, 'conflict')) return false;
    throw error;
  }
}

/**
 * Holds off whoever would remove files of a folder that is no worktree: none of them is kept.
 * @throws QueueError `conflict` where there are any
 */
export async function refuseFiles(folder: string): Promise<void> {
  const names = await fs.readdir(folder).catch(() => []);
  if (names.length > 0)
    throw new QueueError('conflict', `${folder} has files, but is no worktree of SparkQ`, 'Move it away');
}

/** Makes it with its branch. A branch that is there may hold work, and stays where it is. @param start of a new one */
export async function addWorktree(
  repository: Repository,
  { folder, branch, key }: WorktreeRecord,
  start: string,
): Promise<void> {
  await whileListLocked(folder, async () => {
    await forgetGone(repository, folder, key);
    const tip = await repository.commit(`refs/heads/${branch}`);
    const what = tip === null ? ['--no-track', '-b', branch, folder, start] : [folder, branch];
    await changeRefs(repository, [`refs/heads/${branch}`], () =>
      repository.run(['worktree', 'add', '--quiet', '--lock', ...what]),
    );
  });
}

/** Makes it again with all that is kept of it: commits as commits, the rest as changes. */
export async function bringBack(repository: Repository, record: WorktreeRecord): Promise<WorktreeRecord> {
  if (record.state === 'made') await refuseFiles(record.folder);
  const found = { ...record, set_up: false, discarded_at: null, kept_until: null };
  writeRecord({ ...found, state: 'restoring' });
  try {
    await checkOutKept(repository, record);
  } catch (error) {
    writeRecord(record);
    throw error;
  }
  const made: WorktreeRecord = { ...found, state: 'made' };
  writeRecord(made);
  return made;
}

async function checkOutKept(repository: Repository, record: WorktreeRecord): Promise<void> {
  const last = await lastKept(repository, record.key);
  const parent = last && (await repository.commit(`${last.commit}^`));
  await remove(record.folder, { recursive: true });
  await addWorktree(repository, record, parent ?? record.base);
  if (last === null) return;
  const there = await Repository.open(record.folder, record.filters);
  await there.run(['read-tree', '-m', '-u', 'HEAD', last.commit]);
  await there.run(['read-tree', 'HEAD']);
  await there.ask(['update-index', '--refresh', '-q']);
}

/**
 * Has git forget the worktree that was in this folder, which has gone. What was checked out in it, and is nowhere else, is
 * kept under a ref. The list of worktrees has to be locked.
 */
export async function forgetGone(repository: Repository, folder: string, key: string): Promise<void> {
  const head = await registeredHead(repository, folder);
  if (head === null) return;
  if (/[1-9a-f]/.test(head)) {
    const ref = keptRef(key, `head-${head.slice(0, 12)}`);
    await changeRefs(repository, [ref], () => repository.run(['update-ref', ref, head]));
  }
  await repository.run(['worktree', 'unlock', folder]).catch(ignoreConflict);
  await repository.run(['worktree', 'remove', '--force', folder]);
}

/** The commit of the worktree in this folder; null where git knows none. */
async function registeredHead(repository: Repository, folder: string): Promise<string | null> {
  return headIn(await repository.run(['worktree', 'list', '--porcelain']), folder);
}

/** Reads the list of worktrees. On Windows, git and Node write the same folder in different ways. */
export function headIn(list: string, folder: string, paths: path.PlatformPath = path): string | null {
  for (const entry of list.split('\n\n')) {
    const lines = entry.split('\n');
    const [, there] = /^worktree (.*)$/.exec(lines[0] ?? '') ?? [];
    if (there !== undefined && paths.relative(there, folder) === '')
      return lines.find((line) => line.startsWith('HEAD '))?.slice(5) ?? '';
  }
  return null;
}

/** For what may fail, where git refuses it. */
export function ignoreConflict(error: unknown): void {
  if (!QueueError.is(error, 'conflict')) throw error;
}
