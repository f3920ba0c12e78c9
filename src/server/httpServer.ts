/** Serves a queue on 127.0.0.1. */

import { setMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Clock, systemClock } from '../core/clock';
import { QueueError } from '../core/errors';
import type { Log } from '../core/log';
import type { Queue } from '../core/queue';
import { AccessControl } from './accessControl';
import { createApp } from './app';
import { errorBody, toQueueError } from './errors';
import { checkHost } from './hostCheck';
import type { ScriptSource, Successor } from './services';

const loopback = '127.0.0.1';
/** Milliseconds that requests under way have to end when the server closes. */
const closeWait = 2_000;
/** Longer than clients keep an idle connection, so that the client closes it. */
const keepAlive = 65_000;
/** Bytes of address and headers: enough for a wrong search to be refused by its route. */
const addressLimit = 256 * 1024;

export interface ServerOptions {
  queue: Queue;
  scripts: ScriptSource;
  /** What callers must send. */
  token: string;
  /** What agents send instead. */
  agentToken: string;
  /** 0 for any free one. */
  port: number;
  log: Log;
  version: string;
  /** The dist folder, where the pages are. */
  programs: string;
  /** Hands the queue over to a newer program that asked for it. */
  onHandover?: (successor: Successor) => void;
  /** Ends this process because a client asked for it. */
  onStop?: () => void;
  clock?: Clock;
}

export interface HttpServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Every route as `GET /api/tasks/{id}`. */
  readonly routes: readonly string[];
  /** Lets requests under way end, for at most two seconds, and refuses new ones. Safe to call twice. */
  close(): Promise<void>;
}

/** @throws QueueError `conflict` when the port is taken; details.port says which. */
export async function startServer(options: ServerOptions): Promise<HttpServer> {
  const { token, agentToken, version, log } = options;
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();
  // Every waiting claim and every event stream listens to it.
  setMaxListeners(0, closing.signal);
  let port = 0;
  const access = new AccessControl({ token, agentToken, version, clock, port: () => port });
  const app = createApp({ ...options, clock, access, closing: closing.signal });
  const answer = getRequestListener((request, bindings) => app.fetch(request, bindings as HttpBindings), {
    overrideGlobalObjects: false,
    errorHandler: (thrown) => {
      // Only requests with an invalid address get here, before any route sees them.
      log.debug(`A request was not understood: ${String(thrown)}`);
      return new Response(JSON.stringify(errorBody(badAddress())), { status: 400, headers: jsonType });
    },
  });
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    try {
      checkHost(incoming, port);
      if (incoming.url?.startsWith('/') !== true) throw badAddress();
      if (closing.signal.aborted) throw new QueueError('unavailable', 'The queue is changing hands');
    } catch (error) {
      refuse(outgoing, toQueueError(error, log));
      return;
    }
    outgoing.once('close', () => {
      if (closing.signal.aborted) setImmediate(() => server.closeIdleConnections());
    });
    void answer(incoming, outgoing);
  };
  const server = createServer(
    { requireHostHeader: false, keepAliveTimeout: keepAlive, maxHeaderSize: addressLimit },
    handle,
  );
  server.on('checkExpectation', handle);
  server.on('clientError', refuseGarbage);
  port = await listen(server, options.port);

  let closed: Promise<void> | undefined;
  return {
    url: `http://${loopback}:${port}`,
    port,
    routes: app.routes,
    close() {
      closed ??= closeServer(server, closing, clock).then(() => app.delivery.close());
      return closed;
    },
  };
}

const jsonType = { 'content-type': 'application/json' };

function badAddress(): QueueError {
  return new QueueError('invalid_field', 'Invalid address', 'Ask for a path such as /api/tasks');
}

function refuse(outgoing: ServerResponse, error: QueueError): void {
  outgoing.writeHead(error.status, { ...jsonType, connection: 'close' });
  outgoing.end(JSON.stringify(errorBody(error)));
}

/** Refuses what is not HTTP. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new QueueError('too_large', `Address and headers are larger than ${addressLimit / 1024} KB`)
      : new QueueError('invalid_field', 'Invalid request: not HTTP');
  const body = JSON.stringify(errorBody(refusal));
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      reject(
        taken
          ? new QueueError('conflict', `Port ${port} is taken`, 'Use another port, or 0 for any', { port })
          : error,
      );
    });
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Server, closing: AbortController, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const force = clock.after(closeWait, () => server.closeAllConnections());
    server.close(() => {
      force.cancel();
      resolve();
    });
    closing.abort();
    server.closeIdleConnections();
  });
}
