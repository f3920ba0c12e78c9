/** Looks after the runs of this process, those that it starts and those that it takes over from one that has gone. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Clock, fromInstant, systemClock, type Timer } from '../core/clock';
import type { ConfigSource } from '../core/config';
import type { QueueEvent, Unsubscribe } from '../core/events';
import type { Log } from '../core/log';
import type { Claim, GitFacts, Task } from '../core/model';
import { everything } from '../core/paging';
import type { Queue } from '../core/queue';
import { watchFolder } from '../system/folderWatch';
import { readJson } from '../system/wholeFiles';
import { GitReader } from './git/gitFacts';
import { keepRun, type LaunchFolders, launch } from './launch';
import { Listeners } from './listeners';
import { isInSight, isStillAlive, Pulse } from './liveness';
import { ActiveRun, type RunHandle, type RunHost } from './run';
import { type ProcessRef, type RunSpec, runOfFile, runPaths } from './runFiles';

export interface RunnerOptions {
  queue: Queue;
  /** The queue's folder. */
  storage: string;
  /** The folder that scripts belong to. */
  workspace: string;
  config: ConfigSource;
  /** The folder of supervise.js. */
  programs: string;
  log: Log;
  clock?: Clock;
}

/** A supervised task that another process looks after. */
interface OtherRun {
  task: Task;
  /** When it was first heard of, by the monotonic clock. */
  seen: number;
  pulse: Pulse;
}

/** Files tell of changes at once; this poll finds out what no file tells, such as a killed supervisor. Milliseconds. */
const pollEvery = 1_000;
/** A claim without any files may be that of a process that is just about to write them; milliseconds. */
const beginTime = 5_000;
/** Files of runs that are over are left for this long where they may still stop a latecomer; milliseconds. */
const keepFilesFor = 24 * 60 * 60 * 1000;

export class Runner {
  private readonly clock: Clock;
  private readonly host: RunHost;
  private readonly place: LaunchFolders;
  private readonly git: GitReader;
  private readonly active = new Map<string, ActiveRun>();
  /** Supervised tasks that another process looks after, or is about to. */
  private readonly others = new Map<string, OtherRun>();
  private readonly starts: Listeners<RunHandle>;
  private readonly unsubscribe: Unsubscribe;
  private watch: fs.FSWatcher | null = null;
  private timer: Timer | null = null;
  private worker: Promise<string> | null = null;
  private adopting: Promise<void> = Promise.resolve();
  private adopts = false;
  private disposed = false;

  constructor(private readonly options: RunnerOptions) {
    const { queue, storage, workspace, programs, log } = options;
    this.clock = options.clock ?? systemClock;
    this.git = new GitReader(workspace, this.clock);
    this.place = { workspace, storage, programs };
    this.host = { queue, storage, clock: this.clock, log, git: () => this.git.read() };
    this.starts = new Listeners(log);
    this.unsubscribe = queue.subscribe((event) => this.heard(event));
  }

  /** Does a claimed task. The claim must be a supervised one. */
  start(claim: Claim): RunHandle {
    const config = this.options.config.current();
    return this.look({
      task: claim.task,
      lease: claim.lease,
      adopted: false,
      limitedPattern: config.tools[claim.task.tool_name]?.limited_pattern ?? null,
      graceMs: config.runner.kill_grace_ms,
      launch: () => launch(claim, config, this.place),
    });
  }

  /**
   * Takes over the supervised running tasks that no live process looks after, and from now on also those whose process
   * goes: each is attended to its end, or ends as interrupted. Nothing is started.
   */
  adopt(): Promise<void> {
    this.adopts = true;
    this.adopting = this.adopting.catch(() => {}).then(() => this.adoptAll());
    return this.adopting;
  }

  /** The runs that this process looks after. */
  runs(): RunHandle[] {
    return [...this.active.values()];
  }

  /** Calls back for each run from now on, also for those taken over. */
  onRun(listener: (run: RunHandle) => void): Unsubscribe {
    return this.starts.add(listener);
  }

  /** Cancels a task, whoever works on it. */
  async cancel(taskId: string): Promise<void> {
    const run = [...this.active.values()].find(({ task }) => task.id === taskId);
    if (run) await run.cancel();
    else await this.options.queue.cancel(taskId);
  }

  /** This process as the queue knows it. */
  workerId(): Promise<string> {
    if (this.worker) return this.worker;
    const { queue, workspace } = this.options;
    const answer = queue
      .registerWorker({ label: 'runner', agent: 'sparkq', pid: process.pid, cwd: workspace })
      .then(({ worker_id }) => worker_id);
    this.worker = answer;
    answer.catch(() => {
      this.worker = null;
    });
    return answer;
  }

  /** Where the workspace stands in git; null where it is no repository. */
  gitFacts(): Promise<GitFacts | null> {
    return this.git.read();
  }

