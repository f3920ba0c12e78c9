/** Which files git sees a difference in. Paths are those of the folder that is asked about, with `/`. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { askGit } from './git';

export interface GitChange {
  path: string;
  /** Where it was before it was renamed. */
  before: string | null;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'untracked';
}

/** Files that git does not track are looked at one by one; of more than these the rest is left out. */
const mostUntracked = 500;

/** Commits are told by whoever claims: what is none must not become an option of git. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(text);
}

/**
 * What is different in `folder` from one commit to another, or to the files as they are; null where git cannot tell.
 * It runs no programs that the repository names, except for filters of files.
 */
export async function changesBetween(
  folder: string,
  from: string,
  to: string | null,
): Promise<GitChange[] | null> {
  if (![from, to ?? from].every(isCommit)) return null;
  const answer = await askGit(folder, [
    'diff',
    '--name-status',
    '-z',
    '--find-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--relative',
    from,
    ...(to === null ? [] : [to]),
    '--',
  ]);
  return answer === null ? null : parseNameStatus(answer);
}

/** Reads the answer of `git diff --name-status -z`. */
export function parseNameStatus(text: string): GitChange[] {
  const words = text.split('\0');
  const changes: GitChange[] = [];
  for (let at = 0; at + 1 < words.length; ) {
    const letter = words[at]?.[0];
    const [first = '', second = ''] = words.slice(at + 1, at + 3);
    const moved = letter === 'R' || letter === 'C';
    at += moved ? 3 : 2;
    if (first === '') continue;
    if (letter === 'R') changes.push({ path: second, before: first, status: 'renamed' });
    else if (letter === 'C') changes.push({ path: second, before: null, status: 'added' });
    else changes.push({ path: first, before: null, status: statusOf(letter) });
  }
  return changes;
}

function statusOf(letter: string | undefined): GitChange['status'] {
  if (letter === 'A') return 'added';
  return letter === 'D' ? 'deleted' : 'modified';
}

/** Files that git does not track, written since `since`, in milliseconds; none where git cannot tell. */
export async function untrackedSince(folder: string, since: number): Promise<GitChange[]> {
  const answer = await askGit(folder, ['ls-files', '--others', '--exclude-standard', '-z']);
  const names = (answer ?? '').split('\0').filter((name) => name !== '');
  const changes = await Promise.all(
    names.slice(0, mostUntracked).map(async (name): Promise<GitChange[]> => {
      const written = await lastWritten(path.join(folder, name));
      return written >= since ? [{ path: name, before: null, status: 'untracked' }] : [];
    }),
  );
  return changes.flat();
}

async function lastWritten(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).mtimeMs;
  } catch {
    // It went meanwhile, or is a link to nothing.
    return 0;
  }
}

/** A file of a commit; null where git cannot tell. */
export async function fileAt(folder: string, commit: string, name: string): Promise<string | null> {
  if (!isCommit(commit)) return null;
  return askGit(folder, ['cat-file', 'blob', `${commit}:./${name}`]);
}
