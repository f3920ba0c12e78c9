/** Queueing more tasks than one call takes, as one batch. */

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { QueueError } from '../core/errors';
import { newKey } from '../core/ids';
import type { AfterPolicy, Batch, Stream } from '../core/model';
import type { EnqueuedMany, NewTask, NewTaskOfMany, Queue } from '../core/queue';
import { mostTasksPerCall, payloadLimit } from '../core/validation';

/** What is to be queued. */
export interface NewBatch {
  tasks: readonly NewTaskOfMany[];
  label?: string;
  /** At most so many at once. */
  jobs?: number;
  stopAfter?: number;
  front?: boolean;
  /** The task that waits for all of it. */
  last?: Omit<NewTask, 'stream'>;
  lastPolicy?: AfterPolicy;
  /** Repeated, the command completes what was cut off. */
  key?: string;
}

/** One call of those that queue a batch. */
interface Call {
  key: string;
  tasks: NewTaskOfMany[];
}

/**
 * Queues all, in calls of a size that the queue takes. The keys of the calls follow from that of the command, so that
 * repeating it queues what is missing and nothing twice.
 * @param cutOff what to throw where a later call fails
 */
export async function enqueueBatch(
  queue: Queue,
  stream: Stream,
  input: NewBatch,
  cutOff: (error: unknown, batch: string, key: string) => unknown = (error) => error,
): Promise<{ batch: Batch; tasks: EnqueuedMany['tasks']; duplicate: boolean }> {
  const key = input.key ?? newKey();
  // Whatever is in the key of the command, those of the calls are plain.
  const base = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const calls = callsOf(input.tasks, base);
  const parts = new Map<Call, EnqueuedMany>();
  const ids = new Map<string, string>();
  let batch: string | undefined;
  // Each call goes before what is queued: the last first.
  for (const call of input.front ? [...calls].reverse() : calls) {
    const settings =
      batch === undefined
        ? { label: input.label, parallelism: input.jobs, stop_after: input.stopAfter }
        : { batch };
    const tasks = call.tasks.map((task) => withIds(task, ids, call.tasks));
    const given = { stream: stream.id, tasks, front: input.front, ...settings };
    const answer = await queue.enqueueMany(given, { key: call.key }).catch((error: unknown) => {
      throw batch === undefined ? error : cutOff(error, batch, key);
    });
    checkSame(answer, tasks, key);
    batch = answer.batch_id;
    parts.set(call, answer);
    call.tasks.forEach(({ key: name }, at) => {
      const id = answer.tasks[at]?.id;
      if (name !== undefined && id !== undefined) ids.set(name.trim(), id);
    });
  }
  const id = String(batch);
  if (input.last !== undefined) {
    const waiting = { after_batch: id, after_policy: input.lastPolicy ?? 'run' };
    const last = { ...input.last, ...waiting, stream: stream.id };
    await queue.enqueue(last, { key: `${base}/then` }).catch((error: unknown) => {
      throw cutOff(error, id, key);
    });
  }
  const answers = calls.flatMap((call) => parts.get(call) ?? []);
  return {
    batch: await queue.getBatch(id),
    tasks: answers.flatMap(({ tasks }) => tasks),
    duplicate: answers.every(({ duplicate }) => duplicate),
  };
}

/** The tasks in calls, in their order. */
function callsOf(tasks: readonly NewTaskOfMany[], key: string): Call[] {
  const calls: Call[] = [];
  let bytes = 0;
  for (const task of tasks) {
    const size = Buffer.byteLength(textOf(task.payload) ?? '') + Buffer.byteLength(task.prompt ?? '');
    const last = calls.at(-1);
    if (last !== undefined && last.tasks.length < mostTasksPerCall && bytes + size <= payloadLimit) {
      last.tasks.push(task);
      bytes += size;
    } else {
      calls.push({ key: `${key}/${calls.length + 1}`, tasks: [task] });
      bytes = size;
    }
  }
  return calls;
}

/** A task whose `after` names tasks of earlier calls by their ids: keys are known within one call only. */
function withIds(
  task: NewTaskOfMany,
  ids: ReadonlyMap<string, string>,
  call: readonly NewTaskOfMany[],
): NewTaskOfMany {
  const here = new Set(call.map(({ key }) => key?.trim()));
  const after = task.after?.map((name) => (here.has(name.trim()) ? name : (ids.get(name.trim()) ?? name)));
  return after === undefined ? task : { ...task, after };
}

/** A repeated call answers what it queued the first time. @throws QueueError `conflict` if that is something else */
function checkSame({ tasks, duplicate }: EnqueuedMany, sent: readonly NewTaskOfMany[], key: string): void {
  if (!duplicate) return;
  const same = tasks.length === sent.length && tasks.every((task, at) => isSame(task, sent[at]));
  if (same) return;
  throw new QueueError(
    'conflict',
    `Other tasks were queued under the key ${key} before`,
    'The names or lines have changed since. Give another key, or none, to queue them as a new batch.',
  );
}

/** Whether a task is the one that was sent, as far as it is known: what it runs, and not in which environment. */
function isSame(task: EnqueuedMany['tasks'][number], sent: NewTaskOfMany | undefined): boolean {
  if (sent === undefined) return false;
  if (task.status === undefined) return true;
  return (
    task.tool_name === sent.tool_name && isDeepStrictEqual(workOf(task.payload), workOf(textOf(sent.payload)))
  );
}

function workOf(payload: string | undefined): unknown {
  const { env: _, prompt: __, ...work } = JSON.parse(payload ?? '{}') as Record<string, unknown>;
  return work;
}

/** The text of a payload. */
export function textOf(payload: NewTask['payload']): string | undefined {
  return typeof payload === 'object' ? JSON.stringify(payload) : payload;
}
