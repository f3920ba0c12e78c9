/** Rows of streams with their counts: reading them, and converting them to the answered `Stream`. */

import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type {
  LifeStatus,
  LostHost,
  OnFailure,
  PersonCounts,
  RunsOn,
  Stream,
  WorktreeKind,
} from '../../core/model';
import { notFound, required, wrongState } from '../../core/refusals';
import type { Waiting } from '../../core/waiting';
import type { Reader, SqlValue } from '../engine/database';
import { type Flag, needsIn } from './taskRow';

/** The one list of the columns, in the order of `v`; written out for the same reason as that of tasks. */
function rowFrom(v: readonly SqlValue[]) {
  let i = 0;
  return {
    id: v[i++] as string,
    session_id: v[i++] as string,
    name: v[i++] as string,
    instructions: v[i++] as string | null,
    status: v[i++] as LifeStatus,
    created_at: v[i++] as string,
    updated_at: v[i++] as string,
    ended_at: v[i++] as string | null,
    paused: v[i++] as Flag,
    parallelism: v[i++] as number,
    on_failure: v[i++] as OnFailure,
    autostart: v[i++] as Flag,
    working: v[i++] as Flag,
    working_since: v[i++] as string | null,
    skip_unrunnable: v[i++] as Flag,
    retry_interrupted: v[i++] as Flag,
    max_attempts: v[i++] as number | null,
    needs: v[i++] as string | null,
    pass_resting: v[i++] as Flag,
    worktree: v[i++] as WorktreeKind | null,
    runs_on: v[i++] as string | null,
    lost_host: v[i++] as LostHost,
    created_by: v[i++] as string | null,
    queued: v[i++] as number,
    running: v[i++] as number,
    succeeded: v[i++] as number,
    failed: v[i++] as number,
    unreviewed: v[i++] as number,
    failed_unreviewed: v[i++] as number,
    last_position: v[i++] as number,
  };
}

/** A stream with its counts. */
export type StreamRow = ReturnType<typeof rowFrom>;

const columns = Object.keys(rowFrom([])).join(', ');

/** @see RunsOn */
export function runsOnIn(text: string | null): RunsOn | null {
  return text === null ? null : (JSON.parse(text) as RunsOn);
}

/** @param rest of the select, from WHERE on */
export function selectStreams(reader: Reader, rest: string, ...params: SqlValue[]): StreamRow[] {
  const tables = 'streams JOIN stream_counts ON stream_counts.stream_id = streams.id';
  return reader.values(`SELECT ${columns} FROM ${tables} ${rest}`, ...params).map(rowFrom);
}

/**
 * @param waiting why the built-in runner starts none of its tasks
 * @param asked how many of them wait for a person
 */
export function streamOf(
  row: StreamRow,
  { waiting, waiting_reason }: Waiting,
  asked: PersonCounts,
): Omit<Stream, 'runs_here'> {
  const { queued, running, succeeded, failed, unreviewed, failed_unreviewed } = row;
  return {
    id: row.id,
    session_id: row.session_id,
    name: row.name,
    instructions: row.instructions,
    status: row.status,
    created_at: row.created_at,
    updated_at: row.updated_at,
    ended_at: row.ended_at,
    paused: row.paused === 1,
    parallelism: row.parallelism,
    on_failure: row.on_failure,
    autostart: row.autostart === 1,
    working: row.working === 1,
    working_since: row.working_since,
    skip_unrunnable: row.skip_unrunnable === 1,
    retry_interrupted: row.retry_interrupted === 1,
    max_attempts: row.max_attempts,
    needs: needsIn(row.needs),
    pass_resting: row.pass_resting === 1,
    worktree: row.worktree,
    runs_on: runsOnIn(row.runs_on),
    lost_host: row.lost_host,
    waiting,
    waiting_reason,
    counts: { queued, running, succeeded, failed, unreviewed, failed_unreviewed, ...asked },
  };
}

/** By id or name; undefined if there is none. */
export function findStream(reader: Reader, reference: string): StreamRow | undefined {
  const text = reference.trim();
  if (text === '') throw required('Stream');
  const column = isId(text, 'stream') ? 'id' : 'name';
  return selectStreams(reader, `WHERE streams.${column} = ?`, text)[0];
}

export function needStream(reader: Reader, reference: string): StreamRow {
  const row = findStream(reader, reference);
  if (row === undefined) throw notFound('Stream', reference.trim());
  return row;
}

/** A stream that a task refers to, and so exists. */
export function streamById(reader: Reader, id: string): StreamRow {
  return needStream(reader, id);
}

/** @param action the action that is refused for an ended stream */
export function refuseEnded(stream: StreamRow, action: string): void {
  if (stream.status !== 'ended') return;
  const { message } = wrongState(action, 'ended', '');
  throw new QueueError(
    'stream_ended',
    `${message}: stream ${stream.name} has ended`,
    'Try: another stream, see sparkq stream list --status active',
  );
}
