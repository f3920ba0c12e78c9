/**
 * Keeps one queue at hand while its owner changes: this process owns the files, or is a client of the one that does.
 * When that ends, whatever the reason, the queue is looked for again, and calls under way are made again on it.
 */

import { type Clock, sleep, systemClock } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import type { QueueListener, Unsubscribe } from '../core/events';
import type { Queue } from '../core/queue';
import { EventFeed } from './eventFeed';
import { closeQuietly, type Held, seekQueue } from './findOwner';
import type { OpenOwn, OpenQueueOptions } from './options';
import { OwnerMonitor } from './ownerMonitor';

const defaultWait = 10_000;
/** Milliseconds for which a queue that was handed over is left to the program that asked for it. */
const handoverYield = 5_000;
/** Milliseconds between two tries to find a queue that could not be found in time, by a program that stays. */
const retryDelay = 1_000;
/** A queue that is lost sooner than this, in milliseconds, is looked for less and less eagerly. */
const steadyTime = 5_000;
const longestPause = 2_000;

export type QueueRole = 'owner' | 'client';

export class QueueKeeper {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #watch: OwnerMonitor;
  readonly #feeds = new Set<EventFeed>();
  readonly #roleListeners = new Set<(role: QueueRole) => void>();
  #held: Held | undefined;
  #heldSince = 0;
  #seeking: Promise<Held> | undefined;
  #role: QueueRole = 'client';
  /** Resolves when the last owner or connection is let go of. */
  #leaving: Promise<void> = Promise.resolve();
  #yieldMs = 0;
  /** Losses in a row that came soon. */
  #losses = 0;
  #closed = false;

  constructor(
    private readonly options: OpenQueueOptions,
    private readonly openOwn: OpenOwn,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#waitMs = options.waitMs ?? defaultWait;
    this.#watch = new OwnerMonitor(options.storage, this.#clock);
  }

  /** Finds the queue for the first time. */
  async open(): Promise<void> {
    await this.#seek(this.options.strictPort === true);
    // Whoever stays must notice when the owner goes: an open stream of events breaks at once.
    if (this.options.serve) this.subscribe(() => {});
  }

  get role(): QueueRole {
    return this.#role;
  }

  get url(): string | null {
    if (this.#held === undefined) return null;
    return this.#held.role === 'client' ? this.#held.url : (this.#held.serving?.url ?? null);
  }

  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe {
    this.#roleListeners.add(listener);
    return () => void this.#roleListeners.delete(listener);
  }

  /** Makes a call that is safe to repeat, on the queue as it is now, and again when that is lost meanwhile. */
  async call<T>(work: (queue: Queue) => Promise<T>): Promise<T> {
    let giveUpAt: number | undefined;
    for (;;) {
      if (this.#closed) throw new QueueError('unavailable', 'The queue was closed');
      const held = this.#held ?? (await this.#seek(false));
      try {
        return await work(held.queue);
      } catch (error) {
        if (this.#closed || !this.#isRepeatable(held, error)) throw error;
        const now = this.#clock.monotonic();
        giveUpAt ??= now + this.#waitMs;
        if (now >= giveUpAt) throw error;
        if (QueueError.is(error, 'unavailable')) this.#lose(held, error.message);
        else await sleep(100, this.#clock);
      }
    }
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    const feed = new EventFeed(listener, this.#clock, after);
    this.#feeds.add(feed);
    if (this.#held !== undefined) feed.attach(this.#held.queue);
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
      // Whoever is still looking finds that nobody wants the queue any more.
      await this.#seeking;
    } catch (error) {
      this.options.log.debug(`The queue was closed before it was found: ${messageOf(error)}`);
    }
    this.#watch.stop();
    if (this.#held !== undefined) this.#leaving = this.#letGo(this.#held);
    this.#held = undefined;
    await this.#leaving;
  }

  /** Finds the queue; callers at the same time share one search. */
  #seek(strictPort: boolean): Promise<Held> {
    this.#seeking ??= this.#find(strictPort).finally(() => {
      this.#seeking = undefined;
    });
    return this.#seeking;
  }

  async #find(strictPort: boolean): Promise<Held> {
    await this.#leaving;
    if (this.#losses > 1) await sleep(Math.min(50 * 2 ** this.#losses, longestPause), this.#clock);
    const yieldMs = this.#yieldMs;
    this.#yieldMs = 0;
    const held = await seekQueue({
      options: this.options,
      openOwn: this.openOwn,
      watch: this.#watch,
      strictPort,
      yieldMs,
      waitMs: this.#waitMs + yieldMs,
      onHandover: () => this.#handOver(),
      stopped: () => this.#closed,
    });
    this.#hold(held);
    return held;
  }

  #hold(held: Held): void {
    this.#held = held;
    this.#heldSince = this.#clock.monotonic();
    if (held.role === 'owner') {
      held.queue.onLost((reason) => this.#lose(held, reason));
    } else {
      held.queue.onDisconnect((error) => this.#lose(held, error.message));
      const gone = 'its owner is gone, does not answer, or has a successor';
      this.#watch.start(held.generation, () => this.#lose(held, gone));
    }
    for (const feed of this.#feeds) feed.attach(held.queue);
    if (held.role === this.#role) return;
    this.#role = held.role;
    for (const listener of [...this.#roleListeners]) listener(held.role);
  }

  #handOver(): void {
    if (this.#held?.role !== 'owner') return;
    this.#yieldMs = handoverYield;
    this.#lose(this.#held, 'it was handed over to a newer program');
  }

  /** The queue is no longer to be had this way: looks for another, at once where somebody waits for events. */
  #lose(held: Held, reason: string): void {
    if (this.#held !== held || this.#closed) return;
    this.options.log.info(`The queue in ${this.options.storage} was lost as ${held.role}: ${reason}`);
    this.#losses = this.#clock.monotonic() - this.#heldSince > steadyTime ? 1 : this.#losses + 1;
    this.#held = undefined;
    this.#watch.stop();
    for (const feed of this.#feeds) feed.detach();
    this.#leaving = this.#letGo(held);
    if (this.options.serve || this.#feeds.size > 0) this.#seekInBackground();
  }

  #seekInBackground(said = ''): void {
    this.#seek(false).catch((error: unknown) => {
      if (this.#closed) return;
      const message = `The queue in ${this.options.storage} is not to be had: ${messageOf(error)}`;
      if (message !== said) this.options.log.error(message, error);
      this.#clock.after(retryDelay, () => {
        if (!this.#closed && this.#held === undefined) this.#seekInBackground(message);
      });
    });
  }

  async #letGo(held: Held): Promise<void> {
    if (held.role === 'owner') await held.serving?.end();
    await closeQuietly(held.queue, this.options);
  }

  /** Whether the call may not have been made, or its answer was lost. */
  #isRepeatable(held: Held, error: unknown): boolean {
    if (QueueError.is(error, 'unavailable')) return true;
    if (QueueError.is(error, 'outcome_unknown')) return true;
    return this.#held !== held && QueueError.is(error, 'storage_failed', 'conflict');
  }
}
