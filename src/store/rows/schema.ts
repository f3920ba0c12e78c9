/**
 * The schema, as numbered migrations. Ids and instants are bound by the program, never generated in SQL, so that
 * replaying the journal gives the same rows again.
 *
 * Most indexes on tasks are partial. A full index on (stream_id, status) would mislead the planner: it would read
 * "newest of a stream" by that index and sort a million rows. So the queue's indexes hold only queued, running or
 * unreviewed rows, and grow with the work at hand, not with the history.
 */

import type { Migration } from '../engine/migrations';
import { convertAnswers } from './oldAnswers';

const first = `
CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  repo_path TEXT,
  prd_path TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  description TEXT,
  status TEXT NOT NULL DEFAULT 'active',
  started_at TEXT NOT NULL,
  ended_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX idx_sessions_project ON sessions (project_id);
CREATE INDEX idx_sessions_status ON sessions (status);
CREATE INDEX idx_sessions_name ON sessions (name);

CREATE TABLE streams (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  name TEXT NOT NULL UNIQUE,
  instructions TEXT,
  status TEXT NOT NULL DEFAULT 'active',
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  ended_at TEXT,
  paused INTEGER NOT NULL DEFAULT 0,
  parallelism INTEGER NOT NULL DEFAULT 1,
  on_failure TEXT NOT NULL DEFAULT 'continue',
  autostart INTEGER NOT NULL DEFAULT 0,
  working INTEGER NOT NULL DEFAULT 0,
  working_since TEXT,
  skip_unrunnable INTEGER NOT NULL DEFAULT 0,
  retry_interrupted INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER
);
CREATE INDEX idx_streams_session ON streams (session_id);
CREATE INDEX idx_streams_status ON streams (status);

-- Changed in the transactions that change tasks: counting a million rows would take as long as it sounds.
CREATE TABLE stream_counts (
  stream_id TEXT PRIMARY KEY REFERENCES streams (id),
  queued INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  unreviewed INTEGER NOT NULL DEFAULT 0,
  failed_unreviewed INTEGER NOT NULL DEFAULT 0,
  -- The highest position that was ever given out at the back.
  last_position INTEGER NOT NULL DEFAULT 0
);

-- Likewise: tasks that have a failure_kind.
CREATE TABLE failure_counts (
  stream_id TEXT NOT NULL REFERENCES streams (id),
  kind TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  PRIMARY KEY (kind, stream_id)
) WITHOUT ROWID;

CREATE TABLE tasks (
  -- The order in which tasks were made.
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  stream_id TEXT NOT NULL REFERENCES streams (id),
  tool_name TEXT NOT NULL,
  task_class TEXT NOT NULL,
  payload TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'queued',
  timeout INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  result TEXT,
  error TEXT,
  -- Of databases of older programs; output is kept in files.
  stdout TEXT,
  stderr TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  position INTEGER NOT NULL,
  label TEXT,
  not_before TEXT,
  -- 1 until not_before has come.
  delayed INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 1,
  failures INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT,
  retry_of TEXT,
  lease TEXT,
  lease_until TEXT,
  deadline TEXT,
  -- The last sign of life of whoever runs it: the claim, or a heartbeat.
  seen_at TEXT,
  -- When the queue has to look at a running task again.
  due_at TEXT,
  worker_id TEXT,
  supervised INTEGER NOT NULL DEFAULT 0,
  failure_kind TEXT,
  exit_code INTEGER,
  progress REAL,
  progress_message TEXT,
  result_summary TEXT,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  parked INTEGER NOT NULL DEFAULT 0,
  note TEXT,
  reviewed_at TEXT,
  accepted INTEGER,
  stale_warned_at TEXT,
  deleted_at TEXT,
  git TEXT,
  -- JSON: the ids of the tasks it waits for; the rows of dependencies say how that stands.
  after_ids TEXT,
  after_policy TEXT NOT NULL DEFAULT 'fail',
  -- How many of them it still waits for.
  open_after INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX idx_tasks_stream_status ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL;
CREATE INDEX idx_tasks_ready ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND delayed = 0;
CREATE INDEX idx_tasks_delayed ON tasks (not_before) WHERE status = 'queued' AND delayed = 1;
CREATE INDEX idx_tasks_status ON tasks (due_at) WHERE status = 'running';
CREATE INDEX idx_tasks_started_at ON tasks (stream_id, started_at) WHERE status = 'running';
CREATE INDEX idx_tasks_created_at ON tasks (stream_id, seq);
CREATE INDEX idx_tasks_finished_at ON tasks (stream_id, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX idx_tasks_unreviewed ON tasks (finished_at)
  WHERE finished_at IS NOT NULL AND reviewed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX idx_tasks_deleted_at ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX idx_tasks_retry_of ON tasks (retry_of) WHERE retry_of IS NOT NULL;
CREATE UNIQUE INDEX idx_tasks_idempotency ON tasks (stream_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

CREATE TABLE dependencies (
  task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  after_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  policy TEXT NOT NULL,
  -- open: after_id is to finish; met: it has; failed: it has failed, and the policy is to hold.
  state TEXT NOT NULL DEFAULT 'open',
  PRIMARY KEY (task_id, after_id)
) WITHOUT ROWID;
CREATE INDEX idx_dependencies_after ON dependencies (after_id);

CREATE TABLE attempts (
  task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  worker_id TEXT,
  lease TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  outcome TEXT,
  exit_code INTEGER,
  summary TEXT,
  error TEXT,
  stdout_size INTEGER NOT NULL DEFAULT 0,
  stderr_size INTEGER NOT NULL DEFAULT 0,
  git TEXT,
  git_ended TEXT,
  PRIMARY KEY (task_id, number)
) WITHOUT ROWID;

CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  label TEXT,
  agent TEXT,
  pid INTEGER,
  cwd TEXT,
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL
);

CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  operation TEXT NOT NULL,
  -- JSON of what was answered first.
  answer TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX idx_idempotency_created_at ON idempotency (created_at);
`;

