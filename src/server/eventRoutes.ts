/** Changes as they happen, as server-sent events that can be resumed. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Clock, Timer } from '../core/clock';
import { QueueError } from '../core/errors';
import type { QueueEvent } from '../core/events';
import type { Queue } from '../core/queue';
import { pingInterval } from './protocol';
import type { Routes } from './routes';
import type { Services } from './services';

/** Bytes that may wait for a slow reader before it is cut off; it comes back and resumes. */
const backlogLimit = 16 * 1024 * 1024;
const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** One event is written to many readers, but put into words once. */
const written = new WeakMap<QueueEvent, string>();

export function addEventRoutes(routes: Routes, { queue, clock, closing }: Services): void {
  routes.add(
    {
      method: 'get',
      path: '/api/events',
      tag: 'events',
      summary:
        'Follow every change; Last-Event-ID resumes, and a reset event says that some may have been missed',
      answers: { 200: 'Server-sent events: id, event (the type) and data (JSON)' },
    },
    ({ context: { env } }) => {
      const after = lastEventId(env.incoming);
      if (env.incoming.method === 'HEAD') return new Response(null, { headers: streamHeaders });
      sendEvents(queue, clock, closing, after, env.outgoing);
      return RESPONSE_ALREADY_SENT;
    },
  );
}

function lastEventId(incoming: IncomingMessage): string | undefined {
  const given = incoming.headers['last-event-id'];
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string' && /^\d{1,15}-\d{1,15}$/.test(given)) return given;
  throw new QueueError('invalid_field', 'Invalid Last-Event-ID: not the id of an event');
}

function sendEvents(
  queue: Queue,
  clock: Clock,
  closing: AbortSignal,
  after: string | undefined,
  outgoing: ServerResponse,
): void {
  outgoing.writeHead(200, streamHeaders);
  outgoing.write(': connected\n\n');
  const unsubscribe = queue.subscribe((event) => {
    outgoing.write(textOf(event));
    if (outgoing.writableLength > backlogLimit) outgoing.destroy();
  }, after);
  let ping: Timer;
  const beat = (): void => {
    outgoing.write(': ping\n\n');
    ping = clock.after(pingInterval, beat);
  };
  ping = clock.after(pingInterval, beat);
  const end = (): void => {
    outgoing.end();
  };
  closing.addEventListener('abort', end, { once: true });
  outgoing.once('close', () => {
    closing.removeEventListener('abort', end);
    ping.cancel();
    unsubscribe();
  });
}

function textOf(event: QueueEvent): string {
  const known = written.get(event);
  if (known !== undefined) return known;
  const text = `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  written.set(event, text);
  return text;
}