  /** Lets go of all runs and ends none. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.unsubscribe();
    this.timer?.cancel();
    this.watch?.close();
    for (const run of this.active.values()) run.release();
    this.active.clear();
    this.others.clear();
  }

  private look(start: ConstructorParameters<typeof ActiveRun>[1]): RunHandle {
    const key = keyOf(start.task);
    const run = new ActiveRun(this.host, start);
    this.active.set(key, run);
    this.others.delete(key);
    this.keepLooking();
    run.ended
      .catch((error: unknown) => this.options.log.error(`The run of ${start.task.id} was lost.`, error))
      .finally(() => {
        this.active.delete(key);
        this.keepLooking();
      });
    this.starts.emit(run);
    return run;
  }

  private heard(event: QueueEvent): void {
    if (event.type === 'reset') void this.readAgain();
    if (!event.task) return;
    this.heardOf(event.task);
  }

  private heardOf(task: Task): void {
    const runs = [...this.active.values()].filter((run) => run.task.id === task.id);
    for (const run of runs) run.heard(task);
    for (const [key, other] of this.others) {
      if (other.task.id === task.id && key !== keyOf(task)) this.others.delete(key);
    }
    if (!isSupervised(task)) this.others.delete(keyOf(task));
    else if (this.adopts) this.noteOther(task);
    this.keepLooking();
  }

  /** Changes may have been missed. */
  private async readAgain(): Promise<void> {
    const { queue, log } = this.options;
    try {
      for (const run of this.active.values()) this.heardOf(await queue.getTask(run.task.id));
      if (this.adopts) await this.adopt();
    } catch (error) {
      log.error('The running tasks could not be read again.', error);
    }
  }

  private async adoptAll(): Promise<void> {
    const running = await this.supervisedTasks();
    if (this.disposed) return;
    for (const task of running) this.noteOther(task);
    this.takeOver();
    this.removeOldFiles(new Set(running.map(keyOf)));
    this.keepLooking();
  }

  private async supervisedTasks(): Promise<Task[]> {
    const running = await everything((page) => this.options.queue.listTasks({ ...page, status: 'running' }));
    return running.filter(isSupervised);
  }

  private noteOther(task: Task): void {
    const key = keyOf(task);
    if (this.active.has(key)) return;
    const known = this.others.get(key);
    const { record } = runPaths(this.options.storage, task.id, task.attempts);
    this.others.set(key, {
      task,
      seen: known?.seen ?? this.clock.monotonic(),
      pulse: known?.pulse ?? new Pulse(record, this.clock),
    });
  }

  /** Takes those of the others' tasks that nobody looks after. */
  private takeOver(): void {
    for (const other of [...this.others.values()]) {
      const { task } = other;
      try {
        if (this.isAbandoned(other)) this.take(task);
      } catch (error) {
        // The next look may find the disk in a better state.
        this.options.log.error(`The run of ${task.id} could not be taken over.`, error);
      }
    }
  }

  private isAbandoned({ task, seen, pulse }: OtherRun): boolean {
    const paths = runPaths(this.options.storage, task.id, task.attempts);
    const keeper = readJson<ProcessRef>(paths.keeper);
    if (keeper) return isInSight(keeper) ? !isStillAlive(keeper) : !pulse.isFelt();
    if (fs.existsSync(paths.spec) || fs.existsSync(paths.record)) return true;
    const age = this.clock.now() - fromInstant(task.started_at ?? task.updated_at);
    // The second one counts where the clock has gone back since the claim.
    return age > beginTime || this.clock.monotonic() - seen > beginTime;
  }

  private take(task: Task): void {
    const { storage, config, log } = this.options;
    const paths = runPaths(storage, task.id, task.attempts);
    fs.mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    const spec = readJson<RunSpec>(paths.spec);
    log.info(`Taking over attempt ${task.attempts} of ${task.id}.`);
    keepRun(paths);
    this.look({
      task,
      lease: spec?.lease ?? null,
      adopted: true,
      limitedPattern: spec?.limited_pattern ?? null,
      graceMs: spec?.kill_grace_ms ?? config.current().runner.kill_grace_ms,
      launch: null,
    });
  }

  /** Watches and polls while there is anything to look after. */
  private keepLooking(): void {
    if (this.disposed || this.active.size + this.others.size === 0) {
      this.watch?.close();
      this.watch = null;
      this.timer?.cancel();
      this.timer = null;
      return;
    }
    this.watch ??= this.watchRuns();
    this.timer ??= this.clock.after(pollEvery, () => this.poll());
  }

  private watchRuns(): fs.FSWatcher | null {
    const folder = path.join(this.options.storage, 'runs');
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return watchFolder(folder, (name) => {
      const of = name === null ? null : runOfFile(name);
      if (of) this.active.get(`${of.task}-${of.attempt}`)?.wake();
    });
  }

  private poll(): void {
    this.timer = null;
    for (const run of this.active.values()) run.check();
    this.takeOver();
    this.keepLooking();
  }

  private removeOldFiles(running: ReadonlySet<string>): void {
    const folder = path.join(this.options.storage, 'runs');
    if (!fs.existsSync(folder)) return;
    for (const name of fs.readdirSync(folder)) {
      const key = /^tsk_[0-9a-f]{12}-\d+(?=\.)/.exec(name)?.[0];
      const file = path.join(folder, name);
      if (!key || running.has(key) || this.active.has(key)) continue;
      const facts = fs.statSync(file, { throwIfNoEntry: false });
      if (facts && Date.now() - facts.mtimeMs > keepFilesFor) fs.rmSync(file, { force: true });
    }
  }
}

function keyOf(task: Task): string {
  return `${task.id}-${task.attempts}`;
}

function isSupervised(task: Task): boolean {
  return task.status === 'running' && task.supervised;
}
