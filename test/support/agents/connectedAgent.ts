/** Agents that call the tools of `sparkq mcp` in this process. */

import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { type Log, silentLog } from '../../../src/core/log';
import type { Origin } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { AgentSession } from '../../../src/mcp/agentSession';
import { mcpServer } from '../../../src/mcp/mcpServer';
import type { BoundRun } from '../../../src/runner/boundRun';
import { CallerQueue } from '../../../src/store/callers/callerQueue';
import type { LocalQueue, LocalQueueOptions } from '../../../src/store/localQueue';
import { FakeClock } from '../fakeClock';
import { type QueueOfRows, withQueue } from '../localQueue';

export interface Calling {
  /** The `_meta` of the call. */
  meta?: Record<string, unknown>;
  signal?: AbortSignal;
}

/** A queue as a program of agents has it open. */
class SharedByAgents extends CallerQueue {
  constructor(private readonly whole: Queue) {
    super(whole, { kind: 'agent' });
  }

  as(caller: Origin): Queue {
    return new CallerQueue(this.whole, caller);
  }
}

/** What a tool answered, or refused with a sentence. */
export class ToolError extends Error {}

export class ConnectedAgent {
  private constructor(
    readonly client: Client,
    readonly session: AgentSession,
  ) {}

  static async connect(
    queue: Queue,
    clock: FakeClock,
    log: Log = silentLog,
    run: BoundRun | null = null,
  ): Promise<ConnectedAgent> {
    const open = async () => ({ queue: new SharedByAgents(queue), close: async () => undefined });
    const git = { atClaim: async () => ({}), atEnd: async () => undefined };
    const session = new AgentSession({ open, agent: {}, run, git, note: () => undefined, clock, log });
    const [here, there] = InMemoryTransport.createLinkedPair();
    await mcpServer(session, '1.0.0', log).connect(there);
    const client = new Client({ name: 'tester', version: '1.0.0' });
    await client.connect(here);
    return new ConnectedAgent(client, session);
  }

  /** The answer. @throws ToolError what was refused, as the model reads it */
  async call(
    name: string,
    input: object = {},
    { meta, signal }: Calling = {},
  ): Promise<Record<string, unknown>> {
    const { content, isError } = await this.client.callTool(
      { name, arguments: { ...input }, ...(meta && { _meta: meta }) },
      { signal },
    );
    const [first] = content;
    const text = first?.type === 'text' ? first.text : '';
    if (isError) throw new ToolError(text);
    return JSON.parse(text) as Record<string, unknown>;
  }
}

/** An agent at a queue with the stream `lane`, both on one clock that stands still. */
export function withAgent(
  use: (agent: ConnectedAgent, queue: QueueOfRows<LocalQueue>, clock: FakeClock) => Promise<void>,
  options: Partial<LocalQueueOptions> = {},
): Promise<void> {
  const clock = new FakeClock();
  return withQueue(
    async (queue) => {
      const agent = await ConnectedAgent.connect(queue, clock);
      try {
        await use(agent, queue, clock);
      } finally {
        await agent.client.close();
      }
    },
    { clock, ...options },
  );
}
