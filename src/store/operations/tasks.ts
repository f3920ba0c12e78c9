/** Reading and changing tasks outside of a run. */

import { labelOfCommand } from '../../config/plainCommand';
import { type Config, toolOf } from '../../core/config';
import { QueueError } from '../../core/errors';
import {
  type Attempt,
  type Claim,
  detailOutputBytes,
  type Task,
  type TaskAnswer,
  type TaskDetail,
} from '../../core/model';
import { gapNote } from '../../core/outputGap';
import {
  type Move,
  type Mutation,
  type OutputChunk,
  type OutputRequest,
  outputEncodings,
  outputNames,
  type TaskPatch,
} from '../../core/queue';
import { invalid, wrongState } from '../../core/refusals';
import {
  checkChoice,
  checkKillAfter,
  checkNeeds,
  checkPayload,
  checkTime,
  checkTimeout,
  checkWhole,
  requireText,
} from '../../core/validation';
import type { Reader } from '../engine/database';
import { readOutput, readOutputEnd } from '../outputFiles';
import type { Change, Context } from '../rows/change';
import { mutate, repeatNothing } from '../rows/idempotency';
import { factsOf } from '../rows/laneFacts';
import { nextTask } from '../rows/readyRule';
import { asAttemptRow, attemptOf } from '../rows/rows';
import { needStream, refuseEnded, streamById } from '../rows/streamTable';
import { needsText, type TaskRow, taskOf, verifyText } from '../rows/taskRow';
import { needTask, noClaim, patchTask, repeatTask, takenView, taskView } from '../rows/taskTable';
import { queuedView } from '../rows/waitingViews';
import { checkWorktree, refuseBegun, refuseWorktree } from '../rows/worktreeRule';
import { type Approvals, approvalOfEdit } from './approvals/approvals';
import { delayUntil } from './delays';
import { liveDependent } from './dependencies';
import { positionFor } from './moving';
import { endWaiters } from './taskEnd';

const longestRead = 16 * 1024 * 1024;

export class Tasks {
  constructor(
    private readonly context: Context,
    private readonly approvals: Approvals,
  ) {}

  async get(id: string): Promise<TaskDetail> {
    const { db } = this.context;
    const { row, task, stream } = await db.read((reader) => {
      const row = needTask(reader, id);
      if (row.status !== 'queued') return { row, task: takenView(this.context, row) };
      const stream = streamById(reader, row.stream_id);
      const view = queuedView(factsOf(reader, this.context), this.context, row, stream);
      return { row, task: taskOf(row, view), stream };
    });
    const [digest, [stdout, stderr, check]] = await Promise.all([
      this.approvals.digestFor(row, stream),
      this.outputEnds(row),
    ]);
    return { ...task, stdout: stdout ?? null, stderr: stderr ?? null, check: check ?? null, digest };
  }

  /** The end of each output of the last attempt, in the order of `outputNames`. */
  private async outputEnds({ id: task, attempts: attempt }: TaskRow): Promise<(string | null)[]> {
    const { storage, output } = this.context;
    const here = await Promise.all(
      outputNames.map((stream) =>
        readOutputEnd({ storage, task, attempt, stream }, detailOutputBytes, gapNote),
      ),
    );
    // Before its first attempt, a task has none.
    if (output === undefined || attempt === 0 || here.some((text) => text !== null)) return here;
    const elsewhere = await output.readEnds({ task, attempt }, detailOutputBytes, gapNote);
    return outputNames.map((stream) => elsewhere.get(stream) ?? null);
  }

  peek(stream: string): Promise<{ task: Task; stream: Claim['stream'] } | null> {
    return this.context.db.read((reader) => {
      const lane = needStream(reader, stream);
      const row = nextTask(reader, lane, this.context.clock.now());
      if (row === undefined) return null;
      const { id, name, instructions } = lane;
      return {
        task: taskOf(row, queuedView(factsOf(reader, this.context), this.context, row, lane)),
        stream: { id, name, instructions },
      };
    });
  }

