/** A task of the history as rows and pages show it. Pure. */

import type { HistoryTask, Task } from '../../core/model';

/** What a purge leaves of a task, with nothing in the place of what only a task of the queue has. */
export function taskOfPast(past: HistoryTask): Task {
  const { stream_name: _1, session_id: _2, session_name: _3, attempts, purged_at, ...kept } = past;
  return {
    ...kept,
    attempts: attempts.length,
    updated_at: purged_at,
    position: 0,
    idempotency_key: null,
    lease_until: null,
    deadline: null,
    supervised: false,
    progress: null,
    progress_message: null,
    cancel_requested: false,
    suspended: false,
    checking: false,
    approval: 'given',
    approval_changes: [],
    origin: { kind: 'person' },
    parked: false,
    question: null,
    stale_warned_at: null,
    deleted_at: null,
    after_batch: null,
    batch_id: null,
    needs: null,
    verify: null,
    fall_back: false,
    host: null,
    created_by: null,
    worktree: null,
    claimed_at: past.started_at,
    completed_at: past.status === 'succeeded' ? past.finished_at : null,
    failed_at: past.status === 'failed' ? past.finished_at : null,
    error_message: past.error,
    waiting: null,
    waiting_reason: null,
    warnings: [],
  };
}
