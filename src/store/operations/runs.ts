/**
 * Attempts over time. They are read by way of their tasks: an attempt that was running at some time belongs to a task
 * that is running, is waiting for another attempt, or ended after that time, and each of these has an index.
 */

import { agentTools } from '../../core/config';
import type { Run, Usage } from '../../core/model';
import type { RunFilter, RunList } from '../../core/queue';
import { nameOfParts } from '../../core/taskName';
import { checkInstant, checkWhole } from '../../core/validation';
import type { Reader, Row } from '../engine/database';
import type { Context } from '../rows/change';

const usualRuns = 1_000;
const mostRuns = 10_000;
/** The least number of rows of a stream that are read at once. */
const leastPage = 100;
/**
 * How many queued tasks of a stream are searched for earlier attempts. A retried task keeps its position, so it comes
 * before all that were never claimed; only one that was claimed by its id may be further back.
 */
const headOfLane = 500;
/** Payloads up to this many characters are parsed here; from longer ones SQLite extracts what is needed. */
const shortPayload = 2_000;

/** A text in a long payload, which may not be JSON, or hold anything under that name. */
const inLongPayload = (name: string) =>
  `CASE WHEN length(payload) > ${shortPayload} AND json_valid(payload) THEN CASE json_type(payload, '$.${name}')
   WHEN 'text' THEN substr(payload ->> '$.${name}', 1, ${shortPayload}) END END AS ${name}`;

const columns = `seq, task_id, number, stream_id, label, tasks.tool_name, created_at, not_before, attempts.started_at,
  attempts.finished_at, tasks.finished_at AS task_finished_at, outcome, attempts.exit_code,
  attempts.tool_name AS stand_in, usage,
  CASE WHEN length(payload) <= ${shortPayload} THEN payload END AS payload,
  ${inLongPayload('script_path')}, ${inLongPayload('prompt')},
  CASE WHEN number > 1 THEN (SELECT finished_at FROM attempts AS earlier
   WHERE earlier.task_id = attempts.task_id AND earlier.number = attempts.number - 1) END AS retried_at`;
/** In this order, only attempts of the selected tasks are read. */
const withAttempts = 'CROSS JOIN attempts ON attempts.task_id = tasks.id';
const inSpan = `attempts.started_at < ? AND (attempts.finished_at IS NULL OR attempts.finished_at >= ?)`;
/** Null for the runs of all tools; else names of those that run agents. */
const ofAgents = `(? IS NULL OR usage IS NOT NULL OR agent_session IS NOT NULL
  OR coalesce(attempts.tool_name, tasks.tool_name) IN (SELECT value FROM json_each(?)))`;
const wanted = `${inSpan} AND ${ofAgents}`;

const ofRunning = `SELECT ${columns} FROM tasks INDEXED BY idx_tasks_started_at ${withAttempts}
  WHERE status = 'running' AND deleted_at IS NULL AND ${wanted}`;
const ofQueued = `SELECT ${columns} FROM (
    SELECT seq AS place, attempts AS tries FROM tasks INDEXED BY idx_tasks_stream_status
    WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL ORDER BY position LIMIT ${headOfLane}
  ) AS head CROSS JOIN tasks ON seq = place ${withAttempts} WHERE tries > 0 AND ${wanted}`;
const ofFinished = `SELECT ${columns} FROM tasks INDEXED BY idx_tasks_finished_at ${withAttempts}
  WHERE stream_id = ? AND tasks.finished_at >= ? AND (tasks.finished_at, seq, number) < (?, ?, ?) AND deleted_at IS NULL
  AND tasks.attempts > 0 AND ${wanted}
  ORDER BY tasks.finished_at DESC, seq DESC, number DESC LIMIT ?`;

/** Later than any stored instant. */
const never = '9999';

/** Values of `wanted`. */
type Wanted = readonly [until: string, since: string, agents: string | null, same: string | null];

