/** A queue as one caller may use it: what it enqueues is known as its own, and what it may not do is refused. */

import { QueueError } from '../../core/errors';
import type { QueueListener, Unsubscribe } from '../../core/events';
import { isFinished, type Origin, type Task } from '../../core/model';
import {
  type Arguments,
  ForwardingQueue,
  type OperationName,
  perform,
  type Result,
} from '../../core/operations';
import type { Queue } from '../../core/queue';
import { defaultSession, isMainName } from '../mainStream';
import { type AgentRight, agentRights } from './agentRights';

/** Operations whose input says who calls. */
export const withOrigin: Partial<Record<OperationName, number>> = {
  enqueue: 0,
  enqueueMany: 0,
  editTask: 1,
  claimNext: 1,
  claimTask: 1,
  abandon: 1,
};

export class CallerQueue extends ForwardingQueue implements Queue {
  constructor(
    private readonly queue: Queue,
    private readonly caller: Origin,
  ) {
    super();
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    return this.queue.subscribe(listener, after);
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  /** @throws QueueError `forbidden` for what an agent may not do */
  protected override async forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    if (this.caller.kind === 'agent') await this.refuse(name, agentRights[name], args);
    const at = withOrigin[name];
    if (at === undefined) return perform(this.queue, name, args);
    const own: unknown[] = [...args];
    own[at] = { ...(args[at] as object), origin: this.caller };
    return perform(this.queue, name, own as unknown as Arguments<K>);
  }

  private async refuse(name: OperationName, right: AgentRight, args: readonly unknown[]): Promise<void> {
    if (right === 'agent') return;
    if (right === 'main') {
      const { name: made } = args[0] as { name: string };
      if (name === 'createSession' ? made === defaultSession : isMainName(made)) return;
    }
    if (right === 'leased') {
      const { lease } = args[1] as { lease?: string };
      if (lease !== undefined) return;
      throw new QueueError(
        'forbidden',
        `An agent may report only on a task that it has claimed: ${String(args[0])} was named without a lease`,
        'Claim it first, and report with the lease of the claim.',
      );
    }
    if (right === 'own') {
      const task = await this.queue.getTask(String(args[0]));
      if (this.isOwn(task) && task.status === 'queued') return;
      throw new QueueError(
        'forbidden',
        `An agent may not change task ${task.id}: it ${whyNotOwn(task)}`,
        'Ask the person who runs the queue.',
      );
    }
    throw forPersons(name);
  }

  private isOwn({ origin }: Task): boolean {
    const { conversation, task } = this.caller;
    if (origin.kind !== 'agent') return false;
    return conversation === undefined
      ? task !== undefined && origin.task === task
      : origin.conversation === conversation;
  }
}

function whyNotOwn(task: Task): string {
  if (isFinished(task)) return 'has finished';
  return task.status === 'running' ? 'is running' : 'was queued by somebody else';
}

/** What an agent is told that calls what is for a person. @param what an operation, or a route */
export function forPersons(what: string): QueueError {
  return new QueueError(
    'forbidden',
    `An agent may not call ${what}: that is for a person`,
    'Ask the person who runs the queue.',
  );
}
