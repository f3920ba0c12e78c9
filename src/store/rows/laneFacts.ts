/** What the views of streams and queued tasks are derived from besides their own rows. */

import { runnableTools } from '../../core/config';
import type { PersonCounts } from '../../core/model';
import type { Reader } from '../engine/database';
import { type BatchRow, findBatch } from './batchTable';
import { type HostRow, selectHosts } from './hostTable';
import { firstHead, type Head, holdingQuestion, type Limit, lastReady, limitOf } from './readyRule';
import { queuedTools, type StartingTools, type Surroundings, startingTools } from './restRule';
import type { StreamRow } from './streamTable';
import type { TaskRow } from './taskRow';

/** The dependencies of a task that keep it from starting, by id: whether it has failed. */
export type OpenDependencies = ReadonlyMap<string, boolean>;

export interface LaneFacts {
  /** The task whose question holds the stream. */
  question(stream: StreamRow): string | null;
  /** The first ready task of the stream. */
  head(stream: StreamRow, among: Among): Head | undefined;
  /** The last task that the stream hands out before this one, if nothing ends meanwhile. */
  ahead(row: TaskRow, stream: StreamRow): string | null;
  /** What waits for a person in the stream. */
  asked(stream: StreamRow): PersonCounts;
  dependencies(row: TaskRow): OpenDependencies;
  /** The batch that a task waits for. */
  awaited(row: TaskRow): BatchRow | undefined;
  /** What the limits of its batch let happen, which has some. */
  limit(batchId: string): Limit;
  /** All hosts of the queue. */
  hosts(): readonly HostRow[];
}

/** All ready tasks; those that the built-in runner would run; those of them that no resting account holds back. */
export type Among = 'any' | 'runnable' | 'passed';

/** The tasks among which the one is that a queued task comes after. */
export function amongAhead({ skip_unrunnable: skips, pass_resting: passes }: StreamRow): Among {
  return skips === 1 || passes === 1 ? 'passed' : 'any';
}

/**
 * The tools of these tasks; undefined for any.
 * @param queued of all queued tasks of the stream
 */
export function toolsAmong(
  reader: Reader,
  around: Surroundings,
  { id, skip_unrunnable: skips, pass_resting: passes }: StreamRow,
  among: Among,
  queued: () => readonly string[],
): StartingTools | undefined {
  if (among === 'any' || (among === 'runnable' && skips === 0)) return undefined;
  const tools = skips === 1 ? runnableTools(around.config.current()) : queued();
  return among === 'passed' && passes === 1
    ? startingTools(reader, around, id, tools)
    : { all: [...tools], fallBack: [] };
}

const openOfTask = "SELECT after_id, state FROM dependencies WHERE task_id = ? AND state != 'met'";

/**
 * Reads each fact when it is asked for: for one task or stream.
 * @param first reads the first ready task of a stream
 */
export function factsOf(
  reader: Reader,
  around: Surroundings,
  first = (streamId: string) => firstHead(reader, streamId),
): LaneFacts {
  const toolsOf = (stream: StreamRow, among: Among) =>
    toolsAmong(reader, around, stream, among, () => queuedTools(reader, stream.id));
  return {
    question: (stream) => holdingQuestion(reader, stream),
    head: (stream, among) => {
      const tools = toolsOf(stream, among);
      return tools === undefined ? first(stream.id) : firstHead(reader, stream.id, tools);
    },
    ahead: (row, stream) => lastReady(reader, stream.id, row.position, toolsOf(stream, amongAhead(stream))),
    asked: ({ id }) => waitingForPerson(reader, id),
    dependencies: ({ id }) =>
      new Map(reader.values(openOfTask, id).map(([after, state]) => [String(after), state === 'failed'])),
    awaited: ({ after_batch: id }) => (id === null ? undefined : findBatch(reader, id)),
    limit: (batchId) => limitOf(reader, batchId),
    hosts: () => selectHosts(reader),
  };
}

/** What waits for a person: the index that finds it, and its condition. */
export const personCounts = {
  unapproved: ['idx_tasks_unapproved', "status = 'queued' AND deleted_at IS NULL AND approval = 'pending'"],
  asking: ['idx_tasks_question', "status = 'queued' AND deleted_at IS NULL AND question IS NOT NULL"],
} as const;

/** How many tasks wait for a person to approve them, or to answer their question. @param streamId of one stream, else of all */
export function waitingForPerson(reader: Reader, streamId?: string): PersonCounts {
  const count = ([index, condition]: readonly [string, string]) => {
    const sql = `SELECT count(*) FROM tasks INDEXED BY ${index} WHERE ${condition}`;
    const rows =
      streamId === undefined ? reader.values(sql) : reader.values(`${sql} AND stream_id = ?`, streamId);
    return Number(rows[0]?.[0]);
  };
  return { unapproved: count(personCounts.unapproved), asking: count(personCounts.asking) };
}
