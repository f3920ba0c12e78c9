/** What a queue is doing, in few words. Light: prompts and status bars ask for it all the time. */

import type { Instant } from '../core/clock';
import { shownCounts } from '../core/counts';
import type { QueueStatus, Task } from '../core/model';
import { nameOfTask } from '../core/taskName';

/** How many tasks there are, and what runs. */
export interface Activity {
  queued: number;
  running: number;
  /** Failures that wait for a review. */
  failed: number;
  /** Queued ones that wait for a person to approve them. */
  unapproved: number;
  /** Queued ones that wait for the answer to their question. */
  questions: number;
  /** The first `mostRuns` of those that run. */
  runs: {
    id: string;
    name: string;
    started_at: Instant | null;
    progress: number | null;
    /** Where hosts share the queue. */
    host?: string;
  }[];
}

export const mostRuns = 10;

/** @param tasks the first that run */
export function activityOf(counts: QueueStatus['counts'], tasks: readonly Task[]): Activity {
  const { queued, running, failed } = shownCounts(counts);
  return {
    queued,
    running,
    failed,
    // An older owner says nothing of these.
    unapproved: counts.unapproved ?? 0,
    questions: counts.asking ?? 0,
    runs: tasks.map((task) => ({
      id: task.id,
      name: nameOfTask(task),
      started_at: task.started_at,
      progress: task.progress,
      ...(task.host ? { host: task.host } : {}),
    })),
  };
}
