/** The files of the workspace that differ from a commit at one moment. Nothing is written. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { isErrno } from '../../system/errno';
import { remove, tidyLater } from '../../system/heldFiles';
import { type AskGit, openGit } from './git';

/** A file that differs from the commit, or is not tracked. */
export interface FileState {
  /** Git's id of its content in the commit; null where the commit has no such file. */
  base: string | null;
  /** Git's id of its content now; null where there is no file, or it was not read. */
  now: string | null;
  /** Size, times of change and number in the file system; null where there is no file. */
  stat: readonly number[] | null;
  tracked: boolean;
  /** Where git thinks that it was in the commit. */
  before?: string;
}

/** Everything that differs, by path relative to the workspace with `/`. */
export type Files = Map<string, FileState>;

/** What the changes of a run are compared with. As JSON it is kept in a file of the run. */
export interface Baseline {
  commit: string;
  files: readonly (readonly [path: string, state: FileState])[];
  /** Where that is, if not where the task is at home. */
  folder?: string;
  /** Files that were not tracked and are older are left out; wall-clock milliseconds, null: none. */
  since: number | null;
}

/** If more files differ, they are not compared. */
export const mostFiles = 20_000;
/** Of how many files the content is read at most, and how much of each and of all; the others are told by their stat. */
const mostRead = 500;
const mostBytes = 8 * 1024 * 1024;
const mostBytesInAll = 64 * 1024 * 1024;

/** Commit and blob ids come from clients: anything else must not reach git as an option. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(text);
}

/** The state before a run; null where git cannot tell, or too many files differ. */
export async function readBaseline(folder: string): Promise<Baseline | null> {
  const ask = await openGit(folder);
  // Fails before the first commit.
  const answer = await ask?.(['rev-parse', 'HEAD', ...askForIndex]);
  if (!ask || !answer) return null;
  const end = answer.indexOf('\n');
  const commit = answer.slice(0, end);
  const files = await readFiles(ask, folder, commit, answer.slice(end + 1));
  if (files === null) return null;
  await readContents(ask, folder, [...files]);
  return { commit, files: [...files], since: null };
}

/**
 * What differs from `commit`, without the contents that git has not read.
 * @param index git's answer to `askForIndex`, where it is known already
 */
export async function readFiles(
  ask: AskGit,
  folder: string,
  commit: string,
  index?: string,
): Promise<Files | null> {
  const [raw, others] = await Promise.all([
    withCopiedIndex(ask, folder, index, (copy) => ask([...rawDiff, commit, '--'], { index: copy })),
    ask(['ls-files', '--others', '--exclude-standard', '-z']),
  ]);
  if (raw === null || others === null) return null;
  const files = parseRawDiff(raw);
  for (const name of others.split('\0')) {
    // A repository in the repository ends with a slash.
    if (name !== '' && !name.endsWith('/')) {
      files.set(name, { base: files.get(name)?.base ?? null, now: null, stat: null, tracked: false });
    }
  }
  if (files.size > mostFiles) return null;
  await Promise.all(
    [...files].map(async ([name, state]) => {
      state.stat = await statOf(path.join(folder, name));
      if (state.stat === null) state.now = null;
    }),
  );
  return files;
}

/** For `git rev-parse`: prints the path of the index, relative to the folder that is asked about. */
const askForIndex = ['--git-path', 'index'] as const;

/** With a copy of git's index: `git diff` writes into the index what it has learned about the files. */
async function withCopiedIndex<T>(
  ask: AskGit,
  folder: string,
  known: string | undefined,
  use: (index?: string) => Promise<T>,
): Promise<T> {
  const name = known ?? (await ask(['rev-parse', ...askForIndex]));
  if (name === null) return use();
  const place = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-git-'));
  try {
    const copy = path.join(place, 'index');
    const copied = await copyIfThere(path.resolve(folder, name.trimEnd()), copy);
    return await use(copied ? copy : undefined);
  } finally {
    await tidyLater(place, () => remove(place, { recursive: true }));
  }
}

