/** How long work usually takes, from the runs of the last weeks. Pure. */

import { fromInstant } from '../../core/clock';
import type { Run, Task } from '../../core/model';
import { nameOfTask, namePartsOf } from '../../core/taskName';
import { quantile } from '../../pages/dashboard/runStatistics';

/** So many of the last successes say how long the next run will take. */
const successesThatCount = 10;

/** Equal for runs of the same script, or of the same command. */
export function workOf(of: Task | Run): string {
  const script = 'script_path' in of ? of.script_path : namePartsOf(of).script_path;
  const name = 'name' in of ? of.name : nameOfTask(of);
  return `${of.tool_name}\u001f${script ?? name}`;
}

/** The runs of the same work that have ended, last first. */
export function runsOf(work: string, runs: readonly Run[]): Run[] {
  return runs.filter((run) => run.finished_at !== null && workOf(run) === work);
}

/** How long a run took, in milliseconds; undefined while it runs. */
export function tookOf({ started_at, finished_at }: Run): number | undefined {
  return finished_at === null ? undefined : fromInstant(finished_at) - fromInstant(started_at);
}

/** The median of the last successes in milliseconds; undefined if there are none. @param runs last first */
export function usualDuration(runs: readonly Run[]): number | undefined {
  const took = runs
    .filter(({ outcome }) => outcome === 'succeeded')
    .slice(0, successesThatCount)
    .map((run) => tookOf(run) ?? 0)
    .sort((a, b) => a - b);
  return took.length === 0 ? undefined : quantile(took, 0.5);
}

/** The median of each work that has succeeded. @param runs last first */
export function usualDurations(runs: readonly Run[]): Map<string, number> {
  const byWork = new Map<string, Run[]>();
  for (const run of runs) {
    const work = workOf(run);
    const same = byWork.get(work);
    if (same) same.push(run);
    else byWork.set(work, [run]);
  }
  const usual = new Map<string, number>();
  for (const [work, same] of byWork) {
    const took = usualDuration(same);
    if (took !== undefined) usual.set(work, took);
  }
  return usual;
}

/**
 * How long a lane will take until it is empty, in milliseconds: what is left of the running tasks and all of the queued
 * ones, shared by as many as run at once. Undefined if it is not known of some of them, or if there are none.
 * @param tasks running and queued ones that are not parked
 * @param usual how long each work usually takes
 */
export function leftOfLane(
  tasks: readonly Task[],
  usual: ReadonlyMap<string, number>,
  parallelism: number,
  now: number,
): number | undefined {
  let left = 0;
  let longest = 0;
  for (const task of tasks) {
    const takes = usual.get(workOf(task));
    if (takes === undefined) return undefined;
    const ran =
      task.status === 'running' && task.started_at !== null ? now - fromInstant(task.started_at) : 0;
    const more = Math.max(0, takes - ran);
    left += more;
    longest = Math.max(longest, more);
  }
  return tasks.length === 0 ? undefined : Math.max(longest, left / Math.max(1, parallelism));
}
