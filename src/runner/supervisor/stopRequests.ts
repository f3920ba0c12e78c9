/** What may end a script early: its deadline, a request to cancel, a signal to its supervisor. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAwake, type Clock } from '../../core/clock';
import { watchFolder } from '../../system/folderWatch';
import { machineClock } from '../../system/machineClock';
import type { ExitReason, RunPaths, RunSpec } from '../runFiles';

export type StopReason = Extract<ExitReason, 'timeout' | 'cancelled' | 'interrupted'>;

/** The file that requests a cancel is watched, and polled this often in case the watch fails, milliseconds. */
const cancelPoll = 1_000;

/** Listens from before the script is started until it has ended. */
export class StopRequests {
  /** The first reason to stop; null while there is none. */
  reason: StopReason | null = null;
  /** Resolves with the first reason, if one ever comes. */
  readonly requested: Promise<StopReason>;
  private resolve: (reason: StopReason) => void = () => {};
  private readonly cleanUps: (() => void)[] = [];

  /** @param clock the machine's; tests replace it */
  constructor(spec: Pick<RunSpec, 'deadline'>, paths: Pick<RunPaths, 'cancel'>, clock: Clock = machineClock) {
    this.requested = new Promise((resolve) => {
      this.resolve = resolve;
    });
    const onSignal = () => this.stop('interrupted');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, onSignal);
      this.cleanUps.push(() => process.off(signal, onSignal));
    }
    const left = Math.max(0, spec.deadline - clock.monotonic());
    const deadline = afterAwake(clock, left, () => this.stop('timeout'));
    this.cleanUps.push(() => deadline.cancel());
    this.cleanUps.push(watchForFile(paths.cancel, () => this.stop('cancelled')));
  }

  /** Stops listening. */
  dispose(): void {
    for (const cleanUp of this.cleanUps) cleanUp();
  }

  private stop(reason: StopReason): void {
    this.reason ??= reason;
    this.resolve(reason);
  }
}

function watchForFile(file: string, onSeen: () => void): () => void {
  const check = () => {
    if (fs.existsSync(file)) onSeen();
  };
  const poll = setInterval(check, cancelPoll);
  const watcher = watchFolder(path.dirname(file), (name) => {
    if (name === null || name === path.basename(file)) check();
  });
  check();
  return () => {
    clearInterval(poll);
    watcher?.close();
  };
}
