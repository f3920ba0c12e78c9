/** What may end a script early: its deadline, a request to cancel, a signal to its supervisor. */

import { afterAwake, type Clock, type PausableTimer } from '../../core/clock';
import { machineClock } from '../../system/machineClock';
import type { ExitReason, RunPaths, RunSpec } from '../runFiles';
import { watchPresence } from './presence';

export type StopReason = Extract<ExitReason, 'timeout' | 'cancelled' | 'interrupted'>;

/** Listens from before the script is started until it has ended. */
export class StopRequests {
  /** The first reason to stop; null while there is none. */
  reason: StopReason | null = null;
  /** Resolves with the first reason, if one ever comes. */
  readonly requested: Promise<StopReason>;
  private readonly stopped = new AbortController();
  private resolve: (reason: StopReason) => void = () => {};
  /** Its time stands still while the run does. */
  readonly deadline: PausableTimer;
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
    this.deadline = afterAwake(clock, left, () => this.stop('timeout'));
    this.cleanUps.push(() => this.deadline.cancel());
    this.cleanUps.push(
      watchPresence(paths.cancel, (present) => {
        if (present) this.stop('cancelled');
      }),
    );
  }

  /** Aborted with the first reason. */
  get signal(): AbortSignal {
    return this.stopped.signal;
  }

  /** Stops listening. */
  dispose(): void {
    for (const cleanUp of this.cleanUps) cleanUp();
  }

  private stop(reason: StopReason): void {
    this.reason ??= reason;
    this.stopped.abort();
    this.resolve(reason);
  }
}
