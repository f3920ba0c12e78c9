/** Copies files from one storage folder to another, and makes sure that they have arrived. */

import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { QueueError } from '../../core/errors';
import { isErrno } from '../../system/errno';
import { makeFolder } from '../../system/folders';
import { nodeFiles } from '../engine/files';

/**
 * Copies a file, or a folder with all that is in it; one that does not exist is none. When this resolves, the copies are
 * on disk, and have been read again and compared.
 * @throws QueueError `conflict` for what is neither file nor folder: a link could lead anywhere
 */
export async function copyTree(from: string, to: string): Promise<void> {
  const facts = await factsOf(from);
  if (facts === undefined) return;
  if (facts.isFile()) return copyFile(from, to, facts);
  if (!facts.isDirectory()) {
    throw new QueueError(
      'conflict',
      `${from} is neither a file nor a folder`,
      'Move it away: SparkQ did not make it',
    );
  }
  makeFolder(to);
  for (const name of await fs.readdir(from)) await copyTree(path.join(from, name), path.join(to, name));
  await nodeFiles.syncFolder(to);
}

async function factsOf(file: string): Promise<Stats | undefined> {
  try {
    return await fs.lstat(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function copyFile(from: string, to: string, { atime, mtime }: Stats): Promise<void> {
  await fs.copyFile(from, to, fs.constants.COPYFILE_EXCL);
  const handle = await fs.open(to, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.utimes(atime, mtime);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if ((await hashOf(from)) !== (await hashOf(to))) throw new Error(`${to} is not as ${from} is`);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
