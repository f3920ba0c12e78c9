/** What a stream worker asks for on behalf of its next run. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock, toInstant } from '../../core/clock';
import { type MachineLimits, noLimits } from '../../core/config';
import { messageOf, QueueError } from '../../core/errors';
import { randomHex } from '../../core/ids';
import type { Log } from '../../core/log';
import type { Needs, WaitingReason } from '../../core/model';
import type { NeedsDetails } from '../../core/queue';
import { waitingFor } from '../../core/waiting';
import { readFileIfAny } from '../../system/wholeFiles';
import type { RunResources } from '../runFiles';
import { bytesTaken, isMade, measure, measureUnknown } from '../worktrees/sizes';
import { type HasProcesses, ownHolder, ResourceFile } from './resourceFile';
import { type Entry, type ResourceState, whyWaitsFor } from './resourceState';

export interface MachineResourcesOptions {
  /** The user folder. */
  home: string;
  /** The storage folder of the queue. */
  storage: string;
  /** The folder of the queue. */
  workspace: string;
  log: Log;
  hasProcesses: HasProcesses;
  clock?: Clock;
}

/** The machine's resources, as one queue uses them. */
export class MachineResources {
  private readonly file: ResourceFile;
  private readonly clock: Clock;
  private read: { changed: number; limits: MachineLimits } = { changed: 0, limits: noLimits };

  constructor(private readonly options: MachineResourcesOptions) {
    this.clock = options.clock ?? systemClock;
    this.file = new ResourceFile(options.home, options.hasProcesses, this.clock);
  }

  /** Those of `machine.yml`, which may change at any time. */
  async limits(): Promise<MachineLimits> {
    const file = path.join(this.options.home, 'machine.yml');
    const changed = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed === this.read.changed) return this.read.limits;
    // The parser is needed only where somebody has written such a file.
    const { parseMachineLimits } = await import('../../config/machineLimits');
    const { limits, problems } = parseMachineLimits(readFileIfAny(file) ?? '');
    for (const problem of problems) this.options.log.warn(`${file}: ${problem}`);
    this.read = { changed, limits };
    return limits;
  }

  /** Whether every run gets in line: for a place, or for room for its worktree. */
  async isEachCounted(): Promise<boolean> {
    const { max_running: most, worktrees_max_gb: room } = await this.limits();
    return most !== null || room !== null;
  }

  /** Measures a worktree in which a run has ended, where that matters; never rejects. */
  async measure(folder: string): Promise<void> {
    try {
      if ((await this.limits()).worktrees_max_gb !== null) await measure(folder);
    } catch (error) {
      this.options.log.debug(`${folder} was not measured: ${messageOf(error)}`);
    }
  }

  /** For the supervisor of a run that got nothing before: it waits for that itself. Null where there is nothing to wait for. */
  async forRun(needs: Needs = {}): Promise<RunResources | null> {
    const { max_running: most } = await this.limits();
    if (most === null && Object.keys(needs).length === 0) return null;
    const { home, workspace: folder } = this.options;
    return { home, ticket: randomHex(8), needs, folder };
  }

  /** Why a task of this queue waits for something of the machine. */
  whyWaits(task: string): WaitingReason | null {
    return whyWaitsFor(this.file.read(), { storage: this.options.storage, task });
  }

  /** Gets in line for what a task needs. */
  async ticket({ task, needs, worktree }: NeedsDetails): Promise<Ticket> {
    const { home, storage, workspace: folder } = this.options;
    const { worktrees_max_gb: room } = await this.limits();
    const isNew = room !== null && worktree !== null && !isMade(home, worktree);
    // Most are known since the end of their last run.
    if (isNew) await measureUnknown(home);
    const entry: Entry = {
      id: randomHex(8),
      needs,
      held: false,
      storage,
      task,
      attempt: null,
      folder,
      holder: ownHolder(),
      script: null,
      since: toInstant(this.clock.now()),
      worktree: isNew ? worktree : null,
    };
    await this.file.sweep();
    const now = await this.present();
    await this.file.change((state) => {
      Object.assign(state, now);
      state.entries.push(entry);
    });
    return new Ticket(this.file, home, entry, worktree ?? null, () => this.refresh());
  }

  /** What a person has changed since somebody got in line: `machine.yml`, and which worktrees there are. */
  private async refresh(): Promise<void> {
    const now = await this.present();
    const { limits, worktree_bytes } = this.file.read();
    if (isDeepStrictEqual(now, { limits, worktree_bytes })) return;
    await this.file.change((state) => {
      Object.assign(state, now);
    });
  }

  private async present(): Promise<Pick<ResourceState, 'limits' | 'worktree_bytes'>> {
    const limits = await this.limits();
    return { limits, worktree_bytes: limits.worktrees_max_gb === null ? 0 : bytesTaken(this.options.home) };
  }
}

/** What a claim was refused for: the task, and what it needs of the machine; null for any other error. */
export function lackIn(error: unknown): NeedsDetails | null {
  if (!QueueError.is(error, 'not_ready')) return null;
  const { task, needs, worktree = null } = (error.details ?? {}) as Partial<NeedsDetails>;
  return typeof task === 'string' && typeof needs === 'object' ? { task, needs, worktree } : null;
}

/** @param now wall-clock milliseconds */
export function notFree(task: string, reason: WaitingReason | null, now: number): QueueError {
  const why = reason === null ? '' : `: ${waitingFor(reason, now).waiting}`;
  return new QueueError(
    'not_ready',
    `Task ${task} cannot start yet${why.replace(/\.$/, '')}`,
    'Its stream worker starts it once that is free',
  );
}

/** A place in the line. The supervisor of the run takes it over; until then it is this process's. */
export class Ticket {
  constructor(
    private readonly file: ResourceFile,
    private readonly home: string,
    private readonly entry: Entry,
    private readonly worktree: string | null,
    private readonly refresh: () => Promise<void>,
  ) {}

  get task(): string {
    return this.entry.task;
  }

  /** Whether it is for that run. What a task needs may change while it waits. @param needs undefined of an older owner */
  isFor(task: string, needs: Needs = this.entry.needs, worktree: string | null = null): boolean {
    return this.task === task && this.worktree === worktree && isDeepStrictEqual(this.entry.needs, needs);
  }

  /** What the supervisor needs to take it over. */
  get resources(): RunResources {
    const { id, needs, folder } = this.entry;
    return { home: this.home, ticket: id, needs, folder };
  }

  /** Whether it is this process's, and everything is held. */
  isHeld(): boolean {
    return this.file.read().entries.some(({ id, held }) => held && id === this.entry.id);
  }

  /** Resolves with true once everything is held, with false once the signal is aborted. */
  wait(signal: AbortSignal): Promise<boolean> {
    return this.file.until(
      ({ entries }) => entries.every(({ id, held }) => id !== this.entry.id || held),
      signal,
      this.refresh,
    );
  }

  /** Gives it back, unless a supervisor has taken it over. */
  async release(): Promise<void> {
    const { id, holder } = this.entry;
    await this.file.change((state) => {
      state.entries = state.entries.filter((one) => one.id !== id || one.holder.pid !== holder.pid);
    });
  }
}
