/** One run as the process sees it that looks after it. The script itself is the supervisor's. */

import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { type Clock, sleep } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import type { Unsubscribe } from '../core/events';
import type { Log } from '../core/log';
import type { GitFacts, Task } from '../core/model';
import type { Queue } from '../core/queue';
import { createFile, readFileIfAny, readJson } from '../system/wholeFiles';
import { CouldNotStart } from './command/couldNotStart';
import { Listeners } from './listeners';
import { type Verdict, verdictOf } from './outcome';
import { type OutputListener, OutputTail, readLastOutput } from './outputTail';
import { endWithoutRecord, RunEnd } from './runEnd';
import { type ExitRecord, type Progress, type RunPaths, type RunRecord, runPaths } from './runFiles';

/** A run that this process looks after. */
export interface RunHandle {
  /** As last heard from the queue. */
  readonly task: Task;
  readonly attempt: number;
  /** Taken over from a process that has gone. */
  readonly adopted: boolean;
  /** Resolves with the task as the run left it, when its end is in the queue. Never when this process lets go of it. */
  readonly ended: Promise<Task>;
  /** All output from the beginning, then live, about in the order in which it comes. */
  onOutput(listener: OutputListener): Unsubscribe;
  /** After the last output. */
  onEnd(listener: (task: Task) => void): Unsubscribe;
  /** Asks the queue to cancel the task, and the supervisor to end the tree. */
  cancel(): Promise<void>;
}

/** What a run needs of its runner. */
export interface RunHost {
  queue: Queue;
  storage: string;
  clock: Clock;
  log: Log;
  git(): Promise<GitFacts | null>;
}

/** What is known of a run when this process begins to look after it. */
export interface RunStart {
  task: Task;
  lease: string | null;
  adopted: boolean;
  limitedPattern: string | null;
  graceMs: number;
  /** Starts the supervisor; null where that is done. */
  launch: (() => Promise<ChildProcess>) | null;
}

/** The queue may be out of reach while another process takes it over; milliseconds. */
const firstRetry = 100;
const slowestRetry = 5_000;

export class ActiveRun implements RunHandle {
  task: Task;
  readonly attempt: number;
  readonly adopted: boolean;
  readonly ended: Promise<Task>;
  private readonly paths: RunPaths;
  private readonly ends: Listeners<Task>;
  private readonly tails = new Set<OutputTail>();
  private end: RunEnd | null = null;
  private progress: string | null = null;
  private beating = false;
  private askedToEnd = false;
  /** Nothing of the run is left; its end may not be in the queue yet. */
  private exited = false;
  private over = false;
  private released = false;

  constructor(
    private readonly host: RunHost,
    private readonly start: RunStart,
  ) {
    this.task = start.task;
    this.attempt = start.task.attempts;
    this.adopted = start.adopted;
    this.paths = runPaths(host.storage, this.task.id, this.attempt);
    this.ends = new Listeners(host.log);
    this.ended = this.live();
  }

  onOutput(listener: OutputListener): Unsubscribe {
    const tail = new OutputTail(this.host, this.task.id, this.attempt, listener);
    this.tails.add(tail);
    if (this.over) void tail.finish();
    return () => {
      tail.stop();
      this.tails.delete(tail);
    };
  }

  onEnd(listener: (task: Task) => void): Unsubscribe {
    return this.ends.add(listener);
  }

  async cancel(): Promise<void> {
    // At once, also where the queue cannot be reached: who says stop means it.
    this.askToEnd();
    try {
      await this.host.queue.cancel(this.task.id);
    } catch (error) {
      // The end of the run may be in the queue already.
      if (!QueueError.is(error, 'wrong_state')) throw error;
    }
  }

  /** Something in the run's folder has changed. */
  wake(): void {
    this.attempted(() => this.end?.look());
  }

  /** Now and then: is anybody left to end the run? */
  check(): void {
    this.attempted(() => this.end?.check());
  }

  /** The queue says this of the task. */
  heard(task: Task): void {
    const ours = task.status === 'running' && task.attempts === this.attempt;
    if (ours) this.task = task;
    // Cancelled, or ended by somebody else: nothing may run on unseen.
    if (!ours || task.cancel_requested) this.askToEnd();
  }

  /** Lets go: the supervisor goes on, and another process may look after the run. */
  release(): void {
    this.released = true;
    this.end?.letGo();
    for (const tail of this.tails) tail.stop();
    // Whoever comes next need not wait until this process has gone.
    fs.rmSync(this.paths.keeper, { force: true });
  }

  private async live(): Promise<Task> {
    const exit = await this.waitForEnd();
    this.exited = true;
    if (this.released) return new Promise(() => {});
    const task = await this.report(exit);
    this.task = task;
    this.over = true;
    for (const tail of this.tails) await tail.finish();
    this.ends.emit(task);
    return task;
  }

