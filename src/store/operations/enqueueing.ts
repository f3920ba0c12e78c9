/** Adding tasks to a stream: new ones, and copies of finished ones. */

import type { Instant } from '../../core/clock';
import { resolveClass, resolveKillAfter, resolveTimeout, toolOf } from '../../core/config';
import { newId } from '../../core/ids';
import { type AfterPolicy, afterPolicies, type Task } from '../../core/model';
import type { EnqueuedMany, Mutation, NewTask, NewTasks, Queue } from '../../core/queue';
import { notFound, wrongState } from '../../core/refusals';
import {
  checkChoice,
  checkKillAfter,
  checkPayload,
  checkTime,
  checkTimeout,
  checkWhole,
  mostTasksPerCall,
  payloadLimit,
  requireText,
  tooLarge,
} from '../../core/validation';
import type { Change, Context } from '../rows/change';
import { mutate, type Repeat } from '../rows/idempotency';
import { refuseEnded, type StreamRow } from '../rows/streamTable';
import { gitText, selectTasks, type TaskRow, taskOf } from '../rows/taskRow';
import { insertTask, mostAttempts, needTask, repeatTask, taskNow, taskView } from '../rows/taskTable';
import { delayUntil } from './delays';
import { insertDependencies, resolveDependencies, waitForCopy } from './dependencies';
import { idsOfCall, inTask, Keys, refuseOwnKey, repeatMany } from './severalTasks';
import { endTask, failedDependency } from './taskEnd';

/** A new task, validated as far as possible without reading the database. */
interface Checked {
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
  after_policy: AfterPolicy;
  /** Null if the stream decides. */
  max_attempts: number | null;
  idempotency_key: string | null;
  git: string | null;
  known_tool: boolean;
}

type Enqueued = Awaited<ReturnType<Queue['enqueue']>>;

/** The verdict's fact is 1 where the task's own key was known. */
const repeatEnqueue: Repeat<Enqueued> = {
  keep: ({ task, duplicate }) => ({ row: task.id, fact: duplicate ? 1 : null }),
  again: (change, { row, fact }) => ({ task: taskNow(change, String(row)), duplicate: fact === 1 }),
};

export class Enqueueing {
  constructor(private readonly context: Context) {}

  async enqueue(input: NewTask, mutation?: Mutation): Promise<Enqueued> {
    const given = this.check(input);
    return mutate(this.context, `enqueue on ${given.stream}`, mutation, repeatEnqueue, (change) => {
      const stream = change.needStream(given.stream);
      const first = taskWithKey(change, stream, given.idempotency_key);
      if (first !== undefined) return { task: taskView(change, first), duplicate: true };
      refuseEnded(stream, 'Enqueue');
      this.refuseUnknownTool(given);
      return { task: add(change, stream, given), duplicate: false };
    });
  }

  async enqueueMany(input: NewTasks, mutation?: Mutation): Promise<EnqueuedMany> {
    const reference = requireText('Stream', input.stream);
    checkWhole('number of tasks', input.tasks.length, 1, mostTasksPerCall);
    const keys = new Keys(input.tasks);
    const given = input.tasks.map((task, at) => {
      const checked = inTask(at, () => {
        refuseOwnKey(task);
        return this.check({ ...task, stream: reference });
      });
      return { checked, after: inTask(at, () => keys.resolve(checked.after, at)) };
    });
    const bytes = given.reduce((sum, { checked }) => sum + Buffer.byteLength(checked.payload), 0);
    if (bytes > payloadLimit) throw tooLarge('The sum of all payloads', payloadLimit);
    return mutate(this.context, `enqueue several on ${reference}`, mutation, repeatMany, (change) => {
      const stream = change.needStream(reference);
      refuseEnded(stream, 'Enqueue');
      // All is checked before anything is written.
      given.forEach(({ checked, after }, at) => {
        inTask(at, () => {
          this.refuseUnknownTool(checked);
          for (const task of after) if (typeof task === 'string') needTask(change.tx, task);
        });
      });
      const ids = idsOfCall(newId('task'), given.length);
      const tasks = given.map(({ checked, after }, at) => {
        const resolved = after.map((task) => (typeof task === 'number' ? String(ids[task]) : task));
        return add(change, stream, { ...checked, after: resolved }, ids[at]);
      });
      return { tasks, duplicate: false };
    });
  }

