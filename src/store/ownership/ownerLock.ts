/**
 * The lock of the one owner of a storage folder. `owner.<N>` names the owner of generation N; the highest N owns the
 * folder. A lock is written under a temporary name and linked into place, so it is never seen incomplete, and of two
 * processes that try only one succeeds. N never decreases: a released lock stays until a later owner removes it.
 */

import { lstatSync, type Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Clock, sleep, systemClock, toInstant } from '../../core/clock';
import { messageOf, QueueError } from '../../core/errors';
import { randomHex } from '../../core/ids';
import { type Log, silentLog } from '../../core/log';
import type { OwnerRole } from '../../core/model';
import { isErrno } from '../../system/errno';
import { makeFolder } from '../../system/folders';
import { remove, tidyLater, whenFree, whenFreeSync } from '../../system/heldFiles';
import { areStartTimesAtHand, isAliveIn, pidSpace, processStartTime } from '../../system/processes';
import { createFile } from '../../system/wholeFiles';
import { sortNames } from '../engine/fileNames';
import { refuseMoved } from './movedTo';

export interface OwnerInfo {
  generation: number;
  pid: number;
  startTime: string | null;
  bootId: string | null;
  host: string;
  /** The namespace in which `pid` is valid; null where there is only one. */
  pidNamespace: string | null;
  /** Random; distinguishes two locks. */
  token: string;
  role: OwnerRole | 'unknown';
  /** An instant. */
  since: string;
}

/** The file's text: the facts, and whether the lock was released. */
type LockText = Omit<OwnerInfo, 'generation'> & { released?: boolean };

/** Milliseconds between two heartbeats, and without one until an owner counts as unresponsive. */
const beat = 1000;
const silence = 10_000;
/** Between two checks while waiting. Milliseconds. */
const pollTime = 50;
/** The age at which a partial lock counts as abandoned. Milliseconds. */
const litterAge = 60_000;

const lockName = /^owner\.([1-9]\d*)$/;
const litterName = /^owner\.[0-9a-f.]+\.tmp$/;

/** The most silence counted between two checks: a process that slept itself has not missed heartbeats. */
const longestGap = 2 * beat;

/** Judges an owner's heartbeat by this process's own clock, check by check. Keep one across calls to `acquire`. */
export class HeartbeatMonitor {
  private lastStamp = '';
  private checkedAt = 0;
  private silentFor = 0;
  private lastToken = '';

  constructor(private readonly clock: Clock = systemClock) {}

  /** Whether this is the first check of the owner with this token. */
  isNew(token: string): boolean {
    const first = token !== this.lastToken;
    this.lastToken = token;
    return first;
  }

  /** Whether the heartbeat has stopped; `stamp` changes with each beat. */
  hasStopped(stamp: string): boolean {
    const now = this.clock.monotonic();
    const gap = Math.min(now - this.checkedAt, longestGap);
    this.silentFor = stamp === this.lastStamp ? this.silentFor + gap : 0;
    this.lastStamp = stamp;
    this.checkedAt = now;
    return this.silentFor >= silence;
  }
}

export interface AcquireOptions {
  /** The storage folder; created if missing. */
  storage: string;
  role: OwnerRole;
  /** How long to wait for a live owner to release the lock. Milliseconds; 0 by default. */
  waitMs?: number;
  monitor?: HeartbeatMonitor;
  clock?: Clock;
  log?: Log;
}

export type Acquired = { lock: OwnerLock } | { holder: OwnerInfo };

interface FoundLock {
  generation: number;
  file: string;
  /** Null while its text is not valid. */
  text: LockText | null;
  /** Changes with each heartbeat. */
  stamp: string;
}

export class OwnerLock {
  private readonly heart: NodeJS.Timeout;
  private supersededListener: (() => void) | undefined;
  /** The last heartbeat failed, and the log says so. */
  private faint = false;

  private constructor(
    private readonly storage: string,
    readonly info: OwnerInfo,
    private readonly log: Log,
  ) {
    this.heart = setInterval(() => void this.beat(), beat);
    this.heart.unref();
  }

