/** When a snapshot is due. */

import type { Clock, Timer } from '../../core/clock';
import { journalBytes, type StoreState } from './storeState';

/** Sizes in bytes, times in milliseconds. */
export interface SnapshotLimits {
  /** A snapshot is due when the journals are as long as the last snapshot, and at least this long ... */
  leastJournal: number;
  /** ... or this long, whatever the snapshot's size ... */
  mostJournal: number;
  /** ... or when there are this many journals: each owner that writes begins one ... */
  mostJournals: number;
  /** ... or when nothing was written for this long, */
  idleTime: number;
  /** if the journals are at least this long. */
  idleJournal: number;
  /** How long to wait after a failure. */
  retryTime: number;
}

const megabyte = 1024 * 1024;

const usualLimits: SnapshotLimits = {
  leastJournal: 4 * megabyte,
  mostJournal: 16 * megabyte,
  mostJournals: 64,
  idleTime: 15_000,
  idleJournal: megabyte / 2,
  retryTime: 30_000,
};

/** The shortest wait before checking again whether the queue is idle. Milliseconds. */
const shortestWait = 1000;

export class SnapshotPolicy {
  private readonly limits: SnapshotLimits;
  private notBefore = 0;
  private writtenAt = 0;
  private timer: Timer | undefined;

  constructor(
    limits: Partial<SnapshotLimits> | undefined,
    private readonly clock: Clock,
    private readonly onQuiet: () => void,
  ) {
    this.limits = { ...usualLimits, ...limits };
  }

  due(state: StoreState): boolean {
    const { leastJournal, mostJournal, mostJournals } = this.limits;
    const limit = Math.min(mostJournal, Math.max(leastJournal, state.snapshotBytes));
    if (journalBytes(state) < limit && state.journals < mostJournals) return false;
    return this.clock.monotonic() >= this.notBefore;
  }

  /** Whether a snapshot is worthwhile while the queue is idle. */
  worthWhile(state: StoreState): boolean {
    return journalBytes(state) >= this.limits.idleJournal && this.clock.monotonic() >= this.notBefore;
  }

  written(): void {
    this.writtenAt = this.clock.monotonic();
    this.timer ??= this.clock.after(this.limits.idleTime, () => this.onTimer());
  }

  begun(): void {
    this.notBefore = Number.POSITIVE_INFINITY;
  }

  ended(succeeded: boolean): void {
    this.notBefore = succeeded ? 0 : this.clock.monotonic() + this.limits.retryTime;
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private onTimer(): void {
    this.timer = undefined;
    const rest = this.writtenAt + this.limits.idleTime - this.clock.monotonic();
    if (rest > 0) this.timer = this.clock.after(Math.max(rest, shortestWait), () => this.onTimer());
    else this.onQuiet();
  }
}
