/** A queue that is opened when it is first needed, and tried again as long as that fails. */

import type { Origin } from '../core/model';
import type { Queue } from '../core/queue';

/** A queue with which several may work, each under a name of its own. */
export interface SharedQueue extends Queue {
  as(caller: Origin): Queue;
}

export interface OpenedQueue {
  queue: SharedQueue;
  close(): Promise<void>;
}

export class LazyQueue {
  private opening: Promise<OpenedQueue> | undefined;

  constructor(private readonly open: () => Promise<OpenedQueue>) {}

  async get(): Promise<SharedQueue> {
    const opening = this.opening ?? this.open();
    this.opening = opening;
    try {
      return (await opening).queue;
    } catch (error) {
      if (this.opening === opening) this.opening = undefined;
      throw error;
    }
  }

  /** Closes the queue; the next call opens it where it is then. */
  async reopen(): Promise<void> {
    const before = this.opening;
    this.opening = undefined;
    await (await before?.catch(() => undefined))?.close();
  }

  async close(): Promise<void> {
    await (await this.opening?.catch(() => undefined))?.close();
  }
}
