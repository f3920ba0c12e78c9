/** Adding tasks to a stream: new ones, and copies of finished ones. */

import { labelOfCommand } from '../../config/plainCommand';
import type { Instant } from '../../core/clock';
import { resolveClass, resolveKillAfter, resolveTimeout, toolOf } from '../../core/config';
import { QueueError } from '../../core/errors';
import { newId } from '../../core/ids';
import {
  type AfterPolicy,
  afterPolicies,
  type Origin,
  type Task,
  type TaskAnswer,
  type WorktreeKind,
} from '../../core/model';
import type { Enqueued, EnqueuedMany, Mutation, NewTask, NewTasks } from '../../core/queue';
import { invalid, notFound, wrongState } from '../../core/refusals';
import {
  checkChoice,
  checkKillAfter,
  checkNeeds,
  checkPayload,
  checkTime,
  checkTimeout,
  checkWhole,
  mostTasksPerCall,
  payloadLimit,
  requireText,
  tooLarge,
} from '../../core/validation';
import { batchOf, isLimited, needBatch } from '../rows/batchTable';
import { type Change, type Context, positionGap } from '../rows/change';
import { hasEnvironment } from '../rows/hostRule';
import { mutate, type Repeat } from '../rows/idempotency';
import { insertRow } from '../rows/statements';
import { refuseEnded, type StreamRow } from '../rows/streamTable';
import {
  type Flag,
  gitText,
  needsText,
  selectTasks,
  type TaskRow,
  taskOf,
  verifyText,
} from '../rows/taskRow';
import {
  findTasks,
  insertTask,
  mostAttempts,
  needTask,
  repeatTask,
  taskNow,
  taskView,
} from '../rows/taskTable';
import { checkWorktree, refuseWorktree } from '../rows/worktreeRule';
import { approvalOfNew } from './approvals/approvals';
import { batchState, failedBatch } from './batchEnd';
import { copyTask } from './copies';
import { delayUntil } from './delays';
import { insertDependencies, resolveDependencies } from './dependencies';
import { frontPosition } from './moving';
import { batchIdOfCall, idsOfCall, inTask, Keys, refuseOwnKey, repeatMany } from './severalTasks';
import { endTask, failedDependency } from './taskEnd';

/** A new task, validated as far as possible without reading the database. */
export interface CheckedTask {
  stream: string;
  tool_name: string;
  task_class: string;
  payload: string;
  timeout: number;
  /** Seconds; null: twice the timeout. */
  kill_after: number | null;
  label: string | null;
  not_before: Instant | null;
  after: readonly string[];
  after_batch: string | null;
  after_policy: AfterPolicy;
  /** Null if the stream decides. */
  max_attempts: number | null;
  idempotency_key: string | null;
  git: string | null;
  front: boolean;
  known_tool: boolean;
  origin: Origin | undefined;
  needs: string | null;
  verify: string | null;
  fall_back: Flag;
  worktree: WorktreeKind | null;
}

/** The verdict's fact is 1 where the task's own key was known. */
const repeatEnqueue: Repeat<Enqueued> = {
  keep: ({ task, duplicate }) => ({ row: task.id, fact: duplicate ? 1 : null }),
  again: (change, { row, fact }) => ({ task: taskNow(change, String(row)), duplicate: fact === 1 }),
};

export class Enqueueing {
  constructor(private readonly context: Context) {}

  async enqueue(input: NewTask, mutation?: Mutation): Promise<Enqueued> {
    const given = this.check(input);
    return mutate(this.context, `enqueue on ${given.stream}`, mutation, repeatEnqueue, (change) =>
      this.place(change, given),
    );
  }

  /**
   * Enqueues within a change that does more; a refusal comes before anything is written.
   * @param id of the new task
   * @param creator who has decided what it starts; by default the person of this host
   */
  enqueueIn(change: Change, input: NewTask, id: string, creator: string | null = null): Enqueued {
    return this.place(change, this.check(input), id, creator);
  }

