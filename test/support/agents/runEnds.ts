/** How a run has ended, for tests of what becomes of that. */

import type { AgentRecord } from '../../../src/runner/adapters/agentRun';
import type { ExitRecord } from '../../../src/runner/runFiles';

/** A program that has exited with 0. */
export function exitRecord(more: Partial<ExitRecord> = {}): ExitRecord {
  return {
    reason: 'exited',
    code: 0,
    signal: null,
    started_at: 0,
    ended_at: 0,
    stdout_size: 1,
    stderr_size: 2,
    message: null,
    result: null,
    progress: null,
    ...more,
  };
}

/** An agent that is done, and says no more. */
export function agentRecord(more: Partial<AgentRecord> = {}): AgentRecord {
  return {
    name: 'claude',
    outcome: 'done',
    text: null,
    subtype: null,
    session: null,
    usage: { input: null, cached: null, output: null, cost_usd: null, turns: null },
    limit: null,
    denied: [],
    asked: null,
    question: null,
    lost_session: false,
    ...more,
  };
}
