/**
 * The hidden refs under which everything is kept: `refs/sparkq/<task>/<attempt>` what lay there when the attempt ended,
 * `<attempt>-before` when it began, `base` the changes that a worktree began with, `now` what lay in it when
 * somebody looked at it or merged it, `discarded` when it was discarded, `branch` where its branch was then.
 */

import type { Repository } from './repository';

const root = 'refs/sparkq';

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
  if (own.length > 0) await repository.run(['update-ref', '--stdin'], { input: input.join('') });
}

/** Lets go of refs, each only where it is what it was. */
export async function dropKept(repository: Repository, refs: readonly KeptRef[]): Promise<void> {
  const input = refs.map(({ ref, commit }) => `delete ${ref} ${commit}\n`).join('');
  if (input !== '') await repository.run(['update-ref', '--stdin'], { input });
}
