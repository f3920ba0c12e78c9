/** One subscription that continues when the queue gets another owner. */

import { type Clock, toInstant } from '../core/clock';
import type { QueueEvent, QueueListener, Unsubscribe } from '../core/events';
import type { Queue } from '../core/queue';

/** The id of a `reset` that no queue has issued: there is nothing to resume from. */
const unnumbered = '0-0';

export class EventFeed {
  #stop: Unsubscribe | undefined;
  #lastId: string | undefined;
  #attachedBefore = false;

  constructor(
    private readonly listener: QueueListener,
    private readonly clock: Clock,
    after: string | undefined,
  ) {
    this.#lastId = after;
  }

  /** Follows this queue, from the last event that was seen. */
  attach(queue: Queue): void {
    this.detach();
    // With no event seen there is nothing to resume from: what happened in between is unknown.
    const missed = this.#attachedBefore && this.#lastId === undefined;
    this.#attachedBefore = true;
    this.#stop = queue.subscribe((event) => this.#pass(event), this.#lastId);
    if (missed) this.#pass({ id: unnumbered, type: 'reset', at: toInstant(this.clock.now()) });
  }

  detach(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #pass(event: QueueEvent): void {
    if (event.id !== unnumbered) this.#lastId = event.id;
    this.listener(event);
  }
}
