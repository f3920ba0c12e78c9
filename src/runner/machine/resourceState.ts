/** Who holds what of the machine, and who waits for it, over all queues of a user. Pure. */

import type { Instant } from '../../core/clock';
import type { MachineLimits } from '../../core/config';
import type { Needs, WaitingReason } from '../../core/model';
import { resourceName } from '../../core/validation';
import type { PidSpace } from '../../system/processes';
import type { ScriptRef } from '../runFiles';

/** A process of this machine, or of another one that shares the user folder. */
export interface Holder extends Required<PidSpace> {
  pid: number;
  start_time: string | null;
}

/** A run that holds what it needs, or waits for it. */
export interface Entry {
  id: string;
  needs: Needs;
  held: boolean;
  storage: string;
  task: string;
  /** Null until the task is claimed. */
  attempt: number | null;
  /** Of the queue. */
  folder: string;
  /** Which entry it is depends on this process: the stream worker, and from its start on the supervisor. */
  holder: Holder;
  script: ScriptRef | null;
  since: Instant;
  /** The key of the worktree that is to be made for it; null for none. */
  worktree: string | null;
}

/** In order of arrival. */
export interface ResourceState {
  limits: MachineLimits;
  entries: Entry[];
  /** Bytes that all worktrees took when they were last measured. */
  worktree_bytes: number;
}

const gigabyte = 1024 ** 3;

/** Whether worktrees take as much as they may: then none is made. */
function areWorktreesFull({ limits, worktree_bytes: bytes }: ResourceState): boolean {
  return limits.worktrees_max_gb !== null && bytes >= limits.worktrees_max_gb * gigabyte;
}

/** How many there are of a resource: one, unless the machine's limits say otherwise. */
export function capacityOf({ resources }: MachineLimits, name: string): number {
  return Object.hasOwn(resources, name) ? (resources[name] ?? 1) : 1;
}

/**
 * Gives what is free to those that wait: each gets all that it needs at once or nothing, and nobody takes a resource for
 * which an earlier one waits. So nobody starves, and nobody who holds something waits for more.
 * @param counts whether the process of an entry can be seen from here; the others share a folder, not the machine
 */
export function grant(state: ResourceState, counts: (entry: Entry) => boolean): void {
  const use = new Use(state.limits);
  const entries = state.entries.filter(counts);
  const full = areWorktreesFull(state);
  for (const entry of entries) if (entry.held) use.take(entry);
  for (const entry of entries) {
    if (entry.held || use.isImpossible(entry) || (full && entry.worktree !== null)) continue;
    if (!use.isFree(entry)) use.reserve(entry);
    else if (use.isFull()) use.reservePlace(entry);
    else {
      entry.held = true;
      use.take(entry);
    }
  }
}

/** What is in use while the entries are looked at in their order. */
class Use {
  private readonly taken = new Map<string, number>();
  /** Somebody waits for it. */
  private readonly reserved = new Set<string>();
  private running = 0;
  private placeReserved = false;

  constructor(private readonly limits: MachineLimits) {}

  take({ needs }: Entry): void {
    this.running += 1;
    for (const [name, count] of Object.entries(needs)) this.taken.set(name, this.takenOf(name) + count);
  }

  isImpossible({ needs }: Entry): boolean {
    return Object.entries(needs).some(([name, count]) => count > capacityOf(this.limits, name));
  }

  isFree({ needs }: Entry): boolean {
    return Object.entries(needs).every(([name, count]) => !this.reserved.has(name) && this.fits(name, count));
  }

  fits(name: string, count: number): boolean {
    return this.takenOf(name) + count <= capacityOf(this.limits, name);
  }

  isFull(): boolean {
    const { max_running: most } = this.limits;
    return this.placeReserved || (most !== null && this.running >= most);
  }

  reserve({ needs }: Entry): void {
    for (const name of Object.keys(needs)) this.reserved.add(name);
  }

  reservePlace(entry: Entry): void {
    this.placeReserved = true;
    this.reserve(entry);
  }

  private takenOf(name: string): number {
    return this.taken.get(name) ?? 0;
  }
}

/** Why the run of a task waits for something of the machine; null where it does not. */
export function whyWaitsFor(
  state: ResourceState,
  { storage, task }: Pick<Entry, 'storage' | 'task'>,
): WaitingReason | null {
  const { limits, entries, worktree_bytes: bytes } = state;
  const at = entries.findIndex((entry) => !entry.held && entry.storage === storage && entry.task === task);
  const entry = entries[at];
  if (entry === undefined) return null;
  if (entry.worktree !== null && areWorktreesFull(state)) {
    const used = Math.round((bytes / gigabyte) * 10) / 10;
    return { code: 'worktrees_full', values: { used, capacity: limits.worktrees_max_gb ?? 0 } };
  }
  const others = entries.filter((other, index) => other.held || index < at);
  for (const [name, count] of Object.entries(entry.needs)) {
    const capacity = capacityOf(limits, name);
    const values = { resource: name, needed: count, capacity };
    if (count > capacity) return { code: 'resource_short', values };
    const held = others.filter((other) => other.held && Object.hasOwn(other.needs, name));
    const used = held.reduce((sum, { needs }) => sum + (needs[name] ?? 0), 0);
    const [holder] =
      used + count > capacity ? held : others.filter(({ needs }) => Object.hasOwn(needs, name));
    // The name of any other resource has no slash.
    const code = resourceName.test(name) ? 'resource' : 'folder_busy';
    if (holder) return { code, values: { ...values, task: holder.task, folder: holder.folder } };
  }
  const most = limits.max_running;
  const running = entries.filter(({ held }) => held).length;
  return most === null ? null : { code: 'machine_full', values: { running, parallelism: most } };
}
