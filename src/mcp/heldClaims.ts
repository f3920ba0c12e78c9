/**
 * The claims of this process: it keeps their leases and sends their heartbeats, so that no model has to. Each belongs to
 * the conversation that made it.
 */

import type { Clock, Timer } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import { newKey } from '../core/ids';
import type { Log } from '../core/log';
import type { Claim, Task, TaskAnswer } from '../core/model';
import type { ClaimRequest, Queue } from '../core/queue';

/** Milliseconds between two heartbeats. A lease holds for a minute: one may fail. */
export const heartbeatEvery = 20_000;

/** A claim that is held, or was lost without its conversation knowing yet. */
export interface Held extends Claim {
  readonly conversation: string;
  /** Seconds to its deadline, from the claim and from each report on it. */
  readonly seconds: number;
  cancelRequested: boolean;
  /** Why it is no longer held; null while it is. */
  lost: QueueError | null;
  /** The keys of reports by what they say: a repeat is the same report. */
  readonly keys: Map<string, string>;
}

export interface Wanted {
  /** The conversation that claims. */
  conversation: string;
  /** Claim this task; else the next of the stream that is run outside. */
  task?: string;
  stream?: string;
  /** Seconds to wait for one. */
  wait: number;
  /** Seconds to the deadline. */
  seconds: number;
  /** Take one although another is open. */
  another: boolean;
  /** Who claims, and on what. */
  as(): Promise<Pick<ClaimRequest, 'worker_id' | 'git' | 'git_elsewhere'>>;
}

export class HeldClaims {
  /** By the id of the task. */
  private readonly held = new Map<string, Held>();
  /** What was finished last, by conversation and task: a repeated report is not refused. */
  private readonly finished = new Map<string, string>();
  private readonly claiming = new Set<Promise<unknown>>();
  private readonly waiting = new Set<string>();
  private readonly beating = new Set<Held>();
  private timer: Timer | undefined;
  private closed = false;

  constructor(
    private readonly queue: () => Promise<Queue>,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Is called after each change of what is held. */
    private readonly changed: () => void = () => undefined,
  ) {}

  /** All that is held, first claimed first. */
  open(): Held[] {
    return [...this.held.values()].filter(({ lost }) => lost === null);
  }

  /** What the conversation holds, first claimed first. */
  openOf(conversation: string): Held[] {
    return this.open().filter((one) => one.conversation === conversation);
  }

  /**
   * The task that the conversation has open, or else a new one; null if there is none to be had. Once `signal` has
   * aborted, nothing new stays claimed.
   */
  async claim(wanted: Wanted, signal: AbortSignal): Promise<{ held: Held; resumed: boolean } | null> {
    const { conversation, task, another } = wanted;
    const open = this.openOf(conversation);
    const same = open.find((one) => one.task.id === task?.trim());
    if (same !== undefined) return { held: same, resumed: true };
    const [first] = open;
    if (first !== undefined && !another) {
      if (task === undefined) return { held: first, resumed: true };
      throw new QueueError(
        'conflict',
        `This conversation still has task ${first.task.id} open`,
        `Finish it first with finish_task, or take this one as well with "another": true.`,
      );
    }
    if (this.waiting.has(conversation) && !another) {
      throw new QueueError(
        'conflict',
        'Another claim_task of this conversation is still waiting',
        'Wait for its answer, or take a second task with "another": true.',
      );
    }
    this.waiting.add(conversation);
    const claiming = this.claimNew(wanted, signal).finally(() => {
      this.waiting.delete(conversation);
      this.claiming.delete(claiming);
    });
    this.claiming.add(claiming);
    const held = await claiming;
    return held && { held, resumed: false };
  }

  /** Reports progress, and starts the deadline afresh. */
  async report(
    conversation: string,
    id: string,
    { progress, message }: { progress?: number; message?: string },
  ): Promise<Held> {
    const held = this.need(conversation, id);
    if (held.lost !== null) throw held.lost;
    const queue = await this.queue();
    await this.beat(queue, held, { progress, message, kill_after: held.seconds });
    return held;
  }

  /**
   * Ends a claim with a report, whose outcome is given once: a repeat of the same is answered with null.
   * @param send sends the report under the key
   */
  async finish(
    conversation: string,
    id: string,
    outcome: string,
    send: (queue: Queue, held: Held, key: string) => Promise<TaskAnswer>,
  ): Promise<TaskAnswer | null> {
    const done = `${conversation}\n${id.trim()}`;
    if (!this.held.has(id.trim()) && this.finished.get(done) === outcome) return null;
    const held = this.need(conversation, id);
    const queue = await this.queue();
    const key = held.keys.get(outcome) ?? newKey();
    held.keys.set(outcome, key);
    try {
      const answer = await send(queue, held, key);
      this.finished.set(done, outcome);
      this.forget(held);
      return answer;
    } catch (error) {
      if (isOver(error)) this.forget(held);
      throw error;
    }
  }

