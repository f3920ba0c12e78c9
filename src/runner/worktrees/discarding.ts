/** Discards a worktree, brings it back, and forgets what has been kept long enough. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { type Clock, fromInstant, systemClock, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { remove } from '../../system/heldFiles';
import { readJson } from '../../system/wholeFiles';
import { filesOfRuns, type RunSpec, runsFolder, runsOf } from '../runFiles';
import { bringBack, forgetGone, ignoreConflict, isThere, refuseFiles } from './checkout';
import { keepWorktree } from './keeping';
import {
  listRecords,
  readRecord,
  recordFile,
  type WorktreeRecord,
  whileListLocked,
  whileWorktreeLocked,
  worktreesFolder,
  writeRecord,
} from './records';
import { changeRefs, dropKept, keptRef, listKept } from './refs';
import { Repository } from './repository';
import type { LeftOut } from './snapshot';

const dayInMs = 24 * 60 * 60 * 1000;
/** Ignored files that are looked at. */
const mostLookedAt = 20_000;

/** The files of runs that have not ended say whether one works in a worktree. */
export function isInUse({ storage, folder, key }: WorktreeRecord): boolean {
  return filesOfRuns(storage).some((name) => {
    if (name.startsWith(`${key}-`) && name.endsWith('.keeper.json')) return true;
    if (!name.endsWith('.spec.json')) return false;
    return readJson<RunSpec>(path.join(runsFolder(storage), name))?.place?.folder === folder;
  });
}

function refuseInUse(record: WorktreeRecord): void {
  if (isInUse(record))
    throw new QueueError(
      'conflict',
      `A run works in the worktree of ${record.key}`,
      'Wait for it, or cancel it',
    );
}

/** What was kept last may not have had what is not kept now. */
function refuseUntold({ key, left_out: told }: WorktreeRecord, leftOut: readonly LeftOut[]): void {
  const untold = leftOut.find(({ path: name }) => !told.some((one) => one.path === name));
  if (untold !== undefined)
    throw new QueueError(
      'conflict',
      `${untold.path} of the worktree of ${key} could not be kept (${untold.code})`,
      'Save it where you need it, and try again',
    );
}

/**
 * Removes a worktree, once all that lies in it and is not ignored is kept: it can be restored for so many days.
 * @throws QueueError `conflict` while it is in use
 */
export async function discard(
  { folder, key }: Pick<WorktreeRecord, 'folder' | 'key'>,
  days: number,
  clock: Clock = systemClock,
): Promise<WorktreeRecord> {
  return whileWorktreeLocked(folder, async () => {
    const record = needRecord(folder, key);
    refuseInUse(record);
    const repository = await Repository.open(record.top, record.filters);
    if (record.state === 'discarded') {
      await clearAway(repository, record);
      return record;
    }
    if (record.state === 'made') {
      const kept = await keepWorktree(record, 'discarded', key, true);
      if (kept === null) await refuseFiles(folder);
      refuseUntold(record, kept?.leftOut ?? []);
    }
    const now = clock.now();
    const discarded: WorktreeRecord = {
      ...(readRecord(folder) ?? record),
      state: 'discarded',
      discarded_at: toInstant(now),
      kept_until: toInstant(now + days * dayInMs),
    };
    // First: from here on, what is left of it is only cleared away.
    writeRecord(discarded);
    await clearAway(repository, discarded);
    return discarded;
  });
}

/** Also of one whose discarding was interrupted. */
export async function clearAway(repository: Repository, record: WorktreeRecord): Promise<void> {
  const { folder, key, branch } = record;
  await remove(folder, { recursive: true });
  await whileListLocked(folder, async () => {
    await forgetGone(repository, folder, key);
    const tip = await repository.commit(`refs/heads/${branch}`);
    if (tip === null) return;
    const kept = keptRef(key, 'branch');
    await changeRefs(repository, [kept], () => repository.run(['update-ref', kept, tip], { durable: true }));
    // Where it is checked out elsewhere, it stays.
    await changeRefs(repository, [`refs/heads/${branch}`], () =>
      repository.run(['branch', '--quiet', '-D', branch]),
    ).catch(ignoreConflict);
  });
}

/** Brings a discarded worktree back as it was, but for its ignored files. */
export async function restore({
  folder,
  key,
}: Pick<WorktreeRecord, 'folder' | 'key'>): Promise<WorktreeRecord> {
  return whileWorktreeLocked(folder, async () => {
    const record = needRecord(folder, key);
    if (record.state === 'made' && (await isThere(record))) return record;
    const repository = await Repository.open(record.top, record.filters);
    const restored = await bringBack(repository, record);
    await dropKept(
      repository,
      (await listKept(repository, key)).filter(({ name }) => name === 'discarded' || name === 'branch'),
    );
    return restored;
  });
}

