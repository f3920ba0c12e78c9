/** What each tool that runs an agent has used since a time, and whether its account rests now. */

import { type UsageSum, usageOf } from '../accounts/usage';
import type { Instant } from '../core/clock';
import type { AccountRest, Attempt } from '../core/model';
import type { Queue } from '../core/queue';

export interface AgentUse extends UsageSum {
  tool: string;
  /** Runs that have met a limit. */
  limited: number;
  /** Null where its account does not rest. */
  rest: AccountRest | null;
}

/** A run of an agent, with the tool that ran it. */
export type RunOfTool = Pick<Attempt, 'outcome' | 'usage'> & { tool: string };

const mostRuns = 10_000;

/** Of the tasks that are in the queue. */
export async function agentRunsSince(queue: Queue, since: Instant): Promise<RunOfTool[]> {
  const { runs } = await queue.listRuns({ since, agents: true, limit: mostRuns });
  return runs.map(({ tool_name, stand_in, ...run }) => ({ ...run, tool: stand_in ?? tool_name }));
}

/** By tool, the dearest first. */
export async function agentUse(queue: Queue, runs: readonly RunOfTool[]): Promise<AgentUse[]> {
  if (runs.length === 0) return [];
  const rests = new Map((await queue.listTools()).map(({ name, rest }) => [name, rest]));
  return [...new Set(runs.map(({ tool }) => tool))]
    .map((tool): AgentUse => {
      const own = runs.filter((run) => run.tool === tool);
      const limited = own.filter(({ outcome }) => outcome === 'limited').length;
      return { tool, ...usageOf(own), limited, rest: rests.get(tool) ?? null };
    })
    .filter(({ runs: count }) => count > 0)
    .sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0) || (a.tool < b.tool ? -1 : 1));
}
