import type { ChildProcess } from 'node:child_process';

/** Signals a process that was started as `detached`, and all that it has started; fine if nobody is left. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
