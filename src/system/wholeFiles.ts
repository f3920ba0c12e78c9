/** Writes files whole or not at all, so that a reader never sees half of one. */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { QueueError } from '../core/errors';
import { isErrno } from './errno';

/** Errors of file systems without hard links. */
const noHardLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EISDIR'] as const;

/** Writes a file, replacing an older one; with `durable` it is on disk when this returns. */
export function replaceFile(file: string, text: string, durable = false): void {
  const draft = writeDraft(file, text, durable);
  try {
    fs.renameSync(draft, file);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
  if (durable) syncFolder(path.dirname(file));
}

/** Creates a file unless it exists, and returns whether it did; with `durable` it is on disk then. */
export function createFile(file: string, text: string, durable = false): boolean {
  const draft = writeDraft(file, text, durable);
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (!isErrno(error, ...noHardLinks)) throw error;
    if (!createWithoutLinks(file, text, durable)) return false;
  } finally {
    fs.rmSync(draft, { force: true });
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
    fs.renameSync(file, aside);
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
    fs.rmSync(aside, { force: true });
  }
}

/**
 * The text of a file; null when it does not exist.
 * @throws QueueError `unavailable` for what has its name but is no file: a folder, a pipe, a link to nothing
 */
export function readFileIfAny(file: string): string | null {
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

/** Only here may a reader see the file before its text. */
function createWithoutLinks(file: string, text: string, durable: boolean): boolean {
  try {
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o600, flush: durable });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function writeDraft(file: string, text: string, durable: boolean): string {
  const draft = draftName(file);
  try {
    fs.writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: durable });
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
  return draft;
}

function draftName(file: string): string {
  return `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
}

function syncFolder(folder: string): void {
  // Windows cannot sync a folder; its file system journals names.
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
