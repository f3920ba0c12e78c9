/** The runs that the dashboard knows: those it has read, with the changes since. */

import { fromInstant } from '../../core/clock';
import type { Run } from '../../core/model';
import type { DashboardChange } from './dashboardData';
import { type RunState, stateOfRun } from './runStates';

/** A run with its state, and its times in milliseconds since 1970. */
export interface TimedRun extends Run {
  state: RunState;
  queued: number;
  start: number;
  /** Null while it is running. */
  end: number | null;
}

/** With this many runs more than wanted, the oldest are dropped. */
const slack = 2_000;

export class RunModel {
  /** By task, then in any order: few tasks have more than one. */
  #tasks = new Map<string, TimedRun[]>();
  #count = 0;

  constructor(private readonly most: number) {}

  get size(): number {
    return this.#count;
  }

  replace(runs: readonly Run[]): void {
    this.#tasks = new Map();
    this.#count = 0;
    for (const run of runs) this.#put(timed(run));
  }

  /** Every run, by start. */
  runs(): TimedRun[] {
    return [...this.#tasks.values()].flat().sort((a, b) => a.start - b.start || a.number - b.number);
  }

  /** Applies changes. Returns whether the runs have to be read again because the changes do not say enough. */
  apply(changes: readonly DashboardChange[]): boolean {
    let again = false;
    for (const change of changes) {
      if (change.type === 'reset') again = true;
      if (change.type === 'deleted') this.#delete(change.taskId);
      if (change.type === 'ended') again ||= this.#isRunning(change.taskId);
      if (change.type === 'run') again ||= this.#applyRun(change.run);
    }
    if (this.#count > this.most + slack) this.#dropOldest();
    return again;
  }

  #applyRun(run: Run): boolean {
    const known = this.#tasks.get(run.task_id) ?? [];
    const same = known.find(({ number }) => number === run.number);
    if (same) {
      // The run that was read may be newer than an event that arrives later.
      if (same.end !== null && run.finished_at === null) return false;
      // The event says since when the task has waited, but not since when for this attempt.
      this.#put({ ...timed(run), queued: same.queued, queued_at: same.queued_at });
      return false;
    }
    const before = known.find(({ number }) => number === run.number - 1);
    const since = before?.finished_at;
    const waited = since && since > run.queued_at ? { queued_at: since, queued: fromInstant(since) } : {};
    this.#put({ ...timed(run), ...waited });
    return before?.end === null;
  }

  #put(run: TimedRun): void {
    const known = this.#tasks.get(run.task_id);
    const at = known?.findIndex(({ number }) => number === run.number) ?? -1;
    if (known && at >= 0) {
      known[at] = run;
      return;
    }
    if (known) known.push(run);
    else this.#tasks.set(run.task_id, [run]);
    this.#count += 1;
  }

  #delete(taskId: string): void {
    this.#count -= this.#tasks.get(taskId)?.length ?? 0;
    this.#tasks.delete(taskId);
  }

  #isRunning(taskId: string): boolean {
    return this.#tasks.get(taskId)?.some(({ end }) => end === null) ?? false;
  }

  #dropOldest(): void {
    const ends = (run: TimedRun) => run.end ?? Number.POSITIVE_INFINITY;
    const newest = this.runs()
      .sort((a, b) => ends(b) - ends(a))
      .slice(0, this.most);
    this.#tasks = new Map();
    this.#count = 0;
    for (const run of newest) this.#put(run);
  }
}

export function timed(run: Run): TimedRun {
  return {
    ...run,
    state: stateOfRun(run),
    queued: fromInstant(run.queued_at),
    start: fromInstant(run.started_at),
    end: run.finished_at === null ? null : fromInstant(run.finished_at),
  };
}
