/** Lays out runs in lanes: one per stream, with a row for each run that runs at the same time. Pure. */

import type { StreamOverview } from './dashboardData';
import type { TimedRun } from './runModel';

/** Beyond this many rows, runs share them. */
const maxRows = 6;

export interface Lane {
  streamId: string;
  name: string;
  /** The number of rows; at least one. */
  rows: number;
  /** By start. */
  bars: LaneBar[];
}

export interface LaneBar {
  run: TimedRun;
  /** From 0. */
  row: number;
}

/**
 * The lanes of the streams that have runs, oldest stream first.
 * @param runs by start
 * @param streams newest first
 */
export function layOutLanes(runs: readonly TimedRun[], streams: readonly StreamOverview[]): Lane[] {
  const byStream = new Map<string, TimedRun[]>();
  for (const run of runs) {
    const own = byStream.get(run.stream_id);
    if (own) own.push(run);
    else byStream.set(run.stream_id, [run]);
  }
  return streams
    .filter(({ id }) => byStream.has(id))
    .map(({ id, name }) => ({ streamId: id, name, ...stacked(byStream.get(id) ?? []) }))
    .reverse();
}

/** Puts each run in the first row that is free at its start, or else in the one that is free soonest. */
function stacked(runs: readonly TimedRun[]): Pick<Lane, 'rows' | 'bars'> {
  const freeAt: number[] = [];
  const bars = runs.map((run) => {
    let row = freeAt.findIndex((free) => free <= run.start);
    if (row < 0) row = freeAt.length < maxRows ? freeAt.length : freeAt.indexOf(Math.min(...freeAt));
    freeAt[row] = Math.max(freeAt[row] ?? 0, run.end ?? Number.POSITIVE_INFINITY);
    return { run, row };
  });
  return { rows: Math.max(1, freeAt.length), bars };
}
