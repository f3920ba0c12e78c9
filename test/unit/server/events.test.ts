import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { QueueEvent, QueueListener } from '../../../src/core/events';
import type { Queue } from '../../../src/core/queue';
import type { HttpServer } from '../../../src/server/httpServer';
import { FakeClock } from '../../support/fakeClock';
import { aTask } from '../../support/sampleRows';
import { ask, closeServers, fakeQueue, serve, token } from './support';

function follow(server: HttpServer, headers: Record<string, string> = {}): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      {
        host: '127.0.0.1',
        port: server.port,
        path: '/api/events',
        agent: false,
        headers: { authorization: `Bearer ${token}`, ...headers },
      },
      resolve,
    );
    request.on('error', reject);
  });
}

/** Reads until the text holds `part`. */
async function readUntil(response: http.IncomingMessage, part: string): Promise<string> {
  let text = '';
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes(part)) return text;
  }
  throw new Error(`The stream ended before ${part}: ${text}`);
}

const event = (id: string): QueueEvent => ({ id, type: 'task.created', at: 'now', task_id: 'tsk_1' });
const longEvent = (id: string) =>
  ({ ...event(id), task: { error: 'x'.repeat(20_000_000) } }) as unknown as QueueEvent;

describe('the event stream', () => {
  let listeners: Map<QueueListener, string | undefined>;
  let queue: Queue;
  let server: HttpServer;
  let left: Promise<void>;

  beforeEach(async () => {
    listeners = new Map();
    let leave: () => void = () => {};
    left = new Promise((resolve) => {
      leave = resolve;
    });
    ({ queue } = fakeQueue({
      subscribe(listener, after) {
        listeners.set(listener, after);
        return () => {
          listeners.delete(listener);
          leave();
        };
      },
    }));
    server = await serve(queue);
  });
  afterEach(closeServers);

  it('sends each event with id, type and data', async () => {
    const response = await follow(server);
    assert.equal(response.headers['content-type'], 'text/event-stream');
    for (const listener of listeners.keys()) listener(event('3-1'));
    const text = await readUntil(response, 'tsk_1');
    assert.ok(text.includes(`id: 3-1\nevent: task.created\ndata: ${JSON.stringify(event('3-1'))}\n\n`), text);
    response.destroy();
  });

  it('sends the payload of a task digit for digit, on one line', async () => {
    const payload = '{\n  "id": 1970670598291982290,\r\n  "v": 1.10\n}';
    const task = aTask({ id: 'tsk_9', payload, payload_json: JSON.parse(payload) });
    const response = await follow(server);
    for (const listener of listeners.keys()) listener({ ...event('3-2'), task });
    const text = await readUntil(response, 'tsk_9');
    const data = text.split('\n').find((line) => line.startsWith('data: ') && line.includes('tsk_9')) ?? '';
    assert.ok(data.includes('"payload_json":{   "id": 1970670598291982290,   "v": 1.10 }'), data);
    assert.deepEqual(JSON.parse(data.slice('data: '.length)).task, JSON.parse(JSON.stringify(task)));
    response.destroy();
  });

  it('resumes after Last-Event-ID, and refuses an invalid one', async () => {
    const response = await follow(server, { 'last-event-id': '3-17' });
    assert.deepEqual([...listeners.values()], ['3-17']);
    response.destroy();
    const answer = await ask(server, 'GET', '/api/events', { headers: { 'last-event-id': 'yesterday' } });
    assert.equal(answer.status, 400);
  });

  it('unsubscribes when the reader disconnects', async () => {
    const response = await follow(server);
    assert.equal(listeners.size, 1);
    response.destroy();
    await left;
    assert.equal(listeners.size, 0);
  });

  it('ends with an event over the limit of the backlog, so that its reader gets past it', async () => {
    const response = await follow(server);
    for (const listener of listeners.keys()) for (const id of ['3-1', '3-2']) listener(longEvent(id));
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    assert.ok(text.endsWith(`data: ${JSON.stringify(longEvent('3-1'))}\n\n`), text.slice(-100));
    assert.ok(!text.includes('id: 3-2'));
    await left;
  });

  it('disconnects a reader that does not read its backlog', async () => {
    const clock = new FakeClock();
    const patient = await serve(queue, { clock });
    const response = await follow(patient);
    for (const listener of listeners.keys()) listener(longEvent('3-1'));
    clock.advance(30_000);
    await left;
    response.destroy();
  });

  it('ends when the server closes', async () => {
    const response = await follow(server);
    response.resume();
    const ended = once(response, 'end');
    await server.close();
    await ended;
    await left;
  });

  it('answers HEAD without staying open', async () => {
    const answer = await ask(server, 'HEAD', '/api/events');
    assert.equal(answer.status, 200);
    assert.equal(listeners.size, 0);
  });
});
