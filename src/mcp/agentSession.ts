/** One agent's program that is connected: its conversations, what they hold, and how its calls are made. */

import { agentOfProgram } from '../agents/callingAgent';
import type { NotedClaim } from '../agents/claimNotes';
import type { Clock } from '../core/clock';
import { messageOf } from '../core/errors';
import { randomHex } from '../core/ids';
import type { Log } from '../core/log';
import type { Origin } from '../core/model';
import { mostCallerText } from '../core/protocol';
import type { BoundRun } from '../runner/boundRun';
import { isMoved } from '../store/ownership/movedTo';
import { withinLimit } from './callLimit';
import { HeldClaims } from './heldClaims';
import { LazyQueue, type OpenedQueue } from './lazyQueue';
import type { GitState, Tool } from './tool';

/** What is known of who makes a call. */
export interface Caller {
  /** Undefined where its program has only one. */
  conversation: string | undefined;
  /** The name of the agent's program. */
  agent: string | undefined;
}

export interface SessionOptions {
  open: () => Promise<OpenedQueue>;
  /** What the environment of this process says of its agent. */
  agent: Pick<Origin, 'via' | 'task'>;
  /** The run that the agent is; null for one that nothing here has started. */
  run: BoundRun | null;
  git: GitState;
  /** Notes what is open, for the hooks of the agent. */
  note: (claims: readonly NotedClaim[]) => void;
  clock: Clock;
  log: Log;
}

const goneNote = 'Given back: the agent that had claimed it has ended';

export class AgentSession {
  private readonly queue: LazyQueue;
  private readonly claims: HeldClaims;
  /** That of a client which names none. No other program has one of that name. */
  private readonly ownConversation = `process ${randomHex(8)}`;
  /** By conversation. */
  private readonly queued = new Map<string, Set<string>>();
  private readonly workers = new Map<string, Promise<string>>();

  constructor(private readonly options: SessionOptions) {
    this.queue = new LazyQueue(options.open);
    this.claims = new HeldClaims(
      () => this.queue.get(),
      options.clock,
      options.log,
      () => this.note(),
    );
  }

  /** The task whose run the agent is, if it is one. */
  get ownTask(): string | null {
    return this.options.run?.task ?? null;
  }

  /** Makes one call of a tool. @param cancelled aborts when the caller no longer wants the answer */
  call(tool: Tool, input: Record<string, unknown>, caller: Caller, cancelled: AbortSignal): Promise<object> {
    const { conversation = this.ownConversation, agent } = caller;
    return withinLimit(this.options.clock, cancelled, async (signal) => {
      const own = this.options.run && tool.ofRun?.(input, this.options.run);
      if (own) return own;
      const run = async () =>
        tool.run(input, {
          queue: (await this.queue.get()).as(this.originOf(conversation, agent)),
          claims: this.claims,
          git: this.options.git,
          conversation,
          queued: this.queuedBy(conversation),
          worker: () => this.workerOf(conversation, agent),
          signal,
        });
      try {
        return await run();
      } catch (error) {
        if (!isMoved(error)) throw error;
        // An agent cannot start this program again.
        await this.queue.reopen();
        return run();
      }
    });
  }

  /** Gives back what is held, and closes the queue. */
  async end(): Promise<void> {
    await this.claims.close(goneNote);
    this.note([]);
    await this.queue.close();
  }

  /** A claim stands whether it could be noted or not. */
  private note(held = this.claims.open()): void {
    try {
      this.options.note(
        held.map(({ task: { id, label }, conversation }) => ({
          ...{ task: id, label },
          conversation: conversation === this.ownConversation ? null : conversation,
        })),
      );
    } catch (error) {
      this.options.log.warn(`What is claimed was not noted: ${messageOf(error)}`);
    }
  }

  private queuedBy(conversation: string): Set<string> {
    const known = this.queued.get(conversation) ?? new Set();
    this.queued.set(conversation, known);
    return known;
  }

  private originOf(conversation: string, program: string | undefined): Origin {
    const via = agentOfProgram(program ?? '') ?? this.options.agent.via ?? program?.slice(0, mostCallerText);
    return { kind: 'agent', ...this.options.agent, ...(via && { via }), conversation };
  }

  private workerOf(conversation: string, agent: string | undefined): Promise<string> {
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
