/** Brings what lies in a worktree to where it was made from: as a commit, or as changes of the files there. */

import { type Clock, systemClock, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { isThere } from './checkout';
import { isInUse } from './discarding';
import { keepWorktree } from './keeping';
import { changeRecord, readRecord, type WorktreeRecord, whileWorktreeLocked } from './records';
import { keptRef, lastKept } from './refs';
import { Repository } from './repository';
import { commitTree, takeSnapshot } from './snapshot';

export interface MergeHow {
  /** Not as a commit of the current branch, but as changes of the files. */
  patch?: boolean;
  /** Leaves conflicts in the files, to be settled by a person. */
  conflicts?: boolean;
  clock?: Clock;
}

export type Merged =
  /** `commit`: `patch` where only the files have changed; null where there was nothing to merge. */
  | { done: true; commit: string | 'patch' | null; into: string }
  /** Paths in the repository. @param started whether the files have the conflicts now */
  | { done: false; conflicts: string[]; started: boolean; into: string };

/**
 * Merges what lies in a worktree now, or lay in it last. Nothing changes where there are conflicts, unless they are wanted.
 * @throws QueueError `conflict` that says what is in the way
 */
export async function merge(
  { folder, key }: Pick<WorktreeRecord, 'folder' | 'key'>,
  how: MergeHow = {},
): Promise<Merged> {
  return whileWorktreeLocked(folder, async () => {
    const record = readRecord(folder);
    if (record === null) throw new QueueError('not_found', `There is no worktree of ${key}`);
    if (isInUse(record))
      throw new QueueError('conflict', `A run works in the worktree of ${key}`, 'Wait for it, or cancel it');
    const into = await Repository.open(record.top, true);
    const kept = await commitToMerge(record, into);
    // First: a merge that is under way is known as ours, whatever happens next.
    if (how.conflicts) changeRecord(folder, { settling: kept });
    const merged = how.patch
      ? await patchFiles(into, record, kept)
      : await mergeCommit(into, record, kept, how);
    if (merged.done && merged.commit !== null) {
      const at = toInstant((how.clock ?? systemClock).now());
      changeRecord(folder, { merged: { at, commit: merged.commit } });
    }
    return merged;
  });
}

/** A branch of a person's own, with all that lies in a worktree. @throws QueueError `conflict` in git's words */
export async function createBranch(
  { folder, key }: Pick<WorktreeRecord, 'folder' | 'key'>,
  name: string,
): Promise<void> {
  await whileWorktreeLocked(folder, async () => {
    const record = readRecord(folder);
    if (record === null) throw new QueueError('not_found', `There is no worktree of ${key}`);
    const repository = await Repository.open(record.top);
    await repository.run(['branch', '--no-track', '--', name, await commitToMerge(record, repository)]);
  });
}

/** The agent's own commit, where nothing lies there besides. */
async function commitToMerge(record: WorktreeRecord, repository: Repository): Promise<string> {
  if (record.state === 'made' && (await isThere(record))) await keepWorktree(record, 'now', record.key, true);
  const kept = (await lastKept(repository, record.key))?.commit;
  if (kept === undefined)
    throw new QueueError('not_found', `Nothing is kept of the worktree of ${record.key}`);
  const [tree, before] = await Promise.all([
    repository.line('rev-parse', `${kept}^{tree}`),
    repository.line('rev-parse', '--verify', '--quiet', `${kept}^^{tree}`),
  ]);
  return tree === before ? ((await repository.commit(`${kept}^`)) ?? kept) : kept;
}

async function mergeCommit(
  into: Repository,
  record: WorktreeRecord,
  theirs: string,
  { conflicts = false }: MergeHow,
): Promise<Merged> {
  const { head } = into;
  if (head === null) throw new QueueError('conflict', `${into.top} has no commit yet`);
  if ((await into.ask(['merge-base', '--is-ancestor', theirs, head])).code === 0)
    return { done: true, commit: null, into: into.top };
  const title = `Merge ${record.title} (${record.branch})`;
  const tried = await tryMerge(into, head, theirs);
  if (!tried.clean) {
    if (!conflicts) return { done: false, conflicts: tried.conflicts, started: false, into: into.top };
    await refuseDirty(into);
    const name = await nameOf(into, record, theirs);
    const answer = await into.ask(['merge', '--no-ff', '--no-commit', '--no-gpg-sign', '-m', title, name]);
    const inFiles = (await into.run(['diff', '--name-only', '--diff-filter=U', '-z']))
      .split('\0')
      .filter(Boolean);
    if (inFiles.length === 0)
      throw new QueueError('conflict', `git merge in ${into.top} failed: ${answer.stderr.trim()}`);
    return { done: false, conflicts: inFiles, started: true, into: into.top };
  }
  if (tried.tree === (await into.line('rev-parse', `${head}^{tree}`)))
    return { done: true, commit: null, into: into.top };
  const parents = ['-p', head, '-p', theirs];
  const call = ['commit-tree', tried.tree, ...parents];
  const commit = (await into.run(call, { input: `${title}\n`, durable: true })).trim();
  // Refuses, and changes nothing, where files that it would change have changes of their own.
  await into.run(['merge', '--ff-only', '--quiet', commit]);
  return { done: true, commit, into: into.top };
}

/** What conflicts call it: its branch, or the ref that holds it. */
async function nameOf(into: Repository, { branch, key }: WorktreeRecord, commit: string): Promise<string> {
  for (const name of [branch, keptRef(key, 'now'), keptRef(key, 'discarded')])
    if ((await into.commit(name)) === commit) return name;
  return commit;
}

/** What differs from the base is applied to the files as they are now, all of it or nothing. */
async function patchFiles(
  into: Repository,
  { base, key, title }: WorktreeRecord,
  kept: string,
): Promise<Merged> {
  const now = await takeSnapshot(into, keptRef(key, 'before-patch'), {
    title: `Before the patch of ${title}`,
  });
  const [ours, theirs] = await Promise.all([
    commitTree(into, [now.tree, '-p', base], 'ours\n'),
    commitTree(into, [`${kept}^{tree}`, '-p', base], 'theirs\n'),
  ]);
  const tried = await tryMerge(into, ours, theirs);
  if (!tried.clean) return { done: false, conflicts: tried.conflicts, started: false, into: into.top };
  if (tried.tree === now.tree) return { done: true, commit: null, into: into.top };
  const patch = await into.run([...patchOf, now.tree, tried.tree], { encoding: 'latin1' });
  await into.run(['apply', '--whitespace=nowarn'], { input: Buffer.from(patch, 'latin1') });
  return { done: true, commit: 'patch', into: into.top };
}

/** Prints a patch that `git apply` reads, whatever a person has set. */
export const patchOf = [
  'diff',
  '--binary',
  '--full-index',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--submodule=short',
  '--src-prefix=a/',
  '--dst-prefix=b/',
] as const;

/** Without touching any file. */
async function tryMerge(
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<{ clean: true; tree: string } | { clean: false; conflicts: string[] }> {
  const call = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', ours, theirs];
  const { code, stdout, stderr } = await repository.ask(call);
  const [tree = '', ...conflicts] = stdout.split('\0').filter((part) => part !== '');
  if (code === 0) return { clean: true, tree };
  if (code === 1 && conflicts.length > 0) return { clean: false, conflicts: [...new Set(conflicts)] };
  throw new QueueError(
    'conflict',
    `git merge-tree in ${repository.top} failed: ${stderr.trim().slice(0, 300)}`,
    'It needs git 2.38 or later',
  );
}

/** What a person has not committed must be there again when the merge is cancelled. */
async function refuseDirty(repository: Repository): Promise<void> {
  const status = await repository.run([
    'status',
    '--porcelain',
    '--untracked-files=no',
    '--ignore-submodules=dirty',
  ]);
  if (status !== '')
    throw new QueueError(
      'conflict',
      `${repository.top} has changes that are not committed, which cancelling the merge could not bring back`,
      'Commit or stash them first',
    );
}
