/** One way to add a route: the same definition finds, validates, describes and answers it. */

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { QueueError } from '../core/errors';
import { idempotencyHeader, keyPattern, keyRule } from '../core/protocol';
import type { Mutation } from '../core/queue';
import { type AnswerDefinition, refusal } from './answers';
import { readJsonBody } from './requestBody';
import { parseBody, parseQuery } from './validation';

export type Bindings = { Bindings: HttpBindings };
type Method = 'get' | 'post' | 'put' | 'delete';

const nothing = z.object({});
type Nothing = typeof nothing;

export interface RouteDefinition<Q extends z.ZodObject, B extends z.ZodObject> {
  method: Method;
  /** With parameters in braces: `/api/tasks/{id}`. */
  path: string;
  /** The group it is listed under. */
  tag: string;
  summary: string;
  query?: Q;
  body?: B;
  /** Of the answers that are not refusals, by status: what they say, and their shape where they are JSON. */
  answers: Readonly<Record<number, string | AnswerDefinition>>;
}

/** A request that fits its route. */
export interface RouteRequest<Q extends z.ZodObject = Nothing, B extends z.ZodObject = Nothing> {
  /** The `{id}` of the path. */
  id: string;
  query: z.output<Q>;
  body: z.output<B>;
  mutation: Mutation;
  context: Context<Bindings>;
}

/** What a handler answers: an object is sent as JSON with status 200. */
export type RouteAnswer = Response | object;

/** The routes of the server, and the document that describes them. */
export class Routes {
  readonly app = new OpenAPIHono<Bindings>();
  readonly #methods = new Map<string, Method[]>();

  add<Q extends z.ZodObject = Nothing, B extends z.ZodObject = Nothing>(
    definition: RouteDefinition<Q, B>,
    handle: (request: RouteRequest<Q, B>) => Promise<RouteAnswer> | RouteAnswer,
  ): void {
    const { method, path, query, body } = definition;
    this.#methods.set(path, [...(this.#methods.get(path) ?? []), method]);
    this.app.openAPIRegistry.registerPath(describe(definition));
    this.app.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      const sent = method === 'get' ? undefined : await readJsonBody(context.env.incoming);
      const request = {
        id: context.req.param('id') ?? '',
        query: parseQuery(query ?? nothing, new URL(context.req.url).searchParams),
        body: parseBody(body ?? nothing, body === undefined ? {} : sent),
        mutation: mutationOf(context),
        context,
      };
      // The parsers above answer the outputs of these very schemas.
      const answer = await handle(request as RouteRequest<Q, B>);
      return answer instanceof Response ? answer : send(answer, context.env.outgoing);
    });
  }

  /** The methods that a path has; empty when there is no such path. */
  methodsOf(path: string): string[] {
    const parts = path.split('/');
    for (const [pattern, methods] of this.#methods) {
      const wanted = pattern.split('/');
      if (wanted.length === parts.length && wanted.every((part, at) => fits(part, parts[at]))) {
        return methods.map((method) => method.toUpperCase());
      }
    }
    return [];
  }

  /** Every route as `GET /api/tasks/{id}`. */
  list(): string[] {
    return [...this.#methods].flatMap(([path, methods]) =>
      methods.map((method) => `${method.toUpperCase()} ${path}`),
    );
  }
}

/** Writes the usual answer without the detour over a Response, which takes twice the time. */
function send(body: object, outgoing: HttpBindings['outgoing']): Response {
  const text = JSON.stringify(body);
  outgoing.writeHead(200, {
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

/** There is nothing to answer with. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
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

/** The route as OpenAPI tells it. */
function describe(definition: RouteDefinition<z.ZodObject, z.ZodObject>) {
  const { method, path, tag, summary, query, body, answers } = definition;
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