  async edit(id: string, patch: TaskPatch, mutation?: Mutation): Promise<TaskAnswer> {
    const notBefore =
      patch.not_before === undefined || patch.not_before === null
        ? patch.not_before
        : checkTime('not_before', patch.not_before, this.context.clock.now());
    return mutate(this.context, `edit ${id}`, mutation, repeatTask, (change) => {
      const row = queuedTask(change, id, 'Edit');
      const changes = changesOf(patch, row);
      if (changes.worktree !== undefined) refuseBegun(change.tx, { ...row, ...changes });
      if (changes.worktree !== undefined || changes.tool_name !== undefined) {
        const stream = change.streamById(row.stream_id);
        refuseWorktree(this.context.config.current(), { ...row, ...changes }, stream, patch.origin);
      }
      const label = labelAfter(this.context.config.current(), row, { ...row, ...changes }, patch.label);
      if (label !== row.label) changes.label = label;
      if (notBefore !== undefined) Object.assign(changes, delayUntil(change, notBefore));
      if (changes.tool_name !== undefined && changes.tool_name !== row.tool_name) keepTool(change, row);
      const { person } = this.context.db;
      if (person !== undefined && decides(changes)) changes.created_by = person;
      Object.assign(changes, approvalOfEdit(change, row, { ...row, ...changes }, patch.origin));
      return changed(change, row, changes, 'task.updated');
    });
  }

  async move(id: string, move: Move, mutation?: Mutation): Promise<TaskAnswer> {
    const ways = [move.before, move.after, move.to].filter((way) => way !== undefined);
    if (ways.length > 1) throw invalid('move', move, 'Give one of before, after and to.');
    return mutate(this.context, `move ${id}`, mutation, repeatTask, (change) => {
      const row = queuedTask(change, id, 'Move');
      const target = move.stream === undefined ? row.stream_id : change.needStream(move.stream).id;
      const stream = change.streamById(target);
      refuseEnded(stream, 'Move');
      const position = positionFor(change, row, stream, move);
      const elsewhere = stream.id !== row.stream_id;
      const key =
        elsewhere &&
        change.tx.get(
          'SELECT id FROM tasks WHERE stream_id = ? AND idempotency_key = ? AND idempotency_key IS NOT NULL',
          stream.id,
          row.idempotency_key,
        );
      // The key belongs to the task that was on the stream first.
      const lost = key ? { idempotency_key: null } : {};
      const there = elsewhere ? { stream_id: stream.id } : {};
      return changed(change, row, { position, ...there, ...lost }, 'task.moved');
    });
  }

  async park(id: string, parked: boolean, mutation?: Mutation): Promise<TaskAnswer> {
    const action = parked ? 'Park' : 'Unpark';
    return mutate(this.context, `${action} ${id}`, mutation, repeatTask, (change) => {
      const row = queuedTask(change, id, action);
      if ((row.parked === 1) === parked) return taskView(change, row);
      return changed(change, row, { parked: parked ? 1 : 0 }, 'task.updated');
    });
  }

  async review(id: string, review: { accepted: boolean }, mutation?: Mutation): Promise<TaskAnswer> {
    return mutate(this.context, `review ${id}`, mutation, repeatTask, (change) => {
      const row = needTask(change.tx, id);
      if (row.finished_at === null) throw wrongState('Review', row.status, 'wait until the task ends');
      const accepted = review.accepted ? 1 : 0;
      return changed(change, row, { reviewed_at: change.now, accepted }, 'task.updated');
    });
  }

  async delete(id: string, mutation?: Mutation): Promise<void> {
    await mutate(this.context, `delete ${id}`, mutation, repeatNothing, (change) => {
      const row = needTask(change.tx, id);
      if (row.status === 'running') throw wrongState('Delete', 'running', `sparkq cancel ${row.id}`);
      const waiter = liveDependent(change.tx, row.id);
      if (waiter !== null) {
        throw new QueueError(
          'wrong_state',
          `Delete not allowed while ${waiter} waits for ${row.id}`,
          `Try: sparkq cancel ${waiter}, or sparkq delete ${waiter}`,
        );
      }
      const next = patchTask(change, row, {
        ...noClaim,
        deleted_at: change.now,
        delayed: 0,
        idempotency_key: null,
      });
      change.emitTask('task.deleted', taskOf(next));
      if (row.status === 'queued') endWaiters(change, next);
    });
  }

  attempts(id: string): Promise<Attempt[]> {
    return this.context.db.read((reader) => {
      const { id: task } = needTask(reader, id);
      return reader
        .all('SELECT * FROM attempts WHERE task_id = ? ORDER BY number', task)
        .map((row) => attemptOf(asAttemptRow(row)));
    });
  }

