/** Works on one stream: waits for its tasks, claims them in order, has the runner run them. */

import { type Clock, sleep, systemClock } from '../../core/clock';
import { type ConfigSource, runnableTools, worktreeKey } from '../../core/config';
import { messageOf, QueueError } from '../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../core/events';
import type { Log } from '../../core/log';
import type { Claim, Stream } from '../../core/model';
import type { Holding, NeedsDetails, Queue } from '../../core/queue';
import { lockStream } from '../../store/streamWorkerLock';
import type { PidLock } from '../../system/pidLock';
import type { RunHandle } from '../activeRun';
import { lackIn, type MachineResources, type Ticket } from '../machine/machineResources';
import type { Runner } from '../runner';

export interface StreamWorkerOptions {
  queue: Queue;
  runner: Runner;
  /** The storage folder. */
  storage: string;
  /** Name of the stream; it need not exist yet. */
  stream: string;
  config: ConfigSource;
  log: Log;
  clock?: Clock;
  /** The stream's lock, where the caller has taken it already. */
  lock?: PidLock;
  /** Run at most one task, then end. */
  once?: boolean;
}

/** How long one claim waits for a task before the next one replaces it, seconds. */
const claimWait = 60;
/** After an error the worker backs off, from the first to the second; milliseconds. */
const firstRetry = 1_000;
const longestRetry = 30_000;
/** The stream is read again this often even if no event came, milliseconds. */
const pollInterval = 60_000;

export class StreamWorker {
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  /** Aborted by anything that may let the next step claim a task. */
  private changed = new AbortController();
  /** Aborted to give up the claim that is waiting for a task. */
  private claiming: AbortController | null = null;
  private readonly subscriptions: Unsubscribe[] = [];
  private lock: PidLock | null = null;
  private loop: Promise<void> | null = null;
  private streamId: string | null = null;
  /** In line for what the first task needs of the machine. */
  private ticket: Ticket | null = null;
  /** The stream was ended, paused or renamed after it was read. */
  private outdated = false;
  private detached = false;

  constructor(private readonly options: StreamWorkerOptions) {
    this.clock = options.clock ?? systemClock;
  }

  get stream(): string {
    return this.options.stream;
  }

  /**
   * Takes the stream's lock and starts.
   * @throws QueueError `conflict` with {pid, since} while another stream worker holds the lock
   */
  start(): void {
    const { storage, stream, queue, config, log, lock } = this.options;
    this.lock = lock ?? lockStream(storage, stream, this.clock);
    this.subscriptions.push(
      queue.subscribe((event) => this.onEvent(event)),
      // Which tools have a command decides which tasks may be claimed.
      config.onChange(() => this.claiming?.abort()),
    );
    log.info(`The worker of stream "${stream}" has started.`);
    this.loop = this.run().finally(() => this.cleanUp());
  }

  /** Resolves when the worker has ended and released its lock: stopped, stream ended, or `once` and done. */
  get done(): Promise<void> {
    return this.loop ?? Promise.resolve();
  }

  /** Claims nothing more, lets running tasks finish (`now`: cancels them), then releases the lock. */
  async stop(how: { now?: boolean } = {}): Promise<void> {
    this.requestStop();
    if (how.now) await Promise.allSettled(this.ownRuns().map((run) => run.cancel()));
    await this.done;
  }

  /** Claims nothing more and releases the lock at once; running tasks go on without this process. */
  detach(): void {
    this.detached = true;
    this.requestStop();
    this.cleanUp();
  }

  private requestStop(): void {
    this.stopping.abort();
    this.claiming?.abort();
    this.changed.abort();
  }

  private cleanUp(): void {
    for (const unsubscribe of this.subscriptions.splice(0)) unsubscribe();
    this.lock?.release();
    this.lock = null;
    void this.dropTicket();
  }

  private async run(): Promise<void> {
    const { log, stream } = this.options;
    let wait = firstRetry;
    while (!this.stopping.signal.aborted) {
      try {
        if (!(await this.step())) break;
        wait = firstRetry;
      } catch (error) {
        if (QueueError.is(error)) log.warn(`Stream "${stream}" cannot be worked on: ${error.message}`);
        else log.error(`The worker of stream "${stream}" failed and will retry.`, error);
        await sleep(wait, this.clock, this.stopping.signal);
        wait = Math.min(wait * 2, longestRetry);
      }
    }
    if (!this.detached) await Promise.all(this.ownRuns().map((run) => run.ended));
  }

