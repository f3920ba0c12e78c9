/**
 * Proof of life on Windows, where only a helper program could say when a process started: each process holds a file
 * of its own open that nobody else can open, and that Windows removes with the process, however that ends.
 */

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { randomHex } from '../core/ids';
import { isErrno } from './errno';

/** Flags of Windows that libuv knows and Node has no names for: nobody else may open the file; it goes with its handle. */
const exclusive = 0x1000_0000;
const temporary = 0x40;

const name = /[\\/]sparkq-\d+-[0-9a-f]{16}\.alive$/;

/** Makes this process's file and returns its path; null where that cannot be done. The handle stays open for good. */
export function makeAliveFile(): string | null {
  const file = path.join(os.tmpdir(), `sparkq-${process.pid}-${randomHex(8)}.alive`);
  const { O_CREAT, O_EXCL, O_RDWR } = fs.constants;
  try {
    fs.openSync(file, O_CREAT | O_EXCL | O_RDWR | exclusive | temporary, 0o600);
    return file;
  } catch (error) {
    if (isErrno(error)) return null;
    throw error;
  }
}

/** Whether the process is alive whose file this is; null if it is no such file. */
export function isHeldAlive(file: string): boolean | null {
  if (!name.test(file)) return null;
  try {
    fs.closeSync(fs.openSync(file, 'r'));
    // Its process has ended with the machine: nothing removed the file.
    return false;
  } catch (error) {
    return !isErrno(error, 'ENOENT');
  }
}
