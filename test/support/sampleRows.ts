/** Rows of the queue for tests that need no queue: complete, and plain where the test does not say otherwise. */

import { toInstant } from '../../src/core/clock';
import type { Batch, Schedule, Session, Stream, Task } from '../../src/core/model';

const birth = toInstant(Date.UTC(2026, 0, 31, 8));

export function aSession(part: Partial<Session> = {}): Session {
  return {
    id: 'ses_000000000001',
    project_id: 'prj_000000000001',
    name: 'api',
    description: null,
    status: 'active',
    started_at: birth,
    ended_at: null,
    created_at: birth,
    updated_at: birth,
    ...part,
  };
}

export function aStream(part: Partial<Stream> = {}): Stream {
  return {
    id: 'str_000000000001',
    session_id: 'ses_000000000001',
    name: 'auth',
    instructions: null,
    status: 'active',
    created_at: birth,
    updated_at: birth,
    ended_at: null,
    paused: false,
    parallelism: 1,
    on_failure: 'continue',
    autostart: false,
    working: false,
    working_since: null,
    skip_unrunnable: false,
    retry_interrupted: false,
    max_attempts: null,
    needs: null,
    pass_resting: false,
    waiting: null,
    waiting_reason: null,
    counts: {
      ...{ queued: 0, running: 0, succeeded: 0, failed: 0, unreviewed: 0, failed_unreviewed: 0 },
      ...{ unapproved: 0, asking: 0 },
    },
    ...part,
  };
}

export function aBatch(part: Partial<Batch> = {}): Batch {
  return {
    id: 'bat_000000000001',
    stream_id: 'str_000000000001',
    label: null,
    created_at: birth,
    parallelism: null,
    stop_after: null,
    stopped_at: null,
    counts: { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
    ...part,
  };
}

export function aTask(part: Partial<Task> = {}): Task {
  return {
    id: 'tsk_000000000001',
    stream_id: 'str_000000000001',
    tool_name: 'run-bash',
    task_class: 'MEDIUM_SCRIPT',
    payload: '{}',
    status: 'queued',
    timeout: 300,
    kill_after: 600,
    attempts: 0,
    result: null,
    error: null,
    created_at: birth,
    updated_at: birth,
    started_at: null,
    finished_at: null,
    position: 1,
    label: null,
    not_before: null,
    max_attempts: 1,
    failures: 0,
    idempotency_key: null,
    retry_of: null,
    lease_until: null,
    deadline: null,
    worker_id: null,
    supervised: false,
    failure_kind: null,
    exit_code: null,
    progress: null,
    progress_message: null,
    result_summary: null,
    cancel_requested: false,
    suspended: false,
    checking: false,
    approval: 'given',
    approval_changes: [],
    origin: { kind: 'person' },
    parked: false,
    question: null,
    note: null,
    reviewed_at: null,
    accepted: null,
    stale_warned_at: null,
    deleted_at: null,
    git: null,
    after: [],
    after_batch: null,
    after_policy: 'fail',
    batch_id: null,
    needs: null,
    verify: null,
    fall_back: false,
    claimed_at: null,
    completed_at: null,
    failed_at: null,
    error_message: null,
    payload_json: {},
    waiting: null,
    waiting_reason: null,
    warnings: [],
    ...part,
  };
}

export function aSchedule(part: Partial<Schedule> = {}): Schedule {
  return {
    id: 'sch_000000000001',
    name: null,
    stream_id: 'str_000000000001',
    cron: '0 2 * * *',
    zone: 'UTC',
    missed: 'skip',
    overlap: 'skip',
    tool_name: 'run-command',
    task_class: null,
    payload: '{"argv":["make","nightly"]}',
    payload_json: { argv: ['make', 'nightly'] },
    label: 'make nightly',
    timeout: null,
    kill_after: null,
    max_attempts: null,
    front: false,
    paused: false,
    unconfirmed: false,
    next_at: '2026-02-01T02:00:00.000000Z',
    last_at: null,
    last_outcome: null,
    last_error: null,
    last_task_id: null,
    created_at: birth,
    updated_at: birth,
    ...part,
  };
}
