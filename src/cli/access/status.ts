/** Whether a queue is served, by which process and where. Light: prompts and status bars ask it all the time. */

import { fromInstant, type Instant } from '../../core/clock';
import { shownCounts } from '../../core/counts';
import { Durations } from '../../core/durations';
import type { QueueStatus, Task } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
import { isServing, type QueueTarget, reachOwner, readOwnerRows, readOwnerStatus } from './locate';

export type StatusAnswer =
  | { running: false }
  | { running: true; reachable: false; pid: number; url: string }
  | {
      running: true;
      reachable: true;
      pid: number;
      url: string;
      queue: QueueStatus | null;
      /** Null unless it was asked for. */
      activity: Activity | null;
    };

/** How many tasks there are, and what runs. */
export interface Activity {
  queued: number;
  running: number;
  /** Failures that wait for a review. */
  failed: number;
  /** The first `mostRuns` of those that run. */
  runs: { id: string; name: string; started_at: Instant | null; progress: number | null }[];
}

const mostRuns = 10;

/** @param inFull ask the owner for its own status and what it is doing as well */
export async function readStatus(
  target: QueueTarget,
  env: NodeJS.ProcessEnv,
  inFull: boolean,
): Promise<StatusAnswer> {
  const owner = await reachOwner(target, env);
  if (owner === null) return { running: false };
  const { pid, url } = owner;
  if (!(await isServing(url))) return { running: true, reachable: false, pid, url };
  if (!inFull) return { running: true, reachable: true, pid, url, queue: null, activity: null };
  const [queue, tasks] = await Promise.all([
    readOwnerStatus(owner),
    readOwnerRows<Task>(owner, `/api/tasks?status=running&limit=${mostRuns}`, 'tasks'),
  ]);
  return { running: true, reachable: true, pid: queue.pid, url, queue, activity: activityOf(queue, tasks) };
}

/** @param tasks the first that run */
function activityOf(queue: QueueStatus, tasks: readonly Task[]): Activity {
  const { queued, running, failed } = shownCounts(queue.counts);
  return {
    queued,
    running,
    failed,
    runs: tasks.map((task) => ({
      id: task.id,
      name: nameOfTask(task),
      started_at: task.started_at,
      progress: task.progress,
    })),
  };
}

/** One of three lines. */
export function statusLine(status: StatusAnswer): string {
  if (!status.running) return 'SparkQ server: not running';
  if (!status.reachable) return `SparkQ server: running but API unreachable (PID ${status.pid})`;
  return `SparkQ server: running (PID ${status.pid}, ${status.url})`;
}

/** What a terminal shows below that line; nothing where it was not asked for. @param now milliseconds since 1970 */
export function activityLines(status: StatusAnswer, now: number): string[] {
  const activity = status.running && status.reachable ? status.activity : null;
  if (activity === null) return [];
  const durations = new Durations('en');
  const runs = activity.runs.map(({ id, name, started_at: from, progress }) => {
    const facts = [
      ...(progress === null ? [] : [`${progress}%`]),
      ...(from === null ? [] : [durations.duration(Math.max(0, now - fromInstant(from)))]),
    ].join(', ');
    return `  ${id}  ${oneLine(name)}${facts === '' ? '' : ` (${facts})`}`;
  });
  const more = activity.running - activity.runs.length;
  return [
    `${activity.queued} queued, ${activity.running} running, ${activity.failed} failed`,
    ...runs,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