  async enqueueMany(input: NewTasks, mutation?: Mutation): Promise<EnqueuedMany> {
    const reference = requireText('Stream', input.stream);
    checkWhole('number of tasks', input.tasks.length, 1, mostTasksPerCall);
    const keys = new Keys(input.tasks);
    const given = input.tasks.map((task, at) => {
      const checked = inTask(at, () => {
        refuseOwnKey(task);
        return this.check({ ...task, stream: reference, origin: input.origin });
      });
      return { checked, after: inTask(at, () => keys.resolve(checked.after, at)) };
    });
    const bytes = given.reduce((sum, { checked }) => sum + Buffer.byteLength(checked.payload), 0);
    if (bytes > payloadLimit) throw tooLarge('The sum of all payloads', payloadLimit);
    const batch = checkBatch(input);
    const repeat = repeatMany(batch.id);
    return mutate(this.context, `enqueue several on ${reference}`, mutation, repeat, (change) => {
      const stream = change.needStream(reference);
      refuseEnded(stream, 'Enqueue');
      // All is checked before anything is written.
      const named = given.map(({ after }) => after.filter((task) => typeof task === 'string'));
      const found = findTasks(change.tx, named.flat()).values();
      given.forEach(({ checked }, at) => {
        inTask(at, () => {
          this.refuse(change, checked, stream);
          for (const task of named[at] ?? [])
            if (found.next().value === undefined) throw notFound('Task', task.trim());
        });
      });
      const waiting = given.some(
        ({ checked, after }) =>
          checked.after_batch !== null || after.some((task) => typeof task === 'string'),
      );
      if (batch.id !== null) refuseToAdd(change, batch.id, stream, waiting);
      const ids = idsOfCall(newId('task'), given.length);
      const member = memberOf(change, stream, batch, String(ids[0]));
      const first = input.front ? frontPosition(change, stream.id, given.length) : null;
      const tasks = given.map(({ checked, after }, at) => {
        const resolved = after.map((task) => (typeof task === 'number' ? String(ids[task]) : task));
        const position = first === null ? null : first + at * positionGap;
        return add(change, stream, { ...checked, after: resolved }, position, {
          id: String(ids[at]),
          ...member,
        });
      });
      if (batch.id === null) change.emitBatch('batch.created', batchOf(change.batch(member.batch_id)));
      return { tasks, batch_id: member.batch_id, duplicate: false };
    });
  }

  async requeue(id: string, input: Mutation & { note?: string } = {}): Promise<TaskAnswer> {
    return mutate(this.context, `requeue ${id}`, input, repeatTask, (change) => {
      const old = needTask(change.tx, id);
      if (old.finished_at === null) {
        throw wrongState('Requeue', old.status, `wait until it ends, or sparkq cancel ${old.id}`);
      }
      return copyTask(change, old, input.note ?? null);
    });
  }

  private place(
    change: Change,
    given: CheckedTask,
    id = newId('task'),
    creator: string | null = null,
  ): Enqueued {
    const stream = change.needStream(given.stream);
    const first = taskWithKey(change, stream, given.idempotency_key);
    if (first !== undefined) return { task: taskView(change, first), duplicate: true };
    refuseEnded(stream, 'Enqueue');
    this.refuse(change, given, stream);
    const position = given.front ? frontPosition(change, stream.id, 1) : null;
    const own = creator === null ? { id } : { id, created_by: creator };
    return { task: add(change, stream, given, position, own), duplicate: false };
  }

  /** @throws QueueError for what cannot be enqueued on this stream */
  private refuse(change: Change, given: CheckedTask, stream: StreamRow): void {
    this.refuseUnknown(change, given);
    refuseWorktree(this.context.config.current(), given, stream, given.origin);
  }

  /** @throws QueueError `not_found` for a batch that it waits for, or a tool that was to be configured */
  refuseUnknown(
    change: Change,
    { known_tool: known, tool_name: tool, after_batch: batch }: CheckedTask,
  ): void {
    if (batch !== null) needBatch(change.tx, batch);
    if (known && toolOf(this.context.config.current(), tool) === undefined) throw notFound('Tool', tool);
  }

  /** @throws QueueError for what could not be enqueued on any stream */
  check(input: NewTask): CheckedTask {
    const stream = requireText('Stream', input.stream);
    const tool = requireText('Tool', input.tool_name);
    const rules = this.context.rules();
    const taskClass = requireText('Task class', resolveClass(rules, tool, input.task_class));
    const attempts = input.max_attempts ?? toolOf(rules, tool)?.max_attempts ?? null;
    const timeout = input.timeout === undefined ? undefined : checkTimeout(input.timeout);
    const killAfter = input.kill_after === undefined ? undefined : checkKillAfter(input.kill_after);
    const payload = checkPayload(input.payload, input.prompt);
    const command = labelOfCommand(payload, toolOf(this.context.config.current(), tool));
    return {
      stream,
      tool_name: tool,
      task_class: taskClass,
      payload,
      timeout: resolveTimeout(rules, { tool_name: tool, task_class: taskClass, timeout }),
      kill_after: resolveKillAfter(rules, { tool_name: tool, kill_after: killAfter }),
      label: input.label?.trim() || command,
      not_before:
        input.not_before === undefined
          ? null
          : checkTime('not_before', input.not_before, this.context.clock.now()),
      after: input.after ?? [],
      after_batch: input.after_batch === undefined ? null : requireText('Batch', input.after_batch),
      after_policy: checkChoice('after_policy', input.after_policy ?? 'fail', afterPolicies),
      max_attempts: attempts === null ? null : checkWhole('max_attempts', attempts, 1, mostAttempts),
      idempotency_key:
        input.idempotency_key === undefined ? null : requireText('Idempotency key', input.idempotency_key),
      git: gitText(input.git),
      front: input.front === true,
      known_tool: input.known_tool === true,
      origin: input.origin,
      needs: needsText(checkNeeds(input.needs ?? null)),
      verify: verifyText(input.verify ?? null),
      fall_back: input.fall_back ? 1 : 0,
      worktree: checkWorktree(input.worktree ?? null),
    };
  }
}

