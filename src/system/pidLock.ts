/** A lock file that is valid while the process named on its first line is alive. */

import * as fs from 'node:fs';
import { type Clock, type Instant, systemClock, toInstant } from '../core/clock';
import { QueueError } from '../core/errors';
import { randomHex } from '../core/ids';
import { isErrno } from './errno';
import { realPace, removeFile, tidy } from './heldFiles';
import { isAliveIn, pidSpace, processStartTime } from './processes';
import { createFile, readFileIfAny, removeFileIf } from './wholeFiles';

export interface LockHolder {
  pid: number;
  since: Instant | null;
}

/** How long a process may take to write a lock's text, and between two looks at it; milliseconds. */
const writeTime = 500;
const writePoll = 5;

/** What the file says below its first line. */
interface LockFacts {
  start_time: string | null;
  boot_id: string | null;
  pid_namespace: string | null;
  host: string;
  since: Instant;
  /** Random: distinguishes two locks of one process. */
  token: string;
}

/** Who holds the lock now; null when no live process on this machine does. */
export function lockHolder(file: string): LockHolder | null {
  return holderIn(readFileIfAny(file) ?? '');
}

/** What the file says for people, whether or not the lock is held. */
export function lockDetails(file: string): Readonly<Record<string, unknown>> {
  const [, ...rest] = (readFileIfAny(file) ?? '').split('\n');
  return { ...parseFacts(rest.join('\n')) };
}

export class PidLock {
  private constructor(
    private readonly file: string,
    private readonly text: string,
  ) {}

  /**
   * Acquires the lock for this process, or returns its holder, which may be this process. A lock whose process is gone,
   * or whose text is invalid, is taken over.
   * @param details is written into the file, for people
   */
  static acquire(
    file: string,
    clock: Clock = systemClock,
    details: object = {},
  ): { lock: PidLock } | { holder: LockHolder } {
    const text = lockText(clock, details);
    // Each turn gets the lock, finds its holder, or removes a dead lock.
    while (!createFile(file, text)) {
      const holder = lockHolder(file);
      if (holder) return { holder };
      if (isBeingWritten(file)) realPace.pause(writePoll);
      else removeFileIf(file, (found) => holderIn(found) === null);
    }
    return { lock: new PidLock(file, text) };
  }

  /** False if another process has removed or replaced the file. */
  isHeld(): boolean {
    return readFileIfAny(this.file) === this.text;
  }

  /** Never fails: what the lock protected is done. */
  release(): void {
    tidy(this.file, () => {
      if (this.isHeld()) letGo(this.file);
    });
  }
}

/**
 * Whether a lock without its whole text is so new that its process may still be writing it: on a file system without
 * hard links it has its name before its text.
 */
function isBeingWritten(file: string): boolean {
  const facts = fs.statSync(file, { throwIfNoEntry: false });
  if (facts === undefined || Math.abs(Date.now() - facts.mtimeMs) > writeTime) return false;
  return readFileIfAny(file)?.endsWith('\n') === false;
}

/** A file that cannot be removed says by its text that nobody holds it. */
function letGo(file: string): void {
  try {
    removeFile(file);
  } catch (error) {
    if (!isErrno(error) && !QueueError.is(error)) throw error;
    fs.writeFileSync(file, '0\n', { flag: 'r+' });
  }
}

function lockText(clock: Clock, details: object): string {
  const { host, boot, namespace } = pidSpace();
  const facts: LockFacts = {
    start_time: processStartTime(process.pid),
    boot_id: boot,
    pid_namespace: namespace,
    host,
    since: toInstant(clock.now()),
    token: randomHex(8),
  };
  return `${process.pid}\n${JSON.stringify({ ...facts, ...details })}\n`;
}

/** The live process that a lock's text names; null when it is gone or the text is invalid. */
function holderIn(text: string): LockHolder | null {
  const [first = '', ...rest] = text.split('\n');
  const pid = /^\d+$/.test(first.trim()) ? Number(first) : 0;
  const facts = parseFacts(rest.join('\n'));
  const { host, boot_id: boot, pid_namespace: namespace } = facts;
  const space = { host: host ?? undefined, boot, namespace: namespace ?? undefined };
  if (isAliveIn(space, pid, facts.start_time ?? null) !== true) return null;
  return { pid, since: facts.since ?? null };
}

function parseFacts(text: string): Partial<LockFacts> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
