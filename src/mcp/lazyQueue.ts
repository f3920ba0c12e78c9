/** A queue that is opened when it is first needed, and tried again as long as that fails. */

import type { Queue } from '../core/queue';

export interface OpenedQueue {
  queue: Queue;
  close(): Promise<void>;
}

export class LazyQueue {
  private opening: Promise<OpenedQueue> | undefined;

  constructor(private readonly open: () => Promise<OpenedQueue>) {}

  async get(): Promise<Queue> {
    const opening = this.opening ?? this.open();
    this.opening = opening;
    try {
      return (await opening).queue;
    } catch (error) {
      if (this.opening === opening) this.opening = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await (await this.opening?.catch(() => undefined))?.close();
  }
}
