/** Gathers what the queue knows of why a queued task has not started. */

import { toolOf } from '../core/config';
import { whyWaiting } from '../core/waiting';
import type { Context } from './context';
import type { Reader } from './database';
import { lastReady } from './ready';
import type { StreamRow, TaskRow } from './rows';

/** @param behind the ready task before it, where the caller knows */
export function waitingOf(
  reader: Reader,
  context: Context,
  row: TaskRow,
  lane: StreamRow,
  behind?: string | null,
): string {
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
    behind: behind === undefined ? lastReady(reader, lane.id, row.position) : behind,
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
