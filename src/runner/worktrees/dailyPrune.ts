/** Forgets once a day what was discarded, or kept of runs, so long ago that its time is over. */

import type { Clock, Timer } from '../../core/clock';
import type { ConfigSource } from '../../core/config';
import type { Log } from '../../core/log';
import { prune } from './discarding';
import { listRecords } from './records';

/** For which the start of a program is left alone, milliseconds. */
export const firstWait = 10 * 60 * 1000;
const day = 24 * 60 * 60 * 1000;

export interface DailyPruneOptions {
  /** The user folder. */
  home: string;
  storage: string;
  workspace: string;
  /** Other folders that tasks of the queue may come from. */
  others: () => readonly string[];
  config: ConfigSource;
  log: Log;
  clock: Clock;
}

export class DailyPrune {
  private timer: Timer | undefined;
  private stopped = false;

  constructor(private readonly options: DailyPruneOptions) {}

  /** From now on, unless it has been started or stopped before. */
  start(): void {
    if (!this.stopped) this.timer ??= this.options.clock.after(firstWait, () => void this.run());
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  /** In the repositories of this queue alone: another one may say that more is kept for longer. */
  private async run(): Promise<void> {
    const { home, storage, workspace, others, config, log, clock } = this.options;
    try {
      const own = listRecords(home).filter((record) => record.storage === storage);
      const folders = [workspace, ...others(), ...own.map(({ top }) => top)];
      const days = config.current().worktree_keep_days;
      const { worktrees, refs } = await prune({ home, folders, storages: [storage] }, days, clock);
      if (refs + worktrees.length > 0)
        log.info(
          `Forgot what was discarded, or kept of runs, more than ${days} days ago: ${worktrees.length} worktrees, ${refs} refs.`,
        );
    } catch (error) {
      log.error('What was kept of runs could not be pruned', error);
    }
    if (!this.stopped) this.timer = clock.after(day, () => void this.run());
  }
}
