/** One way to add a route: the same definition matches, validates, documents and answers it. */

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { QueueError } from '../core/errors';
import type { Origin, Page } from '../core/model';
import {
  type Arguments,
  type Input,
  type OperationName,
  operationNames,
  operations,
  perform,
  type Result,
} from '../core/operations';
import { idempotencyHeader, keyPattern, keyRule } from '../core/protocol';
import type { Mutation, Queue } from '../core/queue';
import { agentRights } from '../store/callers/agentRights';
import { CallerQueue, forPersons } from '../store/callers/callerQueue';
import { type AnswerDefinition, refusal } from './answerSchemas';
import { answerText } from './answerText';
import { noBody, readJsonBody } from './requestBody';
import { parseBody, parseQuery } from './validation';

/** Who calls is not known on the paths that need no token. */
export type Bindings = { Bindings: HttpBindings; Variables: { caller?: Origin } };
type Method = 'get' | 'post' | 'put' | 'delete';

const nothing = z.object({});
type Nothing = typeof nothing;

export interface RouteDefinition<Q extends z.ZodObject, B extends z.ZodObject> {
  method: Method;
  /** With parameters in braces: `/api/tasks/{id}`. */
  path: string;
  summary: string;
  query?: Q;
  body?: B;
  /** How deep in the body the fields are that the limit of levels is about; 1 by default. */
  fieldLevel?: number;
  answers: Answers;
}

/** Answers other than errors, by status: a description, with a schema where they are JSON. */
type Answers = Readonly<Record<number, string | AnswerDefinition>>;

interface ForwardOptions {
  /** Sent beside the result. */
  message?: string;
  /** Sent with the result; 200 by default. */
  status?: number;
  /** What 204 means, which is sent where the result is null. */
  none?: string;
}

/** The schema of an operation's input: of the query of a GET, else of the body. */
interface PlainInput<K extends OperationName> extends ForwardOptions {
  input?: Sent<K>;
  prepare?: undefined;
}

/** A schema, and the operation's input as it follows from what was sent. */
interface PreparedInput<K extends OperationName, S extends z.ZodObject> extends ForwardOptions {
  input: S;
  /** @param source the body's text */
  prepare: (sent: z.output<S>, source: string) => Input<K>;
}

/** What a schema has to give for an operation's input. */
type Sent<K extends OperationName> = z.ZodObject & z.ZodType<[Input<K>] extends [never] ? object : Input<K>>;

/** A request that is valid for its route. */
export interface RouteRequest<Q extends z.ZodObject = Nothing, B extends z.ZodObject = Nothing> {
  /** The `{id}` of the path. */
  id: string;
  query: z.output<Q>;
  body: z.output<B>;
  /** The body's text. */
  source: string;
  mutation: Mutation;
  /** The queue as the caller may use it. */
  queue: Queue;
  context: Context<Bindings>;
}

/** What a handler answers: an object is sent as JSON with status 200. */
export type RouteAnswer = Response | object;

/** The routes of the server, and the OpenAPI document about them. */
export class Router {
  readonly app = new OpenAPIHono<Bindings>();
  readonly #methods = new Map<string, Method[]>();

  constructor(private readonly queue: Queue) {}

  /** The routes that are documented under one heading. */
  group(tag: string): RouteGroup {
    return new RouteGroup(this, tag);
  }

  add<Q extends z.ZodObject, B extends z.ZodObject>(
    tag: string,
    definition: RouteDefinition<Q, B>,
    handle: (request: RouteRequest<Q, B>) => Promise<RouteAnswer> | RouteAnswer,
  ): void {
    const { method, path, query, body, fieldLevel = 1 } = definition;
    this.#methods.set(path, [...(this.#methods.get(path) ?? []), method]);
    this.app.openAPIRegistry.registerPath(describe(tag, definition));
    this.app.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      // Another method of a path of its own, which only looks like an id.
      if (path.includes('{') && this.#methods.has(context.req.path)) return context.notFound();
      const caller = context.get('caller') ?? nobody;
      if (caller.kind === 'agent') refuseAgent(method, path);
      const queue: Queue = new CallerQueue(this.queue, caller);
      const sent = method === 'get' ? noBody : await readJsonBody(context.env.incoming, fieldLevel);
      const request = {
        id: context.req.param('id') ?? '',
        query: parseQuery(query ?? nothing, new URL(context.req.url).searchParams),
        body: parseBody(body ?? nothing, body === undefined ? {} : sent.value),
        source: sent.text,
        mutation: mutationOf(context),
        queue,
        context,
      };
      // The parsers above return the outputs of these very schemas.
      const answer = await handle(request as RouteRequest<Q, B>);
      return answer instanceof Response ? answer : send(answer, 200, context.env.outgoing);
    });
  }

  /** The methods that a path has; empty when there is no such path. */
  methodsOf(path: string): string[] {
    const parts = path.split('/');
    const matches = (pattern: string) => {
      const wanted = pattern.split('/');
      return wanted.length === parts.length && wanted.every((part, at) => fits(part, parts[at]));
    };
    const pattern = this.#methods.has(path) ? path : [...this.#methods.keys()].find(matches);
    const methods = pattern === undefined ? [] : (this.#methods.get(pattern) ?? []);
    return methods.map((method) => method.toUpperCase());
  }

  /** Every route as `GET /api/tasks/{id}`. */
  list(): string[] {
    return [...this.#methods].flatMap(([path, methods]) =>
      methods.map((method) => `${method.toUpperCase()} ${path}`),
    );
  }
}

