/** The Queue that programs hold: local or remote as it turns out, and the same one over every change of owner. */

import { type Clock, systemClock } from '../core/clock';
import type { QueueListener, Unsubscribe } from '../core/events';
import { randomHex } from '../core/ids';
import type {
  Attempt,
  Claim,
  Page,
  Project,
  QueueStatus,
  Session,
  Stats,
  Stream,
  Task,
  TaskDetail,
  Tool,
} from '../core/model';
import type {
  ClaimNextRequest,
  ClaimRequest,
  Completion,
  ConfigAnswer,
  Failure,
  Heartbeat,
  HeartbeatAnswer,
  Move,
  Mutation,
  NewSession,
  NewStream,
  NewTask,
  OutputChunk,
  OutputRequest,
  PurgeAnswer,
  PurgeRequest,
  Queue,
  RunFilter,
  RunList,
  StreamPatch,
  TaskFilter,
  TaskPatch,
} from '../core/queue';
import type { OpenOwn, OpenQueueOptions } from './options';
import { QueueKeeper, type QueueRole } from './queueKeeper';

export interface OpenQueue extends Queue {
  /** What this process is; during a change, what it was before. */
  role(): QueueRole;
  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe;
  /** Where the queue is served; null when it is not, or not at this moment. */
  url(): string | null;
}

/**
 * Opens the queue of a storage folder: as its owner where there is none, else as a client of the owner.
 * @throws QueueError `unavailable` when its owner serves nobody and does not go in time; `upgrade_required` when its
 * owner, or its files, are newer than this program; `conflict` when the one port that will do is taken
 */
export async function openQueue(options: OpenQueueOptions, openOwn: OpenOwn = openFiles): Promise<OpenQueue> {
  const keeper = new QueueKeeper(options, openOwn);
  await keeper.open();
  return new KeptQueue(keeper, options.clock ?? systemClock);
}

/** Loads the store only where it is needed. */
async function openFiles(...args: Parameters<OpenOwn>): ReturnType<OpenOwn> {
  const { openOwn } = await import('./openOwn');
  return openOwn(...args);
}

/** Each change gets its key here, so that it stays the same over every repeat. */
class KeptQueue implements OpenQueue {
  constructor(
    private readonly keeper: QueueKeeper,
    private readonly clock: Clock,
  ) {}

  role(): QueueRole {
    return this.keeper.role;
  }

  onDidChangeRole(listener: (role: QueueRole) => void): Unsubscribe {
    return this.keeper.onDidChangeRole(listener);
  }

  url(): string | null {
    return this.keeper.url;
  }

  status(): Promise<QueueStatus> {
    return this.keeper.call((queue) => queue.status());
  }

  stats(): Promise<Stats> {
    return this.keeper.call((queue) => queue.stats());
  }

  project(): Promise<Project> {
    return this.keeper.call((queue) => queue.project());
  }

  createSession(input: NewSession, mutation?: Mutation): Promise<Session> {
    return this.#change(mutation, (queue, keyed) => queue.createSession(input, keyed));
  }

  getSession(session: string): Promise<Session> {
    return this.keeper.call((queue) => queue.getSession(session));
  }

  listSessions(filter?: Parameters<Queue['listSessions']>[0]): Promise<Page<Session>> {
    return this.keeper.call((queue) => queue.listSessions(filter));
  }

  updateSession(
    session: string,
    patch: Parameters<Queue['updateSession']>[1],
    mutation?: Mutation,
  ): Promise<Session> {
    return this.#change(mutation, (queue, keyed) => queue.updateSession(session, patch, keyed));
  }

  endSession(session: string, mutation?: Mutation): Promise<Session> {
    return this.#change(mutation, (queue, keyed) => queue.endSession(session, keyed));
  }

  createStream(input: NewStream, mutation?: Mutation): Promise<Stream> {
    return this.#change(mutation, (queue, keyed) => queue.createStream(input, keyed));
  }

  getStream(stream: string): Promise<Stream> {
    return this.keeper.call((queue) => queue.getStream(stream));
  }

  listStreams(filter?: Parameters<Queue['listStreams']>[0]): Promise<Page<Stream>> {
    return this.keeper.call((queue) => queue.listStreams(filter));
  }

  updateStream(stream: string, patch: StreamPatch, mutation?: Mutation): Promise<Stream> {
    return this.#change(mutation, (queue, keyed) => queue.updateStream(stream, patch, keyed));
  }

  pauseStream(stream: string, mutation?: Mutation): Promise<Stream> {
    return this.#change(mutation, (queue, keyed) => queue.pauseStream(stream, keyed));
  }

  resumeStream(stream: string, mutation?: Mutation): Promise<Stream> {
    return this.#change(mutation, (queue, keyed) => queue.resumeStream(stream, keyed));
  }

  endStream(stream: string, mutation?: Mutation): Promise<Stream> {
    return this.#change(mutation, (queue, keyed) => queue.endStream(stream, keyed));
  }

