/** One run, as the process that looks after it sees it. The supervisor holds the script itself. */

import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { type Clock, sleep } from '../core/clock';
import { messageOf, QueueError, unreachableServer } from '../core/errors';
import type { Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import type { GitEnd, Task, TaskAnswer } from '../core/model';
import type { Queue } from '../core/queue';
import { diskTrouble } from '../system/diskTrouble';
import { removeFile, tidy } from '../system/heldFiles';
import { createFile, readFileIfAny, readJson } from '../system/wholeFiles';
import { CouldNotStart } from './command/payload';
import { filePart } from './command/plannedRun';
import { type LastWord, readLastWord } from './lastWord';
import { ChangedSinceApproval } from './launch';
import type { AccountEnd, AccountRun } from './machine/accountRun';
import { type Verdict, verdictOf } from './outcome';
import { type OutputListener, OutputTail, readLastOutput } from './outputTail';
import { RunEnd } from './runEnd';
import {
  type ExitRecord,
  exitWithoutScript,
  type Progress,
  type RunPaths,
  type RunSpec,
  removeRunFiles,
  runPaths,
} from './runFiles';
import { withLastWord } from './wordVerdict';

/** A run that this process looks after. */
export interface RunHandle {
  /** As the queue last reported it. */
  readonly task: Task;
  readonly attempt: number;
  /** Whether it was taken over from a process that has gone. */
  readonly adopted: boolean;
  /** Resolves with the task once the queue has the end of the run; never where this process detaches before. */
  readonly ended: Promise<Task>;
  /** All output from the start, then live, roughly in the order in which it was written. */
  onOutput(listener: OutputListener): Unsubscribe;
  /** Called after the last output. */
  onEnd(listener: (task: Task) => void): Unsubscribe;
  /** Asks the queue to cancel the task, and the supervisor to end the process tree. */
  cancel(): Promise<void>;
}

/** What a run needs from its runner. */
export interface RunHost {
  queue: Queue;
  storage: string;
  clock: Clock;
  log: Log;
  /** The state of git at the end of a run, whose file this is; never throws. */
  git(file: string, task: Task): Promise<GitEnd | null>;
}

/** What is known of a run when this process starts to look after it. */
export interface RunStart {
  task: Task;
  lease: string | null;
  adopted: boolean;
  limitedPattern: string | null;
  /** The tool that runs it in place of the task's own. */
  standIn: string | null;
  /** Whose limits it shares; null where a limit concerns the task alone. */
  account: AccountRun | null;
  graceMs: number;
  /** Starts the supervisor; null where there is one. */
  launch: (() => Promise<ChildProcess>) | null;
}

/** The queue may be unreachable while another process takes it over; milliseconds. */
const firstRetry = 100;
const longestRetry = 5_000;
/** How long a claimed task waits for room on the disk before it is given back, milliseconds. */
const diskPatience = 60_000;

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
  private sendingProgress = false;
  private endRequested = false;
  /** Whether the supervisor was asked to hold the run; null where an earlier process may have. */
  private suspended: boolean | null;
  /** All processes of the run are gone; the queue may not know yet. */
  private exited = false;
  private over = false;
  /** Its account knows that its model has answered. */
  private answered = false;
  private detached = false;

  constructor(
    private readonly host: RunHost,
    private readonly start: RunStart,
  ) {
    this.task = start.task;
    this.attempt = start.task.attempts;
    this.adopted = start.adopted;
    this.paths = runPaths(host.storage, this.task.id, this.attempt);
    this.suspended = start.adopted ? null : false;
    this.ends = new Listeners(host.log);
    this.ended = this.follow();
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
    // At once, even while the queue cannot be reached.
    this.requestEnd();
    try {
      await this.host.queue.cancel(this.task.id);
    } catch (error) {
      // The end of the run may be in the queue already.
      if (!QueueError.is(error, 'wrong_state')) throw error;
    }
  }

  onFileChange(): void {
    this.withFiles(() => this.end?.readExit());
  }

  private noticeAnswer(): void {
    const { account } = this.start;
    if (account === null || this.answered || !fs.existsSync(this.paths.answered)) return;
    this.answered = true;
    void account.answered();
  }

  /** Call it every second or so: a supervisor that was killed changes no file. */
  checkSupervisor(): void {
    this.withFiles(() => this.end?.check());
  }

  /** @param current false for an event, which may come after the answer to a later claim */
  onTaskChange(task: Task, current: boolean): void {
    if (!current && task.attempts < this.attempt) return;
    const ours = task.status === 'running' && task.attempts === this.attempt;
    if (ours) {
      this.task = task;
      this.requestSuspension();
      // Another owner has the queue, which knows no more than the files.
      if (current) this.progress = null;
    }
    // Cancelled, or ended by somebody else: the script must not run on.
    if (!ours || task.cancel_requested) this.requestEnd();
  }

  /** Stops looking after the run: its supervisor goes on, and another process may take over. */
  detach(): void {
    this.detached = true;
    this.end?.stop();
    for (const tail of this.tails) tail.stop();
    if (this.end) this.handOver();
  }

  /** The next process need not wait until this one has gone; but while the run is being started, it must. */
  private handOver(): void {
    tidy(this.paths.keeper, () => removeFile(this.paths.keeper));
  }

  private async follow(): Promise<Task> {
    const end = await this.waitForEnd();
    this.exited = true;
    if (this.detached) return new Promise(() => {});
    const task = await this.report(await this.settled('kind' in end ? end : await this.verdict(end)));
    this.task = task;
    this.over = true;
    for (const tail of this.tails) await tail.finish();
    this.ends.emit(task);
    return task;
  }

  private async waitForEnd(): Promise<ExitRecord | NotStarted> {
    try {
      this.end = new RunEnd({
        storage: this.host.storage,
        task: this.task.id,
        attempt: this.attempt,
        paths: this.paths,
        graceMs: this.start.graceMs,
        supervisor: this.start.launch ? await this.launched(this.start.launch) : null,
        clock: this.host.clock,
        log: this.host.log,
      });
    } catch (error) {
      // Its preparation asks the queue: no task fails because the server has gone by then.
      if (QueueError.is(error, 'not_ready') || unreachableServer(error) !== null) {
        this.host.log.warn(messageOf(error));
        return { kind: 'release' };
      }
      if (error instanceof ChangedSinceApproval) return this.changed(error.changes);
      if (error instanceof CouldNotStart) return exitWithoutScript('could_not_start', error.message);
      this.host.log.error(`The run of ${this.task.id} could not be prepared.`, error);
      return exitWithoutScript('could_not_start', `The run could not be prepared: ${messageOf(error)}`);
    }
    if (this.detached) {
      this.end.stop();
      this.handOver();
    }
    if (this.task.cancel_requested) this.requestEnd();
    if (this.adopted) this.checkSupervisor();
    const exit = await this.end.exit;
    return exit.changed ? this.changed(exit.changed.map(filePart)) : exit;
  }

  /**
   * Starts the supervisor as soon as the disk takes the files of the run: no task fails because that is full.
   * @throws QueueError `not_ready` where it does not soon, or the run is to end; what `launch` throws otherwise
   */
  private async launched(launch: () => Promise<ChildProcess>): Promise<ChildProcess> {
    const { clock, log } = this.host;
    const until = clock.monotonic() + diskPatience;
    for (let wait = firstRetry; ; wait = Math.min(wait * 2, longestRetry)) {
      try {
        return await launch();
      } catch (error) {
        const trouble = diskTrouble(error);
        if (trouble === null) throw error;
        if (wait === firstRetry) log.warn(`${this.task.id} waits to be started: ${messageOf(error)}`);
        if (this.endRequested || this.detached || clock.monotonic() >= until)
          throw new QueueError('not_ready', `Task ${this.task.id} was not started: ${trouble.what}`);
        await sleep(wait, clock);
      }
    }
  }

  private changed(changes: readonly string[]): NotStarted {
    this.host.log.warn(`${this.task.id} waits for approval again. Changed: ${changes.join(', ')}`);
    return { kind: 'return', changes };
  }

  /** Retries until the queue has answered; the exit record is kept until then. */
  private async report(given: Report): Promise<Task> {
    const { host, task, attempt } = this;
    let verdict = given;
    const git = (await host.git(this.paths.git, task)) ?? undefined;
    if (this.detached) return new Promise(() => {});
    for (let wait = firstRetry; ; wait = Math.min(wait * 2, longestRetry)) {
      try {
        const ended = await this.send(verdict, git);
        this.cleanUp();
        // Reported before, by another process; the task was removed since.
        return ended.status === undefined ? this.task : ended;
      } catch (error) {
        if (QueueError.is(error, ...alreadyEnded)) {
          host.log.info(`Attempt ${attempt} of ${task.id} was ended by another process: ${error.message}`);
          this.cleanUp();
          return host.queue.getTask(task.id).catch(() => this.task);
        }
        if (QueueError.is(error, ...invalidResult)) verdict = resultRefused(error);
        else if (QueueError.is(error))
          host.log.debug(`The end of ${task.id} could not be reported yet: ${error.message}`);
        else host.log.error(`The end of ${task.id} could not be reported yet.`, error);
        await sleep(wait, host.clock);
        if (this.detached) return new Promise(() => {});
      }
    }
  }

  private async verdict(exit: ExitRecord): Promise<Verdict> {
    const last = await readLastOutput(this.host.storage, this.task.id, this.attempt).catch(
      (error: unknown) => {
        this.host.log.error(`Output of ${this.task.id} could not be read.`, error);
        return { stdout: '', stderr: '', check: '', stdoutSize: 0, stderrSize: 0 };
      },
    );
    // Without an exit record only the files say how much output there was.
    const known =
      exit.reason === 'interrupted'
        ? { ...exit, stdout_size: last.stdoutSize, stderr_size: last.stderrSize }
        : exit;
    const verdict = this.withSession(
      verdictOf(known, last, this.start.limitedPattern, this.host.clock.now()),
    );
    const whole = withLastWord(verdict, this.lastWord(), known.message);
    return this.start.lease === null ? unasked(whole) : whole;
  }

  /** What an agent was started with is known although its supervisor could not say what came of it. */
  private withSession(verdict: Verdict): Verdict {
    if (verdict.kind !== 'fail' || verdict.failure.failure_kind !== 'interrupted') return verdict;
    const started = readJson<RunSpec>(this.paths.spec)?.agent_run;
    const session = started?.resumes ?? started?.begins ?? undefined;
    return {
      kind: 'fail',
      failure: { ...verdict.failure, agent_session: verdict.failure.agent_session ?? session },
    };
  }

  /** Null where this process does not know whose it would have to be. */
  private lastWord(): LastWord | null {
    const { lease } = this.start;
    const ignored = (why: string) =>
      this.host.log.warn(`What the run of ${this.task.id} said of its end does not count: ${why}`);
    return lease === null ? null : readLastWord(this.paths.word, lease, ignored);
  }

  /** Keeps for the account what came of the run. The task waits for a limit only where no account rests for it. */
  private async settled(verdict: Report): Promise<Report> {
    const { account } = this.start;
    if (account === null || this.detached) return verdict;
    const kept = await account.end(accountEndOf(verdict));
    if (!kept || verdict.kind !== 'fail' || verdict.failure.failure_kind !== 'limited') return verdict;
    return { ...verdict, failure: { ...verdict.failure, retry_after: 0 } };
  }

  private async send(verdict: Report, git: GitEnd | undefined): Promise<TaskAnswer> {
    const { queue } = this.host;
    const lease = this.start.lease ?? '';
    if (verdict.kind === 'release') return queue.releaseClaim(this.task.id, lease);
    if (verdict.kind === 'return')
      return queue.returnForApproval(this.task.id, { lease, changes: verdict.changes });
    const facts = {
      attempt: this.attempt,
      git,
      tool_name: this.start.standIn ?? undefined,
      // Two processes that report the same end get the same answer.
      key: `end-${this.task.id}-${this.attempt}-${verdict.kind}`,
    };
    if (verdict.kind === 'ask') {
      if (verdict.said) await queue.heartbeat(this.task.id, { lease, message: verdict.said });
      return queue.ask(this.task.id, { ...verdict.asked, ...facts, lease });
    }
    const proof = { ...facts, lease: this.start.lease ?? undefined };
    return verdict.kind === 'complete'
      ? queue.complete(this.task.id, { ...verdict.completion, ...proof })
      : queue.fail(this.task.id, { ...verdict.failure, ...proof });
  }

  /** The queue has the end: files that cannot be removed are left to the next process that owns the queue. */
  private cleanUp(): void {
    tidy(this.paths.record, () => removeRunFiles(this.host.storage, this.task.id, this.attempt));
  }

  /** Reports the script's progress to the queue: one request at a time, always the latest. */
  private reportProgress(): void {
    const text = this.sendingProgress || this.detached ? this.progress : readFileIfAny(this.paths.progress);
    if (text === null || text === this.progress) return;
    this.progress = text;
    this.sendingProgress = true;
    void this.heartbeat(text).finally(() => {
      this.sendingProgress = false;
    });
  }

  private async heartbeat(text: string): Promise<void> {
    try {
      const { percent, message, checking } = JSON.parse(text) as Progress;
      const { lease } = this.start;
      // Without it, the heartbeat could be one for a later attempt.
      if (lease === null) return;
      await this.host.queue.heartbeat(this.task.id, {
        lease,
        progress: percent ?? undefined,
        message: message ?? undefined,
        checking,
      });
    } catch (error) {
      // The next report may do; a lost lease shows when the end is reported.
      this.host.log.debug(`Progress of ${this.task.id} was not reported: ${messageOf(error)}`);
    }
  }

  /** A failing disk may have recovered by the next time. */
  private withFiles(read: () => void): void {
    try {
      read();
      this.noticeAnswer();
      this.requestSuspension();
      this.reportProgress();
    } catch (error) {
      this.host.log.error(`The files of the run of ${this.task.id} could not be read.`, error);
    }
  }

  /** Has the supervisor hold or continue the run as the queue says. */
  private requestSuspension(): void {
    const { suspended } = this.task;
    if (this.exited || this.suspended === suspended) return;
    try {
      if (suspended) createFile(this.paths.suspend, '');
      else removeFile(this.paths.suspend);
      this.suspended = suspended;
    } catch (error) {
      this.host.log.error(
        `The supervisor of ${this.task.id} could not be asked to suspend or continue.`,
        error,
      );
    }
  }

  private requestEnd(): void {
    if (this.endRequested || this.exited) return;
    try {
      createFile(this.paths.cancel, '');
      this.endRequested = true;
    } catch (error) {
      this.host.log.error(`The supervisor of ${this.task.id} could not be asked to end the run.`, error);
    }
  }
}

