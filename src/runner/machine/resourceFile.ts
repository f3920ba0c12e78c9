/** The file in the user folder in which all queues of a user agree on who holds what of the machine. */

import * as path from 'node:path';
import { type Clock, sleep, systemClock } from '../../core/clock';
import { noLimits } from '../../core/config';
import { watchFolder } from '../../system/folderWatch';
import { whileLocked } from '../../system/lockedChange';
import { isAliveIn, pidSpace, processStartTime } from '../../system/processes';
import { readJson, replaceFile } from '../../system/wholeFiles';
import { type Entry, grant, type Holder, type ResourceState } from './resourceState';

const fileName = 'resources.json';
/** A process that was killed changes no file: whoever waits looks this often, milliseconds. */
const pollInterval = 1_000;
/** An entry of a process that cannot be seen from here is forgotten after this long, milliseconds. */
const forgetAfter = 24 * 60 * 60 * 1000;

/** Whether processes of a run live whose supervisor has gone. */
export type HasProcesses = (entry: Entry) => Promise<boolean>;

export class ResourceFile {
  private readonly file: string;

  constructor(
    private readonly home: string,
    private readonly hasProcesses: HasProcesses,
    private readonly clock: Clock = systemClock,
  ) {
    this.file = path.join(home, fileName);
  }

  read(): ResourceState {
    return readState(this.file);
  }

  /** Changes the file while nobody else does, then gives what is free to those that wait. */
  change<T>(work: (state: ResourceState) => T): Promise<T> {
    return whileLocked(this.file, this.clock, () => {
      const state = this.read();
      const before = JSON.stringify(state);
      const answer = work(state);
      grant(state, (entry) => isSeen(entry) !== null);
      const after = JSON.stringify(state);
      if (after !== before) replaceFile(this.file, after);
      return answer;
    });
  }

  /** Frees what processes held that have gone, once nothing of their runs is left. */
  async sweep(): Promise<void> {
    const gone: Entry[] = [];
    for (const entry of this.read().entries) if (await this.isGone(entry)) gone.push(entry);
    if (gone.length === 0) return;
    await this.change((state) => {
      // Its supervisor may have taken it over meanwhile.
      const isGone = ({ id, holder: { pid } }: Entry) =>
        gone.some((entry) => entry.id === id && entry.holder.pid === pid);
      state.entries = state.entries.filter((entry) => !isGone(entry));
    });
  }

  /**
   * Resolves with true once `check` is true of the file, with false once the signal is aborted.
   * @param refresh notes what else decides who gets something
   */
  async until(
    check: (state: ResourceState) => boolean,
    signal: AbortSignal,
    refresh: () => Promise<void> = async () => {},
  ): Promise<boolean> {
    for (;;) {
      await this.sweep();
      await refresh();
      const changed = new AbortController();
      const watcher = watchFolder(this.home, (name) => {
        if (name === null || name === fileName) changed.abort();
      });
      try {
        if (check(this.read())) return true;
        if (signal.aborted) return false;
        await sleep(pollInterval, this.clock, AbortSignal.any([signal, changed.signal]));
      } finally {
        watcher?.close();
      }
    }
  }

  private async isGone(entry: Entry): Promise<boolean> {
    const seen = isSeen(entry);
    if (seen === null) return this.clock.now() - Date.parse(entry.since) > forgetAfter;
    return !seen && !(entry.attempt !== null && (await this.hasProcesses(entry)));
  }
}

/** What a user folder says; nothing where nobody has needed anything yet. */
export function readResources(home: string): ResourceState {
  return readState(path.join(home, fileName));
}

/** This process. */
export function ownHolder(): Holder {
  return { ...pidSpace(), pid: process.pid, start_time: processStartTime(process.pid) };
}

function readState(file: string): ResourceState {
  const { limits, entries, worktree_bytes: bytes } = readJson<Partial<ResourceState>>(file) ?? {};
  return {
    limits: { ...noLimits, ...limits },
    // An older program says nothing of worktrees.
    entries: Array.isArray(entries)
      ? entries.map((entry) => ({ ...entry, worktree: entry.worktree ?? null }))
      : [],
    worktree_bytes: bytes ?? 0,
  };
}

/** Whether its process lives; null where that cannot be told from here. */
function isSeen({ holder: { pid, start_time: start, ...space } }: Entry): boolean | null {
  return isAliveIn(space, pid, start);
}
