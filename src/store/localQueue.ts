/** The queue over files that this process owns. Each group of operations has its own file. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Accounts } from '../accounts/accounts';
import { type Clock, toInstant } from '../core/clock';
import { accountOf, type ConfigSource, defaultConfig, listTools } from '../core/config';
import { messageOf, QueueError } from '../core/errors';
import type { EventType, QueueListener, Unsubscribe } from '../core/events';
import { newId } from '../core/ids';
import type { Log } from '../core/log';
import type { AccountRest, OwnerRole, PresentWorker, Project, QueueStatus, Stats, Tool } from '../core/model';
import { protocolVersion } from '../core/protocol';
import type { ConfigAnswer, Mutation, Queue } from '../core/queue';
import { notFound } from '../core/refusals';
import { localText } from '../core/times';
import { checkWhole } from '../core/validation';
import { isErrno } from '../system/errno';
import { hostId } from '../system/hostId';
import { machineClock } from '../system/machineClock';
import { Archive } from './archive/archive';
import { sharedArchiveOf, type TaskArchive } from './archive/sharedArchive';
import type { Database } from './engine/database';
import { DurableDatabase } from './engine/durableDatabase';
import { type Files, nodeFiles } from './engine/files';
import type { Migration } from './engine/migrations';
import type { SnapshotLimits } from './engine/snapshotPolicy';
import { Approvals, type RememberedRuns, type RunPlanner } from './operations/approvals/approvals';
import { Batches } from './operations/batches';
import { Claims } from './operations/claims';
import { EmptyLanes } from './operations/emptyLanes';
import { Enqueueing } from './operations/enqueueing';
import { History } from './operations/history';
import { type HookCaller, Hooks } from './operations/hooks/hookEvents';
import { HookTakers } from './operations/hooks/hookTakers';
import { Hosts } from './operations/hosts/hosts';
import { failureCountsOf, listTasks, statsOf, totalsOf } from './operations/listing';
import { Purge } from './operations/purge';
import { answerQuestion, askQuestion } from './operations/questions';
import { Reports } from './operations/reports';
import { listRuns } from './operations/runs';
import { FileSchedules } from './operations/schedules/fileSchedules';
import { Firing } from './operations/schedules/firing';

import { Schedules } from './operations/schedules/schedules';
import { UnkeptReader } from './operations/schedules/unkept';
import { Sessions } from './operations/sessions';
import { Streams } from './operations/streams';
import { Suspension } from './operations/suspension';
import { Tasks } from './operations/tasks';
import { Timers } from './operations/timers';
import { undeleteTask } from './operations/undelete';
import { refuseOnServer } from './ownership/onServer';
import { type HeartbeatMonitor, OwnerLock } from './ownership/ownerLock';
import { type ChangeNews, type Context, hear, learnTakers } from './rows/change';
import { ChangeGroup, changeAlone } from './rows/changeGroup';
import { ClockJumps, noJumps } from './rows/clockJumps';
import { EventHub } from './rows/eventHub';
import type { HostFacts } from './rows/hostTable';
import { mutate, type Repeat } from './rows/idempotency';
import { waitingForPerson } from './rows/laneFacts';
import { migrations } from './rows/schema';
import { insertRow } from './rows/statements';
import { selectStreams } from './rows/streamTable';
import { keepServerTexts } from './serverTexts';
import { sharedOutputOf } from './sharedOutput/sharedOutput';
import { presentWorkers } from './streamWorkerLock';

export interface LocalQueueOptions {
  /** The storage folder; created (0700) if missing. */
  storage: string;
  /** The folder with `sql-wasm.wasm` and the programs of threads. */
  programs: string;
  role: OwnerRole;
  /** Real path of the workspace folder. */
  workspace: string | null;
  config: ConfigSource;
  log: Log;
  version: string;
  /** Its monotonic clock must be the same for all owners of one boot. */
  clock?: Clock;
  /** Which host this is. */
  host?: () => HostFacts;
  /** Tells what a task would start, which is then approved. */
  planner?: RunPlanner;
  /** Runs that were approved for good. */
  remembered?: RememberedRuns;
  /** Calls the hooks; for a process that stays. */
  hooks?: HookCaller;
  /** Which accounts rest; closed with the queue. */
  accounts?: Accounts;
  /** Opens another database than the files of the storage folder: those keep output and history. */
  database?: (migrations: readonly Migration[]) => Promise<Database>;
  /** The file layer of database and archive; tests replace it. */
  files?: Files;
  /** When snapshots are built; tests want them sooner. */
  limits?: Partial<SnapshotLimits>;
  /** The monitor of a process that was waiting for the present owner: lets it take over from an unresponsive one. */
  monitor?: HeartbeatMonitor;
}

