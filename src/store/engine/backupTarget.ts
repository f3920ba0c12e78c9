/** Which file a backup may be written to: a new one, or an earlier backup, which is recognized by its content. */

import fs from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../core/errors';
import { pathInside } from '../../system/paths';
import { applicationId } from './snapshotFile';

/** Of an SQLite file; it says the size of all. */
const headerSize = 100;

/**
 * @param storage the queue's own folder, in which no backup may be
 * @throws QueueError `invalid_field` naming what is wrong with `file`; errors of node:fs for a path that leads nowhere
 */
export function checkBackupTarget(file: string, storage: string): void {
  const folder = fs.realpathSync.native(path.dirname(file));
  if (pathInside(fs.realpathSync.native(storage), folder) !== null) {
    throw refused(file, 'is in the folder of the queue itself');
  }
  const facts = fs.lstatSync(file, { throwIfNoEntry: false });
  if (facts?.isDirectory()) throw refused(file, 'is a folder');
  if (facts !== undefined && !facts.isFile()) throw refused(file, 'is not a regular file');
  if (facts !== undefined && !isBackup(file, facts.size)) {
    throw refused(file, 'exists and is no backup, so it is not overwritten');
  }
}

/** A snapshot of a queue is no backup: it is longer than its database. */
function isBackup(file: string, size: number): boolean {
  const header = Buffer.alloc(headerSize);
  const descriptor = fs.openSync(file, 'r');
  try {
    if (fs.readSync(descriptor, header) < headerSize) return false;
  } finally {
    fs.closeSync(descriptor);
  }
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  return (
    header.toString('latin1', 0, 15) === 'SQLite format 3' &&
    header.readUInt32BE(68) === applicationId &&
    header.readUInt32BE(28) * pageSize === size
  );
}

function refused(file: string, what: string): QueueError {
  return new QueueError(
    'invalid_field',
    `Invalid file: ${file} ${what}`,
    'Name a new file, or an earlier backup',
  );
}
