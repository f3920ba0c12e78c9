/**
 * Finds and ends all processes that a run has started. A process belongs to the run when it is in the script's process
 * group, descends from the script, or (on Linux) has the run's marker in its environment; so a process that moved to
 * another group or lost its parent is found as well.
 */

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { sleep } from '../../core/clock';
import { isErrno } from '../../system/errno';
import { parseProcStat } from '../../system/processes';
import type { Tree, TreeEnd, TreeOptions } from './tree';
import { WindowsTree } from './windowsTree';

const run = promisify(execFile);

interface ProcessEntry {
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

class ProcessTree implements Tree {
  /** Members seen before: without its parent, a child that left the group and dropped the marker is known only here. */
  private known = new Map<number, string>();

  constructor(private readonly options: TreeOptions) {}

  /** Pids of the live members; zombies do not count. */
  async members(): Promise<number[]> {
    return (await this.find()).map((entry) => entry.pid);
  }

  /**
   * Ends all members: SIGTERM, then SIGKILL for those alive after `graceMs`. Resolves when none is left, or those that
   * are left do not end.
   */
  async end(graceMs: number): Promise<TreeEnd> {
    const first = await this.find();
    if (first.length === 0) return { found: 0, left: [], failures: [] };
    this.signal(first, 'SIGTERM');
    const gone = (await this.goneWithin(graceMs)) || (await this.goneWithin(killTimeout, 'SIGKILL'));
    return { found: first.length, left: gone ? [] : await this.members(), failures: [] };
  }

  /** Waits until no member is left or time is up; sends `signal` after each check, since a member may have forked. */
  private async goneWithin(ms: number, signal?: NodeJS.Signals): Promise<boolean> {
    const end = performance.now() + ms;
    for (let wait = firstCheck; ; wait = Math.min(longestCheck, wait * 2)) {
      const left = await this.find();
      if (left.length === 0) return true;
      const now = performance.now();
      if (now >= end) return false;
      if (signal) this.signal(left, signal);
      await sleep(Math.min(wait, end - now));
    }
  }

  private async find(): Promise<ProcessEntry[]> {
    const all = await listProcesses();
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
  private signal(members: readonly ProcessEntry[], signal: NodeJS.Signals): void {
    const { root } = this.options;
    if (root !== null && members.some((entry) => entry.group === root)) send(-root, signal);
    for (const { pid, group } of members) if (group !== root) send(pid, signal);
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

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has gone, or changed its user: the next check shows which.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}

async function listProcesses(): Promise<ProcessEntry[]> {
  if (process.platform === 'linux') return listFromProc();
  const { stdout } = await run('/bin/ps', ['-axo', 'pid=,ppid=,pgid=,stat=,lstart='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap(parsePsLine);
}

/** A line of `ps -o pid=,ppid=,pgid=,stat=,lstart=`; nothing for a zombie. */
function parsePsLine(line: string): ProcessEntry[] {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
  if (!match || match[4]?.startsWith('Z')) return [];
  return [
    {
      pid: Number(match[1]),
      parent: Number(match[2]),
      group: Number(match[3]),
      started: match[5]?.trim() ?? '',
    },
  ];
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
