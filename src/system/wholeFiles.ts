/** Writes files whole or not at all, so that a reader never sees half of one. */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { QueueError } from '../core/errors';
import { explainDisk } from './diskTrouble';
import { isErrno } from './errno';
import { realPace, removeFile, renameFile, tidy, whenFreeSync } from './heldFiles';

/** Errors of file systems without hard links. Windows says EISDIR where it means that, and EPERM of a held file. */
const noHardLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EISDIR'] as const;

/** A link that Windows refuses for this long, in milliseconds, is done without. */
const linkPace = { ...realPace, patience: 100 };

/**
 * Writes a file, replacing an older one; with `durable` it is on disk when this returns.
 * @param mode whoever else may read it, whatever the process otherwise takes away from new files
 */
export function replaceFile(file: string, text: string, durable = false, mode?: number): void {
  const draft = writeDraft(file, text, durable);
  try {
    if (mode !== undefined) fs.chmodSync(draft, mode);
    renameFile(draft, file);
  } catch (error) {
    discard(draft);
    throw error;
  }
  if (durable) syncFolder(path.dirname(file));
}

/** Creates a file unless it exists, and returns whether it did; with `durable` it is on disk then. */
export function createFile(file: string, text: string, durable = false): boolean {
  const draft = writeDraft(file, text, durable);
  try {
    if (!(link(draft, file) ?? createWithoutLinks(file, text, durable))) return false;
  } finally {
    discard(draft);
  }
  if (durable) syncFolder(path.dirname(file));
  return true;
}

/**
 * Removes a file if `condition` is true of its text; returns whether it did. A file that has replaced it since is not
 * lost: what is removed is first moved aside, checked again, and put back unless the condition is true of it as well.
 */
export function removeFileIf(file: string, condition: (text: string) => boolean): boolean {
  const text = readFileIfAny(file);
  if (text === null || !condition(text)) return false;
  const aside = draftName(file);
  try {
    whenFreeSync(file, () => fs.renameSync(file, aside));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  try {
    const moved = readFileIfAny(aside) ?? '';
    if (condition(moved)) return true;
    // A still newer file in its place stays.
    createFile(file, moved);
    return false;
  } finally {
    discard(aside);
  }
}

/**
 * The text of a file; null when it does not exist.
 * @throws QueueError `unavailable` for what has its name but is no file: a folder, a pipe, a link to nothing
 */
export function readFileIfAny(file: string): string | null {
  return whenFreeSync(file, () => readIfAny(file));
}

function readIfAny(file: string): string | null {
  const facts = fs.statSync(file, { throwIfNoEntry: false });
  if (facts === undefined && fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true)
    return null;
  if (facts?.isFile() !== true) {
    throw new QueueError(
      'unavailable',
      `${file} is not a file`,
      'Move it away: SparkQ keeps a file of its own under that name',
    );
  }
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** The value in a JSON file; null when the file does not exist or is not JSON. */
export function readJson<T>(file: string): T | null {
  const text = readFileIfAny(file);
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** Whether the file was linked, false if its name is taken; null where there are no hard links. */
function link(draft: string, file: string): boolean | null {
  try {
    whenFreeSync(draft, () => fs.linkSync(draft, file), linkPace);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (isErrno(error, ...noHardLinks) || QueueError.is(error)) return null;
    throw error;
  }
}

/** Only here may a reader see the file before its text. */
function createWithoutLinks(file: string, text: string, durable: boolean): boolean {
  let handle: number;
  try {
    handle = whenFreeSync(file, () => fs.openSync(file, 'wx', 0o600));
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    fs.writeFileSync(handle, text, { flush: durable });
  } catch (error) {
    fs.closeSync(handle);
    discard(file);
    throw explainDisk(file, error);
  }
  fs.closeSync(handle);
  return true;
}

/** A refusal here is an answer everywhere: nobody holds a file of a new name. */
function writeDraft(file: string, text: string, durable: boolean): string {
  const draft = draftName(file);
  try {
    fs.writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: durable });
  } catch (error) {
    discard(draft);
    throw explainDisk(file, error);
  }
  return draft;
}

function discard(draft: string): void {
  tidy(draft, () => removeFile(draft));
}

function draftName(file: string): string {
  return `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
}

/** Returns once the names in a folder are on disk; at once where a folder cannot be synced. */
export function syncFolder(folder: string): void {
  // Windows cannot sync a folder; its file system journals names.
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } catch (error) {
    if (!cannotSync(error)) throw error;
  } finally {
    fs.closeSync(handle);
  }
}

/** Whether this is the answer of a file system, such as some of networks, that syncs no folders. */
export function cannotSync(error: unknown): boolean {
  return isErrno(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS');
}