  /** Gives back all that is held, with a note on each task. No claim is made from then on. */
  async close(note: string): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await Promise.allSettled([...this.claiming]);
    await Promise.all(this.open().map((held) => this.abandon(held, note)));
  }

  private async claimNew(wanted: Wanted, signal: AbortSignal): Promise<Held | null> {
    const { conversation, task, stream = '', wait, seconds } = wanted;
    const queue = await this.queue();
    const request = { ...(await wanted.as()), claim_request_id: newKey(), kill_after: seconds };
    const next = (wait: number, signal?: AbortSignal) =>
      queue.claimNext(stream, { ...request, outside: true, wait, signal });
    let claim = task === undefined ? await next(wait, signal) : await queue.claimTask(task, request);
    if (signal.aborted || this.closed) {
      // An answer that was cut off may have carried a claim, which a repeat gets as well.
      claim ??= await next(0);
      if (claim !== null) await this.release(claim);
      throw new QueueError('unavailable', 'The claim was cancelled', 'Nothing was claimed. Claim again.');
    }
    if (claim === null) return null;
    const held: Held = {
      ...claim,
      conversation,
      seconds,
      cancelRequested: claim.task.cancel_requested,
      lost: null,
      keys: new Map(),
    };
    this.held.set(held.task.id, held);
    this.changed();
    this.keepBeating();
    return held;
  }

  private keepBeating(): void {
    if (this.timer !== undefined || this.closed) return;
    this.timer = this.clock.after(heartbeatEvery, () => {
      this.timer = undefined;
      const open = this.open();
      for (const held of open) if (!this.beating.has(held)) void this.renew(held);
      if (open.length > 0) this.keepBeating();
    });
  }

  /** A heartbeat that fails is only logged: the next one follows soon. */
  private async renew(held: Held): Promise<void> {
    this.beating.add(held);
    try {
      await this.beat(await this.queue(), held, {});
    } catch (error) {
      // One that was under way while the task was finished is refused, and that is all right.
      if (this.held.get(held.task.id) === held)
        this.log.warn(`No heartbeat for task ${held.task.id}: ${messageOf(error)}`);
    } finally {
      this.beating.delete(held);
    }
  }

  private async beat(
    queue: Queue,
    held: Held,
    beat: { progress?: number; message?: string; kill_after?: number },
  ): Promise<void> {
    try {
      const answer = await queue.heartbeat(held.task.id, { lease: held.lease, ...beat });
      held.deadline = answer.deadline;
      held.cancelRequested = answer.cancel_requested;
    } catch (error) {
      if (isOver(error)) {
        held.lost = error;
        this.changed();
      }
      throw error;
    }
  }

  /** The claim of the conversation. @throws QueueError `conflict` where it has none on that task */
  private need(conversation: string, id: string): Held {
    const held = this.held.get(id.trim());
    if (held?.conversation === conversation) return held;
    if (held !== undefined) {
      throw new QueueError(
        'conflict',
        `Task ${held.task.id} is held by another conversation`,
        'Only the conversation that claimed a task may report on it. Claim another one with claim_task.',
      );
    }
    const [open] = this.openOf(conversation);
    throw new QueueError(
      'conflict',
      `Task ${id.trim()} is not claimed by this conversation${open === undefined ? '' : `, which has ${open.task.id} open`}`,
      'Claim it first: claim_task with its task_id.',
    );
  }

  private release({ task, lease }: Claim): Promise<void> {
    return this.undo(task, (queue) => queue.releaseClaim(task.id, lease));
  }

  private abandon({ task, lease }: Held, note: string): Promise<void> {
    return this.undo(task, (queue) => queue.abandon(task.id, { lease, note, key: newKey() }));
  }

  /** Where that fails, the lease ends by itself. */
  private async undo({ id }: Task, work: (queue: Queue) => Promise<unknown>): Promise<void> {
    try {
      await work(await this.queue());
    } catch (error) {
      this.log.warn(`Task ${id} was not released: ${messageOf(error)}`);
    }
  }

  private forget(held: Held): void {
    if (this.held.get(held.task.id) !== held) return;
    this.held.delete(held.task.id);
    this.changed();
  }
}

/** Whether a claim has ended, as its lease is refused. */
function isOver(error: unknown): error is QueueError {
  return QueueError.is(error, 'lease_superseded', 'gone', 'not_found', 'wrong_state');
}
