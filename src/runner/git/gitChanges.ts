/** The files that differ in git. Paths are relative to the folder that is asked about, with `/`. */

import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { isErrno } from '../../system/errno';
import { askGit } from './git';

export interface GitChange {
  path: string;
  /** Where it was before it was renamed. */
  before: string | null;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'untracked';
}

/** Untracked files are checked one by one; the rest of more than these is left out. */
const maxUntracked = 500;

/** Commit ids come from clients: anything else must not reach git as an option. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(text);
}

/**
 * What differs in `folder` between two commits, or between a commit and the files now; null where git cannot tell.
 * Without its filter, a file that was rewritten with the same content may count as modified.
 */
export async function changesBetween(
  folder: string,
  from: string,
  to: string | null,
): Promise<GitChange[] | null> {
  if (![from, to ?? from].every(isCommit)) return null;
  const command = [
    'diff',
    '--name-status',
    '-z',
    '--find-renames',
    '--no-ext-diff',
    '--no-textconv',
    // As in the facts about git.
    '--ignore-submodules=dirty',
    '--relative',
    from,
    ...(to === null ? [] : [to]),
    '--',
  ];
  const answer =
    to === null
      ? await withCopiedIndex(folder, (index) => askGit(folder, command, { index }))
      : await askGit(folder, command);
  return answer === null ? null : parseNameStatus(answer);
}

/** With a copy of git's index: `git diff` writes into the index what it has learned about the files. */
async function withCopiedIndex<T>(folder: string, use: (index?: string) => Promise<T>): Promise<T> {
  const name = await askGit(folder, ['rev-parse', '--git-path', 'index']);
  if (name === null) return use();
  const place = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-git-'));
  try {
    const copy = path.join(place, 'index');
    const copied = await copyIfThere(path.resolve(folder, name.trimEnd()), copy);
    return await use(copied ? copy : undefined);
  } finally {
    await fs.rm(place, { recursive: true, force: true });
  }
}

async function copyIfThere(file: string, to: string): Promise<boolean> {
  try {
    await fs.copyFile(file, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Parses the output of `git diff --name-status -z`. */
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

/** Untracked files written since `since`, in wall-clock milliseconds; none where git cannot tell. */
export async function untrackedSince(folder: string, since: number): Promise<GitChange[]> {
  const answer = await askGit(folder, ['ls-files', '--others', '--exclude-standard', '-z']);
  const names = (answer ?? '').split('\0').filter((name) => name !== '');
  const changes = await Promise.all(
    names.slice(0, maxUntracked).map(async (name): Promise<GitChange[]> => {
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
    // It has gone, or is a broken link.
    return 0;
  }
}

/** The content of a file in a commit; null where git cannot tell. */
export async function fileAt(folder: string, commit: string, name: string): Promise<string | null> {
  if (!isCommit(commit)) return null;
  return askGit(folder, ['cat-file', 'blob', `${commit}:./${name}`]);
}
