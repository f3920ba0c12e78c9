import assert from 'node:assert/strict';
import { type Config, defaultConfig, fixedConfig } from '../../src/core/config';
import { type ErrorCode, QueueError } from '../../src/core/errors';
import type { EventType, QueueEvent } from '../../src/core/events';
import { silentLog } from '../../src/core/log';
import type { GoneSchedule, GoneTask, Stream, Task } from '../../src/core/model';
import type {
  Enqueued,
  EnqueuedMany,
  NewStream,
  NewTask,
  Queue,
  QueueOperations,
} from '../../src/core/queue';
import { presentTask } from '../../src/core/refusals';
import { LocalQueue, type LocalQueueOptions } from '../../src/store/localQueue';
import { withFolder } from './folders';

/** A queue whose tasks stay, so that each change answers with a whole row: what a test of anything else knows. */
export type QueueOfRows<Q extends Queue = Queue> = {
  [K in keyof QueueOperations]: (
    ...args: Parameters<QueueOperations[K]>
  ) => Promise<Row<Awaited<ReturnType<QueueOperations[K]>>>>;
} & Q;
type Row<R> = R extends Enqueued
  ? { task: Task; duplicate: boolean }
  : R extends EnqueuedMany
    ? Omit<EnqueuedMany, 'tasks'> & { tasks: Task[] }
    : 'cron' extends keyof R
      ? Exclude<R, GoneSchedule>
      : 'status' extends keyof R
        ? Exclude<R, GoneTask>
        : R;

/** Opens a queue as its owner. */
export function openLocalQueue(
  storage: string,
  options: Partial<LocalQueueOptions> = {},
): Promise<LocalQueue> {
  return LocalQueue.open({
    storage,
    programs: 'dist',
    role: 'serve',
    workspace: '/home/ann/sample',
    config: fixedConfig(),
    log: silentLog,
    version: '1.0.0',
    ...options,
  });
}

/** The default configuration with another backoff. */
export function configWith(runner: Partial<Config['runner']>): Config {
  return { ...defaultConfig, runner: { ...defaultConfig.runner, ...runner } };
}

/** A queue with one session (`work`) and one stream (`lane`), closed and removed afterwards. */
export function withQueue<T>(
  use: (queue: QueueOfRows<LocalQueue>, lane: Stream, folder: string) => Promise<T>,
  options: Partial<LocalQueueOptions> = {},
  stream: Partial<NewStream> = {},
): Promise<T> {
  return withFolder(async (folder) => {
    const queue = await openLocalQueue(folder, options);
    try {
      await queue.createSession({ name: 'work' });
      const lane = await queue.createStream({ session: 'work', name: 'lane', ...stream });
      return await use(queue as QueueOfRows<LocalQueue>, lane, folder);
    } finally {
      await queue.close();
    }
  });
}

/** Enqueues a task that a shell would run. */
export async function enqueue(queue: Queue, more: Partial<NewTask> = {}): Promise<Task> {
  const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', ...more });
  return presentTask(task);
}

/** Enqueues so many tasks, one after the other; answers their ids in order. */
export async function enqueueMany(
  queue: Queue,
  count: number,
  more: Partial<NewTask> = {},
): Promise<string[]> {
  const tasks = await Promise.all(Array.from({ length: count }, () => enqueue(queue, more)));
  return tasks.map(({ id }) => id);
}

/** Resolves with the next event of that type, of that task where one is given. */
export function nextEvent(queue: Queue, type: EventType, taskId?: string): Promise<QueueEvent> {
  return new Promise((resolve) => {
    const stop = queue.subscribe((event) => {
      if (event.type !== type || (taskId !== undefined && event.task_id !== taskId)) return;
      stop();
      resolve(event);
    });
  });
}

/** Asserts that a call is refused with this code and, where given, this message; answers the refusal. */
export async function refused(
  call: Promise<unknown>,
  code: ErrorCode,
  message?: string | RegExp,
): Promise<QueueError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof QueueError, `not a refusal: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (typeof message === 'string') assert.equal(error.message, message);
    else if (message) assert.match(error.message, message);
    return error;
  }
  assert.fail(`Not refused with ${code}`);
}
