/**
 * Finds and ends all processes that a run has started. A process belongs to the run when it is in the script's process
 * group, descends from the script, or (on Linux) has the run's marker in its environment; so a process that moved to
 * another group or lost its parent is found as well.
 */

import * as fs from 'node:fs';
import { sleep } from '../../core/clock';
import { isErrno } from '../../system/errno';
import { parseProcStat } from '../../system/processes';
import { psProcesses } from '../../system/ps';
import { type Tree, type TreeEnd, type TreeOptions, unlisted } from './tree';
import { WindowsTree } from './windowsTree';

export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  /** Tells a process from a later one with the same pid. */
  started: string;
}

/** The tree of a run on this system. */
export function treeOf(options: TreeOptions): Tree {
  return process.platform === 'win32' ? new WindowsTree(options) : new ProcessTree(options);
}

/** The tree is checked soon after a signal, then less and less often; milliseconds. */
const firstCheck = 10;
const longestCheck = 200;
/** How long a killed tree may take to disappear, milliseconds; a process that the kernel blocks may stay longer. */
const killTimeout = 10_000;

export class ProcessTree implements Tree {
  /** Members seen before: without its parent, a child that left the group and dropped the marker is known only here. */
  private known = new Map<number, string>();
  private failure: string | null = null;
  /** A group's number belongs to nobody else as long as it has members. */
  private ownsGroup = false;

  /** @param list all processes; tests replace it */
  constructor(
    private readonly options: TreeOptions,
    private readonly list = listProcesses,
  ) {}

  /** Pids of the live members; zombies do not count. */
  async members(): Promise<number[] | null> {
    return (await this.find())?.map((entry) => entry.pid) ?? null;
  }

  /** A process may start others until it has stopped, so the tree is listed until there is nobody new. */
  async suspend(): Promise<void> {
    const stopped = new Set<number>();
    for (;;) {
      const members = await this.find();
      if (members?.every(({ pid }) => stopped.has(pid))) return;
      this.signal(members, 'SIGSTOP');
      if (members === null) return;
      for (const { pid } of members) stopped.add(pid);
    }
  }

  async continue(): Promise<void> {
    this.signal(await this.find(), 'SIGCONT');
  }

  /**
   * Ends all members: SIGTERM, then SIGKILL for those alive after `graceMs`. Where processes cannot be listed, it ends
   * the script's group. Resolves when none is left, or those that are left do not end.
   */
  async end(graceMs: number): Promise<TreeEnd> {
    const first = await this.find();
    if (first?.length === 0) return { found: 0, left: [], failures: [] };
    this.signal(first, 'SIGTERM');
    // A stopped process takes the signal once it goes on.
    this.signal(first, 'SIGCONT');
    const gone = (await this.goneWithin(graceMs)) || (await this.goneWithin(killTimeout, 'SIGKILL'));
    return {
      found: first?.length ?? 0,
      left: gone ? [] : ((await this.members()) ?? this.groupLeft()),
      failures: this.failure === null ? [] : [this.failure],
    };
  }

  /** Waits until no member is left or time is up; sends `signal` after each check, since a member may have forked. */
  private async goneWithin(ms: number, signal?: NodeJS.Signals): Promise<boolean> {
    const end = performance.now() + ms;
    for (let wait = firstCheck; ; wait = Math.min(longestCheck, wait * 2)) {
      const left = await this.find();
      if ((left ?? this.groupLeft()).length === 0) return true;
      const now = performance.now();
      if (now >= end) return false;
      if (signal) this.signal(left, signal);
      await sleep(Math.min(wait, end - now));
    }
  }

  /** Null where processes cannot be listed: that may need a program, which may not start. */
  private async find(): Promise<ProcessEntry[] | null> {
    let all: ProcessEntry[];
    try {
      all = await this.list();
      this.failure = null;
    } catch (error) {
      this.failure = unlisted(error);
      return null;
    }
    const found = new Map<number, ProcessEntry>();
    for (const entry of all) {
      if (this.known.get(entry.pid) === entry.started || this.isOwn(entry)) found.set(entry.pid, entry);
    }
    addDescendants(all, found);
    found.delete(process.pid);
    this.known = new Map([...found.values()].map((entry) => [entry.pid, entry.started]));
    return [...found.values()];
  }

  private isOwn(entry: ProcessEntry): boolean {
    const { root, marker } = this.options;
    return entry.pid === root || entry.group === root || hasMarker(entry.pid, marker);
  }

  /** Signals the group as a whole, so that it cannot escape by forking, and the others one by one. */
  private signal(members: readonly ProcessEntry[] | null, signal: NodeJS.Signals): void {
    const { root } = this.options;
    const inGroup = members?.some((entry) => entry.group === root) ?? this.groupLeft().length > 0;
    if (root !== null && inGroup) send(-root, signal);
    for (const { pid, group } of members ?? []) if (group !== root) send(pid, signal);
  }

  /** The number of the script's group, as long as it certainly is that and has members. */
  private groupLeft(): number[] {
    const { root, isHeld } = this.options;
    this.ownsGroup = root !== null && (this.ownsGroup || isHeld()) && send(-root, 0);
    return root !== null && this.ownsGroup ? [root] : [];
  }
}

function addDescendants(all: readonly ProcessEntry[], found: Map<number, ProcessEntry>): void {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of all) {
    const siblings = children.get(entry.parent);
    if (siblings) siblings.push(entry);
    else children.set(entry.parent, [entry]);
  }
  const open = [...found.keys()];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.set(child.pid, child);
      open.push(child.pid);
    }
  }
}

/** Returns whether there is somebody to get the signal. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // It has gone, or changed its user: the next check shows which. On macOS EPERM is also the answer for zombies.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
    return false;
  }
}

async function listProcesses(): Promise<ProcessEntry[]> {
  if (process.platform === 'linux') return listFromProc();
  return (await psProcesses()).filter(({ zombie }) => !zombie);
}

function listFromProc(): ProcessEntry[] {
  return fs.readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(Number(name)) : []));
}

/** One process from `/proc`; nothing when it has gone or is a zombie. */
function readStat(pid: number): ProcessEntry[] {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === null) return [];
  const { zombie, parent, group, startTime } = parseProcStat(text);
  return zombie ? [] : [{ pid, parent, group, started: startTime }];
}

function hasMarker(pid: number, marker: Readonly<Record<string, string>>): boolean {
  if (process.platform !== 'linux') return false;
  const environment = readProc(`/proc/${pid}/environ`);
  if (!environment) return false;
  const variables = new Set(environment.split('\0'));
  return Object.entries(marker).every(([name, value]) => variables.has(`${name}=${value}`));
}

/** A file of `/proc`; null when the process is gone or another user's. */
function readProc(file: string): string | null {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return null;
    throw error;
  }
}
