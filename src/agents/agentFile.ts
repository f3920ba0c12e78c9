/** The files of agents, which belong to others: read whole, checked, and written only as they were read. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { messageOf, QueueError } from '../core/errors';
import { isErrno } from '../system/errno';
import { whenFreeSync } from '../system/heldFiles';
import { removeFileIf, replaceFile } from '../system/wholeFiles';

export const byteOrderMark = '\uFEFF';

export interface AgentFile {
  file: string;
  /** The folder that is there anyway: what leads from it to the file is checked, and made where it is missing. */
  base: string;
  /** A byte order mark included; null where there is no file. */
  text: string | null;
  /** The mode of the file, or of the one to make; undefined for what a new file usually has. */
  mode: number | undefined;
}

/**
 * Reads a file that may be written afterwards.
 * @throws QueueError `conflict` for one that must not be: through a link, read-only, not UTF-8
 */
export function readAgentFile(file: string, base: string, modeOfNew?: number): AgentFile {
  refuseLinks(file, base);
  const facts = fs.lstatSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return { file, base, text: null, mode: modeOfNew };
  if (!facts.isFile()) throw refusal(`${file} is not a file`, 'Move it away');
  if (facts.nlink > 1)
    throw refusal(
      `${file} has a second name, as a hard link`,
      'Make it a file of its own, or edit it by hand',
    );
  if (!isWritable(file, facts.mode))
    throw refusal(`${file} is read-only`, 'Make it writable, or edit it by hand');
  return { file, base, text: read(file), mode: facts.mode & 0o777 };
}

/**
 * Writes what the file is to contain; null removes it. Gives the folders that it made, outermost first.
 * @throws QueueError `conflict` if the file is no longer as it was read
 */
export function writeAgentFile({ file, base, text, mode }: AgentFile, next: string | null): string[] {
  const now = readAgentFile(file, base);
  if (now.text !== text) throw refusal(`${file} has changed in the meantime`, 'Try again');
  try {
    if (next === null) {
      removeFileIf(file, (found) => found === text);
      return [];
    }
    const folders = missingFolders(file);
    for (const folder of folders) fs.mkdirSync(folder);
    replaceFile(file, next, true, mode ?? 0o666 & ~process.umask());
    return folders;
  } catch (error) {
    if (!isErrno(error)) throw error;
    const hint = 'Give yourself the right to change it, or edit it by hand';
    throw new QueueError('unavailable', `${file} cannot be written (${messageOf(error)})`, hint, undefined, {
      cause: error,
    });
  }
}

/** Removes those of the folders that are empty. @param folders outermost first */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of [...folders].reverse()) {
    try {
      fs.rmdirSync(folder);
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) continue;
      throw error;
    }
  }
}

/** What a link leads to may be shared with other projects, or be outside of this one. */
function refuseLinks(file: string, base: string): void {
  for (let name = file; name !== base && name !== path.dirname(name); name = path.dirname(name)) {
    if (!fs.lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    const target = fs.readlinkSync(name);
    throw refusal(
      `${name} is a link to ${target}`,
      'Nothing is written through links: edit what it leads to by hand, or make it a file of its own',
    );
  }
}

/** The mode counts for root as well, who may write everything. */
function isWritable(file: string, mode: number): boolean {
  if ((mode & 0o222) === 0) return false;
  try {
    fs.accessSync(file, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function read(file: string): string {
  const bytes = readBytes(file);
  try {
    // The mark is kept: the file is to be written as it was.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusal(`${file} is not UTF-8 text`, 'Save it as UTF-8');
  }
}

function readBytes(file: string): Buffer {
  try {
    return whenFreeSync(file, () => fs.readFileSync(file));
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw refusal(`${file} cannot be read (${messageOf(error)})`, 'Give yourself the right to read it');
  }
}

function missingFolders(file: string): string[] {
  const missing: string[] = [];
  for (let folder = path.dirname(file); !fs.existsSync(folder); folder = path.dirname(folder))
    missing.unshift(folder);
  return missing;
}

function refusal(message: string, hint: string): QueueError {
  return new QueueError('conflict', message, hint);
}