/** @param front the position of a task that does not go to the back */
function add(
  change: Change,
  stream: StreamRow,
  given: CheckedTask,
  front: number | null,
  own: { id: string } & Partial<TaskRow> = { id: newId('task') },
): Task {
  const { tx } = change;
  const found =
    given.after.length === 0 ? undefined : resolveDependencies(tx, given.after, given.after_policy);
  const { after_batch: awaited, after_policy: policy } = given;
  const state = awaited === null ? 'met' : batchState(change.batch(awaited), policy);
  const behind = front === null ? change.tailOf(stream.id) : undefined;
  const row = insertTask(change, {
    created_by: change.context.db.person ?? null,
    ...own,
    stream_id: stream.id,
    tool_name: given.tool_name,
    task_class: given.task_class,
    payload: given.payload,
    timeout: given.timeout,
    kill_after: given.kill_after,
    label: given.label,
    ...delayUntil(change, given.not_before),
    max_attempts: given.max_attempts ?? stream.max_attempts ?? 1,
    idempotency_key: given.idempotency_key,
    git: given.git,
    after_policy: given.after_policy,
    position: front ?? change.nextPosition(stream),
    after_ids: found === undefined ? null : JSON.stringify(found.states.map(({ id }) => id)),
    open_after: (found?.open ?? 0) + (state === 'met' ? 0 : 1),
    after_batch: awaited,
    ...approvalOfNew(change, { ...given, stream_id: stream.id }, given.origin),
    needs: given.needs,
    verify: given.verify,
    fall_back: given.fall_back,
    worktree: given.worktree,
    bound_to: hasEnvironment(given) ? (change.context.host?.id ?? null) : null,
  });
  if (found !== undefined) insertDependencies(tx, row.id, given.after_policy, found);
  const task = taskView(change, row, behind);
  change.emitTask('task.created', task);
  if (found?.failedBy) return taskOf(endTask(change, row, failedDependency(found.failedBy)));
  if (state === 'failed' && policy === 'fail') return taskOf(endTask(change, row, failedBatch(awaited)));
  if (row.delayed === 0) change.wake(stream.id);
  return task;
}

/** What is asked of the batch of a call. */
interface BatchOfCall {
  /** Null: a new one. */
  id: string | null;
  label: string | null;
  parallelism: number | null;
  stop_after: number | null;
}

function checkBatch(input: NewTasks): BatchOfCall {
  const { batch, label, parallelism, stop_after } = input;
  if (batch !== undefined) {
    for (const [name, value] of Object.entries({ label, parallelism, stop_after })) {
      if (value !== undefined) throw invalid(name, value, 'Only the call that makes the batch has it.');
    }
  }
  const most = (name: string, value: number | undefined) =>
    value === undefined ? null : checkWhole(name, value, 1);
  return {
    id: batch === undefined ? null : requireText('Batch', batch),
    label: label?.trim() || null,
    parallelism: most('parallelism', parallelism),
    stop_after: most('stop_after', stop_after),
  };
}

/**
 * @param waiting whether one of the new tasks waits for something outside of the call
 * @throws QueueError `not_found`; `conflict` for another stream, and where tasks could come to wait for each other
 */
function refuseToAdd({ tx }: Change, id: string, stream: StreamRow, waiting: boolean): void {
  const batch = needBatch(tx, id);
  if (batch.stream_id !== stream.id) {
    throw new QueueError(
      'conflict',
      `Batch ${batch.id} is on another stream`,
      'Name the stream of the batch.',
    );
  }
  const waiter = waiting
    ? tx.get("SELECT id FROM tasks WHERE after_batch = ? AND status = 'queued' LIMIT 1", batch.id)
    : undefined;
  if (waiter === undefined) return;
  throw new QueueError(
    'conflict',
    `Batch ${batch.id} takes no more tasks that wait for others, since ${waiter.id} waits for it`,
    'Queue them as a batch of their own.',
  );
}

/** The columns that make tasks members of the batch, which is made if it is new. */
function memberOf(
  change: Change,
  stream: StreamRow,
  { id: given, label, parallelism, stop_after }: BatchOfCall,
  firstTask: string,
): { batch_id: string; batch_limited: Flag } {
  if (given !== null) {
    const batch = needBatch(change.tx, given);
    return { batch_id: batch.id, batch_limited: isLimited(batch) ? 1 : 0 };
  }
  const id = batchIdOfCall(firstTask);
  const settings = { label, parallelism, stop_after };
  insertRow(change.tx, 'batches', { id, stream_id: stream.id, created_at: change.now, ...settings });
  return { batch_id: id, batch_limited: isLimited(settings) ? 1 : 0 };
}

function taskWithKey(change: Change, stream: StreamRow, key: string | null): TaskRow | undefined {
  if (key === null) return undefined;
  const rest = 'WHERE stream_id = ? AND idempotency_key = ? AND idempotency_key IS NOT NULL';
  return selectTasks(change.tx, rest, stream.id, key)[0];
}
