/**
 * Finds and ends what a run has started on Windows, which has no groups of processes. What belongs to the run follows
 * from the parents: the script, its children and theirs. A child whose parent has ended is found only if it was seen
 * before, or was the script's own.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sleep } from '../../core/clock';
import { mergeVariables } from '../../system/environment';
import { isErrno } from '../../system/errno';
import { isAlive } from '../../system/processes';
import { noCurrentFolder, windowsProgram } from '../../system/programs';
import { firstLine, type Tree, type TreeEnd, type TreeOptions, unlisted } from './tree';

export interface WindowsProcess {
  pid: number;
  parent: number;
  /** Milliseconds since 1970. */
  created: number;
}

/** What the system does for a tree; tests replace it. */
export interface WindowsSystem {
  list(): Promise<WindowsProcess[]>;
  taskkill(args: readonly string[]): Promise<unknown>;
  terminate(pid: number): void;
  isAlive(pid: number): boolean;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Between two checks whether a process is gone, and how long a terminated one may take; milliseconds. */
const check = 50;
const terminateTime = 2_000;
/** Processes may start others while they are being ended. */
const rounds = 3;
/** How exact times of creation are; milliseconds. */
const rounding = 20;

export class WindowsTree implements Tree {
  /** Members seen before, with their creation. */
  private known = new Map<number, number>();
  private readonly failures: string[] = [];
  private unlisted = false;

  constructor(
    private readonly options: TreeOptions,
    private readonly system: WindowsSystem = windowsSystem,
  ) {}

  async members(): Promise<number[] | null> {
    const members = await this.find();
    return this.unlisted ? null : [...members.keys()];
  }

  /** Windows has no way to stop all threads of a process: the queue refuses to suspend its runs. */
  async suspend(): Promise<void> {}

  async continue(): Promise<void> {}

  /** Each step's failure leads to the next: `taskkill` for all, then the processes one by one, then the script alone. */
  async end(graceMs: number): Promise<TreeEnd> {
    const first = await this.find();
    const { root } = this.options;
    const pids = new Set(first.keys());
    if (root !== null && this.isRootOurs(first)) {
      pids.add(root);
      await this.endFromRoot(root, graceMs);
    }
    let left: number[] = [];
    for (let round = 0; pids.size > 0 && round < rounds; round++) {
      for (const pid of (await this.find()).keys()) pids.add(pid);
      left = this.livingOf(pids);
      if (left.length === 0) break;
      await this.goneWithin(
        terminateTime,
        left.filter((pid) => this.terminate(pid)),
      );
    }
    left = this.livingOf(pids);
    return { found: pids.size, left, failures: left.length > 0 || this.unlisted ? this.failures : [] };
  }

  /** A program without a window cannot be asked: then there is nothing to wait for. */
  private async endFromRoot(root: number, graceMs: number): Promise<void> {
    const tree = ['/PID', String(root), '/T'];
    const asked = await this.system.taskkill(tree).then(
      () => true,
      () => false,
    );
    if (asked) await this.goneWithin(graceMs, [root]);
    if (!this.system.isAlive(root)) return;
    try {
      await this.system.taskkill([...tree, '/F']);
    } catch (error) {
      if (this.system.isAlive(root)) this.note(`taskkill: ${firstLine(error)}`);
    }
  }

  /** Whether the script's pid is still that of the script. */
  private isRootOurs(members: ReadonlyMap<number, number>): boolean {
    const { root, isHeld } = this.options;
    return root !== null && (members.has(root) || isHeld()) && this.system.isAlive(root);
  }

  private terminate(pid: number): boolean {
    try {
      this.system.terminate(pid);
      return true;
    } catch (error) {
      if (!isErrno(error, 'ESRCH')) this.note(`process ${pid}: ${firstLine(error)}`);
      return false;
    }
  }

  private note(failure: string): void {
    if (!this.failures.includes(failure)) this.failures.push(failure);
  }

  private livingOf(pids: Iterable<number>): number[] {
    return [...pids].filter((pid) => this.system.isAlive(pid));
  }

  private async goneWithin(ms: number, pids: readonly number[]): Promise<void> {
    const end = this.system.now() + ms;
    while (this.livingOf(pids).length > 0 && this.system.now() < end) await this.system.sleep(check);
  }

  /** The living members with their creation; none if the processes cannot be listed, which is noted and not tried again. */
  private async find(): Promise<ReadonlyMap<number, number>> {
    if (this.unlisted) return new Map();
    try {
      this.known = membersOf(await this.system.list(), this.options, this.known);
    } catch (error) {
      this.unlisted = true;
      this.note(unlisted(error));
    }
    return this.known;
  }
}

/** The processes of a run among all. */
export function membersOf(
  all: readonly WindowsProcess[],
  { root, started }: Pick<TreeOptions, 'root' | 'started'>,
  known: ReadonlyMap<number, number>,
): Map<number, number> {
  const members = new Map<number, number>();
  const leader = all.find(({ pid }) => pid === root);
  // A pid is free only when its process has ended: one that is older than the script's start is the script.
  const isScript = leader !== undefined && started !== null && leader.created <= started.until + rounding;
  for (const process of all) {
    const { pid, parent, created } = process;
    const ofScript =
      root !== null &&
      parent === root &&
      started !== null &&
      created >= started.from - rounding &&
      (leader === undefined || isScript || created < leader.created);
    if (known.get(pid) === created || ofScript || (isScript && process === leader)) members.set(pid, created);
  }
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const { pid, parent, created } of all) {
      const since = members.get(parent);
      // An older one is the child of another process that had the parent's pid.
      if (since !== undefined && created >= since) members.set(pid, created);
    }
  }
  members.delete(process.pid);
  return members;
}

const run = promisify(execFile);
/** Milliseconds. */
const listTimeout = 15_000;
const killTimeout = 10_000;

const query = [
  'Get-CimInstance Win32_Process -Property ProcessId, ParentProcessId, CreationDate |',
  'Where-Object CreationDate |',
  'ForEach-Object {',
  '"$($_.ProcessId) $($_.ParentProcessId) $(([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds())" }',
].join(' ');

/** What PowerShell prints, a process a line. */
export function parseList(text: string): WindowsProcess[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, pid, parent, created] = /^(\d+) (\d+) (\d+)$/.exec(line.trim()) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), created: Number(created) }];
  });
}

const windowsSystem: WindowsSystem = {
  async list() {
    const shell = windowsProgram(process.env, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
    const { stdout } = await run(shell, ['-NoProfile', '-NonInteractive', '-Command', query], {
      env: mergeVariables(process.env, noCurrentFolder),
      maxBuffer: 64 * 1024 * 1024,
      timeout: listTimeout,
      windowsHide: true,
    });
    const all = parseList(stdout);
    // This process is always among them.
    if (!all.some(({ pid }) => pid === process.pid)) throw new Error('PowerShell printed no list');
    return all;
  },
  taskkill: (args) =>
    run(windowsProgram(process.env, 'taskkill.exe'), [...args], { timeout: killTimeout, windowsHide: true }),
  terminate: (pid) => void process.kill(pid, 'SIGKILL'),
  isAlive: (pid) => isAlive(pid, null),
  now: () => performance.now(),
  sleep: (ms) => sleep(ms),
};
