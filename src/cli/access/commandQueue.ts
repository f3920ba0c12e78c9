/** The queue as a command that ends at once uses it, through an owner that may end first. */

import { QueueError } from '../../core/errors';
import type { QueueListener, Unsubscribe } from '../../core/events';
import {
  type Arguments,
  ForwardingQueue,
  type OperationName,
  perform,
  type Result,
  withKey,
} from '../../core/operations';
import type { Queue } from '../../core/queue';

export interface Opened {
  queue: Queue;
  close(): Promise<void>;
}

/**
 * Calls the owner, and from the first call that it does not answer on, whoever owns the queue then: where nobody does,
 * this process. A call keeps its key when it is repeated.
 */
export class CommandQueue extends ForwardingQueue implements Queue {
  #queue: Queue;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;

  /** @param openSuccessor opens the queue without the owner that has ended */
  constructor(
    private readonly owner: Queue,
    private readonly openSuccessor: () => Promise<Opened>,
  ) {
    super();
    this.#queue = owner;
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    return this.#queue.subscribe(listener, after);
  }

  async close(): Promise<void> {
    await this.owner.close();
    await this.#opened?.close();
  }

  protected override async forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    const keyed = withKey(name, args);
    try {
      return await perform(this.#queue, name, keyed);
    } catch (error) {
      if (this.#queue !== this.owner || !QueueError.is(error, 'unavailable', 'outcome_unknown')) throw error;
      this.#opening ??= this.openSuccessor();
      this.#opened = await this.#opening;
      this.#queue = this.#opened.queue;
      return perform(this.#queue, name, keyed);
    }
  }
}
