import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fixedConfig } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';
import type { Queue } from '../../../src/core/queue';
import type { HttpServer } from '../../../src/server/httpServer';
import { LocalQueue } from '../../../src/store/localQueue';
import { closeServers, notedLog, serve, token } from './support';

/** More by hand: SPARKQ_FUZZ=100000. */
const count = Number(process.env.SPARKQ_FUZZ ?? 3000);
const parallel = 20;

/** The same numbers in every run with one seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const methods = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'BREW',
  'get',
  '',
];
const paths = [
  '/api/tasks',
  '/api/sessions',
  '/api/streams',
  '/api/tasks/x',
  '/api/tasks/x/claim',
  '/api/tasks/x/complete',
  '/api/tasks/x/fail',
  '/api/streams/x/claim',
  '/api/tasks/x/output',
  '/api/purge',
  '/api/handover',
  '/api/backup',
  '/api/events',
  '/docs',
  '/open',
  '/health',
  '/',
  '*',
  '//',
  '/..',
  '/api/../../etc/passwd',
  '/api/tasks/%00',
  '/api/tasks/%E0%A4%A',
  '/api/tasks/%2e%2e/claim',
  '/api/tasks/\u00ff',
  'http://example.com/api/tasks',
  '/a\\b',
  `/api/tasks/${'a'.repeat(5000)}`,
  '/api/tasks?limit=1e309',
  '/api/tasks?limit=-0',
  '/api/tasks?offset=99999999999999999999',
  '/api/tasks?status=%',
  '/api/tasks?status[]=queued',
  '/api/tasks?__proto__=1',
  '/api/tasks?q=%ff',
  '/api/tasks/constructor',
];
const bodies = [
  '',
  '{',
  '}',
  '[]',
  'null',
  '0',
  '"x"',
  '{"name": 1}',
  '{"name": null}',
  '{"__proto__": {"name": "x"}}',
  '{"name": "\\ud800"}',
  '{"constructor": {"prototype": 1}}',
  '{"stream_id": [], "tool_name": {}}',
  '{"result_summary": {}}',
  '{"error_message": 1e999}',
  '{"stream_id": "a", "tool_name": "b", "payload": "[[[", "timeout": 1e21}',
  `{"name": ${'['.repeat(5000)}`,
  '\ufeff{}',
  '{"a":1}{"b":2}',
  `{"name": "${'x'.repeat(100_000)}"}`,
  '{"wait": -1}',
  '{"wait": 1e5}',
  '{"progress": "NaN"}',
  '{"after": [1, null, {}]}',
  '\u0000',
  '{"not_before": "2026-13-45"}',
  '{"retry_after": -5, "error_message": "x"}',
  '{"version": "x", "protocol": 1.5}',
  '{"file": "../x"}',
];
const headers = [
  'Content-Type: application/json',
  'Content-Type: text/xml',
  'Content-Type:',
  'Content-Length: -1',
  'Content-Length: 5, 6',
  'Content-Length: 99999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Host: example.com',
  'Host:',
  'Origin: null',
  'Origin: http://example.com',
  'Authorization: Bearer x',
  'Authorization: Bearer',
  `Idempotency-Key: ${'k'.repeat(300)}`,
  'Idempotency-Key: a b',
  'Idempotency-Key: ok',
  'X-SparkQ-Protocol: -1',
  'X-SparkQ-Protocol: one',
  'Last-Event-ID: 1-',
  'Last-Event-ID: x',
  'Expect: 100-continue',
  'Expect: the-unexpected',
  'Upgrade: websocket',
  'Connection: upgrade',
  'Cookie: sparkq_1=x; =',
  'Broken header',
  ': empty',
  `X-Long: ${'x'.repeat(20_000)}`,
  'X-Odd: \u0001',
];

/**
 * Sends bytes and returns the status line of the first answer; empty when the server disconnected without one.
 * @param patience milliseconds after which a request that the server waits for the rest of is given up; none by default
 */
function send(server: HttpServer, text: string, patience = 0): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(text));
    const done = (): void => {
      socket.destroy();
      resolve(got.split('\r\n').find((line) => /^HTTP\/1\.1 [^1]/.test(line)) ?? '');
    };
    socket.setTimeout(patience, done);
    socket.on('data', (chunk) => {
      got += chunk;
      if (/HTTP\/1\.1 [^1][\s\S]*\r\n\r\n/.test(got)) done();
    });
    socket.on('error', done);
    socket.on('close', done);
  });
}

/** Refuses everything. */
function emptyQueue(): Queue {
  return new Proxy({} as Queue, {
    get(_target, name) {
      if (name === 'subscribe') return () => () => {};
      return async () => {
        throw new QueueError('not_found', 'There is nothing here');
      };
    },
  });
}

/** Sends malformed requests, and fails on the first that the server answers with 5xx. */
async function bombard(server: HttpServer, count: number): Promise<Set<string>> {
  const next = generator(2026);
  const pick = <T>(from: readonly T[]): T => from[next(from.length)] as T;
  const request = (): string => {
    const body = pick(bodies);
    const lines = [
      `${pick(methods)} ${pick(paths)} HTTP/1.${next(20) === 0 ? 9 : 1}`,
      ...(next(10) === 0 ? [] : [`Host: 127.0.0.1:${server.port}`]),
      ...(next(10) === 0 ? [] : [`Authorization: Bearer ${token}`]),
      ...(next(4) === 0 ? [] : ['Content-Type: application/json']),
      ...(next(8) === 0 ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
      'Connection: close',
      ...Array.from({ length: next(3) }, () => pick(headers)),
    ];
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  };
  const statuses = new Set<string>();
  const work = async (share: number): Promise<void> => {
    for (let at = 0; at < share; at += 1) {
      const text = request();
      const line = await send(server, text, 400);
      const status = line.split(' ')[1] ?? 'none';
      statuses.add(status);
      if (status.startsWith('5')) assert.fail(`${line} for ${text.slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, () => work(Math.ceil(count / parallel))));
  return statuses;
}

describe('malformed requests', function () {
  this.timeout(900_000 + count * 80);
  afterEach(closeServers);

  it('never make the server fail', async () => {
    const log = notedLog();
    const server = await serve(emptyQueue(), { log });
    const statuses = await bombard(server, count);
    assert.deepEqual(log.errors, []);
    for (const expected of ['400', '401', '403', '404', '405', '415'])
      assert.ok(statuses.has(expected), expected);
    const health = `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`;
    assert.equal(await send(server, health), 'HTTP/1.1 200 OK');
  });

  it('change nothing in a real queue', async () => {
    const storage = mkdtempSync(path.join(os.tmpdir(), 'sparkq-fuzz-'));
    const log = notedLog();
    const config = fixedConfig();
    const facts = { storage, programs: path.resolve('dist'), workspace: null, config, log, version: '1.0.0' };
    const queue = await LocalQueue.open({ ...facts, role: 'serve' });
    try {
      const session = await queue.createSession({ name: 'x' });
      const stream = await queue.createStream({ session: session.id, name: 'x' });
      const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'run-bash' });
      await queue.parkTask(task.id);
      const before = [await queue.listSessions(), await queue.listStreams(), await queue.getTask(task.id)];
      const server = await serve(queue, { log });
      await bombard(server, Math.ceil(count / 3));
      assert.deepEqual(
        [await queue.listSessions(), await queue.listStreams(), await queue.getTask(task.id)],
        before,
      );
      assert.deepEqual(log.errors, []);
    } finally {
      await closeServers();
      await queue.close();
      rmSync(storage, { recursive: true, force: true });
    }
  });
});
