/** The Queue that programs hold: local or remote as it turns out, and the same one over every change of owner. */

import { type Clock, systemClock } from '../core/clock';
import type { QueueListener, Unsubscribe } from '../core/events';
import type { Claim } from '../core/model';
import {
  type Arguments,
  ForwardingQueue,
  type OperationName,
  perform,
  type Result,
  withKey,
} from '../core/operations';
import type { ClaimNextRequest, Queue } from '../core/queue';
import type { OpenOwn, OpenQueueOptions } from './options';
import { QueueKeeper, type QueueRole } from './queueKeeper';

export interface OpenQueue extends Queue {
  /** What this process is; during a change, what it was before. */
  role(): QueueRole;
  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe;
  /** Where the queue is served; null when it is not, or not at this moment. */
  url(): string | null;
}

/**
 * Opens the queue of a storage folder: as its owner where there is none, else as a client of the owner.
 * @throws QueueError `unavailable` when its owner serves nobody and does not go in time; `upgrade_required` when its
 * owner, or its files, are newer than this program; `conflict` when the one port that will do is taken
 */
export async function openQueue(options: OpenQueueOptions, openOwn: OpenOwn = openFiles): Promise<OpenQueue> {
  const keeper = new QueueKeeper(options, openOwn);
  await keeper.open();
  return new KeptQueue(keeper, options.clock ?? systemClock);
}

/** Loads the store only where it is needed. */
async function openFiles(...args: Parameters<OpenOwn>): ReturnType<OpenOwn> {
  const { openOwn } = await import('./openOwn');
  return openOwn(...args);
}

/** Each change gets its key here, so that it stays the same however often it is repeated. */
class KeptQueue extends ForwardingQueue implements OpenQueue {
  constructor(
    private readonly keeper: QueueKeeper,
    private readonly clock: Clock,
  ) {
    super();
  }

  role(): QueueRole {
    return this.keeper.role;
  }

  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe {
    return this.keeper.onDidChangeRole(listener);
  }

  url(): string | null {
    return this.keeper.url;
  }

  /** Waits as long in all as was asked for, over however many owners. */
  override claimNext(stream: string, request: ClaimNextRequest = {}): Promise<Claim | null> {
    const { signal, wait = 0 } = request;
    const [, keyed] = withKey('claimNext', [stream, request]);
    const end = this.clock.monotonic() + wait * 1000;
    return this.keeper.call(async (queue) => {
      if (signal?.aborted === true) return null;
      const left = Math.max(0, end - this.clock.monotonic()) / 1000;
      return queue.claimNext(stream, { ...keyed, wait: left });
    });
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    return this.keeper.subscribe(listener, after);
  }

  close(): Promise<void> {
    return this.keeper.close();
  }

  protected override forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    const keyed = withKey(name, args);
    return this.keeper.call((queue) => perform(queue, name, keyed));
  }
}