/** Null: twice the timeout, also after that is changed. */
const killAfter = 'ALTER TABLE tasks ADD COLUMN kill_after INTEGER;';

/** One row: how far the wall clock is ahead of the monotonic clock of a boot, milliseconds. */
const clock = `
CREATE TABLE clock (
  id INTEGER PRIMARY KEY,
  boot TEXT NOT NULL,
  ahead INTEGER NOT NULL
);
`;

/** In place of the whole answers of `idempotency`; numbers, because SQLite stores them in six bytes and less. */
const keys = `
CREATE TABLE keys (
  -- The order in which keys were used. Only the oldest are removed, so that it has no gaps.
  seq INTEGER PRIMARY KEY,
  -- Of the key's SHA-256: it is found by 48 bits, and known by 48 more.
  hash INTEGER NOT NULL,
  rest INTEGER NOT NULL,
  -- CRC-32 of what the key was used for.
  operation INTEGER NOT NULL,
  row_id TEXT,
  fact INTEGER,
  -- Wall-clock milliseconds.
  at INTEGER NOT NULL
);
CREATE INDEX idx_keys_hash ON keys (hash);
`;

/**
 * Tasks of a batch with limits are in an index of their own: that of the batch that has no place free is passed over in
 * one step, however many tasks it has.
 */
const batches = `
CREATE TABLE batches (
  -- The order in which batches were made.
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  stream_id TEXT NOT NULL REFERENCES streams (id),
  label TEXT,
  created_at TEXT NOT NULL,
  parallelism INTEGER,
  stop_after INTEGER,
  -- Failures since it was made or retried.
  failures INTEGER NOT NULL DEFAULT 0,
  stopped_at TEXT,
  -- Changed in the transactions that change its tasks.
  queued INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX idx_batches_stream ON batches (stream_id);

ALTER TABLE tasks ADD COLUMN batch_id TEXT REFERENCES batches (id);
-- 1: the limits of its batch say when it may start.
ALTER TABLE tasks ADD COLUMN batch_limited INTEGER NOT NULL DEFAULT 0;
-- 1: it failed, and a copy has taken its place in the batch.
ALTER TABLE tasks ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;
-- A batch that it waits for, which counts as one in open_after.
ALTER TABLE tasks ADD COLUMN after_batch TEXT REFERENCES batches (id);

DROP INDEX idx_tasks_ready;
CREATE INDEX idx_tasks_ready ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND delayed = 0
    AND batch_limited = 0;
CREATE INDEX idx_tasks_ready_limited ON tasks (stream_id, batch_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND delayed = 0
    AND batch_limited = 1;
CREATE INDEX idx_tasks_batch ON tasks (batch_id, seq) WHERE batch_id IS NOT NULL;
CREATE INDEX idx_tasks_batch_open ON tasks (batch_id, stream_id, seq)
  WHERE batch_id IS NOT NULL AND finished_at IS NULL AND deleted_at IS NULL;
CREATE INDEX idx_tasks_batch_running ON tasks (batch_id) WHERE batch_limited = 1 AND status = 'running';
CREATE INDEX idx_tasks_after_batch ON tasks (after_batch) WHERE after_batch IS NOT NULL;
`;