  async output(id: string, request: OutputRequest): Promise<OutputChunk> {
    const stream = checkChoice('stream', request.stream, outputNames);
    const offset = checkWhole('offset', request.offset ?? 0, 0);
    const limit =
      request.limit === undefined ? undefined : checkWhole('limit', request.limit, 1, longestRead);
    const encoding = checkChoice('encoding', request.encoding ?? 'utf-8', outputEncodings);
    const wanted = request.attempt === undefined ? undefined : checkWhole('attempt', request.attempt, 0);
    const row = await this.context.db.read((reader) => {
      const task = needTask(reader, id);
      if (wanted !== undefined && wanted !== task.attempts) needAttempt(reader, task.id, wanted);
      return task;
    });
    const attempt = wanted ?? row.attempts;
    const ended = row.status !== 'running' || attempt !== row.attempts;
    const found = { stream, offset, limit, encoding };
    const { storage, output } = this.context;
    const here = await readOutput(storage, row.id, attempt, found, ended);
    if (here.size > 0 || output === undefined) return here;
    return output.read({ task: row.id, attempt }, found, ended);
  }
}

/** The label of an edited task: the given one, else that of its command, where it had that of its command before. */
function labelAfter(config: Config, before: TaskRow, after: TaskRow, given?: string | null): string | null {
  const same = before.payload === after.payload && before.tool_name === after.tool_name;
  const command = same && given === undefined ? null : commandLabel(config, after);
  if (given !== undefined) return given?.trim() || command;
  if (same) return before.label;
  return before.label === null || before.label === madeLabel(config, before) ? command : before.label;
}

function commandLabel(config: Config, { payload, tool_name: tool }: TaskRow): string | null {
  return labelOfCommand(payload, toolOf(config, tool));
}

/** Older programs may have stored any payload. */
function madeLabel(config: Config, row: TaskRow): string | null {
  try {
    return commandLabel(config, row);
  } catch {
    return null;
  }
}

function queuedTask(change: Change, id: string, action: string): TaskRow {
  const row = needTask(change.tx, id);
  if (row.status !== 'queued') {
    const hint = row.status === 'running' ? `sparkq cancel ${row.id}` : `sparkq requeue ${row.id}`;
    throw wrongState(action, row.status, hint);
  }
  return row;
}

/** Notes which tool ran the attempts of a task, which is about to have another one. */
function keepTool({ tx }: Change, { id, tool_name: tool }: TaskRow): void {
  tx.run('UPDATE attempts SET tool_name = ? WHERE task_id = ? AND tool_name IS NULL', tool, id);
}

function changed(
  change: Change,
  row: TaskRow,
  changes: Partial<TaskRow>,
  event: 'task.updated' | 'task.moved',
): Task {
  const next = patchTask(change, row, changes);
  const task = taskView(change, next);
  change.emitTask(event, task);
  change.wake(next.stream_id);
  return task;
}

/** @throws QueueError `not_found` */
function needAttempt(reader: Reader, task: string, number: number): void {
  if (reader.get('SELECT 1 FROM attempts WHERE task_id = ? AND number = ?', task, number)) return;
  throw new QueueError(
    'not_found',
    `Attempt not found: ${number} of task ${task}`,
    `List its attempts: sparkq task ${task}`,
  );
}

/** What a patch changes of a task, besides its label and its delay. */
function changesOf(patch: TaskPatch, row: TaskRow): Partial<TaskRow> {
  const changes: Partial<TaskRow> = {};
  if (patch.payload !== undefined || patch.prompt !== undefined) {
    changes.payload = checkPayload(patch.payload ?? row.payload, patch.prompt);
  }
  if (patch.timeout !== undefined) changes.timeout = checkTimeout(patch.timeout);
  if (patch.kill_after !== undefined) {
    changes.kill_after = patch.kill_after === null ? null : checkKillAfter(patch.kill_after);
  }
  if (patch.tool_name !== undefined) changes.tool_name = requireText('Tool', patch.tool_name);
  if (patch.needs !== undefined) changes.needs = needsText(checkNeeds(patch.needs));
  if (patch.verify !== undefined) changes.verify = verifyText(patch.verify);
  if (patch.fall_back !== undefined) changes.fall_back = patch.fall_back ? 1 : 0;
  if (patch.worktree !== undefined) changes.worktree = checkWorktree(patch.worktree);
  return changes;
}

/** Whether a change says anew what the task starts. */
function decides(changes: Partial<TaskRow>): boolean {
  const { payload, tool_name: tool, verify, worktree, fall_back: fallBack } = changes;
  return [payload, tool, verify, worktree, fallBack].some((value) => value !== undefined);
}