/** What the queue is told of a run that is over: how it ended, or that it was not started and spends no attempt. */
type Report = Verdict | NotStarted;
type NotStarted = { kind: 'release' } | { kind: 'return'; changes: readonly string[] };

function accountEndOf(report: Report): AccountEnd {
  if (report.kind === 'complete')
    return { outcome: 'answered', usd: report.completion.usage?.cost_usd ?? null };
  if (report.kind === 'ask') return { outcome: 'answered', usd: report.asked.usage?.cost_usd ?? null };
  if (report.kind !== 'fail') return { outcome: 'not_started', usd: null };
  const { failure, limit } = report;
  const usd = failure.usage?.cost_usd ?? null;
  if (failure.failure_kind === 'limited') return { outcome: 'limited', limit, usd };
  // What was checked was there: the model had answered.
  if (failure.failure_kind === 'verify') return { outcome: 'answered', usd };
  return { outcome: failure.failure_kind === 'auth' ? 'login' : 'failed', usd };
}

/** The attempt is already over in the queue. */
const alreadyEnded = ['lease_superseded', 'wrong_state', 'already_claimed', 'not_found', 'gone'] as const;
/** The script's result cannot be stored. */
const invalidResult = ['missing_field', 'invalid_field', 'too_large'] as const;

/** Without its lease, a run cannot put its task back; that it ends with a question is still said. */
function unasked(verdict: Verdict): Verdict {
  if (verdict.kind !== 'ask') return verdict;
  const { text, choices: _, ...facts } = verdict.asked;
  return { kind: 'fail', failure: { ...facts, error_message: `It asks: ${text}`, failure_kind: 'error' } };
}

function resultRefused(error: QueueError): Verdict {
  return {
    kind: 'fail',
    failure: { error_message: `The result was refused: ${error.message}`, failure_kind: 'error' },
  };
}
