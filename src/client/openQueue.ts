/** Opens a queue, be it local or remote, and keeps it open across changes of owner. */

import { RememberedApprovals } from '../config/rememberedApprovals';
import { type Clock, sleep, systemClock } from '../core/clock';
import { toolOf } from '../core/config';
import { messageOf, QueueError } from '../core/errors';
import type { QueueListener, Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Claim, Origin } from '../core/model';
import {
  type Arguments,
  ForwardingQueue,
  type OperationName,
  perform,
  type Result,
  withKey,
} from '../core/operations';
import type { ClaimNextRequest, Queue } from '../core/queue';
import { CallerQueue } from '../store/callers/callerQueue';
import type { RunPlanner } from '../store/operations/approvals/approvals';
import { isMoved } from '../store/ownership/movedTo';
import type { HostFacts } from '../store/rows/hostTable';
import { refuseForeignFolder, sharedFolderWarning } from '../system/folders';
import { type Acquired, acquireQueue, closeQuietly } from './acquireQueue';
import { EventFeed } from './eventFeed';
import type { OpenLocal, OpenQueueOptions } from './options';
import { OwnerMonitor } from './ownerMonitor';
import { Registry } from './registry';
import { serverDatabase } from './serverDatabase';

const defaultWait = 10_000;
/** Milliseconds for which a queue that was handed over is left to the program that asked for it. */
const handoverYield = 5_000;
/** Milliseconds after which a program that stays tries again to acquire a queue. */
const retryDelay = 1_000;
/** Losing the queue sooner than this, in milliseconds, delays acquiring it again, each time longer. */
const steadyTime = 5_000;
const longestPause = 2_000;
/** Milliseconds until a call is repeated whose outcome is unknown. */
const repeatDelay = 100;

export type QueueRole = 'owner' | 'client';

export interface OpenQueue extends Queue {
  /** The queue for another caller; it is closed with this one. */
  as(caller: Origin): Queue;
  /** What this process is; during a change, what it was before. */
  role(): QueueRole;
  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe;
  /** Where the queue is served; null when it is not, or not at this moment. */
  url(): string | null;
}

/**
 * Opens the queue of a storage folder: as its owner where there is none, else as a client of the owner.
 * @throws QueueError `unavailable` when its owner serves nobody and does not end in time; `upgrade_required` when its
 * owner, or its files, are newer than this program; `conflict` when the required port is taken
 */
export async function openQueue(
  options: OpenQueueOptions,
  openLocal: OpenLocal = openFiles,
): Promise<OpenQueue> {
  const { home, storage, log } = options;
  refuseForeignFolder(storage);
  for (const folder of [home, storage]) {
    const warning = sharedFolderWarning(folder);
    if (warning !== null) log.warn(warning);
  }
  const queue = new FailoverQueue(options, openLocal);
  await queue.open();
  return queue;
}

/** Loads the store only in a process that becomes the owner. */
async function openFiles(...[options, monitor]: Parameters<OpenLocal>): ReturnType<OpenLocal> {
  const { LocalQueue } = await import('../store/localQueue');
  const { storage, programs, role, workspace, config, log, version, clock, hooks, home } = options;
  const { Accounts } = await import('../accounts/accounts');
  const accounts = new Accounts({ home, storage, config, log, clock, follow: options.serve });
  const database = options.database ?? serverDatabase(options);
  const queue = await LocalQueue.open({
    storage,
    programs,
    role,
    workspace,
    config,
    log,
    version,
    clock,
    hooks,
    accounts,
    remembered: workspace === null ? undefined : new RememberedApprovals(home, workspace),
    planner: plannerOf(options),
    monitor,
    database,
    host: database && (await hostOf(options)),
  });
  if (options.serve) {
    const { forgetFormer } = await import('../store/moving/moveQueue');
    await forgetFormer(storage);
  }
  return queue;
}

/** Who this host is, for others that share the queue. */
async function hostOf({ home }: OpenQueueOptions): Promise<() => HostFacts> {
  const { readHostFacts } = await import('../config/hostFacts');
  return () => readHostFacts(home);
}

/** Undefined for a queue that belongs to no folder: nothing of it runs here. */
function plannerOf({ workspace, storage, home, config }: OpenQueueOptions): RunPlanner | undefined {
  if (workspace === null) return undefined;
  const registry = new Registry(home);
  const folders = { workspace, storage, others: () => registry.otherFolders(workspace) };
  return async (task, stream, foreign) => {
    const { plannedRun } = await import('../runner/command/plannedRun');
    return plannedRun({ task, stream, tool: toolOf(config.current(), task.tool_name), folders, foreign });
  };
}