/** Since when the processes of a run are stopped. */
const suspension = 'ALTER TABLE tasks ADD COLUMN suspended_at TEXT;';

const schedules = `
CREATE TABLE schedules (
  -- The order in which schedules were made.
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  stream_id TEXT NOT NULL REFERENCES streams (id),
  cron TEXT NOT NULL,
  zone TEXT NOT NULL,
  missed TEXT NOT NULL,
  overlap TEXT NOT NULL,
  tool_name TEXT NOT NULL,
  task_class TEXT,
  payload TEXT NOT NULL,
  label TEXT,
  timeout INTEGER,
  kill_after INTEGER,
  max_attempts INTEGER,
  front INTEGER NOT NULL DEFAULT 0,
  paused INTEGER NOT NULL DEFAULT 0,
  next_at TEXT,
  -- What the clock showed when next_at was determined: later than now, and the clock went back.
  planned_at TEXT NOT NULL,
  last_at TEXT,
  last_outcome TEXT,
  last_error TEXT,
  last_task_id TEXT,
  -- JSON: the ids of its tasks that had not finished when they were last looked at.
  open_tasks TEXT NOT NULL DEFAULT '[]',
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX idx_schedules_stream ON schedules (stream_id);
CREATE INDEX idx_schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX idx_schedules_planned ON schedules (planned_at) WHERE next_at IS NOT NULL;
`;

/** What has happened and a hook is yet to be told. Nobody is told twice: a row goes before the hook is called. */
const hookEvents = `
CREATE TABLE hook_events (
  -- The order in which they came.
  seq INTEGER PRIMARY KEY,
  hook TEXT NOT NULL,
  -- Null for on_idle.
  task_id TEXT,
  at TEXT NOT NULL,
  -- Of the last on_idle, which stays: when its hook was called, then when that had ended.
  told_at TEXT
);
`;

/** Of a schedule that is in sparkq.yml: its name there, and what it was made from, as JSON. */
const fileSchedules = `
ALTER TABLE schedules ADD COLUMN name TEXT;
ALTER TABLE schedules ADD COLUMN pin TEXT;
CREATE UNIQUE INDEX idx_schedules_name ON schedules (name) WHERE name IS NOT NULL;
`;

/**
 * What the worker of a task asks a person, as JSON. While it stands, the task is not ready, so the indexes of what is
 * ready leave it out.
 */
const questions = `
ALTER TABLE tasks ADD COLUMN question TEXT;

DROP INDEX idx_tasks_ready;
CREATE INDEX idx_tasks_ready ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND question IS NULL
    AND delayed = 0 AND batch_limited = 0;
DROP INDEX idx_tasks_ready_limited;
CREATE INDEX idx_tasks_ready_limited ON tasks (stream_id, batch_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND question IS NULL
    AND delayed = 0 AND batch_limited = 1;
CREATE INDEX idx_tasks_question ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND question IS NOT NULL;
`;

