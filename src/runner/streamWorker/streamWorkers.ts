/** Keeps one watcher for each active stream that wants the built-in runner, while this process may run things. */

import { type Clock, systemClock, type Timer } from '../../core/clock';
import type { ConfigSource } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { QueueEvent, Unsubscribe } from '../../core/events';
import type { Log } from '../../core/log';
import type { Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import type { LockHolder } from '../../system/pidLock';
import { Listeners } from '../listeners';
import type { Runner } from '../runner';
import { StreamWorker } from './streamWorker';
import { streamWorkerHolder } from './streamWorkerLock';

export interface StreamWorkersOptions {
  queue: Queue;
  runner: Runner;
  /** The queue's folder. */
  storage: string;
  config: ConfigSource;
  log: Log;
  /** Whether anything may run here, e.g. whether the workspace is trusted. */
  allowed: () => boolean;
  clock?: Clock;
}

/** A stream that is to be worked on, and by whom it is. */
export interface WorkedStream {
  stream: Stream;
  /** This process does. */
  here: boolean;
  /** The other process that does; null when nobody does yet. */
  elsewhere: LockHolder | null;
}

/** How soon a stream that another process works on is tried again, milliseconds. */
const tryAgain = 5_000;

export class StreamWorkers {
  private readonly clock: Clock;
  private readonly changes: Listeners<void>;
  private readonly watchers = new Map<string, StreamWorker>();
  /** Watchers that claim nothing more and wait for what runs. */
  private readonly stopping = new Set<string>();
  private wanted: Stream[] = [];
  private unsubscribe: Unsubscribe | null = null;
  private timer: Timer | null = null;
  private turn: Promise<void> = Promise.resolve();
  private again = false;
  private closed = false;

  constructor(private readonly options: StreamWorkersOptions) {
    this.clock = options.clock ?? systemClock;
    this.changes = new Listeners(options.log);
  }

  /** Sets the streams to working that start by themselves, then works on all that are, from now on as events tell. */
  async start(): Promise<void> {
    const { queue, allowed } = this.options;
    this.unsubscribe = queue.subscribe((event) => this.heard(event));
    if (allowed()) {
      for (const stream of await this.activeStreams()) {
        if (stream.autostart && !stream.working) await queue.updateStream(stream.id, { working: true });
      }
    }
    await this.refresh();
  }

  /** Looks again which streams to work on; call it when `allowed` has changed. */
  refresh(): Promise<void> {
    if (!this.again) {
      this.again = true;
      this.turn = this.turn.then(() => this.settle());
    }
    return this.turn;
  }

  /** The streams that are to be worked on. */
  list(): WorkedStream[] {
    return this.wanted.map((stream) => {
      const here = this.watchers.has(stream.id);
      return { stream, here, elsewhere: here ? null : streamWorkerHolder(this.options.storage, stream.name) };
    });
  }

  /** Calls back when a stream has begun or ceased to be worked on by this process. */
  onChange(listener: () => void): Unsubscribe {
    return this.changes.add(listener);
  }

  /** Stops all watchers: what runs comes to its end first, or with `now` is cancelled. */
  async stop(how: { now?: boolean } = {}): Promise<void> {
    this.close();
    await this.turn;
    await Promise.all([...this.watchers.values()].map((watcher) => watcher.stop(how)));
  }

  /** Releases all streams at once; what runs goes on without this process. */
  dispose(): void {
    this.close();
    for (const watcher of this.watchers.values()) watcher.detach();
  }

  private close(): void {
    this.closed = true;
    this.unsubscribe?.();
    this.timer?.cancel();
    this.timer = null;
  }

  private heard(event: QueueEvent): void {
    if (event.type === 'reset' || /^(stream|session)\./.test(event.type)) void this.refresh();
  }

  private async activeStreams(): Promise<Stream[]> {
    return everything((page) => this.options.queue.listStreams({ ...page, status: 'active' }));
  }

  private async settle(): Promise<void> {
    this.again = false;
    if (this.closed) return;
    try {
      const active = this.options.allowed() ? await this.activeStreams() : [];
      if (this.closed) return;
      this.wanted = active.filter((stream) => stream.working);
      this.stopUnwanted();
      this.startWanted();
    } catch (error) {
      this.options.log.warn(`The streams to work on could not be read: ${String(error)}`);
      this.tryLater();
    }
  }

  /** A renamed stream counts as unwanted under its old name: the lock goes by the name. */
  private stopUnwanted(): void {
    const names = new Map(this.wanted.map(({ id, name }) => [id, name]));
    for (const [id, watcher] of this.watchers) {
      if (names.get(id) === watcher.stream || this.stopping.has(id)) continue;
      this.stopping.add(id);
      void watcher.stop();
    }
  }

  private startWanted(): void {
    for (const stream of this.wanted) if (!this.watchers.has(stream.id)) this.startOne(stream);
  }

  private startOne(stream: Stream): void {
    const watcher = new StreamWorker({ ...this.options, stream: stream.name });
    try {
      watcher.start();
    } catch (error) {
      if (!QueueError.is(error, 'conflict')) {
        this.options.log.error(`Stream "${stream.name}" cannot be worked on.`, error);
      }
      this.tryLater();
      return;
    }
    this.watchers.set(stream.id, watcher);
    this.changes.emit();
    void watcher.done.then(() => this.ended(stream.id));
  }

  private ended(streamId: string): void {
    this.watchers.delete(streamId);
    this.stopping.delete(streamId);
    this.changes.emit();
    if (!this.closed) void this.refresh();
  }

  private tryLater(): void {
    this.timer ??= this.clock.after(tryAgain, () => {
      this.timer = null;
      void this.refresh();
    });
  }
}
