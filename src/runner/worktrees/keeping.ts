/** Keeps what a run left, before anybody is told that it has ended. */

import * as fs from 'node:fs/promises';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { isThere } from './checkout';
import { changeRecord, readRecord, type WorktreeRecord, whileWorktreeLocked } from './records';
import { keptRef } from './refs';
import { Repository } from './repository';
import { type LeftOut, type Snapshot, takeSnapshot } from './snapshot';

/** What lies in a worktree now, under the ref of an attempt or another name. @returns null where it has gone */
export async function keepWorktree(
  record: WorktreeRecord,
  name: string | number,
  of: string = record.key,
  durable = false,
): Promise<Snapshot | null> {
  if (!(await isThere(record))) return null;
  const take = async (filters: boolean) =>
    takeSnapshot(await Repository.open(record.folder, filters), keptRef(of, name), {
      title: `What lay in the worktree of ${of} (${name})`,
      durable,
    });
  const kept = await take(record.filters).catch((error: unknown) => {
    // A filter that fails, such as that of an LFS which is not installed, must not keep anything from being kept.
    if (record.filters && QueueError.is(error, 'conflict')) return take(false);
    throw error;
  });
  changeRecord(record.folder, { left_out: kept.leftOut, bytes: null });
  return kept;
}

/** At the end of an attempt in the worktree of this folder. @returns what was not kept */
export async function keepEnd(
  folder: string,
  task: string,
  attempt: number,
  log: Log,
): Promise<readonly LeftOut[]> {
  return whileWorktreeLocked(folder, async () => {
    const record = readRecord(folder);
    if (record?.state !== 'made') return [];
    const kept = await keepWorktree(record, attempt, task);
    if (record.key !== task) await keepWorktree(record, 'now');
    const leftOut = kept?.leftOut ?? [];
    for (const { path: name, code } of leftOut) log.warn(`${task}: ${name} was not kept: ${code}`);
    return leftOut;
  });
}

/** Of a run in the folder itself. @param patience as of a snapshot */
export async function keepFolder(
  folder: string,
  task: string,
  name: string,
  patience?: number,
): Promise<Snapshot> {
  const repository = await Repository.open(await fs.realpath(folder));
  return takeSnapshot(repository, keptRef(task, name), {
    title: `What lay in ${repository.top} (${task}, ${name})`,
    patience,
  });
}