export class RouteGroup {
  constructor(
    private readonly router: Router,
    private readonly tag: string,
  ) {}

  add<Q extends z.ZodObject = Nothing, B extends z.ZodObject = Nothing>(
    definition: RouteDefinition<Q, B>,
    handle: (request: RouteRequest<Q, B>) => Promise<RouteAnswer> | RouteAnswer,
  ): void {
    this.router.add(this.tag, definition, handle);
  }

  /** Adds the route of an operation: its arguments come from the request, its result is the answer. */
  forward<K extends OperationName>(
    name: K,
    summary: string,
    answer: AnswerDefinition,
    options?: PlainInput<K>,
  ): void;
  forward<K extends OperationName, S extends z.ZodObject>(
    name: K,
    summary: string,
    answer: AnswerDefinition,
    options: PreparedInput<K, S>,
  ): void;
  forward<K extends OperationName>(
    name: K,
    summary: string,
    answer: AnswerDefinition,
    options: Partial<PreparedInput<K, z.ZodObject>> = {},
  ): void {
    const route = routeOf(name);
    const { status = 200, none, message, input, prepare } = options;
    const answers: Answers = none === undefined ? { [status]: answer } : { [status]: answer, 204: none };
    const schemas = route.method === 'get' ? { query: input } : { body: input };
    this.add(
      { ...route, summary, answers, ...schemas },
      async ({ id, query, body, source, mutation, queue, context }) => {
        const sent = route.method === 'get' ? query : body;
        const given = prepare === undefined ? sent : prepare(sent, source);
        const result = await perform(queue, name, argumentsOf(name, id, given, mutation));
        if (result === null) return noContent();
        return send(answerOf(name, result, message), status, context.env.outgoing);
      },
    );
  }
}

/** Method and path of an operation's route. */
export function routeOf(name: OperationName): { method: Method; path: string } {
  const [method = '', path = ''] = operations[name].route.split(' ');
  return { method: method.toLowerCase() as Method, path };
}

/** The operation's arguments, as its row in the table lists them. */
function argumentsOf<K extends OperationName>(
  name: K,
  id: string,
  input: unknown,
  mutation: Mutation,
): Arguments<K> {
  const fields = input as Readonly<Record<string, unknown>>;
  const args = operations[name].takes.map((kind) => {
    if (kind === 'id') return id;
    if (kind === 'mutation') return mutation;
    if (kind === 'keyedInput') return { ...fields, ...mutation };
    return kind === 'input' || kind === 'claim' ? input : fields[kind];
  });
  return args as unknown[] as Arguments<K>;
}

/** The answer that carries an operation's result. */
export function answerOf<K extends OperationName>(name: K, result: Result<K>, message?: string): object {
  const { answer, page } = operations[name];
  const more = message === undefined ? {} : { message };
  if (answer === null) return more;
  if (answer !== undefined) return { ...more, [answer]: result };
  if (page === undefined) return result as object;
  const { items, total, limit, offset } = result as Page<unknown>;
  return { [page]: items, total, limit, offset };
}

/** Writes the usual answer without a Response, which would take twice the time. */
function send(body: object, status: number, outgoing: HttpBindings['outgoing']): Response {
  const text = answerText(body);
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
  return RESPONSE_ALREADY_SENT;
}

/** A JSON answer. */
export function json(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

export function html(body: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { headers: { 'content-type': 'text/html; charset=utf-8', ...headers } });
}

/** The headers of a page without scripts: it may use its own style and load nothing. */
export const styleOnly = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};

/** An answer without content. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** Whoever shows no token may do no more than an agent. */
const nobody: Origin = { kind: 'agent' };

const operationOfRoute: ReadonlyMap<string, OperationName> = new Map(
  operationNames.map((name) => [operations[name].route, name]),
);

/**
 * Refused before anything is read. Besides operations, an agent may only read.
 * @throws QueueError `forbidden`
 */
function refuseAgent(method: Method, path: string): void {
  const route = `${method.toUpperCase()} ${path}`;
  const name = operationOfRoute.get(route);
  if (name === undefined ? method !== 'get' : agentRights[name] === 'person') throw forPersons(route);
}

function fits(wanted: string, part: string | undefined): boolean {
  return wanted.startsWith('{') ? part !== '' : wanted === part;
}

function mutationOf(context: Context<Bindings>): Mutation {
  const key = context.req.header(idempotencyHeader);
  if (key === undefined) return {};
  if (keyPattern.test(key)) return { key };
  throw new QueueError('invalid_field', `Invalid Idempotency-Key: ${keyRule}`);
}

/** The route as OpenAPI describes it. */
function describe(tag: string, definition: RouteDefinition<z.ZodObject, z.ZodObject>) {
  const { method, path, summary, query, body, answers } = definition;
  const params = path.includes('{id}') ? z.object({ id: z.string() }) : undefined;
  const headers = method === 'get' ? undefined : z.object({ 'Idempotency-Key': z.string().optional() });
  return {
    method,
    path,
    tags: [tag],
    summary,
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(headers && { headers }),
      ...(body && { body: { content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, definition]) => [status, describeAnswer(definition)]),
      ),
      default: describeAnswer(refusal),
    },
  };
}

function describeAnswer(definition: string | AnswerDefinition) {
  if (typeof definition === 'string') return { description: definition };
  const { description, schema } = definition;
  return { description, content: { 'application/json': { schema } } };
}
