/** Gathers what the queue knows of why a queued task has not started. */

import { toolOf } from '../core/config';
import { whyWaiting } from '../core/waiting';
import type { Context } from './context';
import type { Reader } from './database';
import type { StreamRow, TaskRow } from './rows';
import { streamById } from './streamTable';

/** @param stream its stream, where the caller has it at hand */
export function waitingOf(reader: Reader, context: Context, row: TaskRow, stream?: StreamRow): string {
  const lane = stream?.id === row.stream_id ? stream : streamById(reader, row.stream_id);
  const tool = toolOf(context.config.current(), row.tool_name);
  const facts = {
    parked: row.parked === 1,
    after: row.open_after === 0 ? [] : openDependencies(reader, row.id),
    not_before: row.delayed === 1 ? row.not_before : null,
    stream: {
      name: lane.name,
      ended: lane.status === 'ended',
      paused: lane.paused === 1,
      parallelism: lane.parallelism,
      working: lane.working === 1,
    },
    behind: predecessor(reader, row),
    tool_name: row.tool_name,
    runnable: tool === undefined ? null : tool.command !== null,
    running: lane.running,
  };
  return whyWaiting(facts, context.clock.now());
}

function openDependencies(reader: Reader, id: string): { id: string; failed: boolean }[] {
  return reader
    .all("SELECT after_id, state FROM dependencies WHERE task_id = ? AND state != 'met'", id)
    .map((row) => ({ id: String(row.after_id), failed: row.state === 'failed' }));
}

/** The ready task right before this one. */
function predecessor(reader: Reader, row: TaskRow): string | null {
  const found = reader.get(
    `SELECT id FROM tasks WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL AND parked = 0
       AND open_after = 0 AND delayed = 0 AND position < ? ORDER BY position DESC LIMIT 1`,
    row.stream_id,
    row.position,
  );
  return found === undefined ? null : String(found.id);
}
