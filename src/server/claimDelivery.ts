/**
 * Makes sure that a claim is either delivered or undone. A worker that has disconnected would otherwise hold a task
 * until its deadline. It may have repeated its request to another host of the queue, or be at work: its task says so then.
 */

import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import type { Log } from '../core/log';
import type { Claim } from '../core/model';
import type { Queue } from '../core/queue';

/** Milliseconds for which a claim with a request id waits for a repeated request. */
const repeatWait = 30_000;

/** The requests with one id that are under way, and the outcome of those before. */
interface Requests {
  id: string | undefined;
  /** How many are under way. */
  open: number;
  /** The lease that one of them has delivered. */
  delivered: string | undefined;
  /** The claim of one that was disconnected. */
  lost: Claim | undefined;
  /** Set while none is under way and the claim is lost. */
  waiting: Timer | undefined;
}

export class ClaimDelivery {
  /** By request id. */
  readonly #requests = new Map<string, Requests>();

  constructor(
    private readonly queue: Queue,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Makes a claim and watches the answer that delivers it: `outgoing` must be written after this has resolved. Requests
   * with one id get the same claim, which counts as delivered with any of them.
   */
  async deliver<T extends Claim | null>(
    requestId: string | undefined,
    outgoing: ServerResponse,
    claimTask: () => Promise<T>,
  ): Promise<T> {
    const requests = this.#begin(requestId);
    try {
      const claim = await claimTask();
      if (claim === null) this.#end(requests);
      else if (outgoing.destroyed || outgoing.closed) this.#lost(requests, claim);
      else {
        outgoing.once('close', () => {
          if (outgoing.writableFinished) this.#delivered(requests, claim);
          else this.#lost(requests, claim);
        });
      }
      return claim;
    } catch (error) {
      this.#end(requests);
      throw error;
    }
  }

  /** Forgets the claims that wait for a repeated request: the next owner answers it. */
  close(): void {
    for (const { waiting } of this.#requests.values()) waiting?.cancel();
    this.#requests.clear();
  }

  #begin(id: string | undefined): Requests {
    const known = id === undefined ? undefined : this.#requests.get(id);
    const requests = known ?? { id, open: 0, delivered: undefined, lost: undefined, waiting: undefined };
    if (id !== undefined) this.#requests.set(id, requests);
    requests.waiting?.cancel();
    requests.open += 1;
    return requests;
  }

  #delivered(requests: Requests, { lease }: Claim): void {
    requests.delivered = lease;
    if (requests.lost?.lease === lease) requests.lost = undefined;
    this.#end(requests);
  }

  #lost(requests: Requests, claim: Claim): void {
    if (requests.delivered !== claim.lease) requests.lost = claim;
    this.#end(requests);
  }

  /** Ends one request; after the last, a lost claim waits for a repeated one. */
  #end(requests: Requests): void {
    requests.open -= 1;
    if (requests.open > 0) return;
    const { id, lost } = requests;
    if (id === undefined) {
      if (lost) void this.#release(lost);
    } else if (lost) {
      requests.waiting = this.#waitFor(lost, () => this.#requests.delete(id));
    } else {
      this.#requests.delete(id);
    }
  }

  /** Waits for a repeated request, here or at another host. @param over called once nothing is to be waited for */
  #waitFor(lost: Claim, over: () => void): Timer {
    const { task } = lost;
    const cancel = (): void => {
      timer.cancel();
      unsubscribe();
    };
    const timer = this.clock.after(repeatWait, () => {
      cancel();
      over();
      void this.#release(lost);
    });
    // Whoever tells of progress has the claim.
    const unsubscribe = this.queue.subscribe(({ type, task: now }) => {
      if (type !== 'task.progress' || now?.id !== task.id || now.attempts !== task.attempts) return;
      cancel();
      over();
    });
    return { cancel };
  }

  async #release({ task, lease }: Claim): Promise<void> {
    try {
      await this.queue.releaseClaim(task.id, lease);
      this.log.info(`Task ${task.id} is queued again: its claimer had disconnected before the answer`);
    } catch (error) {
      // Refused when the task has changed meanwhile, for instance because it was cancelled.
      if (QueueError.is(error)) this.log.debug(`Task ${task.id} was not released: ${error.message}`);
      else this.log.error(`Task ${task.id} could not be released: ${messageOf(error)}`, error);
    }
  }
}
