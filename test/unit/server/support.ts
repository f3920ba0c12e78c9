import http from 'node:http';
import type { Log } from '../../../src/core/log';
import type { Queue } from '../../../src/core/queue';
import { type HttpServer, type ServerOptions, startServer } from '../../../src/server/httpServer';
import { type Answer, answerTo } from '../../support/httpAnswer';

export const token = 'a'.repeat(64);
export const agentToken = 'b'.repeat(64);

export interface Call {
  method: string;
  args: unknown[];
}

/** A queue with the given operations; any other fails. Records the calls. */
export function fakeQueue(operations: Partial<Queue>): { queue: Queue; calls: Call[] } {
  const calls: Call[] = [];
  const queue = new Proxy({} as Queue, {
    get(_target, name) {
      const operation = (operations as Record<string | symbol, unknown>)[name];
      return (...args: unknown[]) => {
        calls.push({ method: String(name), args });
        if (typeof operation !== 'function') throw new Error(`${String(name)} is not expected here`);
        return operation(...args);
      };
    },
  });
  return { queue, calls };
}

export interface NotedLog extends Log {
  errors: string[];
}

export function notedLog(): NotedLog {
  const errors: string[] = [];
  return { errors, debug() {}, info() {}, warn() {}, error: (message) => errors.push(message) };
}

const servers: HttpServer[] = [];

/** A real server on a free port, closed by `closeServers`. */
export async function serve(queue: Queue, options: Partial<ServerOptions> = {}): Promise<HttpServer> {
  const server = await startServer({
    queue,
    scripts: {
      refresh: async () => {},
      list: () => [],
      everything: () => [],
      search: () => [],
      problems: () => [],
    },
    token,
    agentToken,
    port: 0,
    log: notedLog(),
    version: '1.0.0',
    programs: 'dist',
    ...options,
  });
  servers.push(server);
  return server;
}

export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()));
}

export interface Ask {
  body?: unknown;
  raw?: string | Buffer;
  headers?: Record<string, string | undefined>;
}

/** Sends one request with the token; a header that is undefined is left out. */
export function ask(
  server: HttpServer,
  method: string,
  path: string,
  { body, raw, headers }: Ask = {},
): Promise<Answer> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const all = {
    authorization: `Bearer ${token}`,
    ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const request = http.request({
    host: '127.0.0.1',
    port: server.port,
    method,
    path,
    headers: kept,
    agent: false,
  });
  request.end(sent);
  return answerTo(request);
}
