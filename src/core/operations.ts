/**
 * All operations of a queue in one table. Whatever only forwards them is derived from it: the queue that survives
 * take-overs, the HTTP client and the server's plain routes.
 */

import { newKey } from './ids';
import type { QueueOperations } from './queue';

export type OperationName = keyof QueueOperations;
export type Arguments<K extends OperationName> = Parameters<QueueOperations[K]>;
export type Result<K extends OperationName> = Awaited<ReturnType<QueueOperations[K]>>;

/**
 * What one argument is. `id` is part of the path, `input` the query of a GET and else the body. `mutation` holds the
 * idempotency key, `keyedInput` both input and key, `claim` is input with its key in `claim_request_id`. Any other
 * kind is the field of that name in the body.
 */
type ArgumentKind<A> = A extends string
  ? 'id' | 'lease' | 'file'
  : 'claim_request_id' extends keyof A
    ? 'claim'
    : 'key' extends keyof A
      ? keyof A extends 'key'
        ? 'mutation'
        : 'keyedInput'
      : 'input';
type ArgumentKinds<T extends readonly unknown[]> = {
  readonly [I in keyof T]-?: ArgumentKind<NonNullable<T[I]>>;
};

/** The argument of an operation that is its input; never for one without. */
export type Input<K extends OperationName> = InputIn<Required<Arguments<K>>>;
type InputIn<T extends readonly unknown[]> = {
  [I in keyof T]: ArgumentKind<T[I]> extends 'input' | 'keyedInput' | 'claim' ? T[I] : never;
}[number];

interface Operation<K extends OperationName> {
  /** Method and path; a GET changes nothing. */
  route: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;
  takes: ArgumentKinds<Arguments<K>>;
  /** The field of the answer that holds the result; null for no result; left out where the answer is the result. */
  answer?: string | null;
  /** The field of the answer that holds the items of a page. */
  page?: string;
}