export interface PruneScope {
  /** The user folder. */
  home: string;
  /** In whose repositories to look. */
  folders: readonly string[];
  /** The storage folders of queues whose runs may be at work there, besides those of worktrees. */
  storages: readonly string[];
}

export interface Pruned {
  /** The keys of worktrees that cannot be restored any more. */
  worktrees: string[];
  refs: number;
}

/**
 * Forgets what was discarded so long ago that its time is over, and what was kept of other runs as long ago. Nothing that
 * belongs to a worktree that is there, or to a task of which a run has not ended, is forgotten.
 */
export function prune(scope: PruneScope, days: number, clock: Clock = systemClock): Promise<Pruned> {
  // What another one has just forgotten, git refuses to forget.
  return whileWorktreeLocked(path.join(worktreesFolder(scope.home), 'prune'), () =>
    pruneNow(scope, days, clock),
  );
}

async function pruneNow(
  { home, folders, storages }: PruneScope,
  days: number,
  clock: Clock,
): Promise<Pruned> {
  const pruned: Pruned = { worktrees: [], refs: 0 };
  const repositories = new Map<string, Repository>();
  const records = listRecords(home);
  const busy = new Set(
    [...new Set([...storages, ...records.map(({ storage }) => storage)])].flatMap((storage) =>
      runsOf(filesOfRuns(storage)).map(({ id }) => id),
    ),
  );
  for (const folder of folders) {
    const repository = await Repository.open(folder).catch(() => null);
    if (repository !== null) repositories.set(repository.common, repository);
  }
  for (const repository of repositories.values()) {
    const refs = await listKept(repository);
    const own = records.filter(({ common }) => common === repository.common);
    const ofWorktrees = new Set(own.map(({ key }) => key));
    const over = refs.filter(
      ({ key, kept }) => !ofWorktrees.has(key) && !busy.has(key) && kept + days * dayInMs <= clock.now(),
    );
    await dropKept(repository, over);
    pruned.refs += over.length;
    for (const { folder, key } of own) {
      const dropped = await forgetDiscarded(repository, folder, clock);
      if (dropped === null) continue;
      pruned.refs += dropped;
      pruned.worktrees.push(key);
    }
  }
  return pruned;
}

/** Of one whose time is over. @returns how many refs it had; null where its time is not over */
async function forgetDiscarded(repository: Repository, folder: string, clock: Clock): Promise<number | null> {
  const isDue = (record: WorktreeRecord | null): record is WorktreeRecord =>
    record?.state === 'discarded' && isOver(record.kept_until, clock);
  if (!isDue(readRecord(folder))) return null;
  return whileWorktreeLocked(folder, async () => {
    const record = readRecord(folder);
    // Somebody may have restored it.
    if (!isDue(record)) return null;
    // Discarding it may have been interrupted.
    await clearAway(repository, record);
    const refs = await listKept(repository, record.key);
    await dropKept(repository, refs);
    await fs.rm(recordFile(folder), { force: true });
    return refs.length;
  });
}

function isOver(until: WorktreeRecord['kept_until'], clock: Clock): boolean {
  return until !== null && fromInstant(until) <= clock.now();
}

/**
 * What nothing keeps: ignored files that were made or changed after the worktree was, and what is too large to be kept or
 * a repository of its own. Folders end with `/`.
 */
export async function changedUnkept({ folder }: WorktreeRecord): Promise<string[]> {
  return whileWorktreeLocked(folder, async () => {
    const record = readRecord(folder);
    const kept = record?.state === 'made' ? await keepWorktree(record, 'now') : null;
    if (record === null || kept === null) return [];
    return [...kept.leftOut.map(({ path: name }) => name), ...(await changedIgnored(record))];
  });
}

async function changedIgnored(record: WorktreeRecord): Promise<string[]> {
  const repository = await Repository.open(record.folder);
  const list = await repository.run([
    'ls-files',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
    '-z',
  ]);
  const budget = { left: mostLookedAt };
  const since = fromInstant(record.made_at);
  const changed: string[] = [];
  for (const name of list.split('\0'))
    if (name !== '' && (await isNewer(path.join(record.folder, name), since, budget))) changed.push(name);
  return changed;
}

/** Whether anything in it has changed since; also where there is too much to tell. */
async function isNewer(file: string, since: number, budget: { left: number }): Promise<boolean> {
  budget.left -= 1;
  if (budget.left < 0) return true;
  const facts = await fs.lstat(file).catch(() => null);
  if (facts === null) return false;
  if (!facts.isDirectory()) return facts.mtimeMs > since;
  for (const name of await fs.readdir(file)) {
    if (await isNewer(path.join(file, name), since, budget)) return true;
  }
  return false;
}

function needRecord(folder: string, key: string): WorktreeRecord {
  const record = readRecord(folder);
  if (record === null)
    throw new QueueError('not_found', `There is no worktree of ${key}`, 'List them: sparkq worktrees');
  return record;
}
