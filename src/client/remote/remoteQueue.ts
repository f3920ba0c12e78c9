/**
 * A queue that another process owns, used over its HTTP API. Light on purpose, since every command loads it: it needs
 * node:http, core/ and the parser of event streams, and nothing else.
 */

import { type Clock, systemClock } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { QueueListener, Unsubscribe } from '../../core/events';
import { isId } from '../../core/ids';
import type { Claim, Origin, OwnerRole, ScheduleAnswer, Stream, TaskAnswer } from '../../core/model';
import {
  type Arguments,
  ForwardingQueue,
  type OperationName,
  operations,
  type Result,
  withKey,
} from '../../core/operations';
import {
  callerHeader,
  callerText,
  idempotencyHeader,
  keyPattern,
  keyRule,
  protocolVersion,
} from '../../core/protocol';
import type {
  ClaimNextRequest,
  ClaimRequest,
  Enqueued,
  EnqueuedMany,
  Failure,
  Mutation,
  NewSchedule,
  NewStream,
  NewTask,
  NewTasks,
  OutputChunk,
  OutputRequest,
  PurgeAnswer,
  PurgeRequest,
  Queue,
} from '../../core/queue';
import { Connection, type ConnectionOptions, type Exchange, type Reply } from './connection';
import { EventStream, type LossListener } from './eventStream';

export interface RemoteQueueOptions extends ConnectionOptions {
  version: string;
  /** Who calls; by default a person. With an agent's token it is an agent all the same. */
  caller?: Origin;
}

/** Milliseconds that the backup or the purge of a large queue may take. */
const longTime = 10 * 60_000;

type Fields = Readonly<Record<string, unknown>>;

export class RemoteQueue extends ForwardingQueue implements Queue {
  readonly url: string;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #streams: Set<EventStream>;
  readonly #lossListeners: Set<LossListener>;

  /** @param same uses the connection and the subscriptions of that one */
  constructor(
    private readonly options: RemoteQueueOptions,
    same?: RemoteQueue,
  ) {
    super();
    this.url = options.url.replace(/\/+$/, '');
    this.#clock = options.clock ?? systemClock;
    this.#connection = same === undefined ? new Connection({ ...options, url: this.url }) : same.#connection;
    this.#streams = same === undefined ? new Set() : same.#streams;
    this.#lossListeners = same === undefined ? new Set() : same.#lossListeners;
  }

  /** The same queue for another caller. Closing one closes both. */
  as(caller: Origin): Queue {
    return new RemoteQueue({ ...this.options, caller }, this);
  }

  /** Calls back each time the owner cannot be reached: by a request, or by the event stream while subscribed. */
  onDisconnect(listener: LossListener): Unsubscribe {
    this.#lossListeners.add(listener);
    return () => void this.#lossListeners.delete(listener);
  }

  override createStream({ session, ...input }: NewStream, mutation?: Mutation): Promise<Stream> {
    return this.#call('createStream', [{ session_id: session, ...input }, mutation]);
  }

  override async enqueue({ stream, ...input }: NewTask, mutation?: Mutation): Promise<Enqueued> {
    const sent = { ...withPayload(input), stream_id: stream };
    const { task, duplicate } = await this.#call('enqueue', [sent, mutation]);
    return { task, duplicate: duplicate === true };
  }

  override async enqueueMany({ stream, ...input }: NewTasks, mutation?: Mutation): Promise<EnqueuedMany> {
    const sent = { ...input, stream_id: stream, tasks: input.tasks.map(withPayload) };
    const answer = await this.#call('enqueueMany', [sent, mutation]);
    return { ...answer, duplicate: answer.duplicate === true };
  }

  override createSchedule({ stream, ...input }: NewSchedule, mutation?: Mutation): Promise<ScheduleAnswer> {
    return this.#call('createSchedule', [{ ...withPayload(input), stream_id: stream }, mutation]);
  }

