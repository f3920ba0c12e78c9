/** Finds out how a run ended: from its exit record, or from a supervisor that is gone without one. */

import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../core/clock';
import type { Log } from '../core/log';
import { bootId, isAlive, isOtherBoot } from '../system/processes';
import { createFile, readJson } from '../system/wholeFiles';
import { isInSight, isStillAlive, Pulse } from './liveness';
import type { ExitReason, ExitRecord, ProcessRef, RunPaths, RunRecord } from './runFiles';
import { markerOf, type RunIdentity } from './supervisor/childEnv';
import { ProcessTree } from './supervisor/processTree';

/** An exit record for a run whose supervisor left none. */
export function endWithoutRecord(reason: ExitReason, message: string): ExitRecord {
  const now = Date.now();
  return {
    reason,
    code: null,
    signal: null,
    started_at: now,
    ended_at: now,
    stdout_size: 0,
    stderr_size: 0,
    message,
    result: null,
    progress: null,
  };
}

export interface RunEndOptions extends RunIdentity {
  paths: RunPaths;
  /** How long what a dead supervisor left running may take to end by itself, milliseconds. */
  graceMs: number;
  /** Where this process started the supervisor itself. */
  supervisor: ChildProcess | null;
  clock: Clock;
  log: Log;
}

export class RunEnd {
  /** How the run ended, once nothing of it is left. */
  readonly exit: Promise<ExitRecord>;
  private resolve: (exit: ExitRecord) => void = () => {};
  private readonly pulse: Pulse;
  private over = false;

  constructor(private readonly options: RunEndOptions) {
    this.pulse = new Pulse(options.paths.record, options.clock);
    this.exit = new Promise((resolve) => {
      this.resolve = resolve;
    });
    options.supervisor?.once('exit', () => this.checkSafely());
    options.supervisor?.once('error', (error) =>
      this.finish(
        endWithoutRecord(
          'could_not_start',
          `The supervisor of the run could not be started: ${error.message}`,
        ),
      ),
    );
  }

  /** Looks for the exit record. */
  look(): void {
    if (this.over) return;
    const exit = readJson<ExitRecord>(this.options.paths.exit);
    if (exit) this.finish(exit);
  }

  /** Looks no more. */
  letGo(): void {
    this.over = true;
  }

  /** Looks for the exit record, and whether anybody is left to write it. */
  check(): void {
    this.look();
    if (this.over) return;
    const record = readJson<RunRecord>(this.options.paths.record);
    if (record === null) this.giveUp();
    else if (record.given_up) this.finish(neverStarted);
    else if (!this.isLive(record)) this.endAbandoned(record);
  }

  /** A disk that fails now may do better at the next look. */
  private checkSafely(): void {
    try {
      this.check();
    } catch (error) {
      this.options.log.error(`The files of the run of ${this.options.task} could not be read.`, error);
    }
  }

  private isLive({ supervisor, boot_id: boot }: RunRecord): boolean {
    if (supervisor === null) return false;
    return isInSight(supervisor) ? !isOtherBoot(boot) && isStillAlive(supervisor) : this.pulse.isFelt();
  }

  /** Nobody has begun the run. A record of our own keeps a supervisor that comes late from beginning it. */
  private giveUp(): void {
    const { supervisor, paths } = this.options;
    const coming = supervisor !== null && supervisor.exitCode === null && supervisor.signalCode === null;
    if (coming) return;
    const record: RunRecord = { supervisor: null, script: null, boot_id: bootId(), given_up: true };
    // Where somebody was faster, the next check sees who.
    if (!createFile(paths.record, JSON.stringify(record))) return;
    const failed = 'The supervisor of the run ended before it could begin.';
    this.finish(supervisor ? endWithoutRecord('could_not_start', failed) : neverStarted);
  }

  /** The supervisor is gone; only its record tells what it has started. */
  private endAbandoned(record: RunRecord): void {
    // It may have written its exit record since this look began.
    this.look();
    if (this.over) return;
    this.over = true;
    const { task, graceMs, log } = this.options;
    // After another boot, or when the number is another process's by now, nothing of the group is left.
    const sameBoot = record.boot_id === bootId();
    const root = sameBoot && record.script && !isReused(record.script) ? record.script.pid : null;
    const tree = new ProcessTree({ root, marker: markerOf(this.options) });
    tree
      .end(graceMs)
      .catch((error: unknown) => log.error(`What the run of ${task} left behind could not be ended.`, error))
      .finally(() => this.resolve(abandoned));
  }

  private finish(exit: ExitRecord): void {
    this.over = true;
    this.resolve(exit);
  }
}

const neverStarted = endWithoutRecord(
  'interrupted',
  'The process that had claimed the task ended before the script was started.',
);
const abandoned = endWithoutRecord(
  'interrupted',
  'The supervisor of the run was killed; what was left of the script has been ended.',
);

/** Whether another process has this number now, or has had it here all along. */
function isReused(process: ProcessRef): boolean {
  if (!isInSight(process)) return true;
  return isAlive(process.pid, null) && !isAlive(process.pid, process.start_time);
}