async function copyIfThere(file: string, to: string): Promise<boolean> {
  try {
    await fs.copyFile(file, to);
    // Git reads a file that may have changed since the index was written, whatever its times say. A copy that looks
    // newer would hide such a change; one that looks older only costs reading a few more files.
    const written = Math.floor((await fs.stat(file)).mtimeMs / 1000);
    await fs.utimes(to, written, written);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Options of the diff that `parseRawDiff` reads. */
export const rawDiff = [
  'diff',
  '--raw',
  '-z',
  '--no-abbrev',
  '--find-renames',
  '--no-ext-diff',
  '--no-textconv',
  // As in the facts about git.
  '--ignore-submodules=dirty',
  '--relative',
] as const;

/** Parses the output of `git diff --raw -z`; a renamed file is one that is gone and one that is new. */
export function parseRawDiff(text: string): Files {
  const files: Files = new Map();
  const words = text.split('\0');
  for (let at = 0; at + 1 < words.length; ) {
    const [, , from = '', to = '', letter = ''] = words[at]?.split(' ') ?? [];
    const [first = '', second = ''] = words.slice(at + 1, at + 3);
    const moved = /^[RC]/.test(letter);
    at += moved ? 3 : 2;
    // An unmerged file is listed a second time.
    if (first === '' || letter === 'U') continue;
    const state = { now: idOf(to), stat: null, tracked: true };
    if (!moved) {
      files.set(first, { base: idOf(from), ...state });
      continue;
    }
    files.set(second, { base: null, ...state, ...(letter.startsWith('R') && { before: first }) });
    if (letter.startsWith('R')) files.set(first, { base: idOf(from), ...state, now: null });
  }
  return files;
}

/** Git writes zeros where there is no content, or where it has not read it. */
function idOf(id: string): string | null {
  return /^0*$/.test(id) ? null : id;
}

/** Has git compute the ids of contents that are unknown, without its filters' programs. */
export async function readContents(
  ask: AskGit,
  folder: string,
  files: readonly (readonly [path: string, state: FileState])[],
): Promise<void> {
  let bytes = 0;
  const unread = files
    // Git reads one name a line.
    .filter(([name, { now, stat }]) => now === null && stat !== null && !/^"|[\r\n]/.test(name))
    .filter(([, { stat }]) => {
      const size = stat?.[0] ?? 0;
      if (size <= mostBytes) bytes += size;
      return size <= mostBytes && bytes <= mostBytesInAll;
    })
    .slice(0, mostRead);
  const kinds = await Promise.all(unread.map(([name]) => kindOf(path.join(folder, name))));
  const regular = unread.filter((_, index) => kinds[index] === 'file');
  const input = regular.map(([name]) => `${name}\n`).join('');
  const answer = regular.length === 0 ? '' : await ask(['hash-object', '--stdin-paths'], { input });
  const ids = (answer ?? '').split('\n');
  for (const [index, [, state]] of regular.entries()) state.now = ids[index] || null;
  await Promise.all(
    unread.map(async ([name, state], index) => {
      if (kinds[index] === 'link') state.now = await linkId(path.join(folder, name), state.base);
    }),
  );
}

/** Git would follow a link. Its content is where it points to. */
async function linkId(file: string, sample: string | null): Promise<string | null> {
  const target = await fs.readlink(file, { encoding: 'buffer' }).catch(() => null);
  if (target === null) return null;
  const hash = createHash(sample?.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${target.length}\0`).update(target).digest('hex');
}

async function statOf(file: string): Promise<readonly number[] | null> {
  try {
    const { size, mtimeMs, ctimeMs, ino } = await fs.lstat(file);
    return [size, mtimeMs, ctimeMs, ino];
  } catch {
    return null;
  }
}

async function kindOf(file: string): Promise<'file' | 'link' | null> {
  const stat = await fs.lstat(file).catch(() => null);
  if (stat?.isFile()) return 'file';
  return stat?.isSymbolicLink() ? 'link' : null;
}