  override async claimNext(stream: string, request: ClaimNextRequest = {}): Promise<Claim | null> {
    const { signal, wait = 0, ...input } = request;
    if (isAborted(signal)) return null;
    const end = this.#clock.monotonic() + wait * 1000;
    const left = (): number => Math.max(0, end - this.#clock.monotonic()) / 1000;
    const { body, ...exchange } = exchangeOf('claimNext', withKey('claimNext', [stream, input]));
    try {
      const reply = await this.#exchange({
        ...exchange,
        body: () => ({ ...body?.(), ...(wait > 0 && { wait: Math.min(left(), 60) }) }),
        signal,
        held: wait * 1000,
      });
      const claim = resultOf('claimNext', reply);
      return claim && withIssuedWorker(claim, input.worker_id);
    } catch (error) {
      if (isAborted(signal)) return null;
      throw error;
    }
  }

  override async claimTask(id: string, request: ClaimRequest = {}): Promise<Claim> {
    return withIssuedWorker(await this.#call('claimTask', [id, request]), request.worker_id);
  }

  override async fail(id: string, failure: Failure): Promise<TaskAnswer> {
    const task = await this.#call('fail', [id, failure]);
    // The route repeats the message as it was sent, not as it is stored.
    return task.status === undefined ? task : { ...task, error_message: task.error };
  }

  override async readOutput(id: string, request: OutputRequest): Promise<OutputChunk> {
    const { headers, text } = await this.#exchange(exchangeOf('readOutput', [id, request]));
    const dropped = /^(\d+)-(\d+)$/.exec(String(headers['x-dropped'] ?? ''));
    return {
      text,
      size: Number(headers['x-size']),
      next_offset: Number(headers['x-next-offset']),
      dropped: dropped === null ? null : { from: Number(dropped[1]), to: Number(dropped[2]) },
    };
  }

  override async purge(request: PurgeRequest = {}, mutation?: Mutation): Promise<PurgeAnswer> {
    const exchange = exchangeOf('purge', withKey('purge', [request, mutation]));
    return resultOf('purge', await this.#exchange({ ...exchange, held: longTime }));
  }

  override async backup(file: string): Promise<{ file: string; bytes: number }> {
    return resultOf('backup', await this.#exchange({ ...exchangeOf('backup', [file]), held: longTime }));
  }

  /** Asks the owner to hand the queue over; resolves when it agrees. @throws QueueError `conflict` when it does not */
  async requestHandover(role: OwnerRole): Promise<void> {
    await this.#post('/api/handover', { version: this.options.version, protocol: protocolVersion, role });
  }

  /** Asks the owner's process to end. @throws QueueError `conflict` where it is an editor */
  async requestStop(): Promise<void> {
    await this.#post('/api/stop');
  }

  /** An address at which one browser can open `page`, once, within 30 seconds. */
  async ticketUrl(page: string): Promise<string> {
    const { path } = JSON.parse((await this.#post('/api/tickets')).text) as { path: string };
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
    // A request made after subscribing is sent once events arrive, so that no change falls between the two.
    for (const stream of this.#streams) await stream.opened;
    const { caller } = this.options;
    const own: Record<string, string> = caller === undefined ? {} : { [callerHeader]: callerText(caller) };
    try {
      return await this.#connection.exchange({ ...exchange, headers: { ...exchange.headers, ...own } });
    } catch (error) {
      if (QueueError.is(error, 'unavailable') && !isAborted(exchange.signal)) this.#lost(error);
      throw error;
    }
  }

  protected override forward<K extends OperationName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    return this.#call(name, args);
  }

  /** @param args those of the operation, or with their fields named as the route names them */
  async #call<K extends OperationName>(name: K, args: readonly unknown[]): Promise<Result<K>> {
    const keyed = withKey(name, args as Arguments<K>);
    return resultOf(name, await this.#exchange(exchangeOf(name, keyed)));
  }

  #post(path: string, body?: object): Promise<Reply> {
    return this.#exchange({ method: 'POST', path, body: body && (() => body) });
  }

  #lost(error: QueueError): void {
    if (this.#connection.closed) return;
    for (const listener of [...this.#lossListeners]) listener(error);
  }
}

/** Without a payload the route would store one of its own. */
function withPayload<T extends Pick<NewTask, 'payload' | 'prompt'>>(input: T): T {
  return { ...input, payload: input.payload ?? (input.prompt === undefined ? {} : undefined) };
}

/** The request that an operation becomes. @param args with their key */
function exchangeOf(name: OperationName, args: readonly unknown[]): Exchange {
  const { route, takes } = operations[name];
  const [method = '', pattern = ''] = route.split(' ');
  const exchange: Exchange = { method, path: pattern };
  takes.forEach((kind, at) => {
    const fields = { ...(args[at] as Fields | undefined) };
    if (kind === 'id') exchange.path = pattern.replace('{id}', encodeURIComponent(String(args[at])));
    else if (kind === 'mutation' || kind === 'keyedInput') {
      const { key, ...input } = fields;
      exchange.headers = { [idempotencyHeader]: checkKey(String(key)) };
      if (kind === 'keyedInput') exchange.body = () => input;
    } else if (method === 'GET') exchange.path = withQuery(exchange.path, fields);
    else exchange.body = () => (kind === 'input' || kind === 'claim' ? fields : { [kind]: args[at] });
  });
  return exchange;
}

/** The result that an operation's answer carries. */
function resultOf<K extends OperationName>(name: K, { status, text }: Reply): Result<K>;
function resultOf(name: OperationName, { status, text }: Reply): unknown {
  if (status === 204) return null;
  const { answer, page } = operations[name];
  if (answer === null) return undefined;
  const body = JSON.parse(text) as Fields;
  if (answer !== undefined) return body[answer];
  if (page === undefined) return body;
  const { [page]: items, total, limit, offset } = body;
  return { items, total, limit, offset };
}

function checkKey(key: string): string {
  if (keyPattern.test(key)) return key;
  throw new QueueError('invalid_field', `Invalid ${idempotencyHeader}: ${keyRule}`);
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function withQuery(path: string, query: Fields): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

/** The route repeats the worker as given, or invents one from the time: only ids that the queue issued are kept. */
function withIssuedWorker(claim: Claim, given: string | undefined): Claim {
  const name = claim.task.worker_id;
  const known = name !== null && (name === given || isId(name, 'worker'));
  return { ...claim, task: { ...claim.task, worker_id: known ? name : null } };
}
