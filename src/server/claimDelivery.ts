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

/** The requests of one id that are under way, and what became of those before. */
interface Asked {
  id: string | undefined;
  /** How many are under way. */
  open: number;
  /** The lease that one of them was told. */
  delivered: string | undefined;
  /** The claim of one that had gone. */
  lost: Claim | undefined;
  /** Runs while none is under way and the claim is lost. */
  timer: Timer | undefined;
}

export class ClaimDelivery {
  /** By request id. */
  readonly #asked = new Map<string, Asked>();

  constructor(
    private readonly queue: Queue,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Gets a claim with `ask`, and watches the answer that is to carry it: `outgoing` is to be written after this has
   * resolved. Requests of one id carry the same claim, which is delivered with any of them.
   */
  async carry<T extends Claim | null>(
    requestId: string | undefined,
    outgoing: ServerResponse,
    ask: () => Promise<T>,
  ): Promise<T> {
    const asked = this.#begin(requestId);
    try {
      const claim = await ask();
      if (claim === null) this.#end(asked);
      else if (outgoing.destroyed || outgoing.closed) this.#missed(asked, claim);
      else {
        outgoing.once('close', () => {
          if (outgoing.writableFinished) this.#arrived(asked, claim);
          else this.#missed(asked, claim);
        });
      }
      return claim;
    } catch (error) {
      this.#end(asked);
      throw error;
    }
  }

  /** Forgets the claims that may be asked for again: whoever serves the queue next answers them. */
  close(): void {
    for (const { timer } of this.#asked.values()) timer?.cancel();
    this.#asked.clear();
  }

  #begin(id: string | undefined): Asked {
    const known = id === undefined ? undefined : this.#asked.get(id);
    const asked = known ?? { id, open: 0, delivered: undefined, lost: undefined, timer: undefined };
    if (id !== undefined) this.#asked.set(id, asked);
    asked.timer?.cancel();
    asked.open += 1;
    return asked;
  }

  #arrived(asked: Asked, { lease }: Claim): void {
    asked.delivered = lease;
    if (asked.lost?.lease === lease) asked.lost = undefined;
    this.#end(asked);
  }

  #missed(asked: Asked, claim: Claim): void {
    if (asked.delivered !== claim.lease) asked.lost = claim;
    this.#end(asked);
  }

  /** One request less; after the last, a claim that was lost waits for another one. */
  #end(asked: Asked): void {
    asked.open -= 1;
    if (asked.open > 0) return;
    const { id, lost } = asked;
    if (id === undefined) {
      if (lost) void this.#release(lost);
    } else if (lost) {
      asked.timer = this.clock.after(repeatWait, () => {
        this.#asked.delete(id);
        void this.#release(lost);
      });
    } else {
      this.#asked.delete(id);
    }
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
