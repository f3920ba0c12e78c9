/** One agent's program that is connected: its conversations, what they hold, and how its calls are made. */

import type { Clock } from '../core/clock';
import type { Log } from '../core/log';
import { withinLimit } from './callLimit';
import { HeldClaims } from './heldClaims';
import { LazyQueue, type OpenedQueue } from './lazyQueue';
import type { GitState, Tool } from './tool';

/** What is known of who makes a call. */
export interface Caller {
  conversation: string;
  /** The name of the agent's program. */
  agent: string | undefined;
}

export interface SessionOptions {
  open: () => Promise<OpenedQueue>;
  git: GitState;
  clock: Clock;
  log: Log;
}

const goneNote = 'Given back: the agent that had claimed it has ended';

export class AgentSession {
  private readonly queue: LazyQueue;
  private readonly claims: HeldClaims;
  /** By conversation. */
  private readonly queued = new Map<string, Set<string>>();
  private readonly workers = new Map<string, Promise<string>>();

  constructor(private readonly options: SessionOptions) {
    this.queue = new LazyQueue(options.open);
    this.claims = new HeldClaims(() => this.queue.get(), options.clock, options.log);
  }

  /** Makes one call of a tool. @param cancelled aborts when the caller no longer wants the answer */
  call(tool: Tool, input: Record<string, unknown>, caller: Caller, cancelled: AbortSignal): Promise<object> {
    const { conversation } = caller;
    return withinLimit(this.options.clock, cancelled, async (signal) => {
      const queue = await this.queue.get();
      return tool.run(input, {
        queue,
        claims: this.claims,
        git: this.options.git,
        conversation,
        queued: this.queuedBy(conversation),
        worker: () => this.workerOf(caller),
        signal,
      });
    });
  }

  /** Gives back what is held, and closes the queue. */
  async end(): Promise<void> {
    await this.claims.close(goneNote);
    await this.queue.close();
  }

  private queuedBy(conversation: string): Set<string> {
    const known = this.queued.get(conversation) ?? new Set();
    this.queued.set(conversation, known);
    return known;
  }

  private workerOf({ conversation, agent }: Caller): Promise<string> {
    const known = this.workers.get(conversation) ?? this.register(agent);
    this.workers.set(conversation, known);
    known.catch(() => this.workers.delete(conversation));
    return known;
  }

  private async register(agent: string | undefined): Promise<string> {
    const queue = await this.queue.get();
    const { worker_id: id } = await queue.registerWorker({
      agent,
      label: agent,
      pid: process.pid,
      cwd: process.cwd(),
    });
    return id;
  }
}