  /**
   * Becomes the owner, or returns the current one. An owner that has ended or is unresponsive is superseded.
   * @throws QueueError `unavailable` where the queue was moved; `conflict` while it is being moved
   */
  static async acquire(options: AcquireOptions): Promise<Acquired> {
    const { storage, role, waitMs = 0, clock = systemClock, log = silentLog } = options;
    const monitor = options.monitor ?? new HeartbeatMonitor(clock);
    makeFolder(storage);
    const until = clock.monotonic() + waitMs;
    for (;;) {
      refuseMoved(storage);
      const present = await highestLock(storage);
      if (present === undefined || !holds(present, monitor)) {
        const lock = await OwnerLock.take(storage, present?.generation ?? 0, role, clock, log);
        if (lock === undefined) continue;
        try {
          // Whoever moves a queue says so before it lets go of this lock.
          refuseMoved(storage);
        } catch (error) {
          await lock.release();
          throw error;
        }
        return { lock };
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
    const space = pidSpace();
    const text: LockText = {
      pid: process.pid,
      startTime: processStartTime(process.pid),
      bootId: space.boot,
      host: space.host,
      pidNamespace: space.namespace,
      token: randomHex(16),
      role,
      since: toInstant(clock.now()),
    };
    const file = path.join(storage, `owner.${generation}`);
    if (!Number.isSafeInteger(generation)) throw inTheWay(file, `a file has the number ${generation - 1}`);
    if (!createFile(file, JSON.stringify(text))) {
      if (isObstacle(file)) throw inTheWay(file, 'something else has that name');
      return undefined;
    }
    if ((await highestGeneration(storage)) > generation) {
      // This process was delayed while others came and went: the number was free only because its lock was removed.
      await tidyLater(file, () => remove(file));
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
   * Whether no later owner has taken over. This checks for the next lock first and for our own second, while a later
   * owner removes locks in ascending order: if ours is missing, or a later one exists, we have been superseded.
   */
  stillOurs(): boolean {
    return !isLock(this.file(this.generation + 1)) && isLock(this.file(this.generation));
  }

  /** Calls back once when a heartbeat finds a later owner: an idle owner learns it no other way. */
  onSuperseded(listener: () => void): void {
    this.supersededListener = listener;
  }

  /** Lets the next owner in at once. */
  async release(): Promise<void> {
    clearInterval(this.heart);
    if (!this.stillOurs()) return;
    const { generation: _, ...text } = this.info;
    const file = this.file(this.generation);
    try {
      // In place: Windows replaces no file that a waiting process is reading. Half of the text is no valid lock.
      await whenFree(file, () =>
        fs.writeFile(file, JSON.stringify({ ...text, released: true }), { flag: 'r+' }),
      );
    } catch (error) {
      // Waiting processes notice that this process has ended, or that its heartbeat has stopped.
      if (!isErrno(error, 'ENOENT'))
        this.log.warn(`The lock ${file} could not be released: ${messageOf(error)}`);
    }
  }

  private file(generation: number): string {
    return path.join(this.storage, `owner.${generation}`);
  }

  private async beat(): Promise<void> {
    const now = new Date();
    const file = this.file(this.generation);
    try {
      if ((await highestGeneration(this.storage)) > this.generation) this.noteSuperseded();
      else await whenFree(file, () => fs.utimes(file, now, now));
      this.faint = false;
    } catch (error) {
      if (isErrno(error, 'ENOENT') || this.faint) return;
      this.faint = true;
      this.log.warn(`No heartbeat in ${this.storage}: ${String(error)}`);
    }
  }

  private noteSuperseded(): void {
    if (this.supersededListener === undefined) return;
    clearInterval(this.heart);
    this.supersededListener();
    this.supersededListener = undefined;
  }

  private async removeOldLocks(): Promise<void> {
    const names = await namesIn(this.storage);
    const old = lockGenerations(names).filter((generation) => generation < this.generation);
    await tidyLater(this.storage, async () => {
      // One that cannot be removed ends this: its owner must find the next lock as long as it finds its own.
      for (const generation of old.sort((a, b) => a - b)) await remove(this.file(generation));
      for (const name of names.filter((one) => litterName.test(one))) {
        const file = path.join(this.storage, name);
        const facts = await statOf(file);
        if (facts !== undefined && Date.now() - facts.mtimeMs > litterAge) await remove(file);
      }
    });
  }
}

/** The owner named by a storage folder, dead or alive; null if the lock was released, or there was none. */
export async function readOwner(storage: string): Promise<OwnerInfo | null> {
  const present = await highestLock(storage);
  return present === undefined || present.text?.released === true ? null : infoOf(present);
}

/** The owner that `acquire` would find; null if it would take the lock. */
export async function answeringOwner(storage: string, monitor: HeartbeatMonitor): Promise<OwnerInfo | null> {
  const present = await highestLock(storage);
  return present !== undefined && holds(present, monitor) ? infoOf(present) : null;
}

/** Whether the process of `info` is running; null if that cannot be determined from here. */
export function isOwnerAlive(info: OwnerInfo): boolean | null {
  return judge(info, info.startTime);
}

function judge(info: OwnerInfo, startTime: string | null): boolean | null {
  const { pid, host, bootId: boot, pidNamespace: namespace } = info;
  return pid === 0 ? null : isAliveIn({ host, boot, namespace }, pid, startTime);
}

function holds(present: FoundLock, monitor: HeartbeatMonitor): boolean {
  if (present.text?.released === true) return false;
  const info = infoOf(present);
  // Where a start time takes a helper program, one look per owner has to do.
  const startTime = monitor.isNew(info.token) || areStartTimesAtHand() ? info.startTime : null;
  if (judge(info, startTime) === false) return false;
  return !monitor.hasStopped(present.stamp);
}

async function highestLock(storage: string): Promise<FoundLock | undefined> {
  for (;;) {
    const generation = await highestGeneration(storage);
    if (generation === 0) return undefined;
    const file = path.join(storage, `owner.${generation}`);
    const facts = await statOf(file);
    const text = await textOf(file);
    // Removed in between by a later owner.
    if (facts === undefined || text === undefined) continue;
    return { generation, file, text, stamp: `${generation} ${facts.ino} ${facts.mtimeMs}` };
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

/** Undefined if the file is missing; null if it does not (yet) hold a lock's text. */
async function textOf(file: string): Promise<LockText | null | undefined> {
  try {
    const value: unknown = JSON.parse(await whenFree(file, () => fs.readFile(file, 'utf8')));
    return isLockText(value) ? value : null;
  } catch (error) {
    return isErrno(error, 'ENOENT') ? undefined : null;
  }
}

function isLockText(value: unknown): value is LockText {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}

function lockGenerations(names: readonly string[]): number[] {
  return names
    .flatMap((name) => lockName.exec(name)?.[1] ?? [])
    .map(Number)
    .filter(Number.isSafeInteger);
}

/** 0 if there is no lock. */
async function highestGeneration(storage: string): Promise<number> {
  return Math.max(0, ...lockGenerations(await namesIn(storage)));
}

async function highestDataGeneration(storage: string): Promise<number> {
  const { snapshots, journals, markers } = sortNames(await namesIn(storage));
  return Math.max(0, ...[...snapshots, ...journals, ...markers].map(({ generation }) => generation));
}

/** The names of the files: whatever else has the name of a lock is none. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder, { withFileTypes: true })).flatMap((entry) =>
      entry.isFile() ? entry.name : [],
    );
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function isLock(file: string): boolean {
  return isFile(file) === true;
}

function isObstacle(file: string): boolean {
  return isFile(file) === false;
}

/** Undefined if nothing has that name. */
function isFile(file: string): boolean | undefined {
  return whenFreeSync(file, () => lstatSync(file, { throwIfNoEntry: false })?.isFile());
}

function inTheWay(file: string, why: string): QueueError {
  return new QueueError(
    'unavailable',
    `The lock ${file} cannot be made: ${why}`,
    `Move it away, if SparkQ did not make it`,
  );
}

async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await whenFree(file, () => fs.stat(file));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
