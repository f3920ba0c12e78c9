/** The supervised tasks that other processes look after, and which of them nobody looks after any more. */

import * as fs from 'node:fs';
import { type Clock, fromInstant } from '../core/clock';
import type { Task } from '../core/model';
import { readJson } from '../system/wholeFiles';
import { isInSight, isStillAlive, RecordHeartbeat } from './liveness';
import { type ProcessRef, runKey, runPaths } from './runFiles';

interface OtherRun {
  task: Task;
  /** When this process learned of it, by the monotonic clock. */
  since: number;
  heartbeat: RecordHeartbeat;
}

/** A claim without any files may belong to a process that is about to write them; milliseconds. */
const startTimeout = 5_000;

export class OtherRuns {
  private readonly runs = new Map<string, OtherRun>();

  constructor(
    private readonly storage: string,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.runs.size;
  }

  set(task: Task): void {
    const known = this.runs.get(runKey(task));
    const { record } = runPaths(this.storage, task.id, task.attempts);
    this.runs.set(runKey(task), {
      task,
      since: known?.since ?? this.clock.monotonic(),
      heartbeat: known?.heartbeat ?? new RecordHeartbeat(record, this.clock),
    });
  }

  delete(task: Task): void {
    this.runs.delete(runKey(task));
  }

  /** Forgets the earlier attempts of a task. */
  deleteEarlier(task: Task): void {
    for (const [key, other] of this.runs) {
      if (other.task.id === task.id && key !== runKey(task)) this.runs.delete(key);
    }
  }

  clear(): void {
    this.runs.clear();
  }

  tasks(): Task[] {
    return [...this.runs.values()].map(({ task }) => task);
  }

  /** Whether no live process looks after the task's run. */
  isAbandoned(task: Task): boolean {
    const run = this.runs.get(runKey(task));
    if (!run) return false;
    const paths = runPaths(this.storage, task.id, task.attempts);
    const keeper = readJson<ProcessRef>(paths.keeper);
    if (keeper) return isInSight(keeper) ? !isStillAlive(keeper) : !run.heartbeat.isBeating();
    if (fs.existsSync(paths.spec) || fs.existsSync(paths.record)) return true;
    const age = this.clock.now() - fromInstant(task.started_at ?? task.updated_at);
    // The second one counts where the wall clock has gone back since the claim.
    return age > startTimeout || this.clock.monotonic() - run.since > startTimeout;
  }
}
