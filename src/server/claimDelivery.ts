/**
 * Sees to it that a claim is either delivered or undone. A worker that has gone away would otherwise hold a task
 * until its deadline.
 */

import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import type { Log } from '../core/log';
import type { Claim } from '../core/model';
import type { Queue } from '../core/queue';

/** Milliseconds in which a claim with a request id may be asked for again. */
const repeatWait = 30_000;

export class ClaimDelivery {
  /** Claims whose answer was lost and may be asked for again, by request id. */
  readonly #lost = new Map<string, Timer>();

  constructor(
    private readonly queue: Queue,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The request came again, so that its claim is not lost. */
  repeated(requestId: string | undefined): void {
    if (requestId === undefined) return;
    this.#lost.get(requestId)?.cancel();
    this.#lost.delete(requestId);
  }

  /** Watches the answer that carries `claim`: to be called before it is written. */
  watch(claim: Claim, requestId: string | undefined, outgoing: ServerResponse): void {
    if (outgoing.destroyed || outgoing.closed) {
      this.#missed(claim, requestId);
      return;
    }
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) this.#missed(claim, requestId);
    });
  }

  /** Forgets the claims that may be asked for again: whoever serves the queue next answers them. */
  close(): void {
    for (const timer of this.#lost.values()) timer.cancel();
    this.#lost.clear();
  }

  #missed(claim: Claim, requestId: string | undefined): void {
    if (requestId === undefined) {
      void this.#release(claim);
      return;
    }
    this.repeated(requestId);
    const timer = this.clock.after(repeatWait, () => {
      this.#lost.delete(requestId);
      void this.#release(claim);
    });
    this.#lost.set(requestId, timer);
  }

  async #release({ task, lease }: Claim): Promise<void> {
    try {
      await this.queue.releaseClaim(task.id, lease);
      this.log.info(`Task ${task.id} is queued again: its claimer had gone before the answer`);
    } catch (error) {
      // Refused when the task has gone on by itself, for instance because it was cancelled.
      if (QueueError.is(error)) this.log.debug(`Task ${task.id} was not released: ${error.message}`);
      else this.log.error(`Task ${task.id} could not be released: ${messageOf(error)}`, error);
    }
  }
}
