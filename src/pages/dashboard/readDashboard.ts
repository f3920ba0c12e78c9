/** Reads the dashboard's data from a queue, local or remote. */

import { fromInstant, toInstant } from '../../core/clock';
import { shownCounts } from '../../core/counts';
import type { QueueEvent } from '../../core/events';
import type { Run, Stream, Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { nameOfTask, namePartsOf } from '../../core/taskName';
import type { DashboardChange, DashboardData, Overview, WaitingTask } from './dashboardData';

/** The part of a queue that the dashboard reads. */
export type ReadQueue = Pick<Queue, 'status' | 'listStreams' | 'listTasks' | 'listRuns'>;

export const maxRuns = 10_000;
const maxStreams = 1_000;
/** Lanes, and tasks at the head of each, that are searched for the task that has waited longest. */
const maxLanes = 20;
const headOfLane = 5;

/** Why a queued task has not started, if the caller knows more than the queue. */
type WhyWaiting = (task: Task, stream: Stream) => string;

const reasonOfQueue: WhyWaiting = ({ waiting }) => waiting ?? '';

export async function readDashboard(
  queue: ReadQueue,
  since: number,
  why = reasonOfQueue,
): Promise<DashboardData> {
  const [overview, { runs, more }] = await Promise.all([
    readOverview(queue, why),
    queue.listRuns({ since: toInstant(since), limit: maxRuns }),
  ]);
  return { ...overview, runs, more };
}

export async function readOverview(queue: ReadQueue, why = reasonOfQueue): Promise<Overview> {
  const [{ counts }, { items: streams }] = await Promise.all([
    queue.status(),
    queue.listStreams({ limit: maxStreams }),
  ]);
  const { queued, running, failed } = shownCounts(counts);
  return {
    streams: streams.map(({ id, name, status, counts: { queued } }) => ({ id, name, status, queued })),
    queued,
    running,
    failedUnreviewed: failed,
    longest: await longestWaiting(queue, streams, why),
  };
}

async function longestWaiting(
  queue: ReadQueue,
  streams: readonly Stream[],
  why: WhyWaiting,
): Promise<WaitingTask | null> {
  const lanes = streams.filter(({ counts }) => counts.queued > 0).slice(0, maxLanes);
  const heads = await Promise.all(
    lanes.map(({ id }) =>
      queue.listTasks({ stream: id, status: 'queued', order: 'position', limit: headOfLane }),
    ),
  );
  const [task] = heads.flatMap(({ items }) => items).sort((a, b) => a.created_at.localeCompare(b.created_at));
  const lane = streams.find(({ id }) => id === task?.stream_id);
  if (!task || !lane) return null;
  return {
    taskId: task.id,
    name: nameOfTask(task),
    stream: lane.name,
    since: fromInstant(task.created_at),
    why: why(task, lane),
  };
}

/** The change that an event of the queue means for the dashboard; null for none. */
export function changeOf({ type, task, task_id: taskId }: QueueEvent): DashboardChange | null {
  // A restored task brings back its earlier runs.
  if (type === 'reset' || type === 'task.undeleted') return { type: 'reset' };
  if (type === 'task.progress' || type === 'task.stale') return null;
  if (type === 'task.deleted' && taskId) return { type: 'deleted', taskId };
  if (task?.started_at && (type === 'task.claimed' || type === 'task.succeeded' || type === 'task.failed')) {
    return { type: 'run', run: newestRunOf(task, task.started_at) };
  }
  // Queued again after an attempt, which the task's row no longer describes.
  if (type === 'task.updated' && task?.status === 'queued' && task.attempts > 0) {
    return { type: 'ended', taskId: task.id };
  }
  return { type: 'counts' };
}

/** The current or last attempt of a task. */
function newestRunOf(task: Task, started: string): Run {
  const { not_before: notBefore, created_at: created } = task;
  const delayed = notBefore !== null && notBefore > created && notBefore <= started;
  return {
    task_id: task.id,
    number: task.attempts,
    stream_id: task.stream_id,
    name: nameOfTask(task),
    script_path: namePartsOf(task).script_path,
    tool_name: task.tool_name,
    queued_at: delayed ? notBefore : created,
    started_at: started,
    finished_at: task.finished_at,
    outcome: task.status === 'failed' ? task.failure_kind : task.status === 'succeeded' ? 'succeeded' : null,
    exit_code: task.exit_code,
    // The row does not say, and nothing here shows it.
    ...{ stand_in: null, usage: null },
  };
}