  private async waitForEnd(): Promise<ExitRecord> {
    try {
      this.end = new RunEnd({
        storage: this.host.storage,
        task: this.task.id,
        attempt: this.attempt,
        paths: this.paths,
        graceMs: this.start.graceMs,
        supervisor: this.start.launch ? await this.start.launch() : null,
        clock: this.host.clock,
        log: this.host.log,
      });
    } catch (error) {
      if (error instanceof CouldNotStart) return endWithoutRecord('could_not_start', error.message);
      this.host.log.error(`The run of ${this.task.id} could not be prepared.`, error);
      return endWithoutRecord('could_not_start', `The run could not be prepared: ${messageOf(error)}`);
    }
    if (this.released) this.end.letGo();
    if (this.task.cancel_requested) this.askToEnd();
    if (this.adopted) this.check();
    return this.end.exit;
  }

  /** Tells the queue, however long that takes: the exit record stays until it has answered. */
  private async report(exit: ExitRecord): Promise<Task> {
    const { host, task, attempt } = this;
    let verdict = await this.verdict(exit);
    for (let wait = firstRetry; ; wait = Math.min(wait * 2, slowestRetry)) {
      try {
        const ended = await this.tell(verdict);
        this.cleanUp();
        return ended;
      } catch (error) {
        if (QueueError.is(error, ...answeredElsewhere)) {
          host.log.info(`Attempt ${attempt} of ${task.id} has been ended by somebody else: ${error.message}`);
          this.cleanUp();
          return host.queue.getTask(task.id).catch(() => this.task);
        }
        if (QueueError.is(error, ...refusedForGood)) verdict = resultRefused(error);
        else if (QueueError.is(error))
          host.log.debug(`The end of ${task.id} is not reported yet: ${error.message}`);
        else host.log.error(`The end of ${task.id} could not be reported yet.`, error);
        await sleep(wait, host.clock);
        if (this.released) return new Promise(() => {});
      }
    }
  }

  private async verdict(exit: ExitRecord): Promise<Verdict> {
    const last = await readLastOutput(this.host.storage, this.task.id, this.attempt).catch(
      (error: unknown) => {
        this.host.log.error(`Output of ${this.task.id} could not be read.`, error);
        return { stdout: '', stderr: '', stdoutSize: 0, stderrSize: 0 };
      },
    );
    // Without an exit record the files alone know how much there was.
    const known =
      exit.reason === 'interrupted'
        ? { ...exit, stdout_size: last.stdoutSize, stderr_size: last.stderrSize }
        : exit;
    return verdictOf(known, last, this.start.limitedPattern, this.host.clock.now());
  }

  private async tell(verdict: Verdict): Promise<Task> {
    const { queue } = this.host;
    const facts = {
      lease: this.start.lease ?? undefined,
      git: (await this.host.git()) ?? undefined,
      // Two processes that report one end get one answer.
      key: `end-${this.task.id}-${this.attempt}-${verdict.kind}`,
    };
    return verdict.kind === 'complete'
      ? queue.complete(this.task.id, { ...verdict.completion, ...facts })
      : queue.fail(this.task.id, { ...verdict.failure, ...facts });
  }

  /** The specification goes first: a supervisor that comes after the record has gone finds none. */
  private cleanUp(): void {
    const { spec, keeper, progress, cancel, exit, record } = this.paths;
    // A process that still means to start the run must find the record by which it was given up.
    const givenUp = readJson<RunRecord>(record)?.given_up === true;
    for (const file of [spec, keeper, progress, cancel, exit]) fs.rmSync(file, { force: true });
    if (!givenUp) fs.rmSync(record, { force: true });
  }

  /** Passes the script's progress on, one report at a time and always the latest. */
  private passProgressOn(): void {
    const text = this.beating || this.released ? this.progress : readFileIfAny(this.paths.progress);
    if (text === null || text === this.progress) return;
    this.progress = text;
    this.beating = true;
    void this.beat(text).finally(() => {
      this.beating = false;
    });
  }

  private async beat(text: string): Promise<void> {
    try {
      const { percent, message } = JSON.parse(text) as Progress;
      const lease = this.start.lease ?? undefined;
      await this.host.queue.heartbeat(this.task.id, {
        lease,
        progress: percent,
        message: message ?? undefined,
      });
    } catch (error) {
      // The next one will do; a lost lease shows when the end is reported.
      this.host.log.debug(`Progress of ${this.task.id} was not taken: ${messageOf(error)}`);
    }
  }

  /** A disk that fails now may do better at the next look. */
  private attempted(look: () => void): void {
    try {
      look();
      this.passProgressOn();
    } catch (error) {
      this.host.log.error(`The files of the run of ${this.task.id} could not be read.`, error);
    }
  }

  private askToEnd(): void {
    if (this.askedToEnd || this.exited) return;
    try {
      createFile(this.paths.cancel, '');
      this.askedToEnd = true;
    } catch (error) {
      this.host.log.error(`The run of ${this.task.id} could not be asked to end.`, error);
    }
  }
}

/** The attempt is over in the queue already. */
const answeredElsewhere = [
  'lease_superseded',
  'wrong_state',
  'already_claimed',
  'not_found',
  'gone',
] as const;
/** What a script gave as its result cannot be stored. */
const refusedForGood = ['missing_field', 'invalid_field', 'too_large'] as const;

function resultRefused(error: QueueError): Verdict {
  return {
    kind: 'fail',
    failure: { error_message: `The result was refused: ${error.message}`, failure_kind: 'error' },
  };
}
