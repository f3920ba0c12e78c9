/** Makes the worktree of a task, or finds the one that an earlier attempt made. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { type Clock, systemClock, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { remove } from '../../system/heldFiles';
import { addWorktree, bringBack, isThere, refuseFiles } from './checkout';
import { clearAway } from './discarding';
import { copyIncluded } from './includes';
import { keepWorktree } from './keeping';
import {
  folderOfRepository,
  readRecord,
  type WorktreeRecord,
  whileWorktreeLocked,
  writeRecord,
} from './records';
import { branchOf, keptRef, setAside } from './refs';
import { Repository } from './repository';
import { noteOfFiles } from './runNotes';
import { takeSnapshot } from './snapshot';

export interface WorktreeWish {
  /** The user folder. */
  home: string;
  /** The id of the task, or of the stream. */
  key: string;
  title: string;
  storage: string;
  workspace: string;
  /** The folder in which the task would work without a worktree. */
  folder: string;
  /** The commit to begin with; null, and one that the repository does not have: that of HEAD. */
  base: string | null;
  /** Carries what is not committed over. */
  working: boolean;
  /** Whether the repository's filters may run. */
  filters: boolean;
  /** The attempt that is to begin in it. */
  attempt: { task: string; number: number };
  clock?: Clock;
}

/** The record of one whose state is `made`. @throws QueueError that says why there can be none */
export async function worktreeFor(wish: WorktreeWish): Promise<WorktreeRecord> {
  const repository = await Repository.open(wish.folder, wish.filters);
  if (repository.head === null)
    throw new QueueError(
      'conflict',
      `${repository.top} has no commit yet, so no worktree can be made of it`,
      'Commit something first',
    );
  const parent = folderOfRepository(wish.home, repository.common);
  await fs.mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = path.join(await fs.realpath(parent), wish.key);
  return whileWorktreeLocked(folder, async () => {
    const known = readRecord(folder);
    if (known?.state === 'made' && (await isThere(known))) {
      // The end of the last run may have been missed, for want of space or with the machine.
      await keepWorktree(known, `${wish.attempt.number}-began`, wish.attempt.task);
      return known;
    }
    if (known?.state === 'made' || known?.state === 'restoring') return bringBack(repository, known);
    return make(repository, known, await draft(wish, repository, folder, known));
  });
}

async function draft(
  wish: WorktreeWish,
  repository: Repository,
  folder: string,
  known: WorktreeRecord | null,
): Promise<WorktreeRecord> {
  const { key, title, storage, workspace, filters, clock = systemClock } = wish;
  // The branch may be there already.
  const begin =
    known?.state === 'making'
      ? { base: known.base, notes: known.notes }
      : await beginningOf(wish, repository);
  return {
    ...begin,
    ...{ key, title, storage, workspace, filters, folder },
    common: repository.common,
    top: repository.top,
    branch: branchOf(key),
    state: 'making',
    set_up: false,
    made_at: toInstant(clock.now()),
    discarded_at: null,
    kept_until: null,
    merged: null,
    left_out: [],
  };
}

async function beginningOf(
  { key, base, working }: WorktreeWish,
  repository: Repository,
): Promise<Pick<WorktreeRecord, 'base' | 'notes'>> {
  const head = repository.head as string;
  if (!working) {
    const meant = base === null ? null : await repository.commit(base);
    const notes = noteOfFiles('uncommitted', await uncommittedIn(repository));
    return { base: meant ?? head, notes };
  }
  const { commit, tree, leftOut } = await takeSnapshot(repository, keptRef(key, 'base'), {
    title: `What was not committed when the worktree of ${key} was made`,
  });
  const isHead = tree === (await repository.line('rev-parse', `${head}^{tree}`));
  const names = leftOut.map(({ path: name }) => name);
  return { base: isHead ? head : commit, notes: noteOfFiles('not_carried', names) };
}

/** Of a folder that is new as a whole, its own path. */
async function uncommittedIn(repository: Repository): Promise<string[]> {
  const status = await repository.run([
    'status',
    '--porcelain',
    '-z',
    '--no-renames',
    '--untracked-files=normal',
    '--ignore-submodules=dirty',
  ]);
  return status.split('\0').flatMap((line) => (line === '' ? [] : line.slice(3)));
}

async function make(
  repository: Repository,
  known: WorktreeRecord | null,
  record: WorktreeRecord,
): Promise<WorktreeRecord> {
  const { folder } = record;
  // Nothing has run yet in what an interrupted attempt to make it left.
  if (known?.state === 'making') await remove(folder, { recursive: true });
  else if (known !== null) await clearAway(repository, known);
  await refuseFiles(folder);
  writeRecord(record);
  await setAside(repository, record.key);
  await addWorktree(repository, record, record.base);
  await copyIncluded(repository, folder);
  const made: WorktreeRecord = { ...record, state: 'made' };
  writeRecord(made);
  return made;
}
