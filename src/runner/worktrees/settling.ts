/** A merge whose conflicts are in the files, for a person to settle or to cancel. */

import { QueueError } from '../../core/errors';
import { readRecord, type WorktreeRecord, whileWorktreeLocked } from './records';
import { keptRef } from './refs';
import { Repository } from './repository';
import { takeSnapshot } from './snapshot';

/** A file with conflicts: git's ids of what both sides began with, and of both; null where there is none. */
export interface Conflict {
  /** In the repository, with `/`. */
  path: string;
  base: string | null;
  ours: string | null;
  theirs: string | null;
}

/**
 * The conflicts that are left of the merge of a worktree which is under way; null where none is.
 * @throws QueueError `conflict` while another merge is
 */
export async function mergeUnderWay({ folder, top }: WorktreeRecord): Promise<Conflict[] | null> {
  const repository = await Repository.open(top);
  const merging = await repository.commit('MERGE_HEAD');
  if (merging === null) return null;
  if (merging !== readRecord(folder)?.settling)
    throw new QueueError('conflict', `Another merge is under way in ${top}`, 'Commit it, or cancel it');
  return conflictsIn(repository);
}

/** Brings everything back to what it was before the merge. */
export async function cancelMerge(record: WorktreeRecord): Promise<void> {
  await whileWorktreeLocked(record.folder, async () => {
    if ((await mergeUnderWay(record)) === null) return;
    const repository = await Repository.open(record.top, true);
    // What was staged meanwhile goes with it.
    await takeSnapshot(repository, keptRef(record.key, 'before-cancel'), {
      title: `Before the merge of ${record.title} was cancelled`,
    });
    await repository.run(['merge', '--abort']);
  });
}

async function conflictsIn(repository: Repository): Promise<Conflict[]> {
  const files = new Map<string, Conflict>();
  const text = await repository.run(['ls-files', '--unmerged', '-z']);
  for (const line of text.split('\0')) {
    const [, id, stage, path] = /^\d+ ([0-9a-f]+) ([123])\t(.*)$/s.exec(line) ?? [];
    if (id === undefined || path === undefined) continue;
    const file = files.get(path) ?? { path, base: null, ours: null, theirs: null };
    file[stage === '1' ? 'base' : stage === '2' ? 'ours' : 'theirs'] = id;
    files.set(path, file);
  }
  return [...files.values()];
}
