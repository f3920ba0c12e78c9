/**
 * Who a process is. A pid alone is not enough, since pids are given again: the instant a process began and the boot
 * it belongs to tell two bearers of one pid apart.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Milliseconds that a helper program of the platform may take to answer. */
const helperTimeout = 5000;

let ownStartTime: string | null | undefined;
let boot: string | null | undefined;

/**
 * When process `pid` began, as an opaque text to compare; null when there is no such process, or it is dead and
 * merely not yet reaped, or the platform does not tell.
 */
export function processStartTime(pid: number): string | null {
  if (pid !== process.pid) return readStartTime(pid);
  ownStartTime ??= readStartTime(pid);
  return ownStartTime;
}

/**
 * Whether process `pid` runs and is the one that began at `startTime`. Where the start time is unknown on either
 * side, a process of that pid counts as the one that is meant.
 */
export function isAlive(pid: number, startTime: string | null): boolean {
  if (!exists(pid)) return false;
  if (process.platform === 'linux' && isZombie(pid)) return false;
  if (startTime === null) return true;
  const present = processStartTime(pid);
  return present === null || present === startTime;
}

/**
 * Names the present run of the operating system; null where the platform has no such name. Windows computes the time
 * of its start anew, so that it moves with the clock; there the start times of processes are exact enough.
 */
export function bootId(): string | null {
  if (boot === undefined) boot = readBootId();
  return boot;
}

/** Whether a boot that a process wrote down is certainly not the present one. One that is not known may be. */
export function isOtherBoot(boot: string | null): boolean {
  const present = bootId();
  return boot !== null && present !== null && boot !== present;
}

/** Names the space in which pids mean something: a container has one of its own. Null outside Linux. */
export function pidNamespace(): string | null {
  if (process.platform !== 'linux') return null;
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readStartTime(pid: number): string | null {
  if (process.platform === 'linux') {
    const facts = linuxFacts(pid);
    return facts === null || facts.dead ? null : facts.startTime;
  }
  if (process.platform === 'win32') {
    const expression = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`;
    return ask('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', expression]);
  }
  return ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
}

function readBootId(): string | null {
  if (process.platform === 'darwin') return ask('sysctl', ['-n', 'kern.bootsessionuuid']);
  if (process.platform !== 'linux') return null;
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

interface LinuxFacts {
  /** Clock ticks between the boot and the start. */
  startTime: string;
  /** It has ended, though its parent has not asked how. */
  dead: boolean;
}

function linuxFacts(pid: number): LinuxFacts | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, so count from its end: state is field 3, start time field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return state === undefined || startTime === undefined
      ? null
      : { startTime, dead: state === 'Z' || state === 'X' };
  } catch {
    return null;
  }
}

function isZombie(pid: number): boolean {
  return linuxFacts(pid)?.dead === true;
}

function ask(program: string, args: string[]): string | null {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: helperTimeout,
      windowsHide: true,
    }).trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}
