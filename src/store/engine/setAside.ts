/** Keeps bytes that recovery does not use, in `set-aside/` beside the files. Never overwrites. */

import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { Log } from '../../core/log';
import { isErrno } from '../../system/errno';
import { setAsideFolder } from './fileNames';
import { type Files, writeAll } from './files';

/**
 * Puts a copy of `bytes` aside, named after their file, offset and checksum, and resolves with its path. If that fails,
 * the failure is logged, and it resolves with undefined.
 */
export async function setAside(
  files: Files,
  log: Log,
  source: string,
  offset: number,
  bytes: Uint8Array,
): Promise<string | undefined> {
  const folder = path.join(path.dirname(source), setAsideFolder);
  const mark = crc32(bytes).toString(16).padStart(8, '0');
  const copy = path.join(folder, `${path.basename(source)}.${offset}.${mark}`);
  try {
    await files.makeFolder(folder);
    const descriptor = await files.open(copy, 'create');
    try {
      await writeAll(files, descriptor, bytes);
      await files.datasync(descriptor);
    } finally {
      await files.close(descriptor);
    }
    await files.syncFolder(folder);
    return copy;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return copy;
    log.error(`A copy of ${source} from byte ${offset} could not be put aside`, error);
    return undefined;
  }
}

/** Puts a copy of `file` aside, and resolves with its path; undefined if there is no such file, or that failed. */
export async function setFileAside(files: Files, log: Log, file: string): Promise<string | undefined> {
  try {
    return await setAside(files, log, file, 0, await files.readFile(file));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) log.error(`A copy of ${file} could not be put aside`, error);
    return undefined;
  }
}

/** Puts a copy of a damaged file aside, unless it is missing, and logs the damage. */
export async function keepDamaged(files: Files, log: Log, error: Error & { file: string }): Promise<void> {
  const copy = await setFileAside(files, log, error.file);
  log.error(`${error.message}${copy === undefined ? '' : ` A copy is in ${copy}.`}`);
}
