/** Gathers what the queue knows of why a queued task has not started. */

import { toolOf } from '../../core/config';
import { type Waiting, waitingFor, whyWaiting } from '../../core/waiting';
import type { Reader } from '../engine/database';
import { lastReady } from './ready';
import { afterOf, type StreamRow, type TaskRow } from './rows';
import type { Surroundings } from './surroundings';

/** @param behind the ready task before it, where the caller knows */
export function waitingOf(
  reader: Reader,
  context: Surroundings,
  row: TaskRow,
  lane: StreamRow,
  behind?: string | null,
): Waiting {
  const tool = toolOf(context.config.current(), row.tool_name);
  const facts = {
    parked: row.parked === 1,
    after: row.open_after === 0 ? [] : openDependencies(reader, row),
    not_before: row.delayed === 1 ? row.not_before : null,
    limited: row.failure_kind === 'limited',
    stream: {
      name: lane.name,
      ended: lane.status === 'ended',
      paused: lane.paused === 1,
      parallelism: lane.parallelism,
      working: lane.working === 1,
      working_since: lane.working_since,
    },
    behind: behind === undefined ? lastReady(reader, lane.id, row.position) : behind,
    tool_name: row.tool_name,
    runnable: tool === undefined ? null : tool.command !== null,
    running: lane.running,
  };
  return waitingFor(whyWaiting(facts), context.clock.now());
}

/** What it still waits for, in the order in which it was given. */
function openDependencies(reader: Reader, row: TaskRow): { id: string; failed: boolean }[] {
  const states = new Map<string, boolean>();
  const rows = reader.all(
    "SELECT after_id, state FROM dependencies WHERE task_id = ? AND state != 'met'",
    row.id,
  );
  for (const { after_id: id, state } of rows) states.set(String(id), state === 'failed');
  return afterOf(row).flatMap((id) => {
    const failed = states.get(id);
    return failed === undefined ? [] : { id, failed };
  });
}
