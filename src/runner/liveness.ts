/** Whether a process is still the one that is meant, asked again and again. */

import { isAlive } from '../store/processes';
import type { ProcessRef } from './runFiles';

/** Processes that have been alive at each look so far. */
const followed = new Set<string>();

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
