/** One worker for each stream of a machine: `watchers/<name>.lock` says which process it is and since when. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Clock } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import type { PresentWorker, Stream } from '../core/model';
import { localText } from '../core/times';
import { type LockHolder, lockHolder, PidLock } from '../system/pidLock';

/** Characters of a lock file's name, without its extension. */
const longestName = 100;

/** The lock file of a stream; the stream need not exist. */
export function watcherLockPath(storage: string, stream: string): string {
  return path.join(storage, 'watchers', `${lockName(stream)}.lock`);
}

/** Names that Windows takes for devices, whatever their extension. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * Percent-encodes every byte outside `[a-z0-9_-]`, and the first of a device's name; a long name is cut, with a hash of
 * the whole appended.
 */
export function lockName(stream: string): string {
  const isDevice = deviceName.test(stream);
  const encoded = Array.from(Buffer.from(stream, 'utf8'), (byte, at) => {
    const char = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(char) && !(isDevice && at === 0)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  if (encoded.length <= longestName) return encoded;
  const hash = createHash('sha256').update(stream, 'utf8').digest('hex');
  return `${encoded.slice(0, 60)}-${hash.slice(0, 16)}`;
}

/** The live process that works on a stream; null when there is none. */
export function streamWorkerHolder(storage: string, stream: string): LockHolder | null {
  return lockHolder(watcherLockPath(storage, stream));
}

/** The live processes that work on some of these streams: those that work on another machine are not seen. */
export function presentWorkers(
  storage: string,
  streams: readonly Pick<Stream, 'id' | 'name'>[],
): PresentWorker[] {
  const locks = new Set(namesIn(path.dirname(watcherLockPath(storage, ''))));
  return streams.flatMap(({ id, name }) => {
    const file = watcherLockPath(storage, name);
    const holder = locks.has(path.basename(file)) ? lockHolder(file) : null;
    return holder === null ? [] : { stream_id: id, pid: holder.pid, since: holder.since };
  });
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

/**
 * Locks a stream for this process.
 * @throws QueueError `conflict` with {pid, since} while another stream worker holds the lock, even in this process;
 *   `storage_failed` if the lock cannot be written
 */
export function lockStream(storage: string, stream: string, clock?: Clock): PidLock {
  const taken = acquire(watcherLockPath(storage, stream), stream, clock);
  if ('lock' in taken) return taken.lock;
  const { pid, since } = taken.holder;
  throw new QueueError(
    'conflict',
    `A worker of stream "${stream}" is already running (pid ${pid}${since === null ? '' : ` since ${localText(since)}`}).`,
    'Stop that one first, or let it work.',
    { pid, since },
  );
}

function acquire(file: string, stream: string, clock?: Clock): ReturnType<typeof PidLock.acquire> {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    return PidLock.acquire(file, clock, { stream });
  } catch (error) {
    throw new QueueError(
      'storage_failed',
      `The lock ${file} of stream "${stream}" could not be written: ${messageOf(error)}`,
      'Make sure that the folder is writable, and that the disk has free space.',
      undefined,
      { cause: error },
    );
  }
}
