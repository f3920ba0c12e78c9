/** What lies in a worktree, or was kept of it, against the commit that it began with. */

import { QueueError } from '../../core/errors';
import type { FileChange } from '../../core/model';
import { changesBetween } from '../git/gitChanges';
import { isThere } from './checkout';
import { keepWorktree } from './keeping';
import { patchOf } from './merging';
import { readRecord, type WorktreeRecord, whileWorktreeLocked } from './records';
import { lastKept } from './refs';
import { Repository } from './repository';

/** Files by path in the repository; empty where nothing is kept. */
export async function changesIn(record: WorktreeRecord): Promise<readonly FileChange[]> {
  const repository = await Repository.open(record.top);
  const commit = await commitOf(record, repository);
  if (commit === null) return [];
  const changes = await changesBetween(repository.top, record.base, commit);
  if (changes === null)
    throw new QueueError('unavailable', `git does not say what changed in ${record.folder}`);
  return changes.files;
}

/** The same as a patch for `git apply`. */
export async function patchText(record: WorktreeRecord): Promise<string> {
  const repository = await Repository.open(record.top);
  const commit = await commitOf(record, repository);
  return commit === null ? '' : repository.run([...patchOf, record.base, commit]);
}

/** Of what lies there now, else of what was kept last. */
async function commitOf(record: WorktreeRecord, repository: Repository): Promise<string | null> {
  if (record.state === 'made' && (await isThere(record))) {
    const kept = await whileWorktreeLocked(record.folder, async () => {
      const now = readRecord(record.folder);
      return now?.state === 'made' ? keepWorktree(now, 'now') : null;
    });
    if (kept !== null) return kept.commit;
  }
  return (await lastKept(repository, record.key))?.commit ?? null;
}
