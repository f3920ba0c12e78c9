/** Whether a process is still the one that is meant, asked again and again. */

import * as fs from 'node:fs';
import type { Clock } from '../core/clock';
import { isAlive, pidNamespace, processStartTime } from '../system/processes';
import type { ProcessRef } from './runFiles';

/** Processes that have been alive at each look so far. */
const followed = new Set<string>();

/** A live process as others can find it again. */
export function refOf(pid: number): ProcessRef {
  return { pid, start_time: processStartTime(pid), namespace: pidNamespace() };
}

/** Whether it can be told by its number if a process lives: what runs in another container is out of sight. */
export function isInSight({ namespace }: ProcessRef): boolean {
  return namespace === pidNamespace();
}

/**
 * Whether the process lives. Its start time is compared at the first look only: that starts a helper program on some
 * platforms, and a number is not given away while its process is seen alive every second or so.
 */
export function isStillAlive(process: ProcessRef): boolean {
  const key = `${process.pid} ${process.start_time}`;
  const alive = isAlive(process.pid, followed.has(key) ? null : process.start_time);
  if (alive) followed.add(key);
  else followed.delete(key);
  return alive;
}

/** A supervisor touches its record this often, milliseconds. */
const beatEvery = 10_000;
/** Whoever is out of sight counts as gone when the record has stood still for so long, milliseconds. */
const patience = 60_000;

/** Touches a file until the process ends. */
export function beat(file: string): void {
  setInterval(() => {
    const now = new Date();
    // The file goes when the run is over.
    fs.utimes(file, now, now, () => {});
  }, beatEvery).unref();
}

/** Tells by a file that is touched whether somebody lives who is out of sight. */
export class Pulse {
  private touched = Number.NaN;
  private since = 0;

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {}

  /** True until the file has stood still, or been missing, for a while by this process's own clock. */
  isFelt(): boolean {
    const touched = fs.statSync(this.file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const now = this.clock.monotonic();
    if (touched !== this.touched) {
      this.touched = touched;
      this.since = now;
    }
    return now - this.since < patience;
  }
}