export const operations: { readonly [K in OperationName]: Operation<K> } = {
  status: { route: 'GET /api/status', takes: [] },
  stats: { route: 'GET /stats', takes: [] },
  project: { route: 'GET /api/project', takes: [], answer: 'project' },

  createSession: { route: 'POST /api/sessions', takes: ['input', 'mutation'], answer: 'session' },
  getSession: { route: 'GET /api/sessions/{id}', takes: ['id'], answer: 'session' },
  listSessions: { route: 'GET /api/sessions', takes: ['input'], page: 'sessions' },
  updateSession: { route: 'PUT /api/sessions/{id}', takes: ['id', 'input', 'mutation'], answer: 'session' },
  endSession: { route: 'PUT /api/sessions/{id}/end', takes: ['id', 'mutation'], answer: 'session' },
  deleteSession: { route: 'DELETE /api/sessions/{id}', takes: ['id', 'mutation'], answer: null },

  createStream: { route: 'POST /api/streams', takes: ['input', 'mutation'], answer: 'stream' },
  getStream: { route: 'GET /api/streams/{id}', takes: ['id'], answer: 'stream' },
  listStreamWorkers: { route: 'GET /api/stream-workers', takes: [], answer: 'stream_workers' },
  listHosts: { route: 'GET /api/hosts', takes: [], answer: 'hosts' },
  listStreams: { route: 'GET /api/streams', takes: ['input'], page: 'streams' },
  updateStream: { route: 'PUT /api/streams/{id}', takes: ['id', 'input', 'mutation'], answer: 'stream' },
  pauseStream: { route: 'PUT /api/streams/{id}/pause', takes: ['id', 'mutation'], answer: 'stream' },
  resumeStream: { route: 'PUT /api/streams/{id}/resume', takes: ['id', 'mutation'], answer: 'stream' },
  endStream: { route: 'PUT /api/streams/{id}/end', takes: ['id', 'mutation'], answer: 'stream' },
  deleteStream: { route: 'DELETE /api/streams/{id}', takes: ['id', 'mutation'], answer: null },

  enqueue: { route: 'POST /api/tasks', takes: ['input', 'mutation'] },
  enqueueMany: { route: 'POST /api/tasks/bulk', takes: ['input', 'mutation'] },
  getBatch: { route: 'GET /api/batches/{id}', takes: ['id'], answer: 'batch' },
  listBatches: { route: 'GET /api/batches', takes: ['input'], page: 'batches' },
  cancelBatch: { route: 'POST /api/batches/{id}/cancel', takes: ['id', 'mutation'], answer: 'batch' },
  retryBatch: { route: 'POST /api/batches/{id}/retry', takes: ['id', 'mutation'], answer: 'batch' },
  getTask: { route: 'GET /api/tasks/{id}', takes: ['id'], answer: 'task' },
  listTasks: { route: 'GET /api/tasks', takes: ['input'], page: 'tasks' },
  peek: { route: 'GET /api/streams/{id}/peek', takes: ['id'] },
  claimNext: { route: 'POST /api/streams/{id}/claim', takes: ['id', 'claim'] },
  claimTask: { route: 'POST /api/tasks/{id}/claim', takes: ['id', 'claim'] },
  releaseClaim: {
    route: 'POST /api/tasks/{id}/release',
    takes: ['id', 'lease', 'mutation'],
    answer: 'task',
  },
  abandon: { route: 'POST /api/tasks/{id}/abandon', takes: ['id', 'keyedInput'], answer: 'task' },
  heartbeat: { route: 'POST /api/tasks/{id}/heartbeat', takes: ['id', 'input'] },
  complete: { route: 'POST /api/tasks/{id}/complete', takes: ['id', 'keyedInput'], answer: 'task' },
  fail: { route: 'POST /api/tasks/{id}/fail', takes: ['id', 'keyedInput'], answer: 'task' },
  ask: { route: 'POST /api/tasks/{id}/ask', takes: ['id', 'keyedInput'], answer: 'task' },
  answer: { route: 'POST /api/tasks/{id}/answer', takes: ['id', 'input', 'mutation'], answer: 'task' },
  planRun: { route: 'GET /api/tasks/{id}/planned-run', takes: ['id'] },
  approve: { route: 'POST /api/tasks/{id}/approve', takes: ['id', 'input', 'mutation'], answer: 'task' },
  approveBatch: {
    route: 'POST /api/batches/{id}/approve',
    takes: ['id', 'input', 'mutation'],
    answer: 'batch',
  },
  deny: { route: 'POST /api/tasks/{id}/deny', takes: ['id', 'input', 'mutation'], answer: 'task' },
  returnForApproval: {
    route: 'POST /api/tasks/{id}/return-for-approval',
    takes: ['id', 'keyedInput'],
    answer: 'task',
  },
  cancel: { route: 'POST /api/tasks/{id}/cancel', takes: ['id', 'mutation'], answer: 'task' },
  suspend: { route: 'POST /api/tasks/{id}/suspend', takes: ['id', 'mutation'], answer: 'task' },
  continue: { route: 'POST /api/tasks/{id}/continue', takes: ['id', 'mutation'], answer: 'task' },
  requeue: { route: 'POST /api/tasks/{id}/requeue', takes: ['id', 'keyedInput'], answer: 'task' },
  editTask: { route: 'PUT /api/tasks/{id}', takes: ['id', 'input', 'mutation'], answer: 'task' },
  moveTask: { route: 'POST /api/tasks/{id}/move', takes: ['id', 'input', 'mutation'], answer: 'task' },
  reviewTask: { route: 'POST /api/tasks/{id}/review', takes: ['id', 'input', 'mutation'], answer: 'task' },
  parkTask: { route: 'POST /api/tasks/{id}/park', takes: ['id', 'mutation'], answer: 'task' },
  unparkTask: { route: 'POST /api/tasks/{id}/unpark', takes: ['id', 'mutation'], answer: 'task' },
  deleteTask: { route: 'DELETE /api/tasks/{id}', takes: ['id', 'mutation'], answer: null },
  undeleteTask: { route: 'POST /api/tasks/{id}/undelete', takes: ['id', 'mutation'], answer: 'task' },
  listAttempts: { route: 'GET /api/tasks/{id}/attempts', takes: ['id'], answer: 'attempts' },
  listRuns: { route: 'GET /api/runs', takes: ['input'] },
  readOutput: { route: 'GET /api/tasks/{id}/output', takes: ['id', 'input'] },

  createSchedule: { route: 'POST /api/schedules', takes: ['input', 'mutation'], answer: 'schedule' },
  getSchedule: { route: 'GET /api/schedules/{id}', takes: ['id'], answer: 'schedule' },
  listSchedules: { route: 'GET /api/schedules', takes: ['input'], page: 'schedules' },
  updateSchedule: {
    route: 'PUT /api/schedules/{id}',
    takes: ['id', 'input', 'mutation'],
    answer: 'schedule',
  },
  pauseSchedule: { route: 'PUT /api/schedules/{id}/pause', takes: ['id', 'mutation'], answer: 'schedule' },
  resumeSchedule: { route: 'PUT /api/schedules/{id}/resume', takes: ['id', 'mutation'], answer: 'schedule' },
  runSchedule: { route: 'POST /api/schedules/{id}/run', takes: ['id', 'mutation'], answer: 'task' },
  removeSchedule: { route: 'DELETE /api/schedules/{id}', takes: ['id', 'mutation'], answer: null },

  registerWorker: { route: 'POST /api/workers', takes: ['input', 'mutation'] },
  purge: { route: 'POST /api/purge', takes: ['input', 'mutation'] },
  listHistory: { route: 'GET /api/history', takes: ['input'] },
  eraseHistory: { route: 'DELETE /api/history/{id}', takes: ['id', 'mutation'], answer: null },
  listTools: { route: 'GET /api/tools', takes: [], answer: 'tools' },
  wakeTool: { route: 'POST /api/tools/{id}/wake', takes: ['id'], answer: 'tool' },
  config: { route: 'GET /api/config', takes: [] },
  reload: { route: 'POST /api/reload', takes: [], answer: null },
  backup: { route: 'POST /api/backup', takes: ['file'] },
};

