/** Files that are put in place whole or not at all, so that a reader never sees half of one. */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isErrno } from './errno';

/** How file systems without hard links refuse one. */
const linksMissing = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'] as const;

/** Puts a file in place over an older one; with `durable` it is on the disk when this returns. */
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

/** Puts a file in place unless there is one, and on the disk; says whether it did. */
export function createFile(file: string, text: string): boolean {
  const draft = writeDraft(file, text, true);
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (!isErrno(error, ...linksMissing)) throw error;
    if (!createWithoutLinks(file, text)) return false;
  } finally {
    fs.rmSync(draft, { force: true });
  }
  syncFolder(path.dirname(file));
  return true;
}

/**
 * Removes a file while `condition` holds for its text, and says whether it did. A file that replaces it meanwhile is
 * not lost: it is read again under another name, and put back unless it is meant as well.
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
    // Where a still newer one has taken its place, that one stays.
    createFile(file, moved);
    return false;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Reads a file; null when it is not there. */
export function readFileIfAny(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Reads a JSON file; null when it is not there or makes no sense. */
export function readJson<T>(file: string): T | null {
  const text = readFileIfAny(file);
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** Here alone a reader may see the file before its text. */
function createWithoutLinks(file: string, text: string): boolean {
  try {
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o600, flush: true });
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
  // Windows cannot sync a folder; its file system journals names by itself.
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
