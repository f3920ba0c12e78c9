/** Keeps a stream worker for each active stream whose worker is on, while this process may run tasks. */

import { type Clock, systemClock, type Timer } from '../../core/clock';
import type { ConfigSource } from '../../core/config';
import { messageOf, QueueError } from '../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../core/events';
import type { Log } from '../../core/log';
import type { Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import type { Runner } from '../runner';
import { StreamWorker } from './streamWorker';

export interface StreamWorkersOptions {
  queue: Queue;
  runner: Runner;
  /** The storage folder. */
  storage: string;
  config: ConfigSource;
  log: Log;
  /** Whether tasks may run here, e.g. whether the workspace is trusted. */
  allowed: () => boolean;
  /** Work on no other streams than these; names or ids. */
  only?: readonly string[];
  clock?: Clock;
}

/** A stream that another process works on is tried again after this many milliseconds. */
const retryDelay = 5_000;

export class StreamWorkers {
  private readonly clock: Clock;
  /** By the id of their stream. */
  private readonly workers = new Map<string, StreamWorker>();
  /** Streams whose workers claim nothing more and wait for running tasks. */
  private readonly stopping = new Set<string>();
  private unsubscribe: Unsubscribe | null = null;
  private timer: Timer | null = null;
  private reconciling: Promise<void> = Promise.resolve();
  private requested = false;
  private closed = false;

  constructor(private readonly options: StreamWorkersOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** Turns on the workers of streams with `autostart`, then follows events to start and stop workers. */
  async start(): Promise<void> {
    const { queue, allowed } = this.options;
    this.unsubscribe = queue.subscribe((event) => this.onEvent(event));
    if (allowed()) {
      for (const stream of (await this.activeStreams()).filter((one) => this.isOurs(one))) {
        if (stream.autostart && !stream.working) await queue.updateStream(stream.id, { working: true });
      }
    }
    await this.refresh();
  }

  /** Starts and stops workers as the streams are now; call it when `allowed` has changed. */
  refresh(): Promise<void> {
    if (!this.requested) {
      this.requested = true;
      this.reconciling = this.reconciling.then(() => this.reconcile());
    }
    return this.reconciling;
  }

  /** Names of the streams that this process works on. */
  streams(): string[] {
    return [...this.workers.values()].map(({ stream }) => stream);
  }

  /** Releases all streams at once; running tasks go on without this process. */
  dispose(): void {
    this.closed = true;
    this.unsubscribe?.();
    this.timer?.cancel();
    for (const worker of this.workers.values()) worker.detach();
  }

  private onEvent(event: QueueEvent): void {
    if (event.type === 'reset' || /^(stream|session)\./.test(event.type)) void this.refresh();
  }

  private activeStreams(): Promise<Stream[]> {
    return everything((page) => this.options.queue.listStreams({ ...page, status: 'active' }));
  }

  private isOurs({ id, name, runs_here: here }: Stream): boolean {
    const { only } = this.options;
    // An older owner knows of no other hosts.
    if (here === false) return false;
    return only === undefined || only.includes(name) || only.includes(id);
  }

  private async reconcile(): Promise<void> {
    this.requested = false;
    if (this.closed) return;
    try {
      const active = this.options.allowed() ? await this.activeStreams() : [];
      if (this.closed) return;
      const wanted = active.filter((stream) => stream.working && this.isOurs(stream));
      this.stopOthers(wanted);
      for (const stream of wanted) if (!this.workers.has(stream.id)) this.startOne(stream);
    } catch (error) {
      this.options.log.warn(`The streams to work on could not be read: ${messageOf(error)}`);
      this.retryLater();
    }
  }

  /** A renamed stream is unwanted under its old name, which its lock goes by. */
  private stopOthers(wanted: readonly Stream[]): void {
    const names = new Map(wanted.map(({ id, name }) => [id, name]));
    for (const [id, worker] of this.workers) {
      if (names.get(id) === worker.stream || this.stopping.has(id)) continue;
      this.stopping.add(id);
      void worker.stop();
    }
  }

  private startOne(stream: Stream): void {
    const worker = new StreamWorker({ ...this.options, stream: stream.name });
    try {
      worker.start();
    } catch (error) {
      if (!QueueError.is(error, 'conflict')) {
        this.options.log.error(`Stream "${stream.name}" cannot be worked on.`, error);
      }
      this.retryLater();
      return;
    }
    this.workers.set(stream.id, worker);
    void worker.done.then(() => this.onWorkerEnded(stream.id));
  }

  private onWorkerEnded(streamId: string): void {
    this.workers.delete(streamId);
    this.stopping.delete(streamId);
    if (!this.closed) void this.refresh();
  }

  private retryLater(): void {
    this.timer ??= this.clock.after(retryDelay, () => {
      this.timer = null;
      void this.refresh();
    });
  }
}
