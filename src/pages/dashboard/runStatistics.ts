/** Statistics of runs. Pure; times are milliseconds. */

import type { TimedRun } from './runModel';
import { type RunState, runStates } from './runStates';

const failed: ReadonlySet<RunState> = new Set(['failed', 'timeout', 'couldNotStart', 'interrupted']);
/** States of runs whose duration is meaningful because they were not cut short. */
const whole: ReadonlySet<RunState> = new Set(['succeeded', 'failed', 'timeout']);

/** The built-in tools that run any command, which is the name of their runs unless a person gave them another. */
const runsCommands: ReadonlySet<string> = new Set(['run-command', 'run-shell']);

export function isFailure(run: TimedRun): boolean {
  return failed.has(run.state);
}

/**
 * The quantile `part`, interpolated.
 * @param sorted ascending, not empty
 */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** Half of the values are at most `median`, 90 % at most `p90`. */
export interface Percentiles {
  count: number;
  median: number;
  p90: number;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  return { count: sorted.length, median: quantile(sorted, 0.5), p90: quantile(sorted, 0.9) };
}

export interface Bucket {
  start: number;
  succeeded: number;
  failed: number;
}

/**
 * How many runs finished in each period from `from` to `to`; the first and the last period are whole.
 * @param zone local time minus UTC: periods start on the local hour
 */
export function throughput(
  runs: readonly TimedRun[],
  { from, to, size, zone }: { from: number; to: number; size: number; zone: number },
): Bucket[] {
  const first = Math.floor((from + zone) / size);
  const count = Math.floor((to + zone) / size) - first + 1;
  const buckets = Array.from({ length: Math.max(0, count) }, (_, at) => ({
    start: (first + at) * size - zone,
    succeeded: 0,
    failed: 0,
  }));
  for (const run of runs) {
    if (run.end === null) continue;
    const bucket = buckets[Math.floor((run.end + zone) / size) - first];
    if (bucket === undefined) continue;
    if (run.state === 'succeeded') bucket.succeeded += 1;
    else if (isFailure(run)) bucket.failed += 1;
  }
  return buckets;
}

export interface GroupPercentiles extends Percentiles {
  key: string;
  failed: number;
}

/** How long runs took, by script or command, or by tool if there is neither; the most frequent first. */
export function durations(runs: readonly TimedRun[]): GroupPercentiles[] {
  return grouped(
    runs.filter((run) => whole.has(run.state)),
    (run) => run.script_path ?? (runsCommands.has(run.tool_name) ? run.name : run.tool_name),
    (run) => (run.end ?? run.start) - run.start,
  );
}

/** How long runs waited to be claimed, by the id of their stream. */
export function waits(runs: readonly TimedRun[]): GroupPercentiles[] {
  return grouped(
    runs.filter((run) => run.state !== 'released'),
    (run) => run.stream_id,
    (run) => Math.max(0, run.start - run.queued),
  );
}

function grouped(
  runs: readonly TimedRun[],
  keyOf: (run: TimedRun) => string,
  measure: (run: TimedRun) => number,
): GroupPercentiles[] {
  const groups = new Map<string, { values: number[]; failed: number }>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key) ?? { values: [], failed: 0 };
    groups.set(key, group);
    group.values.push(measure(run));
    if (isFailure(run)) group.failed += 1;
  }
  return [...groups]
    .map(([key, { values, failed }]) => ({ key, failed, ...percentilesOf(values) }))
    .sort((a, b) => b.count - a.count || a.key.localeCompare(b.key));
}

/** How many runs have finished since `since`. */
export function doneSince(runs: readonly TimedRun[], since: number): { succeeded: number; failed: number } {
  const done = { succeeded: 0, failed: 0 };
  for (const run of runs) {
    if (run.end === null || run.end < since) continue;
    if (run.state === 'succeeded') done.succeeded += 1;
    else if (isFailure(run)) done.failed += 1;
  }
  return done;
}

export interface Tally {
  /** The states that occur. */
  states: readonly RunState[];
  failed: number;
  running: number;
}

/** The states that occur among runs, and how many failed or are running. */
export function tallyOf(runs: readonly TimedRun[]): Tally {
  const counts = new Map<RunState, number>();
  for (const { state } of runs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const countOf = (state: RunState) => counts.get(state) ?? 0;
  return {
    states: runStates.filter((state) => counts.has(state)),
    failed: [...failed].reduce((total, state) => total + countOf(state), 0),
    running: countOf('running'),
  };
}