/**
 * One queue over all its owners. When the present one is lost, for whatever reason, the queue is acquired again and
 * calls under way are repeated on it. Each change gets its key here, which stays the same over every repeat.
 */
class FailoverQueue extends ForwardingQueue implements OpenQueue {
  readonly #caller: Origin;
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #monitor: OwnerMonitor;
  readonly #feeds = new Set<EventFeed>();
  readonly #roleChanged: Listeners<QueueRole>;
  #acquired: Acquired | undefined;
  #acquiredAt = 0;
  #acquiring: Promise<Acquired> | undefined;
  #role: QueueRole = 'client';
  /** Resolves when the last owner or connection is closed. */
  #closing: Promise<void> = Promise.resolve();
  #yieldMs = 0;
  /** Losses in a row, each soon after the queue was acquired. */
  #losses = 0;
  #closed = false;

  constructor(
    private readonly options: OpenQueueOptions,
    private readonly openLocal: OpenLocal,
  ) {
    super();
    this.#caller = options.caller ?? { kind: 'person' };
    this.#clock = options.clock ?? systemClock;
    this.#waitMs = options.waitMs ?? defaultWait;
    this.#monitor = new OwnerMonitor(options.storage, this.#clock);
    this.#roleChanged = new Listeners(options.log);
  }

  /** Acquires the queue for the first time. */
  async open(): Promise<void> {
    await this.#acquire(this.options.strictPort === true);
    // A program that stays must notice when the owner ends: its event stream breaks at once.
    if (this.options.serve) this.subscribe(() => {});
  }

  role(): QueueRole {
    return this.#role;
  }

