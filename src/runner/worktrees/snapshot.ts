/** Keeps all that lies in a working tree and is not ignored as one commit, and touches nothing of it. */

import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { QueueError } from '../../core/errors';
import { isErrno } from '../../system/errno';
import { remove, tidyLater } from '../../system/heldFiles';
import { changeRefs } from './refs';
import { ownIdentity, type Repository } from './repository';

/** Why a file is not in the snapshot. */
export interface LeftOut {
  /** Relative to the repository, with `/`. */
  path: string;
  code: 'large' | 'repository' | 'unreadable';
}

export interface Snapshot {
  commit: string;
  tree: string;
  leftOut: LeftOut[];
}

/** Files that are larger are left out, and further ones once all together are; bytes. */
export const largestFile = 50 * 1024 * 1024;
const mostBytes = 1024 * 1024 * 1024;
/** Names that are `.git` on Windows: git passes over them, and does not say so. */
const passedOver = /(^|\/)(git~1|\.git[ .]+)([/:]|$)/i;
/** Of files that git refuses: if there are more, something else is wrong. */
const mostRefused = 10;
/** The index of some 20,000 files; that of fewer takes no time worth counting. */
const largeIndex = 2 * 1024 * 1024;

interface SnapshotHow {
  /** The first line of the commit. */
  title: string;
  /** That may be no more than this of a file; bytes. */
  largest?: number;
  durable?: boolean;
  /** Milliseconds for which somebody waits for it; a large repository for which that is not enough is not looked at. */
  patience?: number;
}

/** Under `ref`, which is replaced where it exists. Its parent is the commit of HEAD. */
export async function takeSnapshot(
  repository: Repository,
  ref: string,
  { title, largest = largestFile, durable = false, patience }: SnapshotHow,
): Promise<Snapshot> {
  const { head } = repository;
  const place = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-git-'));
  try {
    const index = path.join(place, 'index');
    const isLarge = (await copyIndex(repository, index)) > largeIndex;
    const timeout = isLarge ? patience : undefined;
    const leftOut = await update(repository, index, largest, { durable, timeout });
    const tree = (await repository.run(['write-tree', '--missing-ok'], { index, durable })).trim();
    const parent = head === null ? [] : ['-p', head];
    const commit = await commitTree(repository, [tree, ...parent], message(title, leftOut), durable);
    await changeRefs(repository, [ref], () => repository.run(['update-ref', ref, commit], { durable }));
    return { commit, tree, leftOut };
  } finally {
    await tidyLater(place, () => remove(place, { recursive: true }));
  }
}

/** A commit of ours. @param args of `git commit-tree`, besides the message */
export async function commitTree(
  repository: Repository,
  args: readonly string[],
  text: string,
  durable = false,
): Promise<string> {
  const call = ['-c', 'commit.gpgSign=false', 'commit-tree', '--no-gpg-sign', ...args];
  return (await repository.run(call, { input: text, env: ownIdentity, durable })).trim();
}

/** What was left out is in the message of the commit, too: whoever has only git learns of it. */
function message(title: string, leftOut: readonly LeftOut[]): string {
  const lines = leftOut.map(({ path: name, code }) => `left out (${code}): ${name}\n`);
  return `${title}\n${lines.length > 0 ? `\n${lines.join('')}` : ''}`;
}

/** The person's own index stays as it is. @returns how large it is, bytes */
async function copyIndex({ gitFolder }: Repository, to: string): Promise<number> {
  const file = path.join(gitFolder, 'index');
  try {
    await fs.copyFile(file, to);
    // As old as the original: git reads a file again that is not older than the index.
    const { mtimeMs, size } = await fs.stat(file);
    const written = Math.floor(mtimeMs / 1000);
    await fs.utimes(to, written, written);
    return size;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    return 0;
  }
}

