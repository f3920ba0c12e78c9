/** Starts runs and looks after them, including those it takes over from processes that have gone. */

import * as fs from 'node:fs';
import { type Clock, systemClock, type Timer } from '../core/clock';
import { accountOf, type Config, type ConfigSource, verifyOf } from '../core/config';
import { messageOf } from '../core/errors';
import type { QueueEvent, Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import type { Claim, FolderFacts, GitEnd, GitFacts, Task } from '../core/model';
import { everything } from '../core/paging';
import type { ClaimRequest, Queue } from '../core/queue';
import { watchFolder } from '../system/folderWatch';
import { hostId } from '../system/hostId';
import { readJson } from '../system/wholeFiles';
import { ActiveRun, type RunHandle, type RunHost, type RunStart } from './activeRun';
import { readFailedCheck } from './command/failedCheck';
import { readParents } from './command/parents';
import { isForeign } from './foreignTask';
import { AttemptGit } from './git/attemptGit';
import { GitFolders } from './git/gitFolders';
import { canSupervise, type LaunchFolders, launch, writeKeeper } from './launch';
import { LeftRun } from './leftRun';
import { AccountRun } from './machine/accountRun';
import { lackIn, MachineResources, notFree, type Ticket } from './machine/machineResources';
import { type OtherRun, OtherRuns } from './otherRuns';
import {
  filesOfRuns,
  hasLeftFiles,
  type RunAccount,
  type RunPaths,
  type RunPlace,
  type RunSpec,
  removeOldRunFiles,
  runKey,
  runOfFile,
  runPaths,
  runsFolder,
  runsOf,
} from './runFiles';
import { hasLeftProcesses } from './supervisor/leftProcesses';
import { setUpWorktree } from './worktreeSetup';
import { DailyPrune } from './worktrees/dailyPrune';
import { placeOfRun, RunPlaces } from './worktrees/runPlaces';

export interface RunnerOptions {
  queue: Queue;
  /** The storage folder. */
  storage: string;
  /** The folder that scripts belong to. */
  workspace: string;
  /** Absolute paths of the folders that tasks may come from besides; none by default. */
  otherFolders?: () => readonly string[];
  config: ConfigSource;
  /** The folder of supervise.js. */
  programs: string;
  /** The user folder; without it, nothing of the machine is held for runs. */
  home?: string;
  log: Log;
  clock?: Clock;
}

/** The files of runs are watched; this poll finds what no file shows, such as a killed supervisor. Milliseconds. */
const pollInterval = 1_000;

export class Runner {
  private readonly clock: Clock;
  private readonly host: RunHost;
  private readonly folders: LaunchFolders;
  private readonly git: GitFolders;
  private readonly attemptGit: AttemptGit;
  private readonly places: RunPlaces;
  private readonly active = new Map<string, ActiveRun>();
  /** What runs need of the machine; null where nothing is held. */
  readonly resources: MachineResources | null;
  private readonly pruning: DailyPrune | null;
  /** On which it runs tasks; undefined where there is no user folder. */
  readonly hostId: string | undefined;
  private readonly others: OtherRuns;
  private readonly left = new Set<LeftRun>();
  private readonly starts: Listeners<RunHandle>;
  private readonly unsubscribe: Unsubscribe;
  private watcher: fs.FSWatcher | null = null;
  private timer: Timer | null = null;
  private worker: Promise<string> | null = null;
  private adopting: Promise<void> = Promise.resolve();
  private adopts = false;
  private disposed = false;

  constructor(private readonly options: RunnerOptions) {
    const { queue, storage, workspace, programs, log } = options;
    this.clock = options.clock ?? systemClock;
    const others = options.otherFolders ?? (() => []);
    this.git = new GitFolders(workspace, others, this.clock);
    this.folders = { workspace, storage, programs, others };
    this.attemptGit = new AttemptGit(queue, this.git, log);
    const { home, clock } = options;
    this.hostId = home === undefined ? undefined : hostId(home);
    this.places = new RunPlaces({ home: home ?? null, workspace, storage, others, log });
    this.host = {
      queue,
      storage,
      clock: this.clock,
      log,
      git: async (file, task) => {
        const notes = await this.places.keep(task);
        const place = placeOfRun(storage, task.id, task.attempts);
        // Nobody waits for it.
        if (place?.kind === 'worktree') void this.resources?.measure(place.folder);
        return this.attemptGit.readEndOfRun(file, task, notes);
      },
    };
    this.resources =
      home === undefined
        ? null
        : new MachineResources({ home, storage, workspace, log, hasProcesses: hasLeftProcesses, clock });
    this.pruning =
      home === undefined ? null : new DailyPrune({ ...options, home, others, clock: this.clock });
    this.others = new OtherRuns(storage, this.clock);
    this.starts = new Listeners(log);
    this.unsubscribe = queue.subscribe((event) => this.onEvent(event));
  }

  /**
   * Claims a task and runs it, if what it needs of the machine is free.
   * @throws QueueError `not_ready` where it is not
   */
  async claimNow(taskId: string, request: ClaimRequest): Promise<RunHandle> {
    const { queue } = this.options;
    const asked = { ...request, supervised: true, host_id: this.hostId };
    const start = (claim: Claim, ticket?: Ticket) => this.start(claim, ticket, request.anyway);
    if (this.resources === null) return start(await queue.claimTask(taskId, asked));
    const place = await this.resources.isEachCounted();
    try {
      return start(await queue.claimTask(taskId, { ...asked, holding: { task: null, place } }));
    } catch (error) {
      const lack = lackIn(error);
      if (lack === null) throw error;
      const ticket = await this.resources.ticket(lack);
      try {
        if (!ticket.isHeld()) throw notFree(taskId, this.resources.whyWaits(taskId), this.clock.now());
        const claim = await queue.claimTask(taskId, { ...asked, holding: { task: lack.task, place } });
        return start(claim, ticket);
      } catch (refusal) {
        await ticket.release();
        throw refusal;
      }
    }
  }

  /**
   * Runs a claimed task. The claim must be a supervised one.
   * @param ticket what the run holds of the machine; by default its supervisor waits for that
   * @param anyway although the account of its tool rests
   */
  start(claim: Claim, ticket?: Ticket, anyway = false): RunHandle {
    const config = this.options.config.current();
    const { log } = this.options;
    const tool = claim.stand_in ?? claim.task.tool_name;
    // What its own tool checks, a stand-in is checked by as well.
    const verify =
      tool === claim.task.tool_name
        ? claim.task.verify
        : verifyOf(claim.task, config.tools[claim.task.tool_name]);
    const started = { ...claim, task: { ...claim.task, tool_name: tool, verify } };
    const shared = this.accountOf(config, tool);
    const account = shared && this.accountRun(shared, claim.task);
    const run = this.addRun({
      task: claim.task,
      lease: claim.lease,
      adopted: false,
      limitedPattern: config.tools[tool]?.limited_pattern ?? null,
      standIn: claim.stand_in,
      account,
      graceMs: config.runner.kill_grace_ms,
      launch: async () => {
        await account?.begin(tool, config.agents.budget, anyway);
        const held = ticket?.resources ?? (await this.resources?.forRun(claim.needs)) ?? null;
        const { queue, storage } = this.options;
        const places = {
          placeOf: () => this.places.find(started, config),
          setUp: (place: RunPlace | null) => setUpWorktree(config.tools[tool], place, this.folders.workspace),
        };
        const prepare = (paths: RunPaths, there: RunPlace | null) =>
          this.attemptGit.prepare(paths.git, claim.task, there);
        const [parents, failedCheck, foreign] = await Promise.all([
          readParents(queue, claim.task, storage),
          readFailedCheck(queue, claim.task),
          isForeign(queue, this.options.home, claim.task),
        ]);
        const told = { parents, failedCheck, foreign };
        return launch(started, config, this.folders, places, prepare, held, shared, told);
      },
    });
    const release = () => ticket?.release().catch((error) => log.debug(messageOf(error)));
    run.ended.then(release, release);
    return run;
  }

  /** False once the programs of this process have been removed: it still looks after runs, but starts none. */
  canStart(): boolean {
    return canSupervise(this.options.programs);
  }

  /**
   * Takes over the supervised running tasks of this host that no live process looks after, now and from now on: each run is
   * followed to its end, or ends as interrupted. Nothing is started. From then on, too, what was kept of runs is pruned.
   */
  adopt(): Promise<void> {
    this.adopts = true;
    this.pruning?.start();
    this.adopting = this.adopting.catch(() => {}).then(() => this.adoptAll());
    return this.adopting;
  }

  /** The runs that this process looks after. */
  runs(): RunHandle[] {
    return [...this.active.values()];
  }

  /** Calls back for each run from now on, including those taken over. */
  onRun(listener: (run: RunHandle) => void): Unsubscribe {
    return this.starts.add(listener);
  }

  /** Cancels a task, whoever works on it. */
  async cancel(taskId: string): Promise<void> {
    const run = [...this.active.values()].find(({ task }) => task.id === taskId);
    if (run) await run.cancel();
    else await this.options.queue.cancel(taskId);
  }

  /** This process's id as a worker of the queue. */
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

  /** Where the task of a payload is at home: the workspace, or one of the other folders. */
  folderOf(payload: unknown): string {
    return this.git.folderOf(payload);
  }

  /** The state in git of the folder that the task of a payload is at home in; null where it is no repository. */
  gitFacts(payload?: unknown): Promise<GitFacts | null> {
    return this.git.of(payload).read();
  }

  /** The state in git of all folders but the workspace. */
  gitElsewhere(): Promise<FolderFacts[]> {
    return this.git.readOthers();
  }

  /** The same at the end of a task's current attempt that no runner runs, with the files that changed since its claim. */
  gitAtEnd(task: Task): Promise<GitEnd | null> {
    return this.attemptGit.readEnd(task);
  }

  /** Stops looking after runs; their supervisors go on. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.pruning?.stop();
    this.unsubscribe();
    for (const run of [...this.active.values(), ...this.left]) run.detach();
    this.active.clear();
    this.left.clear();
    this.others.clear();
    this.updateMonitoring();
  }

  private addRun(start: RunStart): RunHandle {
    const { task } = start;
    const run = new ActiveRun(this.host, start);
    this.active.set(runKey(task), run);
    this.others.delete(task);
    this.updateMonitoring();
    run.ended
      .catch((error: unknown) => this.options.log.error(`The run of ${task.id} was lost.`, error))
      .finally(() => {
        this.active.delete(runKey(task));
        this.updateMonitoring();
      });
    this.starts.emit(run);
    return run;
  }

  private onEvent(event: QueueEvent): void {
    if (event.type === 'reset') void this.readTasksAgain();
    if (event.task) this.onTaskChange(event.task);
  }

  /** Of an event, which may be older than what is known. */
  private onTaskChange(task: Task): void {
    const runs = [...this.active.values()].filter((run) => run.task.id === task.id);
    for (const run of runs) run.onTaskChange(task, false);
    this.others.noteChange(task, isSupervised(task));
    if (this.adopts && isSupervised(task)) this.addOther(task);
    this.updateMonitoring();
  }

  /** After a reset events may have been missed. */
  private async readTasksAgain(): Promise<void> {
    const { queue, log } = this.options;
    try {
      // The answer is of no use to a run that was started while it was awaited.
      for (const run of [...this.active.values()]) run.onTaskChange(await queue.getTask(run.task.id), true);
      if (this.adopts) await this.adopt();
    } catch (error) {
      log.error('The running tasks could not be read again.', error);
    }
  }

  private async adoptAll(): Promise<void> {
    const { queue, storage } = this.options;
    // Read first: a run has files only once the queue has its claim.
    const files = filesOfRuns(storage);
    const running = await everything((page) => queue.listTasks({ ...page, status: 'running' }));
    if (this.disposed) return;
    const supervised = running.filter(isSupervised);
    const present = new Set([...supervised.map(runKey), ...this.active.keys()]);
    for (const task of supervised) this.addOther(task);
    for (const run of runsOf(files)) if (!present.has(runKey(run))) this.others.setOver(run);
    removeOldRunFiles(storage, present);
    await this.adoptAbandoned();
    this.updateMonitoring();
  }

  private addOther(task: Task): void {
    if (!this.active.has(runKey(task))) this.others.set(task);
  }

  private async adoptAbandoned(): Promise<void> {
    const asked: Promise<void>[] = [];
    for (const run of this.others.all()) {
      try {
        if (run.task === null && !hasLeftFiles(run.paths)) this.others.delete(run);
        else if (!this.others.isAbandoned(run)) continue;
        else if (run.task === null) this.endLeft(run);
        else if (this.others.hasFiles(run)) this.adoptRun(run.task);
        else asked.push(this.adoptUnlessElsewhere(run));
      } catch (error) {
        // A failing disk may have recovered by the next poll.
        this.options.log.error(`The run of ${run.id} could not be taken over.`, error);
      }
    }
    await Promise.all(asked);
  }

  /** A claim without any files here may be another host's, which has them. */
  private async adoptUnlessElsewhere(run: OtherRun): Promise<void> {
    if (run.host === 'asked') return;
    run.host = 'asked';
    try {
      const attempts = await this.options.queue.listAttempts(run.id);
      const host = attempts.find(({ number }) => number === run.attempts)?.host_id ?? null;
      // What was claimed before hosts had ids is of this one.
      run.host = host === null || (this.hostId ?? host) === host ? 'unknown' : 'other';
      const now = this.disposed ? undefined : this.others.get(run);
      if (now === undefined) return;
      now.host = run.host;
      if (now.task !== null && this.others.isAbandoned(now)) this.adoptRun(now.task);
    } catch (error) {
      const known = this.others.get(run) ?? run;
      known.host = 'unknown';
      this.options.log.debug(`The run of ${run.id} could not be taken over: ${messageOf(error)}`);
    }
  }

  private endLeft(run: OtherRun): void {
    const { log } = this.options;
    log.info(`Ending what is left of attempt ${run.attempts} of ${run.id}.`);
    const left = new LeftRun(run, { ...this.host, graceMs: this.graceOf(run.paths) });
    this.others.delete(run);
    this.left.add(left);
    left.ended
      .catch((error: unknown) => log.error(`The files of the run of ${run.id} could not be removed.`, error))
      .finally(() => this.left.delete(left));
    left.check();
  }

  private accountOf(config: Config, tool: string): RunAccount | null {
    const { home } = this.options;
    const name = accountOf(config, tool);
    if (home === undefined || name === null) return null;
    return { home, name, model: config.tools[tool]?.model ?? null };
  }

  private accountRun(account: RunAccount, task: Task): AccountRun {
    return new AccountRun(account, task, this.options.storage, this.clock, this.options.log);
  }

  private graceOf(paths: RunPaths): number {
    return readJson<RunSpec>(paths.spec)?.kill_grace_ms ?? this.options.config.current().runner.kill_grace_ms;
  }

  private adoptRun(task: Task): void {
    const { storage, log } = this.options;
    const paths = runPaths(storage, task.id, task.attempts);
    fs.mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    const spec = readJson<RunSpec>(paths.spec);
    log.info(`Taking over attempt ${task.attempts} of ${task.id}.`);
    writeKeeper(paths);
    this.addRun({
      task,
      lease: spec?.lease ?? null,
      adopted: true,
      limitedPattern: spec?.limited_pattern ?? null,
      standIn: spec?.stand_in ?? null,
      account: spec?.account ? this.accountRun(spec.account, task) : null,
      graceMs: this.graceOf(paths),
      launch: null,
    });
  }

  /** Watches and polls the files of runs while there are any. */
  private updateMonitoring(): void {
    if (this.disposed || this.active.size + this.others.size + this.left.size === 0) {
      this.watcher?.close();
      this.watcher = null;
      this.timer?.cancel();
      this.timer = null;
      return;
    }
    this.watcher ??= this.watchRuns();
    this.timer ??= this.clock.after(pollInterval, () => this.poll());
  }

  private watchRuns(): fs.FSWatcher | null {
    const folder = runsFolder(this.options.storage);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return watchFolder(folder, (name) => {
      const key = name === null ? null : runOfFile(name);
      if (key !== null) this.active.get(key)?.onFileChange();
    });
  }

  private poll(): void {
    this.timer = null;
    for (const run of this.active.values()) run.checkSupervisor();
    for (const run of this.left) run.check();
    void this.adoptAbandoned();
    this.updateMonitoring();
  }
}

function isSupervised(task: Task): boolean {
  return task.status === 'running' && task.supervised;
}
