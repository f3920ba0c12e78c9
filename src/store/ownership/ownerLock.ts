/**
 * The one owner of a storage folder. `owner.<N>` names the owner of generation N; the highest N owns. A lock is made
 * complete under another name and linked into place, so it is whole when it is seen, and of two that try only one
 * succeeds. N never goes back: a released lock stays until a later owner removes it.
 */

import { existsSync, type Stats } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Clock, sleep, systemClock, toInstant } from '../../core/clock';
import { randomHex } from '../../core/ids';
import { type Log, silentLog } from '../../core/log';
import type { OwnerRole } from '../../core/model';
import { isErrno } from '../../system/errno';
import { bootId, isAlive, isOtherBoot, pidNamespace, processStartTime } from '../../system/processes';
import { sortNames } from '../engine/fileNames';

export interface OwnerInfo {
  generation: number;
  pid: number;
  startTime: string | null;
  bootId: string | null;
  host: string;
  /** The space in which `pid` means something; null where there is only one. */
  pidNamespace: string | null;
  /** Random; tells two locks apart. */
  token: string;
  role: OwnerRole | 'unknown';
  /** An instant. */
  since: string;
}

/** The file's text: the facts, and whether the owner has let go. */
type LockText = Omit<OwnerInfo, 'generation'> & { released?: boolean };

/** Milliseconds between two beats, and without one after which an owner counts as not answering. */
const beat = 1000;
const silence = 10_000;
/** Between two looks of one who waits. Milliseconds. */
const pollTime = 50;
/** A half-made lock of a process that has gone. Milliseconds. */
const litterAge = 60_000;

const lockName = /^owner\.(\d+)$/;
const litterName = /^owner\.[0-9a-f]+\.tmp$/;

/** No more than this is counted as silence for one look: a watcher that slept itself has missed no beats. */
const longestGap = 2 * beat;

/** Watches an owner's heartbeat by this process's own clock, a look at a time. Keep one over calls to `acquire`. */
export class HeartbeatMonitor {
  private seen = '';
  private lookedAt = 0;
  private still = 0;
  private known = '';

  constructor(private readonly clock: Clock = systemClock) {}

  /** Whether this is the first look at the owner of this token. */
  meets(token: string): boolean {
    const first = token !== this.known;
    this.known = token;
    return first;
  }

  /** Whether the lock's heartbeat has stood still too long; `mark` is what a beat changes. */
  stoodStill(mark: string): boolean {
    const now = this.clock.monotonic();
    this.still = mark === this.seen ? this.still + Math.min(now - this.lookedAt, longestGap) : 0;
    this.seen = mark;
    this.lookedAt = now;
    return this.still >= silence;
  }
}

export interface AcquireOptions {
  /** The storage folder; made when absent. */
  storage: string;
  role: OwnerRole;
  /** How long to wait for a live owner to go. Milliseconds; 0 by default. */
  waitMs?: number;
  watch?: HeartbeatMonitor;
  clock?: Clock;
  log?: Log;
}

export type Acquired = { lock: OwnerLock } | { holder: OwnerInfo };

interface FoundLock {
  generation: number;
  file: string;
  /** Null while its text makes no sense. */
  text: LockText | null;
  mark: string;
}

export class OwnerLock {
  private readonly heart: NodeJS.Timeout;
  private tellSuperseded: (() => void) | undefined;

  private constructor(
    private readonly storage: string,
    readonly info: OwnerInfo,
    private readonly log: Log,
  ) {
    this.heart = setInterval(() => void this.beat(), beat);
    this.heart.unref();
  }

