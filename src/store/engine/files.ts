/**
 * The file operations of the store. Everything that durability depends on goes through this layer, so that tests can
 * replace it with one that fails, or that loses what was not synced.
 */

import fs from 'node:fs';
import path from 'node:path';
import { isErrno } from '../../system/errno';
import { makeFolder } from '../../system/folders';
import { whenFree } from '../../system/heldFiles';
import { cannotSync } from '../../system/wholeFiles';

/** `read`, `change`: the file exists. `create`: it must not. The last two are for writing. */
export type OpenMode = 'read' | 'create' | 'change';

export interface FileFacts {
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** Errors are those of node:fs, with their `code`; on Windows also QueueError `unavailable`, for a file that stays held. */
export interface Files {
  /** Opens a file (0600 when it is created) and resolves with its descriptor. */
  open(file: string, mode: OpenMode): Promise<number>;
  close(descriptor: number): Promise<void>;
  /** Writes synchronously and returns how many bytes were written, which may be too few. */
  writeNow(descriptor: number, bytes: Uint8Array, position: number): number;
  /** The same without blocking, for many bytes. */
  write(descriptor: number, bytes: Uint8Array, position: number): Promise<number>;
  truncate(descriptor: number, size: number): Promise<void>;
  /** Resolves once the file's bytes, and the metadata needed to read them, are on disk. */
  datasync(descriptor: number): Promise<void>;
  /** Resolves once the names in `folder` are on disk; at once where a folder cannot be synced. */
  syncFolder(folder: string): Promise<void>;
  readFile(file: string): Promise<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
  unlink(file: string): Promise<void>;
  /** The names in `folder`, in any order. */
  readFolder(folder: string): Promise<string[]>;
  /** Creates `folder` and its parents (0700); an existing one is left as it is. */
  makeFolder(folder: string): Promise<void>;
  /** Undefined when there is no such file. */
  stat(file: string): Promise<FileFacts | undefined>;
}

const flags: Record<OpenMode, string> = { read: 'r', create: 'wx', change: 'r+' };

export const nodeFiles: Files = {
  open(file, mode) {
    return whenFree(
      file,
      () =>
        new Promise((resolve, reject) => {
          fs.open(file, flags[mode], 0o600, (error, descriptor) =>
            error ? reject(error) : resolve(descriptor),
          );
        }),
    );
  },
  close: (descriptor) => settle((done) => fs.close(descriptor, done)),
  writeNow: (descriptor, bytes, position) => fs.writeSync(descriptor, bytes, 0, bytes.byteLength, position),
  write(descriptor, bytes, position) {
    return new Promise((resolve, reject) => {
      fs.write(descriptor, bytes, 0, bytes.byteLength, position, (error, written) =>
        error ? reject(error) : resolve(written),
      );
    });
  },
  truncate: (descriptor, size) => settle((done) => fs.ftruncate(descriptor, size, done)),
  datasync: (descriptor) => settle((done) => fs.fdatasync(descriptor, done)),
  async syncFolder(folder) {
    // Windows cannot sync a folder; its file system journals names itself.
    if (process.platform === 'win32') return;
    const handle = await fs.promises.open(folder, 'r');
    try {
      await handle.sync();
    } catch (error) {
      if (!cannotSync(error)) throw error;
    } finally {
      await handle.close();
    }
  },
  async readFile(file) {
    // A pipe would be waited for, and a folder's error does not name it.
    return whenFree(file, async () => {
      if (!(await fs.promises.stat(file)).isFile()) throw new Error(`${file} is not a file: move it away`);
      return fs.promises.readFile(file);
    });
  },
  rename: (from, to) => whenFree(to, () => fs.promises.rename(from, to)),
  unlink: (file) => whenFree(file, () => fs.promises.unlink(file)),
  readFolder: (folder) => fs.promises.readdir(folder),
  async makeFolder(folder) {
    makeFolder(folder);
  },
  async stat(file) {
    try {
      const { size, mtimeMs } = await whenFree(file, () => fs.promises.stat(file));
      return { size, modifiedAt: mtimeMs };
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  },
};

/**
 * Writes all of `bytes`, however many calls that takes.
 * @param start of the first byte in the file
 */
export async function writeAll(
  files: Files,
  descriptor: number,
  bytes: Uint8Array,
  start = 0,
): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const written = await files.write(descriptor, bytes.subarray(done), start + done);
    if (written === 0) throw new Error(`the disk took only ${done} of ${bytes.byteLength} bytes`);
    done += written;
  }
}

/**
 * Writes a file that gets its name only when it is complete: temporary name, sync, `check`, rename, sync of the folder.
 * A failure leaves no file of that name, or the former one.
 * @param parts of its bytes, one after the other
 */
export async function writeFileDurably(
  files: Files,
  file: string,
  parts: readonly Uint8Array[],
  check?: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${file}.tmp`;
  await unlinkIfPresent(files, temporary);
  try {
    const descriptor = await files.open(temporary, 'create');
    try {
      let size = 0;
      for (const part of parts) {
        await writeAll(files, descriptor, part, size);
        size += part.byteLength;
      }
      await files.datasync(descriptor);
    } finally {
      await files.close(descriptor);
    }
    await check?.(temporary);
    await files.rename(temporary, file);
  } catch (error) {
    // The first error is the one to report; leftovers are removed if possible.
    await unlinkIfPresent(files, temporary).catch(() => undefined);
    throw error;
  }
  await files.syncFolder(path.dirname(file));
}

/** Removes a file, if it exists. */
export async function unlinkIfPresent(files: Files, file: string): Promise<void> {
  try {
    await files.unlink(file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function settle(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