  enqueue(input: NewTask, mutation?: Mutation): Promise<{ task: Task; duplicate: boolean }> {
    return this.#change(mutation, (queue, keyed) => queue.enqueue(input, keyed));
  }

  getTask(id: string): Promise<TaskDetail> {
    return this.keeper.call((queue) => queue.getTask(id));
  }

  listTasks(filter?: TaskFilter): Promise<Page<Task>> {
    return this.keeper.call((queue) => queue.listTasks(filter));
  }

  peek(stream: string): Promise<{ task: Task; stream: Claim['stream'] } | null> {
    return this.keeper.call((queue) => queue.peek(stream));
  }

  async claimNext(stream: string, request: ClaimNextRequest = {}): Promise<Claim | null> {
    const { signal, wait = 0 } = request;
    const claimRequestId = request.claim_request_id ?? randomHex(16);
    const end = this.clock.monotonic() + wait * 1000;
    return this.keeper.call(async (queue) => {
      if (signal?.aborted === true) return null;
      const left = Math.max(0, end - this.clock.monotonic()) / 1000;
      return queue.claimNext(stream, { ...request, wait: left, claim_request_id: claimRequestId });
    });
  }

  claimTask(id: string, request: ClaimRequest = {}): Promise<Claim> {
    const claimRequestId = request.claim_request_id ?? randomHex(16);
    return this.keeper.call((queue) => queue.claimTask(id, { ...request, claim_request_id: claimRequestId }));
  }

  releaseClaim(id: string, lease: string, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.releaseClaim(id, lease, keyed));
  }

  heartbeat(id: string, beat: Heartbeat): Promise<HeartbeatAnswer> {
    return this.keeper.call((queue) => queue.heartbeat(id, beat));
  }

  complete(id: string, completion: Completion): Promise<Task> {
    return this.#change(completion, (queue, keyed) => queue.complete(id, { ...completion, ...keyed }));
  }

  fail(id: string, failure: Failure): Promise<Task> {
    return this.#change(failure, (queue, keyed) => queue.fail(id, { ...failure, ...keyed }));
  }

  cancel(id: string, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.cancel(id, keyed));
  }

  requeue(id: string, input?: Mutation & { note?: string }): Promise<Task> {
    return this.#change(input, (queue, keyed) => queue.requeue(id, { ...input, ...keyed }));
  }

  editTask(id: string, patch: TaskPatch, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.editTask(id, patch, keyed));
  }

  moveTask(id: string, move: Move, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.moveTask(id, move, keyed));
  }

  reviewTask(id: string, review: { accepted: boolean }, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.reviewTask(id, review, keyed));
  }

  parkTask(id: string, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.parkTask(id, keyed));
  }

  unparkTask(id: string, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.unparkTask(id, keyed));
  }

  deleteTask(id: string, mutation?: Mutation): Promise<void> {
    return this.#change(mutation, (queue, keyed) => queue.deleteTask(id, keyed));
  }

  undeleteTask(id: string, mutation?: Mutation): Promise<Task> {
    return this.#change(mutation, (queue, keyed) => queue.undeleteTask(id, keyed));
  }

  listAttempts(id: string): Promise<Attempt[]> {
    return this.keeper.call((queue) => queue.listAttempts(id));
  }

  listRuns(filter: RunFilter): Promise<RunList> {
    return this.keeper.call((queue) => queue.listRuns(filter));
  }

  readOutput(id: string, request: OutputRequest): Promise<OutputChunk> {
    return this.keeper.call((queue) => queue.readOutput(id, request));
  }

  registerWorker(
    input: Parameters<Queue['registerWorker']>[0],
    mutation?: Mutation,
  ): Promise<{ worker_id: string }> {
    return this.#change(mutation, (queue, keyed) => queue.registerWorker(input, keyed));
  }

  purge(request?: PurgeRequest, mutation?: Mutation): Promise<PurgeAnswer> {
    return this.#change(mutation, (queue, keyed) => queue.purge(request, keyed));
  }

  listTools(): Promise<Tool[]> {
    return this.keeper.call((queue) => queue.listTools());
  }

  config(): Promise<ConfigAnswer> {
    return this.keeper.call((queue) => queue.config());
  }

  reload(): Promise<void> {
    return this.keeper.call((queue) => queue.reload());
  }

  backup(file: string): Promise<{ file: string; bytes: number }> {
    return this.keeper.call((queue) => queue.backup(file));
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    return this.keeper.subscribe(listener, after);
  }

  close(): Promise<void> {
    return this.keeper.close();
  }

  #change<T>(
    mutation: Mutation | undefined,
    work: (queue: Queue, keyed: Mutation) => Promise<T>,
  ): Promise<T> {
    const keyed = { key: mutation?.key ?? randomHex(16) };
    return this.keeper.call((queue) => work(queue, keyed));
  }
}
