/** Who gets in over HTTP, by what words others are turned away, and what the API says of itself. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import { newLane, newName, some } from '../door';
import type { Request } from '../httpClient';
import { refusalOf } from '../httpDoor';
import { ownerToken } from '../owner';
import { type HttpCase, refused } from './httpCase';

/** Every route, with a body that it would take where it needs one. */
const routes: readonly [string, string, object?][] = [
  ['GET', '/stats'],
  ['GET', '/api/sessions'],
  ['POST', '/api/sessions', { name: 'x' }],
  ['GET', '/api/sessions/{id}'],
  ['PUT', '/api/sessions/{id}', { name: 'x' }],
  ['PUT', '/api/sessions/{id}/end'],
  ['GET', '/api/streams'],
  ['POST', '/api/streams', { session_id: 'x', name: 'x' }],
  ['GET', '/api/streams/{id}'],
  ['PUT', '/api/streams/{id}', { name: 'x' }],
  ['PUT', '/api/streams/{id}/end'],
  ['PUT', '/api/streams/{id}/pause'],
  ['PUT', '/api/streams/{id}/resume'],
  ['POST', '/api/streams/{id}/claim'],
  ['GET', '/api/tasks'],
  ['POST', '/api/tasks', { stream_id: 'x', tool_name: 'x' }],
  ['POST', '/api/tasks/bulk', { stream_id: 'x', tasks: [{ tool_name: 'x' }] }],
  ['GET', '/api/tasks/{id}'],
  ['PUT', '/api/tasks/{id}', { label: 'x' }],
  ['DELETE', '/api/tasks/{id}'],
  ['POST', '/api/tasks/{id}/claim'],
  ['POST', '/api/tasks/{id}/heartbeat', { lease: 'x' }],
  ['POST', '/api/tasks/{id}/release', { lease: 'x' }],
  ['POST', '/api/tasks/{id}/complete', { result_summary: 'x' }],
  ['POST', '/api/tasks/{id}/fail', { error_message: 'x' }],
  ['POST', '/api/tasks/{id}/cancel'],
  ['POST', '/api/tasks/{id}/suspend'],
  ['POST', '/api/tasks/{id}/continue'],
  ['POST', '/api/tasks/{id}/requeue'],
  ['POST', '/api/tasks/{id}/move', { to: 'front' }],
  ['POST', '/api/tasks/{id}/review', { accepted: true }],
  ['POST', '/api/tasks/{id}/park'],
  ['POST', '/api/tasks/{id}/unpark'],
  ['POST', '/api/tasks/{id}/undelete'],
  ['GET', '/api/tasks/{id}/attempts'],
  ['GET', '/api/tasks/{id}/output?stream=stdout'],
  ['POST', '/api/workers', {}],
  ['GET', '/api/scripts'],
  ['GET', '/api/scripts/index'],
  ['GET', '/api/scripts/search?q=x'],
  ['GET', '/api/tools'],
  ['GET', '/api/config'],
  ['GET', '/api/status'],
  ['POST', '/api/reload'],
  ['POST', '/api/purge', { dry_run: true }],
  ['GET', '/api/events'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
];

/** With ids of things that are not there. */
function filled(path: string): string {
  const kind = /\/api\/(session|stream|task)s/.exec(path)?.[1] ?? '';
  const prefix = { session: 'ses', stream: 'str', task: 'tsk' }[kind] ?? '';
  return path.replace('{id}', `${prefix}_000000000000`);
}

export const httpAccessCases: readonly HttpCase[] = [
  {
    name: 'the root and /ui/ are not answered, with a token or without',
    rows: ['http.no-root', 'http.not-found'],
    async run(client) {
      for (const path of ['/', '/ui', '/ui/']) {
        refused(await client.get(path), 'not_found');
        const { status } = await client.get(path, { headers: { authorization: undefined } });
        assert.ok([401, 404].includes(status), `${path}: ${status}`);
      }
    },
  },
  {
    name: 'health needs no token, everything else does',
    rows: ['GET /health', 'http.token', 'decided.error-shape'],
    async run(client) {
      const health = await client.get('/health', { headers: { authorization: undefined } });
      assert.equal(health.status, 200);
      assert.deepEqual(Object.keys(health.json).sort(), ['status', 'timestamp']);
      assert.equal(health.json.status, 'ok');
      assert.ok(!Number.isNaN(Date.parse(health.json.timestamp)));
      const wrong = [
        undefined,
        'Bearer ',
        'Bearer x',
        `Bearer ${'0'.repeat(64)}`,
        `Basic ${ownerToken}`,
        ownerToken,
      ];
      for (const authorization of wrong) {
        refused(await client.get('/stats', { headers: { authorization } }), 'unauthorized');
      }
      for (const [method, path, body] of routes) {
        const answer = await client.send(method, filled(path), {
          body,
          headers: { authorization: undefined },
        });
        refused(answer, 'unauthorized');
      }
    },
  },
  {
    name: 'every route exists, refuses other methods, and names what it cannot find',
    rows: ['http.not-found', 'decided.error-shape', 'decided.error-codes', 'PUT /api/sessions/{id}/end'],
    async run(client) {
      const methodsOf = new Map<string, string[]>();
      for (const [method, path] of routes) methodsOf.set(path, [...(methodsOf.get(path) ?? []), method]);
      for (const [method, path, body] of routes) {
        if (path === '/api/events') continue;
        const answer = await client.send(method, filled(path), { body });
        // Whoever has a lease had a task: it is gone.
        if (path.endsWith('/heartbeat')) refused(answer, 'gone', /tsk_0{12} is gone$/);
        else if (path.includes('{id}'))
          refused(answer, 'not_found', /^(Session|Stream|Task) not found: \w{3}_0{12}$/);
        else if (answer.status >= 400) refused(answer, 'not_found', /^(Session|Stream) not found: x$/);
        const other = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].find(
          (one) => !methodsOf.get(path)?.includes(one),
        );
        const wrong = await client.send(some(other), filled(path), { body: {} });
        refused(wrong, 'method_not_allowed');
        const allowed = String(wrong.headers.allow).split(', ');
        for (const one of methodsOf.get(path) ?? []) assert.ok(allowed.includes(one), `${path}: ${allowed}`);
      }
      refused(await client.post('/api/sessions/ses_000000000000/end'), 'method_not_allowed');
      for (const path of [
        '/',
        '/api',
        '/api/nothing',
        '/api/tasks/',
        '/api/tasks/a/b/c',
        '/api/sessions/%ff',
      ]) {
        refused(await client.get(path), 'not_found');
      }
    },
  },
  {
    name: 'only our own host is served, and only on this machine',
    rows: ['http.host', 'decided.loopback'],
    async run(client, owner) {
      const { port } = client;
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
        assert.equal((await client.get('/stats', { headers: { host } })).status, 200);
      }
      const foreign = [
        'evil.example',
        `evil.example:${port}`,
        '127.0.0.1',
        '127.0.0.1:1',
        `127.0.0.2:${port}`,
        '',
      ];
      for (const host of foreign) {
        refused(await client.get('/health', { headers: { host } }), 'forbidden_host');
      }
      assert.equal(new URL(owner.url).hostname, '127.0.0.1');
      const others = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
      for (const { address, family } of others.filter((one) => !one.internal && one.family === 'IPv4')) {
        assert.equal(family, 'IPv4');
        const socket = net.connect({ host: address, port });
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        assert.equal(error.code, 'ECONNREFUSED');
      }
    },
  },
  {
    name: 'no other origin may call, and no CORS header allows one',
    rows: ['http.origin'],
    async run(client) {
      for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${client.port + 1}`]) {
        for (const path of ['/stats', '/health']) {
          refused(await client.get(path, { headers: { origin } }), 'forbidden_origin');
        }
      }
      const own = await client.get('/stats', { headers: { origin: `http://127.0.0.1:${client.port}` } });
      assert.equal(own.status, 200);
      const preflight = await client.send('OPTIONS', '/api/tasks', {
        headers: { origin: `http://127.0.0.1:${client.port}`, 'access-control-request-method': 'POST' },
      });
      for (const answer of [own, preflight, await client.get('/health')]) {
        assert.ok(!Object.keys(answer.headers).some((name) => name.startsWith('access-control')));
      }
    },
  },
  {
    name: 'a body is JSON of a limited size',
    rows: ['http.body', 'decided.missing-field', 'decided.unknown-fields', 'decided.error-codes'],
    async run(client, owner) {
      const path = '/api/sessions';
      const plain = { headers: { 'content-type': 'text/plain' } };
      refused(await client.post(path, { name: 'x' }, plain), 'unsupported_type');
      refused(await client.post(path, undefined, { raw: '{"name":' }), 'invalid_field');
      refused(await client.post(path, undefined, { raw: Buffer.from([0x7b, 0xff, 0x7d]) }), 'invalid_field');
      for (const body of [[], 'text', 5, null]) {
        const answer = await client.post(path, body);
        assert.equal(refusalOf(answer).facts.status, 400, JSON.stringify(body));
      }
      const big = JSON.stringify({ name: 'x', description: 'y'.repeat(10 * 1024 * 1024) });
      refused(await client.post(path, undefined, { raw: big }), 'too_large');
      refused(await client.post(path), 'missing_field', /^Missing field body$/);
      refused(await client.post(path, {}), 'missing_field', /^Missing field name$/);
      refused(await client.post(path, { name: 5 }), 'invalid_field', /name/);
      refused(
        await client.post('/api/streams', { name: 'x' }),
        'missing_field',
        /^Missing field session_id$/,
      );
      refused(
        await client.post('/api/tasks', { tool_name: 'x' }),
        'missing_field',
        /^Missing field stream_id$/,
      );
      refused(
        await client.post('/api/tasks', { stream_id: 'x' }),
        'missing_field',
        /^Missing field tool_name$/,
      );
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      refused(
        await client.post(`/api/tasks/${id}/complete`, {}),
        'missing_field',
        /^Missing field result_summary$/,
      );
      refused(
        await client.post(`/api/tasks/${id}/fail`, {}),
        'missing_field',
        /^Missing field error_message$/,
      );
      const object = { result_summary: 'x', result_data: {} };
      refused(await client.post(`/api/tasks/${id}/complete`, object), 'invalid_field', /result_data/);
      const more = await client.post(path, { name: newName('session'), colour: 'red', status: 'ended' });
      assert.equal(more.status, 200);
      assert.equal(more.json.session.status, 'active');
      assert.ok(!('colour' in more.json.session));
      // What is wrong with the body is said before what is not there.
      refused(await client.post('/api/tasks/tsk_000000000000/complete', {}), 'missing_field');
    },
  },
  {
    name: 'the API describes itself, and a ticket admits a browser',
    rows: ['GET /openapi.json', 'http.ticket', 'http.cookie-origin'],
    async run(client, owner) {
      const document = await client.get('/openapi.json');
      assert.match(document.json.openapi, /^3\.1/);
      for (const [method, path] of routes) {
        const [plain = ''] = path.split('?');
        assert.ok(document.json.paths[plain]?.[method.toLowerCase()], `${method} ${plain} is not described`);
      }
      const docs = await client.get('/docs');
      assert.match(String(docs.headers['content-type']), /^text\/html/);
      const ticket = async () => (await client.post('/api/tickets')).json.ticket as string;
      const bare = { headers: { authorization: undefined } };
      const first = await ticket();
      const opened = await client.get(`/open?ticket=${first}`, bare);
      assert.ok(opened.status < 400, opened.text);
      const cookies = (opened.headers['set-cookie'] ?? []).join('\n');
      assert.match(cookies, /; *HttpOnly/i);
      assert.match(cookies, /; *SameSite=Strict/i);
      refused(await client.get(`/open?ticket=${first}`, bare), 'unauthorized');
      refused(await client.get('/open?ticket=wrong', bare), 'unauthorized');
      const late = await ticket();
      owner.clock.advance(30_001);
      refused(await client.get(`/open?ticket=${late}`, bare), 'unauthorized');
      const cookie = cookies.split(';')[0];
      const own = `http://127.0.0.1:${client.port}`;
      const as = (origin?: string): Request => ({ headers: { authorization: undefined, cookie, origin } });
      assert.equal((await client.get('/docs', as())).status, 200);
      assert.equal((await client.get('/stats', as(own))).status, 200);
      refused(await client.get('/stats', as('https://evil.example')), 'forbidden_origin');
      refused(await client.post('/api/sessions', { name: 'x' }, as()), 'forbidden_origin');
      refused(
        await client.post('/api/sessions', { name: 'x' }, as('https://evil.example')),
        'forbidden_origin',
      );
      assert.equal((await client.post('/api/sessions', { name: newName('session') }, as(own))).status, 200);
      refused(
        await client.get('/stats', { headers: { authorization: undefined, cookie: `${cookie}0` } }),
        'unauthorized',
      );
    },
  },
];
