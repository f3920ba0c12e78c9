/** Where the archive is, and the names of its files: `archive/<month>.<generation>.jsonl`. */

import path from 'node:path';
import type { Instant } from '../../core/clock';
import { isErrno } from '../../system/errno';
import type { Files } from '../engine/files';

/** A file of the archive: the tasks that one owner purged in one month. */
export interface ArchiveFile {
  /** UTC, such as `2026-01`. */
  month: string;
  /** Of the owner. */
  generation: number;
}

const shape = /^(\d{4}-\d\d)\.(\d+)\.jsonl$/;

export function archiveFolder(storage: string): string {
  return path.join(storage, 'archive');
}

export function archiveName({ month, generation }: ArchiveFile): string {
  return `${month}.${generation}.jsonl`;
}

/** UTC, as in the name of a file. */
export function monthOf(at: Instant): string {
  return at.slice(0, 7);
}

/** The files of the archive, oldest first; none if there is no such folder. */
export async function archiveFiles(files: Pick<Files, 'readFolder'>, folder: string): Promise<ArchiveFile[]> {
  try {
    return sortArchive(await files.readFolder(folder));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Those of the names that are files of the archive, oldest first. */
export function sortArchive(names: readonly string[]): ArchiveFile[] {
  return names
    .flatMap((name) => {
      const [, month, generation] = shape.exec(name) ?? [];
      const file = { month: month ?? '', generation: Number(generation) };
      return name === archiveName(file) ? [file] : [];
    })
    .sort((a, b) => a.month.localeCompare(b.month) || a.generation - b.generation);
}