export async function listRuns(context: Context, filter: RunFilter): Promise<RunList> {
  const since = checkInstant('since', filter.since);
  const until = filter.until === undefined ? never : checkInstant('until', filter.until);
  const limit = Math.min(checkWhole('limit', filter.limit ?? usualRuns, 1), mostRuns);
  const tools = filter.agents ? JSON.stringify(agentTools(context.config.current())) : null;
  return context.db.read((reader) => {
    const wanting: Wanted = [until, since, tools, tools];
    const streams = reader.all('SELECT id FROM streams').map(({ id }) => String(id));
    const rows = [
      ...reader.all(ofRunning, ...wanting),
      ...streams.flatMap((stream) => reader.all(ofQueued, stream, ...wanting)),
      // One more than the limit shows whether there are more.
      ...finishedRows(reader, streams, wanting, limit + 1),
    ];
    const runs = rows.map(runOf).sort(byEnd);
    return { runs: runs.slice(0, limit), more: runs.length > limit };
  });
}

/** The attempts of the newest finished tasks: at least `count`, if there are that many. */
function finishedRows(reader: Reader, streams: readonly string[], wanting: Wanted, count: number): Row[] {
  const size = Math.max(leastPage, Math.ceil(count / Math.max(1, streams.length)));
  const lanes = streams.map((stream) => new FinishedLane(reader, stream, wanting, size));
  const rows: Row[] = [];
  while (rows.length < count) {
    let newest: FinishedLane | undefined;
    for (const lane of lanes) {
      if (lane.head !== undefined && (newest?.head === undefined || lane.head > newest.head)) newest = lane;
    }
    if (newest === undefined) break;
    rows.push(newest.take());
  }
  return rows;
}

/** The attempts of a stream's finished tasks, newest end first, read page by page. */
class FinishedLane {
  #rows: Row[];
  #at = 0;

  constructor(
    private readonly reader: Reader,
    private readonly stream: string,
    private readonly wanting: Wanted,
    private readonly size: number,
  ) {
    this.#rows = this.#read(never, 0, 0);
  }

  /** When the task of the next attempt ended; undefined if there is none. */
  get head(): string | undefined {
    return this.#rows[this.#at]?.task_finished_at?.toString();
  }

  take(): Row {
    const row = this.#rows[this.#at];
    if (row === undefined) throw new Error('There are no more rows');
    this.#at += 1;
    if (this.#at === this.#rows.length && this.#at === this.size) {
      this.#rows = this.#read(String(row.task_finished_at), Number(row.seq), Number(row.number));
      this.#at = 0;
    }
    return row;
  }

  /** The page after the row with these values. */
  #read(end: string, seq: number, number: number): Row[] {
    const [, since] = this.wanting;
    return this.reader.all(ofFinished, this.stream, since, end, seq, number, ...this.wanting, this.size);
  }
}

function runOf(row: Row): Run {
  const parts = { label: textOf(row.label), tool_name: String(row.tool_name), ...fromPayload(row) };
  const started = String(row.started_at);
  return {
    task_id: String(row.task_id),
    number: Number(row.number),
    stream_id: String(row.stream_id),
    name: nameOfParts(parts),
    script_path: parts.script_path,
    tool_name: parts.tool_name,
    queued_at: latest(started, [row.created_at, row.retried_at, row.not_before]),
    started_at: started,
    finished_at: textOf(row.finished_at),
    outcome: row.outcome as Run['outcome'],
    exit_code: row.exit_code === null ? null : Number(row.exit_code),
    stand_in: textOf(row.stand_in),
    usage: typeof row.usage === 'string' ? (JSON.parse(row.usage) as Usage) : null,
  };
}

function fromPayload(row: Row): { script_path: string | null; prompt: string | null } {
  const { payload } = row;
  const { script_path, prompt } = typeof payload === 'string' ? parsed(payload) : row;
  return { script_path: textOf(script_path), prompt: textOf(prompt) };
}

function parsed(payload: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(payload) };
  } catch {
    // Older versions stored any text.
    return {};
  }
}

/** The latest of the times up to the start: `not_before` may belong to a later retry. */
function latest(started: string, times: readonly unknown[]): string {
  const before = times.map(textOf).filter((at) => at !== null && at <= started);
  return before.reduce<string>((last, at) => (at !== null && at > last ? at : last), '') || started;
}

function byEnd(a: Run, b: Run): number {
  const [first, second] = [a.finished_at ?? never, b.finished_at ?? never];
  if (first !== second) return first < second ? 1 : -1;
  return a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : b.number - a.number;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
