/** Processes that do not live. */

import { type ChildProcess, execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from '../../src/system/processes';
import { psProcess } from '../../src/system/ps';

/** The number of no process: larger than any system gives. */
export const deadPid = 2 ** 22 + 1;

/** The start time of a process that has ended, whatever has its pid now. */
export const endedStart = process.platform === 'win32' ? 'C:\\sparkq-1-0123456789abcdef.alive' : 'another';

/**
 * Ends a process whose parent, stopped before, cannot wait for it; resolves once it is a zombie.
 * @param parent has not waited for it yet
 */
export async function becomeZombie(pid: number, parent: ChildProcess): Promise<void> {
  parent.kill('SIGSTOP');
  // Until it has stopped, a parent that waits for its children takes one that ends.
  while (!isStopped(parent.pid ?? 0)) await pause(10);
  process.kill(pid, 'SIGKILL');
  while (psProcess(pid)?.zombie !== true) await pause(10);
}

/** Resolves when a process that is nobody's child here has ended. */
export async function untilEnded(pid: number): Promise<void> {
  while (isAlive(pid, null)) await pause(20);
}

function isStopped(pid: number): boolean {
  return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T');
}
