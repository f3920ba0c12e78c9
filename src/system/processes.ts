/**
 * The identity of processes. A pid alone is not enough, since pids are reused: start time and boot tell two processes
 * with the same pid apart.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { isHeldAlive, makeAliveFile } from './aliveFile';
import { isErrno } from './errno';
import { psProcess } from './ps';

/** Milliseconds that a helper program of the platform may take. */
const helperTimeout = 5000;

/** Whether the system can stop processes and let them go on. */
export const canSuspendProcesses = process.platform !== 'win32';

let ownStartTime: string | null | undefined;
let boot: string | null | undefined;

/**
 * When process `pid` started, as an opaque text to compare; null when there is no such process, it is a zombie, or the
 * platform does not say. Windows does not: there the text is what proves that this process is alive, and null of others.
 */
export function processStartTime(pid: number): string | null {
  if (pid !== process.pid) return readStartTime(pid);
  if (ownStartTime === undefined) ownStartTime = readStartTime(pid);
  return ownStartTime;
}

/**
 * Whether process `pid` is alive and started at `startTime`. Where either start time is unknown, any live process with
 * that pid counts.
 */
export function isAlive(pid: number, startTime: string | null): boolean {
  if (!exists(pid)) return false;
  if (process.platform === 'linux' && procStat(pid)?.zombie) return false;
  if (startTime === null) return true;
  if (process.platform === 'win32') return isHeldAlive(startTime) ?? true;
  if (process.platform === 'linux' || pid === process.pid) {
    const present = processStartTime(pid);
    return present === null || present === startTime;
  }
  const found = psProcess(pid);
  return found === null || (!found.zombie && found.started === startTime);
}

/** Whether `isAlive` can compare start times without a helper program. */
export function areStartTimesAtHand(): boolean {
  return process.platform === 'linux' || process.platform === 'win32';
}

/** Where the pid of a process means something. What a record does not say is undefined, or null where nobody knows it. */
export interface PidSpace {
  host?: string;
  boot?: string | null;
  namespace?: string | null;
}

/** Of this process. */
export function pidSpace(): Required<PidSpace> {
  return { host: os.hostname(), boot: bootId(), namespace: pidNamespace() };
}

/** As `isAlive`, of a process that may have run elsewhere; null where that cannot be told from here. */
export function isAliveIn(
  { host, boot = null, namespace }: PidSpace,
  pid: number,
  startTime: string | null,
): boolean | null {
  // One boot is one machine; its name may change with its network.
  const sameBoot = boot !== null && boot === bootId();
  if (!sameBoot && host !== undefined && host !== os.hostname()) return null;
  if (isOtherBoot(boot)) return false;
  if (namespace !== undefined && namespace !== pidNamespace()) return null;
  return isAlive(pid, startTime);
}

/** Identifies the current boot; null where the platform has no id for it, such as Windows. */
export function bootId(): string | null {
  if (boot === undefined) boot = readBootId();
  return boot;
}

/** Whether a recorded boot is certainly not the current one; an unknown one may be. */
export function isOtherBoot(boot: string | null): boolean {
  const present = bootId();
  return boot !== null && present !== null && boot !== present;
}

/** Identifies the namespace of pids: a container has its own. Null outside Linux. */
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
    // EPERM: it is alive, but belongs to another user.
    return isErrno(error, 'EPERM');
  }
}

function readStartTime(pid: number): string | null {
  if (process.platform === 'linux') {
    const stat = procStat(pid);
    return stat === null || stat.zombie ? null : stat.startTime;
  }
  // Of others only a helper program knows it there, which would take half a second at each look.
  if (process.platform === 'win32') return pid === process.pid ? makeAliveFile() : null;
  const found = psProcess(pid);
  return found === null || found.zombie ? null : found.started;
}

function readBootId(): string | null {
  if (process.platform === 'darwin') return ask('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']);
  if (process.platform !== 'linux') return null;
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

export interface ProcStat {
  parent: number;
  group: number;
  /** Clock ticks from the boot to the start. */
  startTime: string;
  /** It has ended, but its parent has not waited for it yet. */
  zombie: boolean;
}

/** Parses `/proc/<pid>/stat`. */
export function parseProcStat(text: string): ProcStat {
  // The second field is the name in parentheses, which may contain anything: split after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group] = fields;
  return {
    parent: Number(parent),
    group: Number(group),
    startTime: fields[19] ?? '',
    zombie: state === 'Z' || state === 'X',
  };
}

/** What `/proc` says of a process; null where there is none. */
export function procStat(pid: number): ProcStat | null {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

function ask(program: string, args: string[]): string | null {
  try {
    const text = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: helperTimeout,
    }).trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}
