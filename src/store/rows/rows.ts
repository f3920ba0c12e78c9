/** Rows of projects, sessions and attempts, whose columns are those of the answered objects. */

import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { Attempt, Project, Session, Usage } from '../../core/model';
import { notFound, required } from '../../core/refusals';
import type { Reader, Row } from '../engine/database';
import { gitOf } from './taskRow';

export interface AttemptRow {
  task_id: string;
  number: number;
  worker_id: string | null;
  lease: string;
  started_at: string;
  finished_at: string | null;
  outcome: Attempt['outcome'];
  exit_code: number | null;
  summary: string | null;
  error: string | null;
  stdout_size: number;
  stderr_size: number;
  git: string | null;
  git_ended: string | null;
  tool_name: string | null;
  agent_session: string | null;
  usage: string | null;
  host_id: string | null;
}

// The columns of each select are those of the interface; a test reads every table through these.
export const asProject = (row: Row): Project => row as unknown as Project;
export const asSession = (row: Row): Session => row as unknown as Session;
export const asAttemptRow = (row: Row): AttemptRow => row as unknown as AttemptRow;

export function attemptOf(row: AttemptRow): Attempt {
  const { lease: _, git, git_ended: ended, usage, ...attempt } = row;
  return {
    ...attempt,
    git: gitOf(git),
    git_ended: gitOf(ended),
    usage: usage === null ? null : (JSON.parse(usage) as Usage),
  };
}

/** By id, or by a unique name. */
export function needSession(reader: Reader, reference: string): Session {
  const text = reference.trim();
  if (text === '') throw required('Session');
  if (isId(text, 'session')) {
    const row = reader.get('SELECT * FROM sessions WHERE id = ?', text);
    if (row === undefined) throw notFound('Session', text);
    return asSession(row);
  }
  const rows = reader.all('SELECT * FROM sessions WHERE name = ? ORDER BY rowid', text).map(asSession);
  const [only, ...others] = rows;
  if (only === undefined) throw notFound('Session', text);
  if (others.length > 0) {
    throw new QueueError(
      'conflict',
      `Session name is ambiguous: ${text} is the name of ${rows.map(({ id }) => id).join(', ')}`,
      'Use the id of the session you mean.',
      { ids: rows.map(({ id }) => id) },
    );
  }
  return only;
}
