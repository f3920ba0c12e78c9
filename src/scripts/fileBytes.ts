/** Reads files of a workspace, of which there may be many. */

import { closeSync, constants, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { whenFree } from '../system/heldFiles';

const openFile = promisify(open);
const readFrom = promisify(read);

/** The start of a file, and how to detect that the file has changed. */
export interface FileBytes {
  mtimeMs: number;
  size: number;
  /** Null for anything but a regular file. */
  bytes: Buffer | null;
}

/**
 * Reads up to `most` bytes. Only the calls that may wait for the disk are asynchronous: the others cost less than
 * handing them to another thread.
 */
export async function readBytes(file: string, most: number): Promise<FileBytes> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const descriptor = await whenFree(file, () => openFile(file, flags));
  try {
    const facts = fstatSync(descriptor);
    const { mtimeMs, size } = facts;
    if (!facts.isFile()) return { mtimeMs, size, bytes: null };
    const wanted = Math.min(size, most);
    const { bytesRead, buffer } = await readFrom(descriptor, Buffer.allocUnsafe(wanted), 0, wanted, 0);
    return { mtimeMs, size, bytes: buffer.subarray(0, bytesRead) };
  } finally {
    closeSync(descriptor);
  }
}
