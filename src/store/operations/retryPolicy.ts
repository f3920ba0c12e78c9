/** What becomes of a running task whose attempt has failed: another try, a rest, or the end. */

import { toInstant } from '../../core/clock';
import type { FailureKind } from '../../core/model';
import type { Change } from '../rows/change';
import type { TaskRow } from '../rows/taskRow';
import { noClaim, patchTask, taskView } from '../rows/taskTable';
import { delayUntil } from './delays';
import { type AttemptEnd, closeAttempt } from './leases';
import { endTask } from './taskEnd';

/** Failures after which another try makes sense by itself. */
const retried: readonly FailureKind[] = ['error', 'timeout', 'lost'];
/** What a stream that tries interrupted tasks again allows them at least: a script that brings down its machine must not do so for ever. */
const interruptedTries = 3;

export interface AttemptFailure {
  kind: FailureKind;
  /** As it is stored. */
  error: string;
  /** For the attempt, besides outcome and error. */
  facts?: Omit<AttemptEnd, 'outcome' | 'error'>;
  exit_code?: number | null;
}

/** Ends the attempt of a running task, and the task too unless attempts are left. */
export function failRunning(change: Change, row: TaskRow, failure: AttemptFailure): TaskRow {
  const { kind, error } = failure;
  closeAttempt(change, row.id, row.attempts, { ...failure.facts, outcome: kind, error });
  const failures = row.failures + 1;
  const again = row.cancel_requested === 0 && failures < mostFailures(change, row, kind);
  if (again) return backToQueue(change, row, { failures, error }, change.ms + backoff(change, failures));
  return endTask(change, row, {
    status: 'failed',
    failure_kind: kind,
    error,
    failures,
    exit_code: failure.exit_code ?? null,
  });
}

/** Puts a running task back to rest until `at`, and spends no attempt. Wall-clock milliseconds. */
export function restRunning(change: Change, row: TaskRow, failure: AttemptFailure, at: number): TaskRow {
  const { error } = failure;
  closeAttempt(change, row.id, row.attempts, { ...failure.facts, outcome: 'limited', error });
  return backToQueue(change, row, { error, failure_kind: 'limited' }, at);
}

/** At how many failures a task ends, when the last one was of this kind. */
function mostFailures(change: Change, row: TaskRow, kind: FailureKind): number {
  if (retried.includes(kind)) return row.max_attempts;
  const again = kind === 'interrupted' && change.streamById(row.stream_id).retry_interrupted === 1;
  return again ? Math.max(row.max_attempts, interruptedTries) : 0;
}

/** Milliseconds before the next try: doubled with each failure up to the limit, and spread by chance. */
export function backoff(change: Change, failures: number): number {
  const { backoff_ms: first, backoff_max_ms: most } = change.context.config.current().runner;
  const full = Math.min(most, first * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (0.5 + Math.random() / 2));
}

function backToQueue(change: Change, row: TaskRow, patch: Partial<TaskRow>, at: number): TaskRow {
  const next = patchTask(change, row, {
    ...noClaim,
    status: 'queued',
    started_at: null,
    worker_id: null,
    stale_warned_at: null,
    progress: null,
    progress_message: null,
    ...delayUntil(change, at > change.ms ? toInstant(at) : null),
    ...patch,
  });
  change.emitTask('task.updated', taskView(change, next));
  if (next.delayed === 0) change.wake(next.stream_id);
  return next;
}
