/** Works on one stream: waits for its tasks, claims them in order, has the runner do them. */

import { type Clock, sleep, systemClock } from '../../core/clock';
import type { ConfigSource } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../core/events';
import type { Log } from '../../core/log';
import type { Claim, Stream } from '../../core/model';
import type { Queue } from '../../core/queue';
import type { PidLock } from '../../system/pidLock';
import type { RunHandle } from '../run';
import type { Runner } from '../runner';
import { lockStream } from './streamWorkerLock';

export interface StreamWorkerOptions {
  queue: Queue;
  runner: Runner;
  /** The queue's folder. */
  storage: string;
  /** Name of the stream; it need not exist yet. */
  stream: string;
  config: ConfigSource;
  log: Log;
  clock?: Clock;
  /** The stream's lock, where it was taken already. */
  lock?: PidLock;
  /** Do one task, if there is one, and end. */
  once?: boolean;
}

/** One claim waits this long for work, seconds; then the next one does. */
const claimWait = 60;
/** While the queue cannot be reached the watcher backs off from the first to the second, milliseconds. */
const firstRetry = 1_000;
const slowestRetry = 30_000;
/** The state is read again this often even if no event came, milliseconds. */
const lookAgain = 60_000;

export class StreamWorker {
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  /** Aborted by what may let the next step do more than this one. */
  private changed = new AbortController();
  private readonly subscriptions: Unsubscribe[] = [];
  private lock: PidLock | null = null;
  private loop: Promise<void> | null = null;
  /** The wait for work that is going on, given up when the tools change. */
  private waiting: AbortController | null = null;
  private streamId: string | null = null;
  /** The stream has been ended, paused or renamed since it was read. */
  private outdated = false;
  private detached = false;

  constructor(private readonly options: StreamWorkerOptions) {
    this.clock = options.clock ?? systemClock;
  }

  get stream(): string {
    return this.options.stream;
  }

  /**
   * Takes the stream's lock and begins.
   * @throws QueueError `conflict` with {pid, since} while another watcher works on the stream
   */
  start(): void {
    const { storage, stream, queue, config, log } = this.options;
    this.lock = this.options.lock ?? lockStream(storage, stream, this.clock);
    this.subscriptions.push(
      queue.subscribe((event) => this.heard(event)),
      config.onChange(() => this.waiting?.abort()),
    );
    log.info(`Watching stream "${stream}".`);
    this.loop = this.work().finally(() => this.end());
  }

  /**
   * Resolves when the watcher has ended and its lock is released: it was stopped, its stream has ended, or with `once`
   * its task is done.
   */
  get done(): Promise<void> {
    return this.loop ?? Promise.resolve();
  }

  /** Claims nothing more, lets what runs here come to its end, or with `now` cancels it; then releases the lock. */
  async stop(how: { now?: boolean } = {}): Promise<void> {
    this.askToEnd();
    if (how.now) await Promise.allSettled(this.ownRuns().map((run) => run.cancel()));
    await this.done;
  }

  /** Claims nothing more and releases the lock at once; what runs goes on without this process. */
  detach(): void {
    this.detached = true;
    this.askToEnd();
    this.end();
  }

  private askToEnd(): void {
    this.stopping.abort();
    this.waiting?.abort();
    this.changed.abort();
  }

  private end(): void {
    for (const unsubscribe of this.subscriptions.splice(0)) unsubscribe();
    this.lock?.release();
    this.lock = null;
  }

  private async work(): Promise<void> {
    const { log, stream } = this.options;
    let wait = firstRetry;
    while (!this.stopping.signal.aborted) {
      try {
        if (!(await this.step())) break;
        wait = firstRetry;
      } catch (error) {
        if (QueueError.is(error)) log.warn(`Stream "${stream}" cannot be worked on: ${error.message}`);
        else log.error(`The watcher of stream "${stream}" failed; it goes on.`, error);
        await sleep(wait, this.clock, this.stopping.signal);
        wait = Math.min(wait * 2, slowestRetry);
      }
    }
    if (!this.detached) await Promise.all(this.ownRuns().map((run) => run.ended));
  }

  /** Starts one task, or waits until that may be possible. Answers whether to go on. */
  private async step(): Promise<boolean> {
    const { log, once } = this.options;
    if (!this.lock?.isHeld()) {
      log.warn(`The lock of the watcher of stream "${this.stream}" is gone; it stops.`);
      return false;
    }
    this.changed = new AbortController();
    this.outdated = false;
    const stream = await this.readStream();
    if (stream?.status === 'ended') return false;
    if (stream && (await this.mayClaim(stream))) return !((await this.claim(stream)) && once);
    if (once) return false;
    await sleep(lookAgain, this.clock, this.changed.signal);
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

  /** A lane is full with as many runs as its parallelism says, whichever process looks after them. */
  private async mayClaim(stream: Stream): Promise<boolean> {
    if (stream.paused) return false;
    const { items } = await this.options.queue.listTasks({
      stream: stream.id,
      status: 'running',
      limit: 1000,
    });
    return items.filter((task) => task.supervised).length < stream.parallelism;
  }

  /** Waits for a task and starts it. Answers whether the queue was asked to its answer. */
  private async claim(stream: Stream): Promise<boolean> {
    const { queue, runner, config, once } = this.options;
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    const tools = Object.entries(config.current().tools);
    try {
      const workerId = await runner.workerId();
      const git = (await runner.gitFacts()) ?? undefined;
      if (this.outdated || this.stopping.signal.aborted) return false;
      const claim = await queue.claimNext(stream.id, {
        worker_id: workerId,
        git,
        supervised: true,
        tools: tools.filter(([, tool]) => tool.command !== null).map(([name]) => name),
        wait: once ? 0 : claimWait,
        signal,
      });
      if (claim) await this.take(claim, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      this.waiting = null;
    }
  }

  private async take(claim: Claim, signal: AbortSignal): Promise<void> {
    // Given up while the claim was under way: it is given back, as if it had not been made.
    if (signal.aborted) await this.options.queue.releaseClaim(claim.task.id, claim.lease);
    else this.options.runner.start(claim);
  }

  private heard(event: QueueEvent): void {
    if (event.type === 'task.progress') return;
    if (event.stream && this.isNoMoreToWaitFor(event.stream)) {
      this.outdated = true;
      this.waiting?.abort();
    }
    const unknown = this.streamId === null || event.type === 'reset' || event.type.startsWith('stream.');
    if (unknown || event.stream_id === this.streamId) this.changed.abort();
  }

  private isNoMoreToWaitFor(stream: Stream): boolean {
    const { id, status, paused, name } = stream;
    return (this.streamId ?? id) === id && (status === 'ended' || paused || name !== this.stream);
  }

  private ownRuns(): RunHandle[] {
    return this.options.runner.runs().filter((run) => run.task.stream_id === this.streamId);
  }
}
