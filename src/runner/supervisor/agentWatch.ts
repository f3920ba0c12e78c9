/** Follows a run of an agent, and ends it where it does not end by itself: after its end, or in silence. */

import type { Clock, PausableTimer } from '../../core/clock';
import { afterAwake } from '../../core/clock';
import { machineClock } from '../../system/machineClock';
import { type AgentRecord, AgentRun, type AgentStart } from '../adapters/agentRun';

export class AgentWatch {
  private readonly run: AgentRun;
  private timer: PausableTimer;
  private suspended = false;
  private over = false;
  private answered = false;
  private ended: 'by itself' | 'after its end' | 'in silence' = 'by itself';

  /**
   * @param end ends the run
   * @param clock the machine's; tests replace it
   * @param onAnswer called with the first answer of its model
   */
  constructor(
    private readonly start: AgentStart,
    private readonly end: () => void,
    private readonly clock: Clock = machineClock,
    private readonly onAnswer: () => void = () => {},
  ) {
    this.run = new AgentRun(start);
    this.timer = this.arm();
  }

  /** @param chunk of what it prints to stdout */
  push(chunk: Buffer): void {
    const said = this.run.push(chunk);
    if (this.run.hasAnswered && !this.answered) {
      this.answered = true;
      this.onAnswer();
    }
    // What outlives its end may go on printing.
    if (said || !this.run.hasEnded) this.rearm();
  }

  /** It has printed something else. */
  stir(): void {
    if (!this.run.hasEnded) this.rearm();
  }

  setSuspended(suspended: boolean): void {
    this.suspended = suspended;
    if (suspended) this.timer.pause();
    else this.timer.resume();
  }

  /** From now on, it is not ended here any more. */
  stop(): void {
    this.over = true;
    this.timer.cancel();
  }

  /** @param exitCode what it has ended with by itself; null where something else has ended it */
  finish(exitCode: number | null): AgentRecord {
    const alone = this.ended === 'by itself';
    return this.run.finish(alone ? exitCode : null, this.ended === 'in silence');
  }

  private rearm(): void {
    if (this.over) return;
    this.timer.cancel();
    this.timer = this.arm();
    if (this.suspended) this.timer.pause();
  }

  private arm(): PausableTimer {
    const { hasEnded } = this.run;
    const { end_grace, idle_timeout } = this.start;
    return afterAwake(this.clock, (hasEnded ? end_grace : idle_timeout) * 1000, () => {
      if (!hasEnded && this.run.isWorking) return this.rearm();
      this.ended = hasEnded ? 'after its end' : 'in silence';
      this.stop();
      this.end();
    });
  }
}
