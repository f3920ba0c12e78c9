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

export const migrations: readonly Migration[] = [
  { version: 1, sql: first },
  { version: 2, sql: killAfter },
  { version: 3, sql: clock },
  { version: 4, sql: keys, convert: convertAnswers },
];