  /** Starts one task, or waits until that may be possible. Returns whether to go on. */
  private async step(): Promise<boolean> {
    const { log, once } = this.options;
    if (!this.lock?.isHeld()) {
      log.warn(`The lock of stream "${this.stream}" is gone; its worker stops.`);
      return false;
    }
    this.changed = new AbortController();
    this.outdated = false;
    const stream = await this.readStream();
    if (stream?.status === 'ended') return false;
    if (stream && (await this.mayClaim(stream))) return !((await this.claim(stream)) && once);
    // Nothing of it may start now: what it needs is for others.
    await this.dropTicket();
    if (once) return false;
    await sleep(pollInterval, this.clock, this.changed.signal);
    return true;
  }

  private async readStream(): Promise<Stream | null> {
    try {
      const stream = await this.options.queue.getStream(this.stream);
      this.streamId = stream.id;
      return stream;
    } catch (error) {
      if (QueueError.is(error, 'not_found')) return null;
      throw error;
    }
  }

  /** A stream runs at most `parallelism` tasks at once, whichever process looks after them. */
  private async mayClaim(stream: Stream): Promise<boolean> {
    if (stream.paused || !this.options.runner.canStart()) return false;
    const { items } = await this.options.queue.listTasks({
      stream: stream.id,
      status: 'running',
      limit: 1000,
    });
    return items.filter((task) => task.supervised).length < stream.parallelism;
  }

  /** Waits for a task and starts it. Returns false when the claim was given up before the queue answered, or is to be repeated. */
  private async claim(stream: Stream): Promise<boolean> {
    const { queue, runner, config, once } = this.options;
    this.claiming = new AbortController();
    const { signal } = this.claiming;
    const tools = runnableTools(config.current());
    try {
      const workerId = await runner.workerId();
      const [git, elsewhere] = await Promise.all([runner.gitFacts(), runner.gitElsewhere()]);
      if (this.outdated || this.stopping.signal.aborted) return false;
      const claim = await queue.claimNext(stream.id, {
        holding: await this.holding(),
        worker_id: workerId,
        host_id: runner.hostId,
        git: git ?? undefined,
        git_elsewhere: elsewhere.length > 0 ? elsewhere : undefined,
        supervised: true,
        tools,
        wait: once ? 0 : claimWait,
        signal,
      });
      if (claim) await this.startTask(claim, signal);
      else await this.dropTicket();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const lack = lackIn(error);
      if (lack === null || runner.resources === null) throw error;
      await this.getInLine(runner.resources, lack);
      return false;
    } finally {
      this.claiming = null;
    }
  }

  /** Undefined where nothing of the machine is held for runs: then none waits for it. */
  private async holding(): Promise<Holding | undefined> {
    const { resources } = this.options.runner;
    if (resources === null) return undefined;
    return { task: this.ticket?.isHeld() ? this.ticket.task : null, place: await resources.isEachCounted() };
  }

  /** Resolves once the task may be claimed, or the stream has changed: another one may be the first by then. */
  private async getInLine(resources: MachineResources, lack: NeedsDetails): Promise<void> {
    if (!this.ticket?.isFor(lack.task, lack.needs, lack.worktree)) await this.dropTicket();
    this.ticket ??= await resources.ticket(lack);
    await this.ticket.wait(AbortSignal.any([this.changed.signal, this.stopping.signal]));
  }

  private async dropTicket(): Promise<void> {
    const { ticket } = this;
    this.ticket = null;
    try {
      await ticket?.release();
    } catch (error) {
      this.options.log.debug(`What was held of the machine could not be given back: ${messageOf(error)}`);
    }
  }

  private async startTask(claim: Claim, signal: AbortSignal): Promise<void> {
    // A claim that was given up while the queue made it is released, as if it had not been made.
    if (signal.aborted) await this.options.queue.releaseClaim(claim.task.id, claim.lease);
    else if (this.ticket?.isFor(claim.task.id, claim.needs, keyOf(claim))) {
      this.options.runner.start(claim, this.ticket);
      this.ticket = null;
    } else {
      await this.dropTicket();
      this.options.runner.start(claim);
    }
  }

  private onEvent(event: QueueEvent): void {
    if (event.type === 'task.progress') return;
    if (event.stream && (event.type === 'stream.deleted' || this.endsClaim(event.stream))) {
      this.outdated = true;
      this.claiming?.abort();
    }
    const unknown = this.streamId === null || event.type === 'reset' || event.type.startsWith('stream.');
    if (unknown || event.stream_id === this.streamId) this.changed.abort();
  }

  private endsClaim(stream: Stream): boolean {
    const { id, status, paused, name } = stream;
    return (this.streamId ?? id) === id && (status === 'ended' || paused || name !== this.stream);
  }

  private ownRuns(): RunHandle[] {
    return this.options.runner.runs().filter((run) => run.task.stream_id === this.streamId);
  }
}

/** Of the worktree in which a claimed task works. */
function keyOf({ task, stream, worktree = 'none' }: Claim): string | null {
  return worktreeKey(worktree, task.id, stream.id);
}
