/**
 * The hidden refs under which everything is kept: `refs/sparkq/<task>/<attempt>` what lay there when the attempt ended,
 * `<attempt>-before` when it began, `base` the changes that a worktree began with, `now` what lay in it when
 * somebody looked at it or merged it, `discarded` when it was discarded, `branch` where its branch was then.
 */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { sleep } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { remove } from '../../system/heldFiles';
import type { Repository } from './repository';

const root = 'refs/sparkq';
/** A lock of git that stays the same for so long is that of a git that was killed; milliseconds. */
const lockLife = 2_000;

/** Of what: a task, or a stream with a worktree for all of its tasks. */
export function keptRef(key: string, name: string | number): string {
  return `${root}/${key}/${name}`;
}

export function branchOf(key: string): string {
  return `sparkq/${key}`;
}

export interface KeptRef {
  ref: string;
  key: string;
  name: string;
  commit: string;
  /** Wall-clock milliseconds. */
  kept: number;
}

/** All of a repository, or those of one task. */
export async function listKept(repository: Repository, key?: string): Promise<KeptRef[]> {
  const format = '--format=%(refname)%00%(objectname)%00%(committerdate:unix)';
  const text = await repository.run(['for-each-ref', format, key === undefined ? root : `${root}/${key}`]);
  return text.split('\n').flatMap((line) => {
    const [ref = '', commit = '', seconds] = line.split('\0');
    const [, of, name] = /^refs\/sparkq\/([^/]+)\/([^/]+)$/.exec(ref) ?? [];
    if (of === undefined || name === undefined) return [];
    return [{ ref, key: of, name, commit, kept: Number(seconds) * 1000 }];
  });
}

/** What lay there last, as far as it is kept; null where nothing is. */
export async function lastKept(repository: Repository, key: string): Promise<KeptRef | null> {
  const rank = ({ name }: KeptRef) =>
    name === 'discarded' ? 2 ** 31 : name === 'now' ? 2 ** 30 : Number(name);
  const all = (await listKept(repository, key)).filter((ref) => !Number.isNaN(rank(ref)));
  // Git counts whole seconds.
  return all.sort((a, b) => a.kept - b.kept || rank(a) - rank(b)).at(-1) ?? null;
}

/** Gives what is kept of a worktree that was discarded other names, so that a new one of the same task can use theirs. */
export async function setAside(repository: Repository, key: string): Promise<void> {
  const own = (await listKept(repository, key)).filter(({ name }) =>
    ['discarded', 'now', 'branch'].includes(name),
  );
  const input = own.map(
    ({ ref, name, commit }) =>
      `update ${keptRef(key, `old-${name}-${commit.slice(0, 12)}`)} ${commit}\ndelete ${ref} ${commit}\n`,
  );
  const refs = own.flatMap(({ ref, name, commit }) => [
    ref,
    keptRef(key, `old-${name}-${commit.slice(0, 12)}`),
  ]);
  if (own.length === 0) return;
  await changeRefs(repository, refs, () =>
    repository.run(['update-ref', '--stdin'], { input: input.join('') }),
  );
}

/** Lets go of refs, each only where it is what it was. */
export async function dropKept(repository: Repository, refs: readonly KeptRef[]): Promise<void> {
  const input = refs.map(({ ref, commit }) => `delete ${ref} ${commit}\n`).join('');
  if (input === '') return;
  await changeRefs(
    repository,
    refs.map(({ ref }) => ref),
    () => repository.run(['update-ref', '--stdin'], { input }),
  );
}

/**
 * Changes refs that nobody else changes. A git that was killed leaves the lock of a ref, which would hold us up until
 * somebody removes it.
 */
export async function changeRefs<T>(
  { common }: Repository,
  refs: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!QueueError.is(error, 'conflict')) throw error;
    const locks = refs.map((ref) => path.join(common, `${ref}.lock`));
    const removed = await Promise.all(locks.map(removeDeadLock));
    if (!removed.includes(true)) throw error;
    return change();
  }
}

async function removeDeadLock(file: string): Promise<boolean> {
  const look = () => fs.stat(file).catch(() => null);
  const before = await look();
  if (before === null) return false;
  await sleep(lockLife);
  const now = await look();
  if (now !== null && (now.ino !== before.ino || now.mtimeMs !== before.mtimeMs)) return false;
  await remove(file);
  return true;
}