  /** Becomes the owner, or tells who is. An owner that is gone or does not answer is superseded. */
  static async acquire(options: AcquireOptions): Promise<Acquired> {
    const { storage, role, waitMs = 0, clock = systemClock, log = silentLog } = options;
    const watch = options.watch ?? new HeartbeatMonitor(clock);
    await fs.mkdir(storage, { recursive: true, mode: 0o700 });
    const until = clock.monotonic() + waitMs;
    for (;;) {
      const present = await highestLock(storage);
      if (present === undefined || !holds(present, watch)) {
        const lock = await OwnerLock.take(storage, present?.generation ?? 0, role, clock, log);
        if (lock !== undefined) return { lock };
        continue;
      }
      if (clock.monotonic() >= until) return { holder: infoOf(present) };
      await sleep(pollTime, clock);
    }
  }

  private static async take(
    storage: string,
    above: number,
    role: OwnerRole,
    clock: Clock,
    log: Log,
  ): Promise<OwnerLock | undefined> {
    const generation = Math.max(above, await highestDataGeneration(storage)) + 1;
    const text: LockText = {
      pid: process.pid,
      startTime: processStartTime(process.pid),
      bootId: bootId(),
      host: os.hostname(),
      pidNamespace: pidNamespace(),
      token: randomHex(16),
      role,
      since: toInstant(clock.now()),
    };
    if (!(await place(storage, generation, text))) return undefined;
    if ((await highestGeneration(storage)) > generation) {
      // We were held up while others came and went, and the number was free only because it had been used.
      await fs.rm(path.join(storage, `owner.${generation}`), { force: true });
      return undefined;
    }
    const lock = new OwnerLock(storage, { generation, ...text }, log);
    await lock.removeOldLocks();
    return lock;
  }

  get generation(): number {
    return this.info.generation;
  }

  /**
   * Whether no later owner has come. Later locks are looked for first and our own second, while a later owner removes
   * them in ascending order: whenever ours is missed, or a later one seen, we have been superseded.
   */
  stillOurs(): boolean {
    return !existsSync(this.file(this.generation + 1)) && existsSync(this.file(this.generation));
  }

  /** Calls back, once, when a beat finds that a later owner has come: one that does nothing learns it no other way. */
  onSuperseded(listener: () => void): void {
    this.tellSuperseded = listener;
  }

  /** Lets the next owner in at once. */
  async release(): Promise<void> {
    clearInterval(this.heart);
    if (!this.stillOurs()) return;
    const { generation: _, ...text } = this.info;
    const temporary = path.join(this.storage, `owner.${text.token}.tmp`);
    try {
      await fs.writeFile(temporary, JSON.stringify({ ...text, released: true }), { mode: 0o600 });
      await fs.rename(temporary, this.file(this.generation));
    } catch (error) {
      // Whoever waits sees that the process has ended, or that the heartbeat stands still.
      this.log.warn(`The lock ${this.file(this.generation)} could not be released: ${String(error)}`);
    }
  }

  private file(generation: number): string {
    return path.join(this.storage, `owner.${generation}`);
  }

  private async beat(): Promise<void> {
    const now = new Date();
    try {
      if ((await highestGeneration(this.storage)) > this.generation) this.noteSuperseded();
      else await fs.utimes(this.file(this.generation), now, now);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) this.log.warn(`No heartbeat in ${this.storage}: ${String(error)}`);
    }
  }

  private noteSuperseded(): void {
    if (this.tellSuperseded === undefined) return;
    clearInterval(this.heart);
    this.tellSuperseded();
    this.tellSuperseded = undefined;
  }

  private async removeOldLocks(): Promise<void> {
    const names = await fs.readdir(this.storage);
    const old = lockGenerations(names).filter((generation) => generation < this.generation);
    for (const generation of old.sort((a, b) => a - b)) await fs.rm(this.file(generation), { force: true });
    for (const name of names.filter((one) => litterName.test(one))) {
      const file = path.join(this.storage, name);
      const facts = await statOf(file);
      if (facts !== undefined && Date.now() - facts.mtimeMs > litterAge) await fs.rm(file, { force: true });
    }
  }
}

/** The owner that a storage folder names, dead or alive; null when the last one has let go, or there was none. */
export async function readOwner(storage: string): Promise<OwnerInfo | null> {
  const present = await highestLock(storage);
  return present === undefined || present.text?.released === true ? null : infoOf(present);
}

