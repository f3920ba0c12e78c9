/** Undoes what a run without a worktree did to the files of the repository. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { QueueError } from '../../core/errors';
import { isErrno } from '../../system/errno';
import { remove, tidyLater } from '../../system/heldFiles';
import { pathInside } from '../../system/paths';
import { askGit } from '../git/git';
import { changesBetween } from '../git/gitChanges';
import { keptRef } from './refs';
import { Repository } from './repository';
import { takeSnapshot } from './snapshot';

export interface UndoFile {
  /** In the repository, with `/`. */
  path: string;
  /** What the run did. A renamed file is one that was deleted, and one that was added. */
  status: 'added' | 'modified' | 'deleted';
  /**
   * `ready` where the file is as the run left it, `changed` where somebody has changed it since, `undone` where it is as
   * it was before the run, `filtered` where only a program that git's settings name (LFS) could bring it back.
   */
  state: 'ready' | 'changed' | 'undone' | 'filtered';
  /** Git's ids of the contents before the run, after it, and now; null where there is no file. */
  before: string | null;
  after: string | null;
  now: string | null;
}

export interface Undo {
  /** The repository. */
  top: string;
  files: UndoFile[];
}

/**
 * What undoing an attempt would do now.
 * @throws QueueError `not_found` where not enough of it was kept
 */
export async function readUndo(folder: string, task: string, attempt: number): Promise<Undo> {
  const repository = await Repository.open(await fs.realpath(folder));
  const [before, after] = await Promise.all([
    repository.commit(keptRef(task, `${attempt}-before`)),
    repository.commit(keptRef(task, attempt)),
  ]);
  if (before === null || after === null)
    throw new QueueError(
      'not_found',
      `Attempt ${attempt} of ${task} cannot be undone: what lay in ${repository.top} ${before === null ? 'before' : 'after'} it was not kept`,
    );
  const now = await takeSnapshot(repository, keptRef(task, 'before-undo'), {
    title: `Before undoing ${task}`,
  });
  const [changes, current] = await Promise.all([
    changesBetween(repository.top, before, after),
    treeOf(repository, now.commit),
  ]);
  if (changes === null || changes.more > 0)
    throw new QueueError(
      'too_large',
      `Attempt ${attempt} of ${task} has changed too many files to undo them here`,
    );
  const [old, left] = await Promise.all([treeOf(repository, before), treeOf(repository, after)]);
  const names = changes.files.flatMap((file) =>
    file.before === null ? [file.path] : [file.before, file.path],
  );
  const filtered = await filteredOf(repository, names);
  const files = names.map((name): UndoFile => {
    const [a, b, c] = [old, left, current].map((tree) => tree.get(name) ?? null) as [Entry, Entry, Entry];
    const status = a === null ? 'added' : b === null ? 'deleted' : 'modified';
    const state = isSame(c, a)
      ? 'undone'
      : !isSame(c, b)
        ? 'changed'
        : filtered.has(name)
          ? 'filtered'
          : 'ready';
    return { path: name, status, state, before: a?.id ?? null, after: b?.id ?? null, now: c?.id ?? null };
  });
  return { top: repository.top, files };
}

/** Whether what lay in a repository before and after an attempt was kept. */
export async function canBeUndone(folder: string, task: string, attempt: number): Promise<boolean> {
  const refs = [keptRef(task, `${attempt}-before`), keptRef(task, attempt)];
  const names = await askGit(folder, ['for-each-ref', '--format=%(refname)', ...refs]);
  return names !== null && refs.every((ref) => names.split('\n').includes(ref));
}

/**
 * Undoes those files that are as the run left them, and of these only the named ones where names are given.
 * @returns what was undone, and what was left as it is
 */
export async function undo(
  folder: string,
  task: string,
  attempt: number,
  only?: readonly string[],
): Promise<{ top: string; undone: string[]; left: UndoFile[] }> {
  const { top, files } = await readUndo(folder, task, attempt);
  const wanted = files.filter(({ path: name }) => only === undefined || only.includes(name));
  const ready = wanted.filter(({ state }) => state === 'ready');
  const repository = await Repository.open(top);
  const before = await treeOf(repository, keptRef(task, `${attempt}-before`));
  for (const { path: name } of ready.filter((file) => file.before === null)) await removeFile(top, name);
  const back = ready.filter((file) => file.before !== null);
  for (const { path: name } of back) await writeBack(repository, name, before.get(name) ?? null);
  return {
    top,
    undone: ready.map((file) => file.path),
    left: wanted.filter(({ state }) => state !== 'ready'),
  };
}

type Entry = { mode: string; id: string } | null;

function isSame(a: Entry, b: Entry): boolean {
  return a?.id === b?.id && a?.mode === b?.mode;
}

async function treeOf(repository: Repository, commit: string): Promise<Map<string, NonNullable<Entry>>> {
  const text = await repository.run(['ls-tree', '-r', '-z', '--full-tree', commit]);
  const entries = text.split('\0').flatMap((line) => {
    const [, mode, id, name] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return mode && id && name ? [[name, { mode, id }] as const] : [];
  });
  return new Map(entries);
}

/** Files that a filter would have to write: none is started for this. */
async function filteredOf(repository: Repository, names: readonly string[]): Promise<Set<string>> {
  const input = names.map((name) => `${name}\0`).join('');
  const words = (await repository.run(['check-attr', '--stdin', '-z', 'filter'], { input })).split('\0');
  const found = new Set<string>();
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [name = '', , value = ''] = words.slice(at, at + 3);
    if (value !== 'unspecified' && value !== 'unset') found.add(name);
  }
  return found;
}

async function writeBack(repository: Repository, name: string, entry: Entry): Promise<void> {
  if (entry === null || entry.mode === '160000') return;
  const file = path.join(repository.top, name);
  const call = ['cat-file', '--filters', `--path=${name}`, entry.id];
  const text = await repository.run(call, { encoding: 'latin1' });
  const content = Buffer.from(text, 'latin1');
  await fs.mkdir(path.dirname(file), { recursive: true });
  // The run may have put a link there.
  if (pathInside(repository.top, await fs.realpath(path.dirname(file))) === null)
    throw new QueueError(
      'conflict',
      `${path.dirname(file)} leads out of ${repository.top}`,
      'Remove the link',
    );
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.sparkq-${process.pid}`);
  try {
    if (entry.mode === '120000') await fs.symlink(content, draft);
    else await fs.writeFile(draft, content, { mode: entry.mode === '100755' ? 0o755 : 0o644 });
    await fs.rename(draft, file);
  } catch (error) {
    await tidyLater(draft, () => remove(draft));
    throw error;
  }
}

/** With the folders that it leaves empty, as git does. */
async function removeFile(top: string, name: string): Promise<void> {
  await fs.rm(path.join(top, name), { force: true });
  for (let folder = path.dirname(name); folder !== '.'; folder = path.dirname(folder)) {
    try {
      await fs.rmdir(path.join(top, folder));
    } catch (error) {
      if (isErrno(error)) return;
      throw error;
    }
  }
}
