/** One subscription that goes on while the queue behind it changes hands. */

import { type Clock, toInstant } from '../core/clock';
import type { QueueEvent, QueueListener, Unsubscribe } from '../core/events';
import type { Queue } from '../core/queue';

/** The id of a `reset` that no queue has numbered: there is nothing to resume from. */
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

  /** Follows this queue from now on, from where the last one was left. */
  attach(queue: Queue): void {
    this.detach();
    // With no event seen there is no place to go on from: what happened in between is not known.
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
