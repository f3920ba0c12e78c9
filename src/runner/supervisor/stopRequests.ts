/** What may end a script before its time: its deadline, a request to cancel, a signal to its supervisor. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemClock } from '../../core/clock';
import { watchFolder } from '../../system/folderWatch';
import type { ExitReason, RunPaths, RunSpec } from '../runFiles';

export type StopReason = Extract<ExitReason, 'timeout' | 'cancelled' | 'interrupted'>;

/** A request to cancel is noticed at once by a watch, and by this poll where the file system tells nothing. */
const cancelPoll = 1_000;

/**
 * Milliseconds that a run still has. The wall clock decides when it is earlier than the limit, so that time spent
 * before the start counts; the limit decides when the clock has gone back.
 */
export function timeLeft(spec: Pick<RunSpec, 'deadline' | 'time_limit_ms'>, now: number): number {
  return Math.max(0, Math.min(spec.deadline - now, spec.time_limit_ms));
}

/** Watches from before the script is started until it has ended. */
export class StopRequests {
  /** The first reason to stop; null while there is none. */
  reason: StopReason | null = null;
  /** Resolves with the first reason, if one ever comes. */
  readonly requested: Promise<StopReason>;
  private resolve: (reason: StopReason) => void = () => {};
  private readonly ends: (() => void)[] = [];

  constructor(spec: RunSpec, paths: RunPaths) {
    this.requested = new Promise((resolve) => {
      this.resolve = resolve;
    });
    const onSignal = () => this.stop('interrupted');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, onSignal);
      this.ends.push(() => process.off(signal, onSignal));
    }
    const deadline = systemClock.after(timeLeft(spec, Date.now()), () => this.stop('timeout'));
    this.ends.push(() => deadline.cancel());
    this.ends.push(watchForFile(paths.cancel, () => this.stop('cancelled')));
  }

  /** Stops watching. */
  end(): void {
    for (const end of this.ends) end();
  }

  private stop(reason: StopReason): void {
    this.reason ??= reason;
    this.resolve(reason);
  }
}

function watchForFile(file: string, onSeen: () => void): () => void {
  const look = () => {
    if (fs.existsSync(file)) onSeen();
  };
  const poll = setInterval(look, cancelPoll);
  const watcher = watchFolder(path.dirname(file), (name) => {
    if (name === null || name === path.basename(file)) look();
  });
  look();
  return () => {
    clearInterval(poll);
    watcher?.close();
  };
}
