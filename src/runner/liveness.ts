/** Whether the process that looks after a run, or its supervisor, is still alive. */

import * as fs from 'node:fs';
import type { Clock } from '../core/clock';
import { isAlive, pidNamespace, processStartTime } from '../system/processes';
import type { ProcessRef } from './runFiles';

/** Processes that were alive at every check so far. */
const seenAlive = new Set<string>();

/** A live process as others can find it again. */
export function refOf(pid: number): ProcessRef {
  return { pid, start_time: processStartTime(pid), namespace: pidNamespace() };
}

/** Whether the pid means anything here; that of a process in another container does not. */
export function isInSight({ namespace }: ProcessRef): boolean {
  return namespace === pidNamespace();
}

/**
 * Whether the process is alive. Its start time is compared at the first check only: on some platforms reading it
 * starts a helper program, and a pid is not reused while its process is seen alive every second.
 */
export function isStillAlive(process: ProcessRef): boolean {
  const key = `${process.pid} ${process.start_time}`;
  const alive = isAlive(process.pid, seenAlive.has(key) ? null : process.start_time);
  if (alive) seenAlive.add(key);
  else seenAlive.delete(key);
  return alive;
}

/** A supervisor touches its record this often, milliseconds. */
const heartbeatInterval = 10_000;
/** A supervisor out of sight counts as gone when its record was not touched for this long, milliseconds. */
const heartbeatTimeout = 60_000;

/** Touches a run's record until the process ends. */
export function startHeartbeat(record: string): void {
  setInterval(() => {
    const now = new Date();
    // The record is removed when the run is over.
    fs.utimes(record, now, now, () => {});
  }, heartbeatInterval).unref();
}

/** Watches the heartbeat of a supervisor whose pid means nothing here. */
export class RecordHeartbeat {
  private touched = Number.NaN;
  private since = 0;

  constructor(
    private readonly record: string,
    private readonly clock: Clock,
  ) {}

  /** False once the record has not changed, or has been missing, for a minute of this process's own clock. */
  isBeating(): boolean {
    const touched = fs.statSync(this.record, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const now = this.clock.monotonic();
    if (touched !== this.touched) {
      this.touched = touched;
      this.since = now;
    }
    return now - this.since < heartbeatTimeout;
  }
}
