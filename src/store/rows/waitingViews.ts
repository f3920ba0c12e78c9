/** Why a queued task has not started, and why a stream starts nothing. */

import { payloadProblem } from '../../config/payloadProblem';
import { type Config, canRun, isUnconfirmed, toolOf } from '../../core/config';
import { isBatchOver } from '../../core/model';
import {
  blockedBy,
  notRunnable,
  restingReason,
  type Waiting,
  type WaitingFacts,
  waitingFor,
  warningsOf,
  whyWaiting,
} from '../../core/waiting';
import { batchOf } from './batchTable';
import { elsewhere } from './hostRule';
import type { LaneFacts } from './laneFacts';
import { whoWaits } from './personRule';
import { restOfTask, type Surroundings } from './restRule';
import type { StreamRow } from './streamTable';
import { afterOf, parsed, type QueuedView, type TaskRow } from './taskRow';

/** The ready task that a queued one comes after; one that is passed over, or not run here, comes after none. */
function taskAhead(
  facts: LaneFacts,
  config: Config,
  row: TaskRow,
  stream: StreamRow,
  tail: string | null | undefined,
): string | null {
  const { skip_unrunnable: skips, pass_resting: passes } = stream;
  if (skips === 0 && passes === 0 && tail !== undefined) return tail;
  if (skips === 1 && !canRun(config, row.tool_name)) return null;
  return facts.ahead(row, stream);
}

/**
 * Why a queued task has not started, as far as the queue knows, and what is worth knowing about it.
 * @param tail the ready task before it, if the caller knows it
 */
export function queuedView(
  facts: LaneFacts,
  around: Surroundings,
  row: TaskRow,
  stream: StreamRow,
  tail?: string | null,
): QueuedView {
  const config = around.config.current();
  const runnable = canRun(config, row.tool_name);
  const unconfirmed = isUnconfirmed(config, row.tool_name);
  const skips = stream.skip_unrunnable === 1;
  const behind = taskAhead(facts, config, row, stream, tail);
  const reason = whyWaiting({
    parked: row.parked === 1,
    unapproved: row.approval === 'pending',
    asking: row.question !== null,
    after: row.open_after === 0 ? [] : openDependencies(facts, row),
    after_batch: row.open_after === 0 ? null : openBatch(facts, row),
    batch: batchLimit(facts, row),
    not_before: row.delayed === 1 ? row.not_before : null,
    limited: row.failure_kind === 'limited',
    stream: {
      name: stream.name,
      ended: stream.status === 'ended',
      paused: stream.paused === 1,
      question: facts.question(stream),
      parallelism: stream.parallelism,
      working: stream.working === 1,
      working_since: stream.working_since,
    },
    behind,
    blocker: skips || behind === null ? null : blockerOf(facts, config, stream),
    tool_name: row.tool_name,
    runnable,
    unconfirmed,
    rest: restOfTask(around, row),
    running: stream.running,
    elsewhere:
      elsewhere(around.host, row, stream, () => facts.hosts(), around.clock.now()) ??
      (runnable ? whoWaits(around.host, row, stream) : null),
  });
  const { waiting, waiting_reason } = waitingFor(reason, around.clock.now());
  const missing = payloadProblem(parsed(row.payload), toolOf(config, row.tool_name));
  const warnings = warningsOf({
    tool_name: row.tool_name,
    runnable,
    unconfirmed,
    stream: { name: stream.name, skips },
    missing,
  });
  return { waiting, waiting_reason, warnings };
}

const notWaiting: Waiting = { waiting: null, waiting_reason: null };

/** Why the built-in runner starts none of a stream's ready tasks, though one is ready. */
export function laneView(facts: LaneFacts, around: Surroundings, stream: StreamRow): Waiting {
  if (stream.status === 'ended' || stream.queued === 0 || stream.paused === 1) return notWaiting;
  if (facts.question(stream) !== null) return notWaiting;
  const now = around.clock.now();
  const there = elsewhere(around.host, { bound_to: null }, stream, () => facts.hosts(), now);
  if (there !== null) return waitingFor(there, now);
  const blocker = blockerOf(facts, around.config.current(), stream);
  if (blocker === null) return restingLane(facts, around, stream);
  if (stream.skip_unrunnable === 0) return waitingFor(blockedBy(blocker), around.clock.now());
  if (facts.head(stream, 'runnable') !== undefined) return restingLane(facts, around, stream);
  return waitingFor(notRunnable(blocker.tool, blocker.unconfirmed), around.clock.now());
}

/** The same of a stream that would start something, if no account did rest. */
function restingLane(facts: LaneFacts, around: Surroundings, stream: StreamRow): Waiting {
  const head = facts.head(stream, 'runnable');
  const rest = head === undefined ? null : restOfTask(around, head);
  if (head === undefined || rest === null) return notWaiting;
  const passes = stream.pass_resting === 1 && facts.head(stream, 'passed') !== undefined;
  return passes ? notWaiting : waitingFor(restingReason(rest, head.tool_name), around.clock.now());
}

/** The first ready task of a stream, if the built-in runner does not run its tool. */
function blockerOf(facts: LaneFacts, config: Config, stream: StreamRow): WaitingFacts['blocker'] {
  const head = facts.head(stream, 'any');
  if (head === undefined || canRun(config, head.tool_name)) return null;
  const { id: task, tool_name: tool } = head;
  return { task, tool, unconfirmed: isUnconfirmed(config, tool) };
}

/** The tasks that it still waits for, in the order in which they were given. */
function openDependencies(facts: LaneFacts, row: TaskRow): { id: string; failed: boolean }[] {
  const open = facts.dependencies(row);
  return afterOf(row).flatMap((id) => {
    const failed = open.get(id);
    return failed === undefined ? [] : { id, failed };
  });
}

/** The batch that it still waits for; its last task may have failed. */
function openBatch(facts: LaneFacts, row: TaskRow): { id: string; failed: boolean } | null {
  const batch = facts.awaited(row);
  return batch === undefined ? null : { id: batch.id, failed: isBatchOver(batchOf(batch)) };
}

/** The limits of its batch, where they keep it from starting. */
function batchLimit(facts: LaneFacts, { batch_id: id, batch_limited }: TaskRow) {
  if (id === null || batch_limited === 0) return null;
  const limit = facts.limit(id);
  return limit.places > 0 ? null : { id, ...limit };
}