export const operationNames = Object.keys(operations) as OperationName[];

/** Which field of an argument holds the idempotency key. */
const keyFields: Readonly<Record<string, string>> = {
  mutation: 'key',
  keyedInput: 'key',
  claim: 'claim_request_id',
};

/** The arguments with an idempotency key, a new one where none was given, so that the call may be repeated. */
export function withKey<K extends OperationName>(name: K, args: Arguments<K>): Arguments<K> {
  const keyed: unknown[] = [...args];
  operations[name].takes.forEach((kind, at) => {
    const field = keyFields[kind];
    if (field === undefined) return;
    const given = { ...(args[at] as Readonly<Record<string, unknown>> | undefined) };
    keyed[at] = { ...given, [field]: given[field] ?? newKey() };
  });
  return keyed as Arguments<K>;
}

/** Calls the operation of that name. */
export function perform<K extends OperationName>(
  queue: QueueOperations,
  name: K,
  args: Arguments<K>,
): Promise<Result<K>> {
  const calls: { [N in OperationName]: (...args: Arguments<N>) => Promise<Result<N>> } = queue;
  return calls[name](...args);
}

abstract class Forwarding {
  protected abstract forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>>;
}
for (const name of operationNames) {
  Object.defineProperty(Forwarding.prototype, name, {
    // As a method of a class is: tests replace one of a queue.
    writable: true,
    configurable: true,
    value(this: { forward: (name: string, args: unknown[]) => unknown }, ...args: unknown[]) {
      return this.forward(name, args);
    },
  });
}

/** Has every operation, each of which calls `forward`. */
export const ForwardingQueue = Forwarding as abstract new () => Forwarding & QueueOperations;