const repeatWorker: Repeat<{ worker_id: string }> = {
  keep: ({ worker_id: id }) => ({ row: id, fact: null }),
  again: (_, { row }) => ({ worker_id: String(row) }),
};

type Own = LocalQueueOptions & { clock: Clock };

export class LocalQueue implements Queue {
  private readonly sessions: Sessions;
  private readonly streams: Streams;
  private readonly enqueueing: Enqueueing;
  private readonly batches: Batches;
  private readonly claims: Claims;
  private readonly reports: Reports;
  private readonly suspension: Suspension;
  private readonly approvals: Approvals;
  private readonly tasks: Tasks;
  private readonly schedules: Schedules;
  private readonly fileSchedules: FileSchedules | undefined;
  private readonly timers: Timers;
  private readonly purging: Purge;
  private readonly lanes: EmptyLanes;
  private readonly archive: TaskArchive;
  private readonly history: History;
  private readonly context: Context;
  private readonly hosts: Hosts;
  private readonly hooks: Hooks | undefined;
  /** Undefined where the queue has but one place. */
  private readonly takers: HookTakers | undefined;
  /** Undefined where the database is a server's. */
  private readonly changes: ChangeGroup | undefined;
  private readonly startedAt: string;
  private readonly lostListeners = new Set<(reason: string) => void>();
  private readonly stopConfig: Unsubscribe;
  private readonly stopAccounts: Unsubscribe | undefined;
  private lost: string | undefined;
  private url: string | null = null;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly options: Own,
    private readonly lock: OwnerLock,
    private readonly db: Database,
  ) {
    const { clock, config, log, storage, programs, files = nodeFiles } = options;
    const stillOurs = () => lock.stillOurs();
    this.archive =
      sharedArchiveOf(db, storage) ??
      new Archive({ storage, generation: lock.generation, programs, files, log, stillOurs });
    this.startedAt = toInstant(clock.now());
    this.context = {
      db,
      clock,
      config,
      rules: () => config.current(),
      log,
      storage,
      // The folder keeps an id as the user folder keeps that of the host.
      place: db.announcements && hostId(storage),
      output: sharedOutputOf(db, storage, log, clock),
      workspace: options.workspace,
      hub: new EventHub(db.announcements?.epoch ?? lock.generation, log, db.announcements?.count),
      jumps: db.clock ? noJumps : new ClockJumps(clock, log),
      checking: new Map(),
      stillOurs,
      // A server takes each change by itself: it puts them together on its side of the seam.
      change: (work) => this.changes?.run(work) ?? changeAlone(this.context, work),
      wake: (streamId) => this.claims.wake(streamId),
      due: (at) => this.timers.due(at),
    };
    db.announcements?.onReachable((reachable) => this.onReachable(reachable));
    db.announcements?.onAnnounced((said, events) => this.onAnnounced(said as ChangeNews | null, events));
    this.context.accounts = options.accounts;
    this.changes = db.clock ? undefined : new ChangeGroup(this.context);
    this.sessions = new Sessions(this.context);
    this.hosts = new Hosts(this.context, options.host, options.version, () => this.claims.wakeAll());
    this.streams = new Streams(this.context);
    this.enqueueing = new Enqueueing(this.context);
    this.batches = new Batches(this.context);
    this.claims = new Claims(this.context);
    this.reports = new Reports(this.context);
    this.suspension = new Suspension(this.context);
    this.approvals = new Approvals(this.context, options);
    this.tasks = new Tasks(this.context, this.approvals);
    const unkept = new UnkeptReader(config, options.workspace);
    this.schedules = new Schedules(this.context, this.enqueueing, unkept);
    const stays = options.role !== 'command';
    this.fileSchedules = stays
      ? new FileSchedules(this.context, this.schedules, this, options.workspace)
      : undefined;
    this.timers = new Timers(
      this.context,
      stays ? new Firing(this.context, this.enqueueing, unkept) : undefined,
    );
    this.hooks = options.hooks && this.hooksOf(options.hooks);
    this.context.hooks = this.hooks;
    this.takers =
      this.context.place === undefined
        ? undefined
        : new HookTakers(this.context, this.context.place, this.hooks !== undefined);
    this.context.takers = this.takers;
    this.purging = new Purge(this.context, this.archive);
    this.lanes = new EmptyLanes(this.context, this.purging);
    this.history = new History(this.context, this.archive);
    if (db.clock) keepServerTexts(this);
    this.stopConfig = config.onChange(() => this.onConfig());
    this.stopAccounts = options.accounts?.onChange(() => this.onAccounts());
    // Any call finds the successor before it is answered; the refusal of this one does not matter.
    lock.onSuperseded(() => void this.stats().catch(() => undefined));
  }

  /**
   * Takes the owner lock, recovers the files and migrates them to the current schema.
   * @throws QueueError `conflict` (details: OwnerInfo) while another live process owns them; `upgrade_required` for
   *   files of a newer program; for damaged or unwritable files, `storage_failed`
   */
  static async open(options: LocalQueueOptions): Promise<LocalQueue> {
    const own: Own = { ...options, clock: options.clock ?? machineClock };
    const { storage, role, programs, clock, log, files, limits, monitor } = own;
    const acquired = await OwnerLock.acquire({ storage, role, log, monitor }).catch((error) => {
      throw refusal(error, storage);
    });
    if ('holder' in acquired) {
      const { pid, role: theirs, since } = acquired.holder;
      throw new QueueError(
        'conflict',
        `The queue in ${storage} is owned by process ${pid} (${theirs}) since ${localText(since)}`,
        'Use it through its owner, or wait until the owner ends.',
        { ...acquired.holder },
      );
    }
    const { lock } = acquired;
    let queue: LocalQueue | undefined;
    let db: Database | undefined;
    try {
      await mkdir(path.join(storage, 'output'), { recursive: true, mode: 0o700 });
      if (!own.database) refuseOnServer(storage);
      db = own.database
        ? await own.database(migrations)
        : await DurableDatabase.open({
            folder: storage,
            programs,
            generation: lock.generation,
            ownerStillUs: () => lock.stillOurs(),
            log,
            clock,
            migrations,
            lasting: role !== 'command',
            files,
            limits,
            onLost: (reason) => queue?.lose(reason),
          });
      queue = new LocalQueue({ ...own, clock: db.clock ?? clock }, lock, db);
      await queue.begin();
      return queue;
    } catch (error) {
      if (queue) await queue.close();
      else {
        await db?.close();
        await lock.release();
      }
      throw refusal(error, storage);
    }
  }

  get generation(): number {
    return this.lock.generation;
  }

  /** Called once when another process has taken over: later calls are refused. */
  onLost(listener: (reason: string) => void): Unsubscribe {
    if (this.lost !== undefined) listener(this.lost);
    else this.lostListeners.add(listener);
    return () => this.lostListeners.delete(listener);
  }

  /** Sets where the queue is served, for status(). */
  setUrl(url: string | null): void {
    this.url = url;
  }

  readonly project = () => this.sessions.project();
  readonly createSession: Queue['createSession'] = (...args) => this.sessions.create(...args);
  readonly getSession: Queue['getSession'] = (...args) => this.sessions.get(...args);
  readonly listSessions: Queue['listSessions'] = (...args) => this.sessions.list(...args);
  readonly updateSession: Queue['updateSession'] = (...args) => this.sessions.update(...args);
  readonly endSession: Queue['endSession'] = (...args) => this.sessions.end(...args);
  readonly deleteSession: Queue['deleteSession'] = (...args) => this.lanes.deleteSession(...args);

  async listStreamWorkers(): Promise<PresentWorker[]> {
    const streams = await this.db.read((reader) => selectStreams(reader, "WHERE status = 'active'"));
    return presentWorkers(this.options.storage, streams);
  }

  readonly listHosts: Queue['listHosts'] = () => this.hosts.list();
  readonly createStream: Queue['createStream'] = (...args) => this.streams.create(...args);
  readonly getStream: Queue['getStream'] = (...args) => this.streams.get(...args);
  readonly listStreams: Queue['listStreams'] = (...args) => this.streams.list(...args);
  readonly updateStream: Queue['updateStream'] = (...args) => this.streams.update(...args);
  readonly pauseStream: Queue['pauseStream'] = (stream, mutation) =>
    this.streams.setPaused(stream, true, mutation);
  readonly resumeStream: Queue['resumeStream'] = (stream, mutation) =>
    this.streams.setPaused(stream, false, mutation);
  readonly endStream: Queue['endStream'] = (...args) => this.streams.end(...args);
  readonly deleteStream: Queue['deleteStream'] = (...args) => this.lanes.deleteStream(...args);

  readonly enqueue: Queue['enqueue'] = async (...args) => {
    const { task, duplicate } = await this.enqueueing.enqueue(...args);
    const [settled = task] = await this.approvals.approveRemembered([task]);
    return { task: settled, duplicate };
  };
  readonly enqueueMany: Queue['enqueueMany'] = async (...args) => {
    const { tasks, ...rest } = await this.enqueueing.enqueueMany(...args);
    return { tasks: await this.approvals.approveRemembered(tasks), ...rest };
  };
  readonly getBatch: Queue['getBatch'] = (id) => this.batches.get(id);
  readonly listBatches: Queue['listBatches'] = (filter) => this.batches.list(filter);
  readonly cancelBatch: Queue['cancelBatch'] = (...args) => this.batches.cancel(...args);
  readonly retryBatch: Queue['retryBatch'] = (...args) => this.batches.retry(...args);
  readonly requeue: Queue['requeue'] = (...args) => this.enqueueing.requeue(...args);
  readonly peek: Queue['peek'] = (...args) => this.tasks.peek(...args);
  readonly claimNext: Queue['claimNext'] = (...args) => this.claims.claimNext(...args);
  readonly claimTask: Queue['claimTask'] = (...args) => this.claims.claimTask(...args);
  readonly releaseClaim: Queue['releaseClaim'] = (...args) => this.claims.release(...args);
  readonly abandon: Queue['abandon'] = (...args) => this.claims.abandon(...args);
  readonly heartbeat: Queue['heartbeat'] = (...args) => this.reports.heartbeat(...args);
  readonly complete: Queue['complete'] = (...args) => this.reports.complete(...args);
  readonly fail: Queue['fail'] = (...args) => this.reports.fail(...args);
  readonly ask: Queue['ask'] = (...args) => askQuestion(this.context, ...args);
  readonly answer: Queue['answer'] = (...args) => answerQuestion(this.context, ...args);
  readonly planRun: Queue['planRun'] = (id) => this.approvals.plan(id);
  readonly approve: Queue['approve'] = (...args) => this.approvals.approve(...args);
  readonly approveBatch: Queue['approveBatch'] = (...args) => this.approvals.approveBatch(...args);
  readonly deny: Queue['deny'] = (...args) => this.approvals.deny(...args);
  readonly returnForApproval: Queue['returnForApproval'] = (...args) =>
    this.approvals.returnForApproval(...args);
  readonly cancel: Queue['cancel'] = (...args) => this.reports.cancel(...args);
  readonly suspend: Queue['suspend'] = (...args) => this.suspension.suspend(...args);
  readonly continue: Queue['continue'] = (...args) => this.suspension.continue(...args);

  readonly getTask: Queue['getTask'] = (...args) => this.tasks.get(...args);
  readonly listTasks: Queue['listTasks'] = (filter) => listTasks(this.context, filter);
  readonly editTask: Queue['editTask'] = (...args) => this.tasks.edit(...args);
  readonly moveTask: Queue['moveTask'] = (...args) => this.tasks.move(...args);
  readonly reviewTask: Queue['reviewTask'] = (...args) => this.tasks.review(...args);
  readonly parkTask: Queue['parkTask'] = (id, mutation) => this.tasks.park(id, true, mutation);
  readonly unparkTask: Queue['unparkTask'] = (id, mutation) => this.tasks.park(id, false, mutation);
  readonly deleteTask: Queue['deleteTask'] = (...args) => this.tasks.delete(...args);
  readonly undeleteTask: Queue['undeleteTask'] = (...args) => undeleteTask(this.context, ...args);
  readonly listAttempts: Queue['listAttempts'] = (...args) => this.tasks.attempts(...args);
  readonly listRuns: Queue['listRuns'] = (filter) => listRuns(this.context, filter);
  readonly readOutput: Queue['readOutput'] = (...args) => this.tasks.output(...args);
  readonly createSchedule: Queue['createSchedule'] = (...args) => this.schedules.create(...args);
  readonly getSchedule: Queue['getSchedule'] = (id) => this.schedules.get(id);
  readonly listSchedules: Queue['listSchedules'] = (filter) => this.schedules.list(filter);
  readonly updateSchedule: Queue['updateSchedule'] = (...args) => this.schedules.update(...args);
  readonly pauseSchedule: Queue['pauseSchedule'] = (id, mutation) =>
    this.schedules.setPaused(id, true, mutation);
  readonly resumeSchedule: Queue['resumeSchedule'] = (id, mutation) =>
    this.schedules.setPaused(id, false, mutation);
  readonly runSchedule: Queue['runSchedule'] = (...args) => this.schedules.run(...args);
  readonly removeSchedule: Queue['removeSchedule'] = (...args) => this.schedules.remove(...args);
  readonly purge: Queue['purge'] = (...args) => this.purging.purge(...args);
  readonly listHistory: Queue['listHistory'] = (...args) => this.history.list(...args);
  readonly eraseHistory: Queue['eraseHistory'] = (...args) => this.history.erase(...args);

  async status(): Promise<QueueStatus> {
    const { version, role, workspace, storage } = this.options;
    const { counts, stats } = await this.db.read((reader) => ({
      counts: {
        ...totalsOf(reader),
        by_failure_kind: failureCountsOf(reader),
        ...waitingForPerson(reader),
      },
      stats: statsOf(reader),
    }));
    const { last_snapshot_at: snapshotAt, ...sizes } = this.db.sizes();
    return {
      version,
      protocol: protocolVersion,
      pid: process.pid,
      generation: this.generation,
      role,
      workspace,
      storage,
      person: this.db.person ?? null,
      url: this.url,
      started_at: this.startedAt,
      database: this.db.place ?? null,
      ...sizes,
      last_snapshot_at: snapshotAt === null ? null : toInstant(snapshotAt),
      unreviewed_purge: this.purging.announced(),
      resting: this.resting(),
      counts,
      stats,
    };
  }

  stats(): Promise<Stats> {
    return this.db.read(statsOf);
  }

  async registerWorker(
    input: { label?: string; agent?: string; pid?: number; cwd?: string },
    mutation?: Mutation,
  ): Promise<{ worker_id: string }> {
    const pid = input.pid === undefined ? null : checkWhole('pid', input.pid, 1);
    return mutate(this.context, 'register worker', mutation, repeatWorker, ({ tx, now }) => {
      const id = newId('worker');
      const { label = null, agent = null, cwd = null } = input;
      insertRow(tx, 'workers', { id, label, agent, pid, cwd, created_at: now, seen_at: now });
      return { worker_id: id };
    });
  }

  async listTools(): Promise<Tool[]> {
    return this.tools();
  }

  async wakeTool(name: string): Promise<Tool> {
    const { config, accounts } = this.options;
    const account = accountOf(config.current(), name.trim());
    const found = () => this.tools().find((tool) => tool.name === name.trim());
    if (found() === undefined) throw notFound('Tool', name.trim());
    if (account !== null) await accounts?.wake(account);
    return found() as Tool;
  }

  async config(): Promise<ConfigAnswer> {
    const { config } = this.options;
    return {
      config: config.current(),
      problems: [...config.problems()],
      diagnostics: [...config.diagnostics()],
    };
  }

  async reload(): Promise<void> {
    await this.options.config.reload();
    await this.fileSchedules?.follow();
  }

  async backup(file: string): Promise<{ file: string; bytes: number }> {
    return { file, bytes: await this.db.backup(file, await this.archive.files()) };
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    return this.context.hub.subscribe(listener, toInstant(this.options.clock.now()), after);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async begin(): Promise<void> {
    await this.sessions.keepProject(this.projectFacts());
    await this.hosts.start();
    await this.takers?.say();
    await this.timers.start();
    this.context.output?.begin().catch((error) => {
      this.options.log.info(`Output of former runs was not sent: ${messageOf(error)}`);
    });
    this.hooks?.wake();
    void this.fileSchedules?.follow();
    if (this.options.role !== 'command') this.purging.start();
  }

  private hooksOf(call: HookCaller): Hooks {
    return new Hooks(this.context, call, {
      task: (id) => this.tasks.get(id),
      counts: () => this.db.read(totalsOf),
    });
  }

  private projectFacts(): Pick<Project, 'name' | 'repo_path' | 'prd_path'> {
    const { config, workspace } = this.options;
    const { name, repo_path: repo, prd_path: prd } = config.current().project;
    const named = name !== defaultConfig.project.name || workspace === null;
    return { name: named ? name : path.basename(workspace), repo_path: repo ?? workspace, prd_path: prd };
  }

  private tools(): Tool[] {
    const { config, accounts } = this.options;
    return listTools(config.current(), (tool) => accounts?.restOf(tool) ?? null);
  }

  /** One for each account, though tools of it may rest for different models. */
  private resting(): AccountRest[] {
    const rests = this.tools().flatMap(({ rest }) => (rest === null ? [] : [rest]));
    return [...new Map(rests.map((rest) => [rest.account, rest])).values()];
  }

  /** @param said null: what other hosts have changed is not known in full, after `events` events */
  private onAnnounced(said: ChangeNews | null, events: number): void {
    if (said !== null) {
      hear(this.context, said);
      return;
    }
    const now = this.options.clock.now();
    this.context.hub.skipTo(events, toInstant(now));
    this.claims.wakeAll();
    this.timers.due(now);
    learnTakers(this.context);
    this.hooks?.wake();
  }

  /** Whoever shows something reads it again: that says since when it is not known, or what it is now. */
  private onReachable(reachable: boolean): void {
    this.say('reset');
    if (!reachable) return;
    this.claims.wakeAll();
    this.timers.due(this.options.clock.now());
  }

  private onAccounts(): void {
    this.say('tools.updated');
    this.claims.wakeAll();
  }

  private onConfig(): void {
    void this.fileSchedules?.follow();
    this.say('config.reloaded');
    Promise.all([this.sessions.keepProject(this.projectFacts()), this.takers?.say()]).catch((error) => {
      if (!QueueError.is(error)) this.options.log.error('The project was not updated', error);
    });
  }

  /** Says what is of this process alone. */
  private say(type: EventType): void {
    this.context.hub.say(type, toInstant(this.options.clock.now()));
  }

  private lose(reason: string): void {
    this.lost = reason;
    this.stop(reason);
    for (const listener of [...this.lostListeners]) listener(reason);
    this.lostListeners.clear();
  }

  private stop(reason: string): void {
    this.stopConfig();
    this.stopAccounts?.();
    this.options.accounts?.close();
    this.timers.stop();
    this.hosts.stop();
    const ended = new QueueError('unavailable', reason, 'Open the queue again.');
    this.hooks?.stop();
    this.fileSchedules?.stop();
    this.purging.stop(ended);
    this.archive.stop(ended);
    this.claims.close(ended);
  }

  private async shutDown(): Promise<void> {
    if (this.lost === undefined) await this.hosts.leave();
    if (this.lost === undefined) await this.hooks?.finish();
    this.stop(`The queue in ${this.options.storage} has been closed.`);
    await this.purging.settled();
    await this.context.output?.stop();
    await this.db.close();
    this.context.hub.clear();
    await this.lock.release();
  }
}

/** An unusable folder is not a bug: the refusal names it and the cause. */
function refusal(error: unknown, storage: string): unknown {
  if (QueueError.is(error) || !isErrno(error)) return error;
  return new QueueError(
    'storage_failed',
    `The queue's folder ${storage} cannot be used: ${messageOf(error)}`,
    'Make sure that the folder exists and is writable, and that the disk has free space.',
    undefined,
    { cause: error },
  );
}
