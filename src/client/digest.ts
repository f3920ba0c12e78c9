/** What has happened since somebody last looked: what finished, what failed, and what waits for a person. */

import { fromInstant, type Instant } from '../core/clock';
import { type HistoryTask, isCalledOff, type Task, type WaitingCode } from '../core/model';
import { everything } from '../core/paging';
import type { Queue } from '../core/queue';
import { type AgentUse, agentRunsSince, agentUse, type RunOfTool } from './agentUse';

/** A task that has finished, purged ones included. */
export type FinishedTask = Pick<
  Task,
  | 'id'
  | 'stream_id'
  | 'label'
  | 'tool_name'
  | 'payload'
  | 'payload_json'
  | 'status'
  | 'failure_kind'
  | 'result_summary'
  | 'error'
  | 'started_at'
  | 'reviewed_at'
> & { finished_at: Instant };

/** Queued tasks that do not start before a person does something. */
export interface WaitingTasks {
  code: WaitingCode;
  /** The reason in a sentence. */
  waiting: string;
  stream_id: string;
  count: number;
  /** The one that runs first of them. */
  first: Task;
}

export interface Digest {
  since: Instant;
  /** Each list: last finished first. */
  succeeded: FinishedTask[];
  /** Without those that a person has cancelled or denied. */
  failed: FinishedTask[];
  /** Denied ones as well. */
  cancelled: FinishedTask[];
  waiting: WaitingTasks[];
  /** What the runs of agents have used that ended since then. */
  agents: AgentUse[];
}

const largestPage = 1_000;

/** Why a task waits, where time alone does not help. A parked task waits on purpose. */
const needsPerson: ReadonlySet<WaitingCode> = new Set<WaitingCode>([
  'approval',
  'answer',
  'blocked_answer',
  'held',
  'batch_failed',
  'batch_stopped',
  'stream_ended',
  'paused',
  'blocked',
  'blocked_unconfirmed',
  'outside_worker',
  'unconfirmed_tool',
  'resting_login',
  'no_worker',
  'worker_stopped',
  'worker_absent',
  'untrusted',
]);

/** Reads it page by page: what was purged since then comes from the history. */
export async function readDigest(queue: Queue, since: Instant): Promise<Digest> {
  const [finished, purged, waiting, runs] = await Promise.all([
    finishedSince(queue, since),
    purgedSince(queue, since),
    waitingForPerson(queue),
    agentRunsSince(queue, since),
  ]);
  const known = new Set(finished.map(({ id }) => id));
  const all = [...finished, ...purged.filter(({ id }) => !known.has(id))].sort(
    (a, b) => fromInstant(b.finished_at) - fromInstant(a.finished_at),
  );
  const cancelled = all.filter(isCalledOff);
  return {
    since,
    succeeded: all.filter(({ status }) => status === 'succeeded'),
    failed: all.filter((task) => task.status === 'failed' && !isCalledOff(task)),
    cancelled,
    waiting,
    agents: await agentUse(queue, [...runs, ...purged.flatMap((task) => purgedRuns(task, since))]),
  };
}

/** Those of agents that ended since then: without a word of theirs, nobody knows any more that they were. */
function purgedRuns({ tool_name: own, attempts }: HistoryTask, since: Instant): RunOfTool[] {
  return attempts.flatMap(({ finished_at: end, usage, agent_session: session, tool_name, outcome }) =>
    end !== null && end >= since && (usage !== null || session !== null)
      ? [{ tool: tool_name ?? own, outcome, usage }]
      : [],
  );
}

async function finishedSince(queue: Queue, since: Instant): Promise<FinishedTask[]> {
  const start = fromInstant(since);
  // A task that finishes meanwhile moves the others: some come twice.
  const found = new Map<string, FinishedTask>();
  for (let offset = 0; ; offset += largestPage) {
    const { items } = await queue.listTasks({ order: 'finished', limit: largestPage, offset });
    for (const { finished_at: end, ...task } of items) {
      if (end === null || fromInstant(end) < start) return [...found.values()];
      found.set(task.id, { ...task, finished_at: end });
    }
    if (items.length < largestPage) return [...found.values()];
  }
}

async function purgedSince(queue: Queue, since: Instant): Promise<HistoryTask[]> {
  const found: HistoryTask[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.listHistory({ since, limit: largestPage, cursor });
    found.push(...page.tasks);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

async function waitingForPerson(queue: Queue): Promise<WaitingTasks[]> {
  const tasks = await everything((page) => queue.listTasks({ ...page, status: 'queued', order: 'position' }));
  const groups = new Map<string, WaitingTasks>();
  for (const task of tasks) {
    const { waiting, waiting_reason: reason, stream_id } = task;
    if (waiting === null || reason === null || !needsPerson.has(reason.code)) continue;
    const key = `${stream_id} ${waiting}`;
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, { code: reason.code, waiting, stream_id, count: 1, first: task });
  }
  return [...groups.values()];
}