/** Brings the index to what the files are now. */
async function update(
  repository: Repository,
  index: string,
  largest: number,
  { durable, timeout }: { durable: boolean; timeout: number | undefined },
): Promise<LeftOut[]> {
  const names = { index, encoding: 'latin1', timeout } as const;
  const [changed, others] = await Promise.all([
    repository.run(['diff-files', '--name-only', '-z', '--ignore-submodules=dirty'], names),
    repository.run(['ls-files', '--others', '--exclude-standard', '-z'], names),
  ]);
  const leftOut: LeftOut[] = [];
  const taken: string[] = [];
  let room = mostBytes;
  for (const name of new Set([...changed.split('\0'), ...others.split('\0')])) {
    if (name === '') continue;
    const { code, bytes } = await look(`${repository.top}/`, name, Math.min(largest, room));
    room -= bytes;
    if (code === null) taken.push(name);
    else leftOut.push({ path: textOf(name), code });
  }
  const add = async (names: readonly string[]) => {
    const input = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1');
    const call = ['update-index', '--add', '--remove', '--replace', '-z', '--stdin'];
    await repository.run(['-c', 'core.safecrlf=false', ...call], { index, input, durable });
  };
  // A filter may have failed, too.
  const isAtFault = async (name: string) =>
    !repository.filters && !(await canBeRead(`${repository.top}/`, name));
  for (const name of await refusedOf(taken, add, isAtFault))
    leftOut.push({ path: textOf(name), code: 'unreadable' });
  return leftOut;
}

/**
 * Adds names to the index, without the few whose file cannot be read.
 * @param isAtFault whether git fails for the sake of the file, and not for want of space
 * @returns what was refused
 */
async function refusedOf(
  names: readonly string[],
  add: (names: readonly string[]) => Promise<void>,
  isAtFault: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const refused: string[] = [];
  const addAll = async (part: readonly string[]): Promise<void> => {
    const [first] = part;
    if (first === undefined) return;
    try {
      await add(part);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (part.length === 1) {
        if (refused.length < mostRefused && (await isAtFault(first))) refused.push(first);
        else await add(part);
        return;
      }
      const half = Math.floor(part.length / 2);
      await addAll(part.slice(0, half));
      await addAll(part.slice(half));
    }
  };
  await addAll(names);
  return refused;
}

/** @param name byte for byte */
async function canBeRead(folder: string, name: string): Promise<boolean> {
  const file = Buffer.concat([Buffer.from(folder), Buffer.from(name, 'latin1')]);
  try {
    const facts = await fs.lstat(file);
    if (facts.isFile()) await fs.readFile(file);
    return true;
  } catch (error) {
    if (isErrno(error)) return isErrno(error, 'ENOENT', 'ENOTDIR');
    throw error;
  }
}

function isConflict(error: unknown): boolean {
  return QueueError.is(error, 'conflict');
}

function textOf(name: string): string {
  return Buffer.from(name, 'latin1').toString();
}

/** Whether a file can be taken, and how large it is then. @param name byte for byte, as its folder is not */
async function look(
  folder: string,
  name: string,
  largest: number,
): Promise<{ code: LeftOut['code'] | null; bytes: number }> {
  // Git names a repository in the repository with a slash at the end.
  if (name.endsWith('/')) return { code: 'repository', bytes: 0 };
  if (passedOver.test(name)) return { code: 'unreadable', bytes: 0 };
  const file = Buffer.concat([Buffer.from(folder), Buffer.from(name, 'latin1')]);
  const facts = await fs.lstat(file).catch(() => null);
  // Pipes and sockets.
  if (facts !== null && !facts.isFile() && !facts.isDirectory() && !facts.isSymbolicLink())
    return { code: 'unreadable', bytes: 0 };
  if (!facts?.isFile()) return { code: null, bytes: 0 };
  if (facts.size > largest) return { code: 'large', bytes: 0 };
  try {
    await fs.access(file, fs.constants.R_OK);
    return { code: null, bytes: facts.size };
  } catch {
    return { code: 'unreadable', bytes: 0 };
  }
}