/** Whether a person has agreed to what a task starts. One that waits for that is not ready. */
const approval = `
ALTER TABLE tasks ADD COLUMN approval TEXT NOT NULL DEFAULT 'given';
-- JSON: what was approved, its parts and their SHA-256; null where that does not matter.
ALTER TABLE tasks ADD COLUMN approved TEXT;
-- JSON: the parts that have changed since.
ALTER TABLE tasks ADD COLUMN approval_changes TEXT;
-- JSON: who queued it; null for a person of whom nothing else is known.
ALTER TABLE tasks ADD COLUMN origin TEXT;

DROP INDEX idx_tasks_ready;
CREATE INDEX idx_tasks_ready ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND question IS NULL
    AND approval = 'given' AND delayed = 0 AND batch_limited = 0;
DROP INDEX idx_tasks_ready_limited;
CREATE INDEX idx_tasks_ready_limited ON tasks (stream_id, batch_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND parked = 0 AND open_after = 0 AND question IS NULL
    AND approval = 'given' AND delayed = 0 AND batch_limited = 1;
CREATE INDEX idx_tasks_unapproved ON tasks (stream_id, position)
  WHERE status = 'queued' AND deleted_at IS NULL AND approval = 'pending';

-- Until when what a conversation queues on a stream is given.
CREATE TABLE follow_ups (
  conversation TEXT NOT NULL,
  stream_id TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
  until TEXT NOT NULL,
  PRIMARY KEY (conversation, stream_id)
) WITHOUT ROWID;
`;

/** What runs need of the machine, as JSON: of a task, and of all tasks of a stream. */
const needs = `
ALTER TABLE tasks ADD COLUMN needs TEXT;
ALTER TABLE streams ADD COLUMN needs TEXT;
`;

/**
 * What a task is checked by, whether another tool may run it, and whether a stream passes what rests; of an attempt,
 * what an agent said of it.
 */
const agentRuns = `
ALTER TABLE tasks ADD COLUMN verify TEXT;
ALTER TABLE tasks ADD COLUMN fall_back INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN pass_resting INTEGER NOT NULL DEFAULT 0;
-- The tool that ran it in place of the task's own.
ALTER TABLE attempts ADD COLUMN tool_name TEXT;
ALTER TABLE attempts ADD COLUMN agent_session TEXT;
-- JSON
ALTER TABLE attempts ADD COLUMN usage TEXT;
`;

/**
 * Where the runs of a stream, or of one task, work in place of what their tool says; of a task that has begun, where it
 * goes on. Of an attempt, the host on which it ran.
 */
const worktrees = `
ALTER TABLE streams ADD COLUMN worktree TEXT;
ALTER TABLE tasks ADD COLUMN worktree TEXT;
ALTER TABLE tasks ADD COLUMN began_in TEXT;
ALTER TABLE attempts ADD COLUMN host_id TEXT;
`;

/**
 * Of a queue that hosts share: which of them run the tasks of a stream, and what becomes of runs of one that is silent;
 * who decided what a task, a stream or a schedule starts and who approved it, the one host that can run it, and the name of that on which it ran last.
 */
const hosts = `
-- JSON; null where every host does.
ALTER TABLE streams ADD COLUMN runs_on TEXT;
ALTER TABLE streams ADD COLUMN lost_host TEXT NOT NULL DEFAULT 'wait';
ALTER TABLE tasks ADD COLUMN created_by TEXT;
ALTER TABLE tasks ADD COLUMN bound_to TEXT;
ALTER TABLE tasks ADD COLUMN host TEXT;
ALTER TABLE tasks ADD COLUMN approved_by TEXT;
ALTER TABLE streams ADD COLUMN created_by TEXT;
ALTER TABLE schedules ADD COLUMN created_by TEXT;
ALTER TABLE follow_ups ADD COLUMN created_by TEXT;

CREATE TABLE hosts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  person TEXT,
  -- JSON
  labels TEXT NOT NULL,
  version TEXT NOT NULL,
  platform TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  left_at TEXT
);
`;

export const migrations: readonly Migration[] = [
  { version: 1, sql: first },
  { version: 2, sql: killAfter },
  { version: 3, sql: clock },
  { version: 4, sql: keys, convert: convertAnswers },
  { version: 5, sql: batches },
  { version: 6, sql: suspension },
  { version: 7, sql: schedules },
  { version: 8, sql: hookEvents },
  { version: 9, sql: fileSchedules },
  { version: 10, sql: questions },
  { version: 11, sql: approval },
  { version: 12, sql: needs },
  { version: 13, sql: agentRuns },
  { version: 14, sql: worktrees },
  { version: 15, sql: hosts },
];
