/** Changes as they happen, as server-sent events that can be resumed. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Clock, Timer } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import { pingInterval } from '../../core/protocol';
import type { Queue } from '../../core/queue';
import { answerText } from '../answerText';
import type { Router } from '../router';
import type { Services } from '../services';

/** Bytes that may be buffered for a slow reader; then its stream ends after them, and it reconnects and resumes. */
const backlogLimit = 16 * 1024 * 1024;
/** Milliseconds that it has to read them. */
const endWait = 30_000;
const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** One event is written to many readers, but serialized once. */
const written = new WeakMap<QueueEvent, string>();

export function addEventRoutes(router: Router, { queue, clock, closing }: Services): void {
  router.group('events').add(
    {
      method: 'get',
      path: '/api/events',
      summary:
        'Stream all changes; Last-Event-ID resumes, and a reset event means that changes may have been missed',
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
  let over = false;
  let timer: Timer | undefined;
  const end = (): void => {
    if (over) return;
    over = true;
    timer?.cancel();
    timer = clock.after(endWait, () => outgoing.destroy());
    outgoing.end();
  };
  const unsubscribe = queue.subscribe((event) => {
    if (over) return;
    outgoing.write(textOf(event));
    // What was written still arrives, even one event over the limit: otherwise the reader would request it forever.
    if (outgoing.writableLength > backlogLimit) end();
  }, after);
  const beat = (): void => {
    outgoing.write(': ping\n\n');
    timer = clock.after(pingInterval, beat);
  };
  if (!over) timer = clock.after(pingInterval, beat);
  closing.addEventListener('abort', end, { once: true });
  outgoing.once('close', () => {
    closing.removeEventListener('abort', end);
    over = true;
    timer?.cancel();
    unsubscribe();
  });
}

function textOf(event: QueueEvent): string {
  const known = written.get(event);
  if (known !== undefined) return known;
  const text = `id: ${event.id}\nevent: ${event.type}\ndata: ${answerText(event)}\n\n`;
  written.set(event, text);
  return text;
}
