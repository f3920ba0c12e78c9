/**
 * What the user folder says of worktrees: `worktrees/<repository>/<key>.json`, beside the worktree itself. The refs are
 * in the repository; this says where that is, and what a person has done.
 */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Clock, type Instant, systemClock } from '../../core/clock';
import type { RunNote } from '../../core/model';
import { isErrno } from '../../system/errno';
import { whileLocked } from '../../system/lockedChange';
import { readJson, replaceFile } from '../../system/wholeFiles';
import type { LeftOut } from './snapshot';

export interface WorktreeRecord {
  /** The id of the task, or of the stream whose tasks share it. */
  key: string;
  /** What it is for, for people. */
  title: string;
  /** The storage folder and the workspace of the queue. */
  storage: string;
  workspace: string;
  /** What all worktrees of the repository share. */
  common: string;
  /** The worktree from which it was made: a merge goes there. */
  top: string;
  /** Where it lies. */
  folder: string;
  branch: string;
  /** The commit that it began with. */
  base: string;
  /** Whether filters of the repository (LFS) run in it. */
  filters: boolean;
  /**
   * `making`: nothing has run in it yet, so that it may be made again. `restoring`: likewise, and it may have some only of
   * the files that are kept of it.
   */
  state: 'making' | 'made' | 'restoring' | 'discarded';
  /** Whether the tool's `worktree_setup` has been called in it. */
  set_up: boolean;
  made_at: Instant;
  discarded_at: Instant | null;
  /** Until when a discarded one can be restored. */
  kept_until: Instant | null;
  /** The last merge: `patch` where it went to the files only. */
  merged: { at: Instant; commit: string | 'patch' } | null;
  /** What was merged last with conflicts left in the files; missing where that never was. */
  settling?: string;
  /** What was not kept of it when it was kept last. */
  left_out: LeftOut[];
  /** How much it took when it was measured; null and undefined: a run has worked in it since. */
  bytes?: number | null;
  /** What lay where it was made from, and is not in it; one of an older program does not say. */
  notes?: readonly RunNote[];
}

/** Characters; systems take up to 255. */
const longestName = 100;
/** How long others may take that work on the same worktree, and between two looks; milliseconds. */
const lockWait = { wait: 10 * 60_000, poll: 50 };

/** Of all repositories, in the user folder. */
export function worktreesFolder(home: string): string {
  return path.join(home, 'worktrees');
}

/** Of one repository. */
export function folderOfRepository(home: string, common: string): string {
  return path.join(worktreesFolder(home), folderNameOf(common));
}

/** Its name, which another one may have too, as far as every system takes it for a folder; `paths` are those of the system. */
export function folderNameOf(common: string, paths: path.PlatformPath = path): string {
  const folder = paths.basename(common) === '.git' ? paths.dirname(common) : common;
  const name = paths
    .basename(folder)
    .replace(/\.git$/, '')
    .replace(/[^\w.-]/g, '_')
    .slice(0, longestName);
  const digest = createHash('sha256').update(common).digest('hex').slice(0, 8);
  return `${name}-${digest}`;
}

export function recordFile(folder: string): string {
  return `${folder}.json`;
}

export function readRecord(folder: string): WorktreeRecord | null {
  return readJson<WorktreeRecord>(recordFile(folder));
}

export function writeRecord(record: WorktreeRecord): void {
  replaceFile(recordFile(record.folder), JSON.stringify(record, null, 2), true);
}

/** Changes what is said of it now, which may be more than the caller has read; nothing where nothing is said of it. */
export function changeRecord(folder: string, part: Partial<WorktreeRecord>): void {
  const record = readRecord(folder);
  if (record !== null) writeRecord({ ...record, ...part });
}

/** Of all repositories, the oldest first. */
export function listRecords(home: string): WorktreeRecord[] {
  const root = worktreesFolder(home);
  const records = entriesOf(root).flatMap((repository) =>
    entriesOf(path.join(root, repository))
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => readJson<WorktreeRecord>(path.join(root, repository, name)) ?? []),
  );
  return records.sort((a, b) => (a.made_at < b.made_at ? -1 : 1));
}

/** That of a task, or of its stream; undefined where it has none. */
export function recordOf(
  home: string,
  { id, stream_id: stream }: { id: string; stream_id: string },
): WorktreeRecord | undefined {
  return listRecords(home).find(({ key }) => key === id || key === stream);
}

/** Does `work` while nobody else makes, keeps, merges or discards this worktree. */
export function whileWorktreeLocked<T>(
  folder: string,
  work: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  fs.mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
  return whileLocked(folder, clock, work, lockWait);
}

/** The same for the list of all worktrees of the repository: git cannot read it while another is being made. */
export function whileListLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return whileWorktreeLocked(path.join(path.dirname(folder), 'list'), work);
}

function entriesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
