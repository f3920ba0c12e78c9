/**
 * A queue that another process owns, reached over its HTTP routes. Light on purpose: the command line starts with it,
 * so that it stands on node:http and core/ alone.
 */

import { type Clock, systemClock } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { QueueListener, Unsubscribe } from '../../core/events';
import { isId, randomHex } from '../../core/ids';
import type {
  Attempt,
  Claim,
  LifeStatus,
  Page,
  Project,
  QueueStatus,
  Session,
  Stats,
  Stream,
  Task,
  TaskDetail,
  Tool,
} from '../../core/model';
import { idempotencyHeader, keyPattern, keyRule, protocolVersion } from '../../core/protocol';
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
  PageRequest,
  PurgeAnswer,
  PurgeRequest,
  Queue,
  RunFilter,
  RunList,
  StreamPatch,
  TaskFilter,
  TaskPatch,
} from '../../core/queue';
import { Connection, type Reply } from './connection';
import { EventStream, type LossListener } from './eventStream';

export interface RemoteQueueOptions {
  /** `http://127.0.0.1:<port>` */
  url: string;
  token: string;
  version: string;
  /** Milliseconds to keep trying when the owner cannot be reached; 3,000 by default. */
  patience?: number;
  clock?: Clock;
}

/** Milliseconds that a large queue may take to be copied. */
const backupTime = 10 * 60_000;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class RemoteQueue implements Queue {
  readonly url: string;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #version: string;
  readonly #streams = new Set<EventStream>();
  readonly #lossListeners = new Set<LossListener>();

  constructor(options: RemoteQueueOptions) {
    this.url = options.url.replace(/\/+$/, '');
    this.#version = options.version;
    this.#clock = options.clock ?? systemClock;
    this.#connection = new Connection({ ...options, url: this.url });
  }

  /** Calls back each time the owner cannot be reached: by a request, or by the event stream while subscribed. */
  onDisconnect(listener: LossListener): Unsubscribe {
    this.#lossListeners.add(listener);
    return () => void this.#lossListeners.delete(listener);
  }

  status(): Promise<QueueStatus> {
    return this.#get('/api/status');
  }

  stats(): Promise<Stats> {
    return this.#get('/stats');
  }

  async project(): Promise<Project> {
    return (await this.#get<{ project: Project }>('/api/project')).project;
  }

  async createSession(input: NewSession, mutation?: Mutation): Promise<Session> {
    return sessionOf(await this.#send('POST', '/api/sessions', input, mutation));
  }

  async getSession(session: string): Promise<Session> {
    return sessionOf(await this.#get(at('/api/sessions', session)));
  }

  listSessions(filter: PageRequest & { status?: LifeStatus } = {}): Promise<Page<Session>> {
    return this.#page('sessions', '/api/sessions', { ...filter });
  }

  async updateSession(
    session: string,
    patch: { name?: string; description?: string | null },
    mutation?: Mutation,
  ): Promise<Session> {
    return sessionOf(await this.#send('PUT', at('/api/sessions', session), patch, mutation));
  }

  async endSession(session: string, mutation?: Mutation): Promise<Session> {
    return sessionOf(await this.#send('PUT', at('/api/sessions', session, 'end'), undefined, mutation));
  }

  async createStream({ session, ...input }: NewStream, mutation?: Mutation): Promise<Stream> {
    return streamOf(await this.#send('POST', '/api/streams', { session_id: session, ...input }, mutation));
  }

  async getStream(stream: string): Promise<Stream> {
    return streamOf(await this.#get(at('/api/streams', stream)));
  }

  listStreams(
    filter: PageRequest & { session_id?: string; status?: LifeStatus } = {},
  ): Promise<Page<Stream>> {
    return this.#page('streams', '/api/streams', { ...filter });
  }

  async updateStream(stream: string, patch: StreamPatch, mutation?: Mutation): Promise<Stream> {
    return streamOf(await this.#send('PUT', at('/api/streams', stream), patch, mutation));
  }

  async pauseStream(stream: string, mutation?: Mutation): Promise<Stream> {
    return streamOf(await this.#send('PUT', at('/api/streams', stream, 'pause'), undefined, mutation));
  }

  async resumeStream(stream: string, mutation?: Mutation): Promise<Stream> {
    return streamOf(await this.#send('PUT', at('/api/streams', stream, 'resume'), undefined, mutation));
  }

  async endStream(stream: string, mutation?: Mutation): Promise<Stream> {
    return streamOf(await this.#send('PUT', at('/api/streams', stream, 'end'), undefined, mutation));
  }

  async enqueue(
    { stream, ...input }: NewTask,
    mutation?: Mutation,
  ): Promise<{ task: Task; duplicate: boolean }> {
    // The route makes a payload of its own where it is given none.
    const payload = input.payload ?? (input.prompt === undefined ? {} : undefined);
    const answer = await this.#send<{ task: Task; duplicate?: boolean }>(
      'POST',
      '/api/tasks',
      { ...input, stream_id: stream, payload },
      mutation,
    );
    return { task: answer.task, duplicate: answer.duplicate === true };
  }

  async getTask(id: string): Promise<TaskDetail> {
    return (await this.#get<{ task: TaskDetail }>(at('/api/tasks', id))).task;
  }

  listTasks(filter: TaskFilter = {}): Promise<Page<Task>> {
    return this.#page('tasks', '/api/tasks', { ...filter });
  }

  async peek(stream: string): Promise<{ task: Task; stream: Claim['stream'] } | null> {
    return this.#get(at('/api/streams', stream, 'peek'));
  }

  async claimNext(stream: string, request: ClaimNextRequest = {}): Promise<Claim | null> {
    const { signal, wait = 0, ...rest } = request;
    if (isAborted(signal)) return null;
    const end = this.#clock.monotonic() + wait * 1000;
    const left = (): number => Math.max(0, end - this.#clock.monotonic()) / 1000;
    const body = { ...rest, claim_request_id: rest.claim_request_id ?? randomHex(16) };
    try {
      const reply = await this.#exchange({
        method: 'POST',
        path: at('/api/streams', stream, 'claim'),
        body: () => (wait > 0 ? { ...body, wait: Math.min(left(), 60) } : body),
        signal,
        held: wait * 1000,
      });
      return reply.status === 204 ? null : claimOf(parse(reply), rest.worker_id);
    } catch (error) {
      if (isAborted(signal)) return null;
      throw error;
    }
  }

  async claimTask(id: string, request: ClaimRequest = {}): Promise<Claim> {
    const body = { ...request, claim_request_id: request.claim_request_id ?? randomHex(16) };
    return claimOf(await this.#send('POST', at('/api/tasks', id, 'claim'), body), request.worker_id);
  }

  async releaseClaim(id: string, lease: string, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'release'), { lease }, mutation));
  }

  heartbeat(id: string, beat: Heartbeat): Promise<HeartbeatAnswer> {
    return this.#send('POST', at('/api/tasks', id, 'heartbeat'), beat);
  }

  async complete(id: string, { key, ...completion }: Completion): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'complete'), completion, { key }));
  }

  async fail(id: string, { key, ...failure }: Failure): Promise<Task> {
    const task = taskOf(await this.#send('POST', at('/api/tasks', id, 'fail'), failure, { key }));
    // The route repeats the message as it was sent; a row shows the stored text.
    return { ...task, error_message: task.error };
  }

  async cancel(id: string, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'cancel'), undefined, mutation));
  }

  async requeue(id: string, { key, ...note }: Mutation & { note?: string } = {}): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'requeue'), note, { key }));
  }

  async editTask(id: string, patch: TaskPatch, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('PUT', at('/api/tasks', id), patch, mutation));
  }

  async moveTask(id: string, move: Move, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'move'), move, mutation));
  }

  async reviewTask(id: string, review: { accepted: boolean }, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'review'), review, mutation));
  }

  async parkTask(id: string, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'park'), undefined, mutation));
  }

  async unparkTask(id: string, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'unpark'), undefined, mutation));
  }

  async deleteTask(id: string, mutation?: Mutation): Promise<void> {
    await this.#send('DELETE', at('/api/tasks', id), undefined, mutation);
  }

  async undeleteTask(id: string, mutation?: Mutation): Promise<Task> {
    return taskOf(await this.#send('POST', at('/api/tasks', id, 'undelete'), undefined, mutation));
  }

  async listAttempts(id: string): Promise<Attempt[]> {
    return (await this.#get<{ attempts: Attempt[] }>(at('/api/tasks', id, 'attempts'))).attempts;
  }

  listRuns(filter: RunFilter): Promise<RunList> {
    return this.#get(withQuery('/api/runs', { ...filter }));
  }

  async readOutput(id: string, request: OutputRequest): Promise<OutputChunk> {
    const path = withQuery(at('/api/tasks', id, 'output'), { ...request });
    const { headers, text } = await this.#exchange({ method: 'GET', path });
    const dropped = /^(\d+)-(\d+)$/.exec(String(headers['x-dropped'] ?? ''));
    return {
      text,
      size: Number(headers['x-size']),
      next_offset: Number(headers['x-next-offset']),
      dropped: dropped === null ? null : { from: Number(dropped[1]), to: Number(dropped[2]) },
    };
  }

  registerWorker(
    input: { label?: string; agent?: string; pid?: number; cwd?: string },
    mutation?: Mutation,
  ): Promise<{ worker_id: string }> {
    return this.#send('POST', '/api/workers', input, mutation);
  }

  purge(request: PurgeRequest = {}, mutation?: Mutation): Promise<PurgeAnswer> {
    return this.#send('POST', '/api/purge', request, mutation);
  }

  async listTools(): Promise<Tool[]> {
    return (await this.#get<{ tools: Tool[] }>('/api/tools')).tools;
  }

  config(): Promise<ConfigAnswer> {
    return this.#get('/api/config');
  }

  async reload(): Promise<void> {
    await this.#send('POST', '/api/reload');
  }

  async backup(file: string): Promise<{ file: string; bytes: number }> {
    const body = (): object => ({ file });
    return parse(await this.#exchange({ method: 'POST', path: '/api/backup', body, held: backupTime }));
  }

  /** Asks the owner for the queue; resolves when it has agreed. @throws QueueError `conflict` when it does not */
  async requestHandover(): Promise<void> {
    await this.#send('POST', '/api/handover', { version: this.#version, protocol: protocolVersion });
  }

  /** Asks the owner's process to end. @throws QueueError `conflict` where it is an editor */
  async requestStop(): Promise<void> {
    await this.#send('POST', '/api/stop');
  }

  /** The address at which one browser may open `page`, once, within 30 seconds. */
  async ticketUrl(page: string): Promise<string> {
    const { path } = await this.#send<{ path: string }>('POST', '/api/tickets');
    return `${this.url}${path}&page=${encodeURIComponent(page)}`;
  }

  subscribe(listener: QueueListener, after?: string): Unsubscribe {
    const stream = new EventStream(
      this.#connection,
      this.#clock,
      listener,
      (error) => this.#lost(error),
      after,
    );
    this.#streams.add(stream);
    return () => {
      stream.close();
      this.#streams.delete(stream);
    };
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
    this.#connection.close();
  }

  async #exchange(exchange: Parameters<Connection['exchange']>[0]): Promise<Reply> {
    // What is asked after subscribing is answered after events flow: nothing falls between the two.
    for (const stream of this.#streams) await stream.opened;
    try {
      return await this.#connection.exchange(exchange);
    } catch (error) {
      if (QueueError.is(error, 'unavailable') && !isAborted(exchange.signal)) this.#lost(error);
      throw error;
    }
  }

  async #get<T>(path: string): Promise<T> {
    return parse(await this.#exchange({ method: 'GET', path }));
  }

  /** Sends a change with a key, so that it may be repeated. */
  async #send<T>(method: Method, path: string, body?: object, mutation?: Mutation): Promise<T> {
    const headers = { [idempotencyHeader]: keyOf(mutation) };
    return parse(await this.#exchange({ method, path, headers, body: body && (() => body) }));
  }

  async #page<T>(name: string, path: string, query: Query): Promise<Page<T>> {
    const answer = await this.#get<Record<string, T[]> & Omit<Page<T>, 'items'>>(withQuery(path, query));
    const { total, limit, offset } = answer;
    return { items: answer[name] ?? [], total, limit, offset };
  }

  #lost(error: QueueError): void {
    if (this.#connection.closed) return;
    for (const listener of [...this.#lossListeners]) listener(error);
  }
}

function keyOf(mutation: Mutation | undefined): string {
  const key = mutation?.key ?? randomHex(16);
  if (keyPattern.test(key)) return key;
  throw new QueueError('invalid_field', `Invalid ${idempotencyHeader}: ${keyRule}`);
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** The path of one row, or of what can be done with it. */
function at(collection: string, id: string, action?: string): string {
  const path = `${collection}/${encodeURIComponent(id)}`;
  return action === undefined ? path : `${path}/${action}`;
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

/** What an answer holds; null when it has no content. */
function parse<T>({ status, text }: Reply): T {
  return (status === 204 ? null : JSON.parse(text)) as T;
}

function sessionOf({ session }: { session: Session }): Session {
  return session;
}

function streamOf({ stream }: { stream: Stream }): Stream {
  return stream;
}

function taskOf({ task }: { task: Task }): Task {
  return task;
}

/** The route names the worker as it was given, or the time where none was: only the queue's own names are kept. */
function claimOf(claim: Claim, given: string | undefined): Claim {
  const name = claim.task.worker_id;
  const known = name !== null && (name === given || isId(name, 'worker'));
  return { ...claim, task: { ...claim.task, worker_id: known ? name : null } };
}
