/** Makes the worker of a stream the only one on this machine: `watchers/<name>.lock` says who it is and since when. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type Clock, type Instant, systemClock, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { randomHex } from '../../core/ids';
import { bootId, isAlive, isOtherBoot, pidNamespace, processStartTime } from '../../system/processes';
import { createFile, isErrno, readFileIfAny } from '../../system/wholeFiles';

/** Who works on a stream. */
export interface StreamWorkerHolder {
  pid: number;
  since: Instant | null;
}

/** What the lock file says below its first line. */
interface LockFacts {
  start_time: string | null;
  boot_id: string | null;
  pid_namespace: string | null;
  host: string;
  since: Instant;
  stream: string;
  token: string;
}

/** Longest name of a lock file, without its ending. */
const longestName = 100;

/** The lock file of a stream; the stream need not exist. */
export function watcherLockPath(storage: string, stream: string): string {
  return path.join(storage, 'watchers', `${lockName(stream)}.lock`);
}

/** Percent-encodes every byte outside `[a-z0-9_-]`; a long name is cut and told apart by a hash of the whole. */
export function lockName(stream: string): string {
  const encoded = Array.from(Buffer.from(stream, 'utf8'), (byte) => {
    const char = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
  if (encoded.length <= longestName) return encoded;
  const hash = createHash('sha256').update(stream, 'utf8').digest('hex');
  return `${encoded.slice(0, 60)}-${hash.slice(0, 16)}`;
}

/** Who holds the lock of a stream now; null when nobody alive does. */
export function streamWorkerHolder(storage: string, stream: string): StreamWorkerHolder | null {
  const text = readFileIfAny(watcherLockPath(storage, stream));
  return text === null ? null : holderOf(text);
}

export class StreamWorkerLock {
  private constructor(
    private readonly file: string,
    private readonly text: string,
  ) {}

  /**
   * Takes the lock of a stream for this process. A lock whose process is gone, or whose text makes no sense, is taken
   * over.
   * @throws QueueError `conflict` with {pid, since} while another watcher holds it, also one of this process
   */
  static acquire(storage: string, stream: string, clock: Clock = systemClock): StreamWorkerLock {
    const file = watcherLockPath(storage, stream);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const text = lockText(stream, clock);
    // Each turn either gets the lock, is refused, or has removed one dead lock.
    while (!createFile(file, text)) {
      const found = readFileIfAny(file);
      if (found === null) continue;
      const holder = holderOf(found);
      if (holder) throw refusal(stream, holder);
      removeDead(file, found);
    }
    return new StreamWorkerLock(file, text);
  }

  /** Whether the file still says so: somebody may have removed it. */
  isHeld(): boolean {
    return readFileIfAny(this.file) === this.text;
  }

  release(): void {
    if (this.isHeld()) fs.rmSync(this.file, { force: true });
  }
}

function lockText(stream: string, clock: Clock): string {
  const facts: LockFacts = {
    start_time: processStartTime(process.pid),
    boot_id: bootId(),
    pid_namespace: pidNamespace(),
    host: os.hostname(),
    since: toInstant(clock.now()),
    stream,
    token: randomHex(8),
  };
  return `${process.pid}\n${JSON.stringify(facts)}\n`;
}

function refusal(stream: string, holder: StreamWorkerHolder): QueueError {
  const since = holder.since === null ? '' : ` since ${holder.since}`;
  return new QueueError(
    'conflict',
    `A watcher of stream "${stream}" is already running (pid ${holder.pid}${since}).`,
    'Stop that one first, or let it do the work.',
    { pid: holder.pid, since: holder.since },
  );
}

/** The live process that a lock's text names; null when it is gone or the text makes no sense. */
function holderOf(text: string): StreamWorkerHolder | null {
  const [first = '', ...rest] = text.split('\n');
  const pid = /^\d+$/.test(first.trim()) ? Number(first) : 0;
  if (pid <= 0) return null;
  const facts = parseFacts(rest.join('\n'));
  const startTime = facts?.start_time ?? null;
  const elsewhere = typeof facts?.host === 'string' && facts.host !== os.hostname();
  const otherSpace = typeof facts?.pid_namespace === 'string' && facts.pid_namespace !== pidNamespace();
  const otherBoot = typeof facts?.boot_id === 'string' && isOtherBoot(facts.boot_id);
  if (elsewhere || otherSpace || otherBoot || !isAlive(pid, startTime)) return null;
  return { pid, since: facts?.since ?? null };
}

function parseFacts(text: string): Partial<LockFacts> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** Removes a dead lock, unless another watcher has put its own in that place meanwhile: that one is put back. */
function removeDead(file: string, dead: string): void {
  const aside = `${file}.${process.pid}.${randomHex(4)}.dead`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readFileIfAny(aside);
  if (moved !== null && moved !== dead) createFile(file, moved);
  fs.rmSync(aside, { force: true });
}