  async requeue(id: string, input: Mutation & { note?: string } = {}): Promise<Task> {
    return mutate(this.context, `requeue ${id}`, input, repeatTask, (change) => {
      const old = needTask(change.tx, id);
      if (old.finished_at === null) {
        throw wrongState('Requeue', old.status, `wait until it ends, or sparkq cancel ${old.id}`);
      }
      const stream = change.streamById(old.stream_id);
      refuseEnded(stream, 'Requeue');
      const { stream_id, tool_name, task_class, payload, timeout, kill_after, label, max_attempts } = old;
      const behind = change.tailOf(stream.id);
      const copy = insertTask(change, {
        id: newId('task'),
        stream_id,
        tool_name,
        task_class,
        payload,
        timeout,
        kill_after,
        label,
        max_attempts,
        position: change.nextPosition(stream),
        retry_of: old.id,
        note: input.note ?? null,
      });
      if (old.status === 'failed') waitForCopy(change, old.id, copy.id);
      const task = taskView(change, copy, behind);
      change.emitTask('task.requeued', task);
      change.wake(stream.id);
      return task;
    });
  }

  private refuseUnknownTool({ known_tool: known, tool_name: tool }: Checked): void {
    if (known && toolOf(this.context.config.current(), tool) === undefined) throw notFound('Tool', tool);
  }

  private check(input: NewTask): Checked {
    const stream = requireText('Stream', input.stream);
    const tool = requireText('Tool', input.tool_name);
    const config = this.context.config.current();
    const taskClass = requireText('Task class', resolveClass(config, tool, input.task_class));
    const attempts = input.max_attempts ?? toolOf(config, tool)?.max_attempts ?? null;
    const timeout = input.timeout === undefined ? undefined : checkTimeout(input.timeout);
    const killAfter = input.kill_after === undefined ? undefined : checkKillAfter(input.kill_after);
    return {
      stream,
      tool_name: tool,
      task_class: taskClass,
      payload: checkPayload(input.payload, input.prompt),
      timeout: resolveTimeout(config, { tool_name: tool, task_class: taskClass, timeout }),
      kill_after: resolveKillAfter(config, { tool_name: tool, kill_after: killAfter }),
      label: input.label?.trim() || null,
      not_before:
        input.not_before === undefined
          ? null
          : checkTime('not_before', input.not_before, this.context.clock.now()),
      after: input.after ?? [],
      after_policy: checkChoice('after_policy', input.after_policy ?? 'fail', afterPolicies),
      max_attempts: attempts === null ? null : checkWhole('max_attempts', attempts, 1, mostAttempts),
      idempotency_key:
        input.idempotency_key === undefined ? null : requireText('Idempotency key', input.idempotency_key),
      git: gitText(input.git),
      known_tool: input.known_tool === true,
    };
  }
}

function add(change: Change, stream: StreamRow, given: Checked, id = newId('task')): Task {
  const { tx } = change;
  const found =
    given.after.length === 0 ? undefined : resolveDependencies(tx, given.after, given.after_policy);
  const behind = change.tailOf(stream.id);
  const row = insertTask(change, {
    id,
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
    position: change.nextPosition(stream),
    after_ids: found === undefined ? null : JSON.stringify(found.states.map(({ id }) => id)),
    open_after: found?.open ?? 0,
  });
  if (found !== undefined) insertDependencies(tx, row.id, given.after_policy, found);
  const task = taskView(change, row, behind);
  change.emitTask('task.created', task);
  if (found?.failedBy) return taskOf(endTask(change, row, failedDependency(found.failedBy)));
  if (row.delayed === 0) change.wake(stream.id);
  return task;
}

function taskWithKey(change: Change, stream: StreamRow, key: string | null): TaskRow | undefined {
  if (key === null) return undefined;
  const rest = 'WHERE stream_id = ? AND idempotency_key = ? AND idempotency_key IS NOT NULL';
  return selectTasks(change.tx, rest, stream.id, key)[0];
}
