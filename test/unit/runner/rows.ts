/** Rows of the queue for tests that need no queue. */

import { defaultConfig, type ToolConfig } from '../../../src/core/config';
import type { Task } from '../../../src/core/model';

export const streamFacts = { id: 'str_0123456789ab', name: 'build', instructions: null };

export function taskRow(payload: unknown, more: Partial<Task> = {}): Task {
  const at = '2026-01-31T09:00:00.000000Z';
  return {
    id: 'tsk_0123456789ab',
    stream_id: streamFacts.id,
    tool_name: 'run-bash',
    task_class: 'MEDIUM_SCRIPT',
    payload: JSON.stringify(payload),
    status: 'running',
    timeout: 300,
    attempts: 1,
    result: null,
    error: null,
    created_at: at,
    updated_at: at,
    started_at: at,
    finished_at: null,
    position: 1,
    label: null,
    not_before: null,
    max_attempts: 1,
    failures: 0,
    idempotency_key: null,
    retry_of: null,
    lease_until: at,
    deadline: at,
    worker_id: null,
    supervised: true,
    failure_kind: null,
    exit_code: null,
    progress: null,
    progress_message: null,
    result_summary: null,
    cancel_requested: false,
    parked: false,
    note: null,
    reviewed_at: null,
    accepted: null,
    stale_warned_at: null,
    deleted_at: null,
    git: null,
    after: [],
    after_policy: 'fail',
    claimed_at: at,
    completed_at: null,
    failed_at: null,
    error_message: null,
    payload_json: payload,
    waiting: null,
    ...more,
  };
}

/** A tool like `run-bash` with some things changed. */
export function toolLike(more: Partial<ToolConfig>): ToolConfig {
  const bash = defaultConfig.tools['run-bash'];
  if (!bash) throw new Error('the defaults lack run-bash');
  return { ...bash, ...more };
}