  url(): string | null {
    if (this.#acquired === undefined) return null;
    return this.#acquired.role === 'client' ? this.#acquired.url : (this.#acquired.serving?.url ?? null);
  }

  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe {
    return this.#roleChanged.add(listener);
  }

  as(caller: Origin): Queue {
    return new QueueOfCaller(this, caller);
  }

  override claimNext(stream: string, request?: ClaimNextRequest): Promise<Claim | null> {
    return this.claimNextAs(this.#caller, stream, request);
  }

  /** Waits as long in all as was asked for, over however many owners. */
  claimNextAs(caller: Origin, stream: string, request: ClaimNextRequest = {}): Promise<Claim | null> {
    const { signal, wait = 0 } = request;
    const [, keyed] = withKey('claimNext', [stream, request]);
    const end = this.#clock.monotonic() + wait * 1000;
    return this.#call(caller, async (queue) => {
      if (signal?.aborted === true) return null;
      const left = Math.max(0, end - this.#clock.monotonic()) / 1000;
      return queue.claimNext(stream, { ...keyed, wait: left });
    });
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    const feed = new EventFeed(listener, this.#clock, after);
    this.#feeds.add(feed);
    if (this.#acquired !== undefined) feed.attach(this.#acquired.queue);
    return () => {
      feed.detach();
      this.#feeds.delete(feed);
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const feed of this.#feeds) feed.detach();
    this.#feeds.clear();
    try {
      // Gives up, since the queue is closed.
      await this.#acquiring;
    } catch (error) {
      this.options.log.debug(`The queue was closed before it was acquired: ${messageOf(error)}`);
    }
    this.#monitor.stop();
    if (this.#acquired !== undefined) this.#closing = this.#close(this.#acquired);
    this.#acquired = undefined;
    await this.#closing;
  }

  protected override forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    return this.performAs(this.#caller, name, args);
  }

  performAs<K extends OperationName>(caller: Origin, name: K, args: Arguments<K>): Promise<Result<K>> {
    const keyed = withKey(name, args);
    return this.#call(caller, (queue) => perform(queue, name, keyed));
  }

  /** Makes a call that is safe to repeat, and repeats it when the queue is lost meanwhile. */
  async #call<T>(caller: Origin, work: (queue: Queue) => Promise<T>): Promise<T> {
    let giveUpAt: number | undefined;
    for (;;) {
      if (this.#closed) throw new QueueError('unavailable', 'The queue was closed');
      const acquired = this.#acquired ?? (await this.#acquire(false));
      try {
        return await work(queueAs(acquired, caller));
      } catch (error) {
        if (this.#closed || !this.#isRepeatable(acquired, error)) throw error;
        const now = this.#clock.monotonic();
        giveUpAt ??= now + this.#waitMs;
        if (now >= giveUpAt) throw error;
        if (QueueError.is(error, 'unavailable')) this.#lose(acquired, error.message);
        else await sleep(repeatDelay, this.#clock);
      }
    }
  }

  /** Whether the call may not have been made, or its answer was lost. */
  #isRepeatable(acquired: Acquired, error: unknown): boolean {
    if (QueueError.is(error, 'unavailable', 'outcome_unknown')) return true;
    return this.#acquired !== acquired && QueueError.is(error, 'storage_failed', 'conflict');
  }

  /** Acquires the queue; callers at the same time share one attempt. */
  #acquire(strictPort: boolean): Promise<Acquired> {
    this.#acquiring ??= this.#acquireOnce(strictPort).finally(() => {
      this.#acquiring = undefined;
    });
    return this.#acquiring;
  }

  async #acquireOnce(strictPort: boolean): Promise<Acquired> {
    await this.#closing;
    if (this.#losses > 1) await sleep(Math.min(50 * 2 ** this.#losses, longestPause), this.#clock);
    const yieldMs = this.#yieldMs;
    this.#yieldMs = 0;
    const acquired = await acquireQueue({
      options: this.options,
      openLocal: this.openLocal,
      monitor: this.#monitor,
      strictPort,
      yieldMs,
      waitMs: this.#waitMs + yieldMs,
      onHandover: () => this.#handOver(),
      stopped: () => this.#closed,
    });
    this.#use(acquired);
    return acquired;
  }

  #use(acquired: Acquired): void {
    this.#acquired = acquired;
    this.#acquiredAt = this.#clock.monotonic();
    if (acquired.role === 'owner') {
      acquired.queue.onLost((reason) => this.#lose(acquired, reason));
    } else {
      acquired.queue.onDisconnect((error) => this.#lose(acquired, error.message));
      const gone = 'its owner has ended, does not respond, or has a successor';
      this.#monitor.start(acquired.generation, () => this.#lose(acquired, gone));
    }
    for (const feed of this.#feeds) feed.attach(acquired.queue);
    if (acquired.role === this.#role) return;
    this.#role = acquired.role;
    this.#roleChanged.emit(acquired.role);
  }

  #handOver(): void {
    if (this.#acquired?.role !== 'owner') return;
    this.#yieldMs = handoverYield;
    this.#lose(this.#acquired, 'it was handed over to a newer program');
  }

  /** Drops this owner or connection; acquires another at once if there are subscribers, or the program stays. */
  #lose(acquired: Acquired, reason: string): void {
    if (this.#acquired !== acquired || this.#closed) return;
    this.options.log.info(`The queue in ${this.options.storage} was lost as ${acquired.role}: ${reason}`);
    this.#losses = this.#clock.monotonic() - this.#acquiredAt > steadyTime ? 1 : this.#losses + 1;
    this.#acquired = undefined;
    this.#monitor.stop();
    for (const feed of this.#feeds) feed.detach();
    this.#closing = this.#close(acquired);
    if (this.options.serve || this.#feeds.size > 0) this.#acquireInBackground();
  }

  /** @param logged the last message about a failure, which is not repeated */
  #acquireInBackground(logged = ''): void {
    this.#acquire(false).catch((error: unknown) => {
      if (this.#closed) return;
      if (isMoved(error)) {
        this.options.log.info(messageOf(error));
        return;
      }
      const message = `The queue in ${this.options.storage} is unavailable: ${messageOf(error)}`;
      if (message !== logged) this.options.log.error(message, error);
      this.#clock.after(retryDelay, () => {
        if (!this.#closed && this.#acquired === undefined) this.#acquireInBackground(message);
      });
    });
  }

  async #close(acquired: Acquired): Promise<void> {
    if (acquired.role === 'owner') await acquired.serving?.end();
    await closeQuietly(acquired.queue, this.options);
  }
}

/** What `caller` makes its calls on, while the queue is there. */
function queueAs(acquired: Acquired, caller: Origin): Queue {
  return acquired.role === 'owner' ? new CallerQueue(acquired.queue, caller) : acquired.queue.as(caller);
}

/** A queue over all its owners, for another caller than the process as a whole. */
class QueueOfCaller extends ForwardingQueue implements Queue {
  constructor(
    private readonly whole: FailoverQueue,
    private readonly caller: Origin,
  ) {
    super();
  }

  override claimNext(stream: string, request?: ClaimNextRequest): Promise<Claim | null> {
    return this.whole.claimNextAs(this.caller, stream, request);
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    return this.whole.subscribe(listener, after);
  }

  close(): Promise<void> {
    return this.whole.close();
  }

  protected override forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    return this.whole.performAs(this.caller, name, args);
  }
}
