/** The runs that other processes look after, and which of them nobody looks after any more. */

import * as fs from 'node:fs';
import type { Clock } from '../core/clock';
import type { Task } from '../core/model';
import { readJson } from '../system/wholeFiles';
import { isInSight, isStillAlive, RecordHeartbeat } from './liveness';
import { type ProcessRef, type RunPaths, runKey, runPaths, startTimeout } from './runFiles';

export interface OtherRun {
  id: string;
  attempts: number;
  paths: RunPaths;
  /** Null once the queue has the end of the run: then only its files are left, or a script that must not run on. */
  task: Task | null;
  /** When this process learned of it, by the monotonic clock. */
  since: number;
  heartbeat: RecordHeartbeat;
  /** Whether the queue is asked on which host it runs, and whether that is another one. */
  host: 'unknown' | 'asked' | 'other';
}

export class OtherRuns {
  private readonly runs = new Map<string, OtherRun>();

  constructor(
    private readonly storage: string,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.runs.size;
  }

  /** A supervised running task. */
  set(task: Task): void {
    this.put(task, task);
  }

  /** A run that the queue has the end of, and that may have left files. */
  setOver(run: Pick<Task, 'id' | 'attempts'>): void {
    this.put(run, null);
  }

  delete(run: Pick<Task, 'id' | 'attempts'>): void {
    this.runs.delete(runKey(run));
  }

  /** Learns from an event which runs of a task are over. It may be an older one than what is known of a later run. */
  noteChange(task: Task, supervised: boolean): void {
    for (const run of this.runs.values()) {
      if (run.id !== task.id || run.attempts > task.attempts) continue;
      if (run.attempts < task.attempts || !supervised) run.task = null;
    }
  }

  clear(): void {
    this.runs.clear();
  }

  all(): OtherRun[] {
    return [...this.runs.values()];
  }

  get(run: Pick<Task, 'id' | 'attempts'>): OtherRun | undefined {
    return this.runs.get(runKey(run));
  }

  /** Whether it has left anything here. */
  hasFiles({ paths }: OtherRun): boolean {
    return [paths.keeper, paths.spec, paths.record].some((file) => fs.existsSync(file));
  }

  /** Whether no live process looks after the run. */
  isAbandoned({ paths, heartbeat, since, host }: OtherRun): boolean {
    if (host === 'other') return false;
    const keeper = readJson<ProcessRef>(paths.keeper);
    if (keeper) return isInSight(keeper) ? !isStillAlive(keeper) : !heartbeat.isBeating();
    if (fs.existsSync(paths.spec) || fs.existsSync(paths.record)) return true;
    // A claim without any files may belong to a process that is about to write them.
    return this.clock.monotonic() - since > startTimeout;
  }

  private put(run: Pick<Task, 'id' | 'attempts'>, task: Task | null): void {
    const key = runKey(run);
    const known = this.runs.get(key);
    const paths = runPaths(this.storage, run.id, run.attempts);
    this.runs.set(key, {
      id: run.id,
      attempts: run.attempts,
      paths,
      task,
      since: known?.since ?? this.clock.monotonic(),
      heartbeat: known?.heartbeat ?? new RecordHeartbeat(paths.record, this.clock),
      host: known?.host ?? 'unknown',
    });
  }
}
