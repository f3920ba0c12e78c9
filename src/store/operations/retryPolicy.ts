/** What happens to a running task when its attempt fails: a retry, a wait for a rate limit, or the end. */

import { toInstant } from '../../core/clock';
import { outsideTool, toolOf } from '../../core/config';
import { randomFraction } from '../../core/ids';
import type { FailureKind } from '../../core/model';
import type { Change } from '../rows/change';
import type { TaskRow } from '../rows/taskRow';
import { patchTask, queuedAgain, taskView } from '../rows/taskTable';
import { delayUntil } from './delays';
import { type AttemptEnd, closeAttempt } from './leases';
import { endTask } from './taskEnd';

/** Failures that are retried automatically. */
const retried: readonly FailureKind[] = ['error', 'timeout', 'lost'];
/** The failures allowed by `retry_interrupted`: a script that crashes its machine must not do so forever. */
const interruptedFailures = 3;

export interface AttemptFailure {
  kind: FailureKind;
  /** As it is stored. */
  error: string;
  /** For the attempt, besides outcome and error. */
  facts?: Omit<AttemptEnd, 'outcome' | 'error'>;
  exit_code?: number | null;
  /** Ends the task whatever attempts are left. */
  final?: boolean;
}

/** Ends the attempt of a running task, and the task too unless it has attempts left. */
export function failRunning(change: Change, row: TaskRow, failure: AttemptFailure): TaskRow {
  const { kind, error, final = false } = failure;
  const over = final || row.cancel_requested === 1;
  closeAttempt(change, row.id, row.attempts, { ...failure.facts, outcome: kind, error });
  if (kind === 'verify' && !over && mayTryAgain(change, row))
    return backToQueue(change, row, { error }, change.ms);
  const failures = row.failures + 1;
  const again = !over && failures < mostFailures(change, row, kind);
  if (again) return backToQueue(change, row, { failures, error }, change.ms + backoff(change, failures));
  return endTask(change, row, {
    status: 'failed',
    failure_kind: kind,
    error,
    failures,
    exit_code: failure.exit_code ?? null,
  });
}

/**
 * Requeues a running task until its tool's rate limit ends, without spending an attempt.
 * @param at wall-clock milliseconds
 */
export function rateLimit(change: Change, row: TaskRow, failure: AttemptFailure, at: number): TaskRow {
  const { error } = failure;
  closeAttempt(change, row.id, row.attempts, { ...failure.facts, outcome: 'limited', error });
  return backToQueue(change, row, { error, failure_kind: 'limited' }, at);
}

/** The number of failures at which a task ends if the last one was of this kind. */
function mostFailures(change: Change, row: TaskRow, kind: FailureKind): number {
  if (retried.includes(kind)) return row.max_attempts;
  const again = kind === 'interrupted' && change.streamById(row.stream_id).retry_interrupted === 1;
  return again ? Math.max(row.max_attempts, interruptedFailures) : 0;
}

/**
 * Whether a task whose check has failed is tried again, at once: that is counted by itself, whatever `max_attempts` says.
 * The attempt that failed is closed.
 */
function mayTryAgain(change: Change, row: TaskRow): boolean {
  const tool = toolOf(change.context.rules(), row.tool_name) ?? outsideTool;
  const failed = change.tx.get(
    "SELECT count(*) AS count FROM attempts WHERE task_id = ? AND outcome = 'verify'",
    row.id,
  );
  return Number(failed?.count) <= tool.verify_attempts;
}

/** Milliseconds before the next attempt: doubled with each failure up to the limit, with jitter. */
export function backoff(change: Change, failures: number): number {
  const { backoff_ms: first, backoff_max_ms: most } = change.context.rules().runner;
  const full = Math.min(most, first * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (0.5 + randomFraction() / 2));
}

function backToQueue(change: Change, row: TaskRow, patch: Partial<TaskRow>, at: number): TaskRow {
  const next = patchTask(change, row, {
    ...queuedAgain,
    progress: null,
    progress_message: null,
    ...delayUntil(change, at > change.ms ? toInstant(at) : null),
    ...patch,
  });
  change.emitTask('task.updated', taskView(change, next));
  if (next.delayed === 0) change.wake(next.stream_id);
  return next;
}