/** The owner that holds the folder as `acquire` would find it; null when the queue is there to be taken. */
export async function answeringOwner(storage: string, watch: HeartbeatMonitor): Promise<OwnerInfo | null> {
  const present = await highestLock(storage);
  return present !== undefined && holds(present, watch) ? infoOf(present) : null;
}

/** Whether the process behind `info` runs here; null when that cannot be told from here. */
export function isOwnerAlive(info: OwnerInfo): boolean | null {
  return judge(info, info.startTime);
}

function judge(info: OwnerInfo, startTime: string | null): boolean | null {
  if (info.pid === 0 || info.host !== os.hostname()) return null;
  if (isOtherBoot(info.bootId)) return false;
  if (info.pidNamespace !== pidNamespace()) return null;
  return isAlive(info.pid, startTime);
}

function holds(present: FoundLock, watch: HeartbeatMonitor): boolean {
  if (present.text?.released === true) return false;
  const info = infoOf(present);
  // To learn a start time may take a program of the platform: once for each owner is enough.
  if (judge(info, watch.meets(info.token) ? info.startTime : null) === false) return false;
  return !watch.stoodStill(present.mark);
}

async function highestLock(storage: string): Promise<FoundLock | undefined> {
  for (;;) {
    const generation = await highestGeneration(storage);
    if (generation === 0) return undefined;
    const file = path.join(storage, `owner.${generation}`);
    const facts = await statOf(file);
    const text = await textOf(file);
    // Gone in between: a later owner has removed it.
    if (facts === undefined || text === undefined) continue;
    return { generation, file, text, mark: `${generation} ${facts.ino} ${facts.mtimeMs}` };
  }
}

function infoOf({ generation, text }: FoundLock): OwnerInfo {
  const nobody: LockText = {
    pid: 0,
    startTime: null,
    bootId: null,
    host: '',
    pidNamespace: null,
    token: '',
    role: 'unknown',
    since: '',
  };
  const { released: _, ...facts } = { ...nobody, ...text };
  return { ...facts, generation };
}

/** Undefined when the file is gone; null when it does not hold a lock's text (yet). */
async function textOf(file: string): Promise<LockText | null | undefined> {
  try {
    const value: unknown = JSON.parse(await fs.readFile(file, 'utf8'));
    return isLockText(value) ? value : null;
  } catch (error) {
    return isErrno(error, 'ENOENT') ? undefined : null;
  }
}

function isLockText(value: unknown): value is LockText {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}

/** Puts the lock in its place; false when another was faster. */
async function place(storage: string, generation: number, text: LockText): Promise<boolean> {
  const file = path.join(storage, `owner.${generation}`);
  const temporary = path.join(storage, `owner.${text.token}.tmp`);
  const content = JSON.stringify(text);
  try {
    await fs.writeFile(temporary, content, { flag: 'wx', mode: 0o600 });
    await fs.link(temporary, file);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    if (!hasNoLinks(error)) throw error;
    return await createInPlace(file, content);
  } finally {
    await fs.rm(temporary, { force: true });
  }
}

async function createInPlace(file: string, content: string): Promise<boolean> {
  try {
    await fs.writeFile(file, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return isErrno(error, 'EEXIST');
}

/** Some file systems (FAT, some network shares) know no hard links. */
function hasNoLinks(error: unknown): boolean {
  return isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EISDIR');
}

function lockGenerations(names: readonly string[]): number[] {
  return names.flatMap((name) => lockName.exec(name)?.[1] ?? []).map(Number);
}

/** 0 where there is no lock. */
async function highestGeneration(storage: string): Promise<number> {
  return Math.max(0, ...lockGenerations(await namesIn(storage)));
}

async function highestDataGeneration(storage: string): Promise<number> {
  const { snapshots, journals } = sortNames(await namesIn(storage));
  return Math.max(0, ...[...snapshots, ...journals].map(({ generation }) => generation));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await fs.stat(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
