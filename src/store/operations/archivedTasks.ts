/** Finished tasks as the archive keeps them. */

import type { Instant } from '../../core/clock';
import type { Attempt } from '../../core/model';
import type { ArchivedTask } from '../archive/archivedTask';
import type { Reader } from '../engine/database';
import { asAttemptRow, attemptOf } from '../rows/rows';
import { afterOf, gitOf, killAfterOf, type TaskRow } from '../rows/taskRow';

interface Lane {
  stream_name: string;
  session_id: string;
  session_name: string;
}

const lanes = `SELECT streams.id, streams.name AS stream_name, session_id, sessions.name AS session_name
  FROM streams JOIN sessions ON sessions.id = session_id WHERE streams.id IN (SELECT value FROM json_each(?))`;
const attemptsOf = `SELECT * FROM attempts WHERE task_id IN (SELECT value FROM json_each(?)) ORDER BY task_id, number`;

/** @param rows of finished tasks @param now when they are purged */
export function archivedTasks(reader: Reader, rows: readonly TaskRow[], now: Instant): ArchivedTask[] {
  const streams = new Map<string, Lane>();
  for (const row of reader.all(lanes, JSON.stringify([...new Set(rows.map((row) => row.stream_id))]))) {
    const { id, ...lane } = row as unknown as Lane & { id: string };
    streams.set(id, lane);
  }
  const attempts = new Map<string, Attempt[]>(rows.map(({ id }) => [id, []]));
  for (const row of reader.all(attemptsOf, JSON.stringify(rows.map(({ id }) => id)))) {
    const attempt = attemptOf(asAttemptRow(row));
    attempts.get(attempt.task_id)?.push(attempt);
  }
  return rows.flatMap((row) => {
    const lane = streams.get(row.stream_id);
    return lane === undefined ? [] : [archivedTask(row, lane, attempts.get(row.id) ?? [], now)];
  });
}

function archivedTask(row: TaskRow, lane: Lane, attempts: Attempt[], now: Instant): ArchivedTask {
  if (row.finished_at === null || row.status === 'queued' || row.status === 'running') {
    throw new Error(`${row.id} is not finished`);
  }
  return {
    id: row.id,
    stream_id: row.stream_id,
    stream_name: lane.stream_name,
    session_id: lane.session_id,
    session_name: lane.session_name,
    label: row.label,
    tool_name: row.tool_name,
    task_class: row.task_class,
    payload: row.payload,
    status: row.status,
    failure_kind: row.failure_kind,
    exit_code: row.exit_code,
    result: row.result,
    result_summary: row.result_summary,
    error: row.error,
    timeout: row.timeout,
    kill_after: killAfterOf(row),
    max_attempts: row.max_attempts,
    failures: row.failures,
    created_at: row.created_at,
    not_before: row.not_before,
    started_at: row.started_at,
    finished_at: row.finished_at,
    worker_id: row.worker_id,
    retry_of: row.retry_of,
    after: afterOf(row),
    after_policy: row.after_policy,
    note: row.note,
    reviewed_at: row.reviewed_at,
    accepted: row.accepted === null ? null : row.accepted === 1,
    git: gitOf(row.git),
    attempts,
    purged_at: now,
  };
}
