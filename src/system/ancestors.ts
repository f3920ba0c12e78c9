/** Which processes have started a process, and those in turn. */

import { procStat } from './processes';
import { psProcess } from './ps';

/** More than any chain has, however pids are reused. */
const most = 64;

/**
 * Whether `pid` is above this process. Process 1 is above all, so it says nothing. Always false on Windows, where only a
 * helper program could say, which takes as long as a person waits.
 */
export function isAboveThis(pid: number): boolean {
  if (process.platform === 'win32' || pid <= 1) return false;
  let at = process.ppid;
  for (let step = 0; step < most && at > 1; step++) {
    if (at === pid) return true;
    at = parentOf(at) ?? 0;
  }
  return false;
}

function parentOf(pid: number): number | null {
  return (process.platform === 'linux' ? procStat(pid) : psProcess(pid))?.parent ?? null;
}
