/**
 * The background process of a queue, which `sparkq up` starts. It owns the queue, or waits as a client until the owner
 * ends; its lock says that it is there.
 */

import path from 'node:path';
import type { Instant } from '../core/clock';
import { lockDetails, lockHolder, PidLock } from '../system/pidLock';
import { type AwakeChoice, awakeChoices } from './wakefulness';

export interface BackgroundFacts {
  /** It ends when nothing is left to do. */
  while_work: boolean;
  /** Those that it works on; null: every one that is to have a worker. */
  streams: readonly string[] | null;
  /** When it keeps the machine awake, while it owns the queue: a window sees to that itself. */
  keep_awake: AwakeChoice;
}

export interface Background extends BackgroundFacts {
  pid: number;
  /** Tells it from another process of that pid; null where the system does not say. */
  start_time: string | null;
  since: Instant | null;
}

function lockFile(storage: string): string {
  return path.join(storage, 'background.lock');
}

/** What the background process writes, for people. */
export function backgroundLog(storage: string): string {
  return path.join(storage, 'background.log');
}

/** Null when there is none, or it was killed. */
export function backgroundOf(storage: string): Background | null {
  const holder = lockHolder(lockFile(storage));
  if (holder === null) return null;
  const { while_work, streams, keep_awake, start_time: startTime } = lockDetails(lockFile(storage));
  return {
    pid: holder.pid,
    start_time: typeof startTime === 'string' ? startTime : null,
    since: holder.since,
    while_work: while_work === true,
    streams: Array.isArray(streams) ? streams.map(String) : null,
    keep_awake: awakeChoices.find((choice) => choice === keep_awake) ?? 'never',
  };
}

/** Makes this process the background process of the queue; null while another one is. */
export function lockBackground(storage: string, facts: BackgroundFacts): PidLock | null {
  const taken = PidLock.acquire(lockFile(storage), undefined, facts);
  return 'lock' in taken ? taken.lock : null;
}
