/** Finds out how a run ended: from its exit record, or from a supervisor that has gone without writing one. */

import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import type { Clock } from '../core/clock';
import { messageOf } from '../core/errors';
import type { Log } from '../core/log';
import { bootId, isAlive, isOtherBoot } from '../system/processes';
import { createFile, readJson } from '../system/wholeFiles';
import { isInSight, isStillAlive, RecordHeartbeat } from './liveness';
import {
  type ExitRecord,
  exitWithoutScript,
  type ProcessRef,
  type RunPaths,
  type RunRecord,
  startTimeout,
} from './runFiles';
import { markerOf, type RunIdentity } from './supervisor/childEnv';
import { treeOf } from './supervisor/processTree';
import { leftText } from './supervisor/tree';

export interface RunEndOptions extends RunIdentity {
  paths: RunPaths;
  /** How long processes left by a dead supervisor may take to end after SIGTERM, milliseconds. */
  graceMs: number;
  /** Null where another process started it. */
  supervisor: ChildProcess | null;
  clock: Clock;
  log: Log;
}

export class RunEnd {
  /** How the run ended, once all its processes are gone. */
  readonly exit: Promise<ExitRecord>;
  private resolve: (exit: ExitRecord) => void = () => {};
  private readonly heartbeat: RecordHeartbeat;
  private over = false;
  private readonly since: number;

  constructor(private readonly options: RunEndOptions) {
    this.heartbeat = new RecordHeartbeat(options.paths.record, options.clock);
    this.since = options.clock.monotonic();
    this.exit = new Promise((resolve) => {
      this.resolve = resolve;
    });
    options.supervisor?.once('exit', () => this.checkSafely());
    options.supervisor?.once('error', (error) =>
      this.finish(
        exitWithoutScript(
          'could_not_start',
          `The supervisor of the run could not be started: ${error.message}`,
        ),
      ),
    );
  }

  /** Ends the run if there is an exit record. */
  readExit(): void {
    if (this.over) return;
    const exit = readJson<ExitRecord>(this.options.paths.exit);
    if (exit) this.finish(exit);
  }

  /** Never resolves `exit` from now on. */
  stop(): void {
    this.over = true;
  }

  /** Ends the run if there is an exit record, or no supervisor left to write one. */
  check(): void {
    this.readExit();
    if (this.over) return;
    const record = readJson<RunRecord>(this.options.paths.record);
    if (record === null) this.giveUp();
    else if (record.given_up) this.finish(neverStarted);
    else if (!this.isSupervised(record)) this.endAbandoned(record);
  }

  /** A failing disk may have recovered by the next check. */
  private checkSafely(): void {
    try {
      this.check();
    } catch (error) {
      this.options.log.error(`The files of the run of ${this.options.task} could not be read.`, error);
    }
  }

  private isSupervised({ supervisor, boot_id: boot }: RunRecord): boolean {
    if (supervisor === null) return false;
    return isInSight(supervisor)
      ? !isOtherBoot(boot) && isStillAlive(supervisor)
      : this.heartbeat.isBeating();
  }

  /** The run has not started. A record of our own stops a supervisor that comes late. */
  private giveUp(): void {
    const { supervisor, paths, clock } = this.options;
    // The supervisor of another process may be on its way: its specification is there.
    const starting =
      supervisor === null
        ? fs.existsSync(paths.spec) && clock.monotonic() - this.since < startTimeout
        : supervisor.exitCode === null && supervisor.signalCode === null;
    if (starting) return;
    const record: RunRecord = { supervisor: null, script: null, boot_id: bootId(), given_up: true };
    // Where another process was first, the next check sees its record.
    if (!createFile(paths.record, JSON.stringify(record), true)) return;
    const failed = 'The supervisor of the run ended before it could start.';
    const reason = supervisor?.signalCode ? 'interrupted' : 'could_not_start';
    this.finish(supervisor ? exitWithoutScript(reason, failed) : neverStarted);
  }

  /** The supervisor has gone; its record says what it had started. */
  private endAbandoned(record: RunRecord): void {
    // It may have written its exit record during this check.
    this.readExit();
    if (this.over) return;
    this.over = true;
    const { task, graceMs, log } = this.options;
    // After a reboot, or when another process has the pid by now, nothing of the group is left.
    const sameBoot = record.boot_id === bootId();
    const root = sameBoot && record.script && !isReused(record.script) ? record.script.pid : null;
    // A record of an earlier version has no times.
    const started = record.script?.started ?? null;
    const tree = treeOf({ root, marker: markerOf(this.options), started, isHeld: () => false });
    tree.end(graceMs).then(
      (end) => this.resolve(exitWithoutScript('interrupted', abandoned(leftText(end)))),
      (error: unknown) => {
        log.error(`The processes left by the run of ${task} could not be ended.`, error);
        this.resolve(exitWithoutScript('interrupted', abandoned(messageOf(error))));
      },
    );
  }

  private finish(exit: ExitRecord): void {
    this.over = true;
    this.resolve(exit);
  }
}

const neverStarted = exitWithoutScript(
  'interrupted',
  'The process that claimed the task ended before the script was started.',
);

/** @param lives what is said of processes that live on */
function abandoned(lives: string | null): string {
  return lives === null
    ? 'The supervisor of the run was killed; the processes it left were ended.'
    : `The supervisor of the run was killed. ${lives}`;
}

/** Whether the pid is that of another process by now, or means another process here. */
function isReused(process: ProcessRef): boolean {
  if (!isInSight(process)) return true;
  return isAlive(process.pid, null) && !isAlive(process.pid, process.start_time);
}
