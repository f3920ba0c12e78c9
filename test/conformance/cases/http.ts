/** What HTTP alone promises: who gets in, the shapes of requests and answers, and what a connection's end means. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { newLane, newName, some, statusOfCode } from '../door';
import type { Answer, HttpClient, Request } from '../httpClient';
import { refusalOf } from '../httpDoor';
import { configText, type Owner, ownerToken } from '../owner';
import type { RowId } from '../rows';

export interface HttpCase {
  name: string;
  rows: readonly RowId[];
  run(http: HttpClient, owner: Owner): Promise<void>;
}

/** Asserts that the answer is a refusal with this word. */
function refused(answer: Answer, code: string, sentence?: RegExp): void {
  const refusal = refusalOf(answer);
  assert.equal(refusal.facts.code, code, answer.text);
  if (sentence) assert.match(refusal.message, sentence);
}

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
  ['GET', '/api/tasks/{id}'],
  ['PUT', '/api/tasks/{id}', { label: 'x' }],
  ['DELETE', '/api/tasks/{id}'],
  ['POST', '/api/tasks/{id}/claim'],
  ['POST', '/api/tasks/{id}/heartbeat', {}],
  ['POST', '/api/tasks/{id}/complete', { result_summary: 'x' }],
  ['POST', '/api/tasks/{id}/fail', { error_message: 'x' }],
  ['POST', '/api/tasks/{id}/cancel'],
  ['POST', '/api/tasks/{id}/requeue'],
  ['POST', '/api/tasks/{id}/move', { to: 'front' }],
  ['POST', '/api/tasks/{id}/review', { accepted: true }],
  ['POST', '/api/tasks/{id}/park'],
  ['POST', '/api/tasks/{id}/unpark'],
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

export const httpCases: readonly HttpCase[] = [
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
    name: 'every route is there, knows its methods, and says what it cannot find',
    rows: ['http.not-found', 'decided.error-shape', 'decided.error-codes', 'PUT /api/sessions/{id}/end'],
    async run(client) {
      const methodsOf = new Map<string, string[]>();
      for (const [method, path] of routes) methodsOf.set(path, [...(methodsOf.get(path) ?? []), method]);
      for (const [method, path, body] of routes) {
        if (path === '/api/events') continue;
        const answer = await client.send(method, filled(path), { body });
        if (path.includes('{id}'))
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
      assert.deepEqual(new Set(Object.values(statusOfCode)).has(500), true);
    },
  },
  {
    name: 'only our own host is served, on this machine only',
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
    name: 'no other origin may call, and nothing invites one to',
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
    name: 'a body is JSON of a bearable size',
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
    name: 'sessions over HTTP',
    rows: [
      'decided.post-status',
      'decided.session-names',
      'GET /api/sessions',
      'POST /api/sessions',
      'GET /api/sessions/{id}',
      'PUT /api/sessions/{id}',
      'PUT /api/sessions/{id}/end',
      'model.session',
    ],
    async run(client) {
      const name = newName('session');
      const first = await client.post('/api/sessions', { name: ` ${name} `, description: 'd' });
      assert.equal(first.status, 200);
      const { session } = first.json;
      const columns = [
        'created_at',
        'description',
        'ended_at',
        'id',
        'name',
        'project_id',
        'started_at',
        'status',
        'updated_at',
      ];
      for (const column of columns) assert.ok(column in session, column);
      assert.equal(session.name, name);
      assert.equal((await client.post('/api/sessions', { name })).status, 200);
      refused(await client.post('/api/sessions', { name: '  ' }), 'missing_field');
      assert.deepEqual((await client.get(`/api/sessions/${session.id}`)).json, { session });
      const two = await client.get('/api/sessions?limit=1&offset=1');
      assert.deepEqual(two.json.sessions, [session]);
      assert.deepEqual((await client.get('/api/sessions?limit=0')).json.sessions, []);
      for (const query of ['limit=-1', 'limit=x', 'offset=-1', 'offset=1.5', 'limit=']) {
        const answer = await client.get(`/api/sessions?${query}`);
        if (query === 'limit=') assert.equal(answer.status, 200);
        else refused(answer, 'invalid_filter');
      }
      const path = `/api/sessions/${session.id}`;
      const renamed = newName('session');
      const changed = await client.put(path, { name: renamed });
      assert.deepEqual([changed.status, changed.json.session.name], [200, renamed]);
      assert.equal((await client.put(path, { description: 'new' })).json.session.description, 'new');
      assert.equal(refusalOf(await client.put(path, {})).facts.status, 400);
      assert.equal(refusalOf(await client.put(path, { name: ' ' })).facts.status, 400);
      const ended = await client.put(`${path}/end`);
      assert.deepEqual(
        [ended.status, ended.json.message, ended.json.session.status],
        [200, 'Session ended', 'ended'],
      );
      refused(await client.put(`${path}/end`), 'wrong_state');
      refused(
        await client.post('/api/streams', { session_id: session.id, name: newName('lane') }),
        'session_ended',
      );
    },
  },
  {
    name: 'streams over HTTP, by id and by name',
    rows: [
      'decided.post-status',
      'http.stream-by-name',
      'GET /api/streams',
      'POST /api/streams',
      'GET /api/streams/{id}',
      'PUT /api/streams/{id}',
      'PUT /api/streams/{id}/end',
      'PUT /api/streams/{id}/pause',
    ],
    async run(client, owner) {
      const session = await owner.queue.createSession({ name: newName('session') });
      const name = `${newName('lane')} ü/%`;
      const made = await client.post('/api/streams', { session_id: session.id, name, instructions: 'i' });
      assert.equal(made.status, 201);
      const { stream } = made.json;
      const columns = ['id', 'session_id', 'name', 'instructions', 'status', 'created_at', 'updated_at'];
      for (const column of columns) assert.ok(column in stream, column);
      refused(await client.post('/api/streams', { session_id: session.id, name }), 'name_taken');
      refused(await client.post('/api/streams', { session_id: session.id, name: '' }), 'missing_field');
      refused(await client.post('/api/streams', { session_id: 'ses_000000000000', name: 'x' }), 'not_found');
      const byName = `/api/streams/${encodeURIComponent(name)}`;
      for (const path of [byName, `/api/streams/${stream.id}`]) {
        assert.deepEqual((await client.get(path)).json, { stream });
      }
      assert.deepEqual((await client.get(`/api/streams?session_id=${session.id}`)).json.streams, [stream]);
      assert.deepEqual((await client.get('/api/streams?session_id=ses_000000000000')).json.streams, []);
      refused(await client.get('/api/streams?limit=-1'), 'invalid_filter');
      refused(await client.get('/api/streams?status=open'), 'invalid_filter', /active, ended/);
      assert.equal(
        (await client.put(byName, { instructions: 'n', parallelism: 2 })).json.stream.parallelism,
        2,
      );
      assert.equal((await client.put(byName, { on_failure: 'pause' })).json.stream.on_failure, 'pause');
      assert.equal(refusalOf(await client.put(byName, {})).facts.status, 400);
      assert.equal(refusalOf(await client.put(byName, { name: '' })).facts.status, 400);
      refused(await client.put(byName, { on_failure: 'explode' }), 'invalid_field');
      const other = await newLane({ behind: owner.queue });
      refused(await client.put(byName, { name: other.name }), 'name_taken');
      assert.equal((await client.put(`${byName}/pause`)).json.stream.paused, true);
      assert.equal((await client.post(`${byName}/claim`)).status, 204);
      assert.equal((await client.put(`${byName}/resume`)).json.stream.paused, false);
      const ended = await client.put(`${byName}/end`);
      assert.deepEqual(
        [ended.status, ended.json.message, ended.json.stream.status],
        [200, 'Stream ended', 'ended'],
      );
      refused(await client.put(`${byName}/end`), 'wrong_state');
      refused(await client.post(`${byName}/claim`), 'stream_ended');
      refused(await client.post('/api/tasks', { stream_id: stream.id, tool_name: 'x' }), 'stream_ended');
    },
  },
  {
    name: 'tasks over HTTP',
    rows: [
      'decided.post-status',
      'decided.bad-timeouts',
      'decided.unknown-filter',
      'http.payload',
      'GET /api/tasks',
      'POST /api/tasks',
      'words.classes',
    ],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const stream_id = lane.stream.id;
      const add = (body: object) => client.post('/api/tasks', { stream_id, tool_name: 'anything', ...body });
      const plain = await add({ task_class: 'FAST_SCRIPT' });
      assert.equal(plain.status, 200);
      assert.deepEqual(Object.keys(plain.json), ['task']);
      const { task } = plain.json;
      assert.equal(task.timeout, 30);
      assert.deepEqual(JSON.parse(task.payload), { prompt_path: null, metadata: null });
      assert.deepEqual(task.payload_json, JSON.parse(task.payload));
      assert.deepEqual((await add({})).json.task.task_class, 'MEDIUM_SCRIPT');
      const payloads: [object, unknown][] = [
        [{ payload: { a: [1, 'ü'] } }, { a: [1, 'ü'] }],
        [{ payload: '{"a": 1}' }, { a: 1 }],
        [{ prompt: 'Do it' }, { prompt: 'Do it' }],
        [
          { prompt_path: 'p.md', metadata: { deep: { x: null } } },
          { prompt_path: 'p.md', metadata: { deep: { x: null } } },
        ],
      ];
      for (const [body, payload] of payloads) {
        const answer = await add(body);
        assert.equal(typeof answer.json.task.payload, 'string');
        assert.deepEqual(JSON.parse(answer.json.task.payload), payload);
        assert.deepEqual(answer.json.task.payload_json, payload);
      }
      for (const body of [{ payload: '[1]' }, { payload: 'no json' }, { payload: 5 }, { max_attempts: 0 }]) {
        refused(await add(body), 'invalid_field');
      }
      for (const timeout of [0, -1, 1.5, '30', 'x'])
        refused(await add({ timeout }), 'invalid_field', /timeout/);
      refused(await add({ not_before: 'tomorrow' }), 'invalid_field', /not_before/);
      refused(await add({ after_policy: 'whatever' }), 'invalid_field', /after_policy/);
      refused(
        await client.post('/api/tasks', { stream_id: 'str_000000000000', tool_name: 'x' }),
        'not_found',
      );
      const git = { commit: 'abc', branch: null, dirty: true };
      assert.deepEqual((await add({ git })).json.task.git, git);
      const keyed = await add({ idempotency_key: 'k' });
      assert.ok(!('duplicate' in keyed.json) || keyed.json.duplicate === false);
      const again = await add({ idempotency_key: 'k' });
      assert.deepEqual(
        [again.status, again.json.duplicate, again.json.task.id],
        [200, true, keyed.json.task.id],
      );

      const total = (await owner.queue.listTasks({ stream: stream_id })).total;
      const page = await client.get(`/api/tasks?stream_id=${stream_id}&limit=2&offset=1`);
      assert.deepEqual([page.json.total, page.json.limit, page.json.offset], [total, 2, 1]);
      assert.equal(page.json.tasks.length, 2);
      assert.ok(
        page.json.tasks.every((one: object) => !('stdout' in one) && !('stderr' in one) && !('lease' in one)),
      );
      assert.equal((await client.get(`/api/tasks?stream=${lane.name}&status=`)).json.total, total);
      assert.deepEqual((await client.get('/api/tasks?stream_id=str_000000000000')).json.tasks, []);
      assert.deepEqual((await client.get('/api/tasks?session_id=ses_000000000000')).json.tasks, []);
      assert.equal((await client.get(`/api/tasks?stream=${lane.name}&q=p.md`)).json.total, 1);
      refused(
        await client.get('/api/tasks?status=claimed'),
        'invalid_filter',
        /Invalid status filter.*failed, queued, running, succeeded/,
      );
      for (const query of ['limit=0', 'limit=-1', 'limit=x', 'offset=-1', 'stale=maybe', 'unreviewed=2']) {
        refused(await client.get(`/api/tasks?${query}`), 'invalid_filter');
      }
    },
  },
  {
    name: 'claims over HTTP',
    rows: [
      'decided.empty-claim-body',
      'decided.lost-race',
      'POST /api/tasks/{id}/claim',
      'POST /api/streams/{id}/claim',
      'POST /api/workers',
      'http.lease-secret',
    ],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue }, { instructions: 'i' });
      const bodies: Request[] = [{}, { raw: '' }, { body: {} }];
      for (const request of bodies) {
        const { id } = await lane.add();
        const byId = await client.send('POST', `/api/tasks/${id}/claim`, request);
        assert.equal(byId.status, 200);
        assert.deepEqual(Object.keys(byId.json).sort(), [
          'deadline',
          'lease',
          'lease_until',
          'stream',
          'task',
        ]);
        assert.deepEqual([byId.json.task.status, byId.json.task.attempts], ['running', 1]);
        assert.ok(typeof byId.json.task.worker_id === 'string' && byId.json.task.worker_id !== '');
        const { id: next } = await lane.add();
        const byStream = await client.send('POST', `/api/streams/${lane.name}/claim`, request);
        assert.deepEqual([byStream.status, byStream.json.task.id], [200, next]);
        assert.deepEqual(byStream.json.stream, { id: lane.stream.id, name: lane.name, instructions: 'i' });
        const none = await client.send('POST', `/api/streams/${lane.stream.id}/claim`, request);
        assert.deepEqual([none.status, none.text], [204, '']);
      }
      const { id } = await lane.add();
      const claimed = await client.post(`/api/tasks/${id}/claim`, { worker_id: 'me' });
      assert.equal(claimed.json.task.worker_id, 'me');
      refused(await client.post(`/api/tasks/${id}/claim`), 'already_claimed');
      const [first, second] = await Promise.all(
        ['a', 'b'].map((label) => client.post('/api/workers', { label, agent: 'x', pid: 1, cwd: '/' })),
      );
      assert.deepEqual([first?.status, second?.status], [200, 200]);
      assert.notEqual(first?.json.worker_id, second?.json.worker_id);
      refused(await client.post(`/api/streams/${lane.name}/claim`, { wait: 61 }), 'invalid_field', /wait/);
      refused(await client.post(`/api/streams/${lane.name}/claim`, { wait: -1 }), 'invalid_field', /wait/);
      refused(
        await client.post(`/api/streams/${lane.name}/claim`, { wait: 'long' }),
        'invalid_field',
        /wait/,
      );
    },
  },
  {
    name: 'reports over HTTP answer what was sent, and later answers what is stored',
    rows: [
      'POST /api/tasks/{id}/complete',
      'POST /api/tasks/{id}/fail',
      'decided.summary-kept',
      'decided.fail-states',
      'GET /api/tasks/{id}',
    ],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const claimed = async () => {
        const { id } = await lane.add();
        const { json } = await client.post(`/api/tasks/${id}/claim`);
        return { id, lease: json.lease as string };
      };
      const one = await claimed();
      const done = await client.post(`/api/tasks/${one.id}/complete`, {
        result_summary: 'In short',
        result_data: 'At length',
        stdout: 'x'.repeat(70_000),
      });
      assert.equal(done.status, 200);
      const { result, result_summary } = (await client.get(`/api/tasks/${one.id}`)).json.task;
      assert.deepEqual([result, result_summary], ['At length', 'In short']);
      const detail = await client.get(`/api/tasks/${one.id}`);
      assert.ok(Buffer.byteLength(detail.json.task.stdout) <= 64 * 1024);
      const two = await claimed();
      const body = { error_message: 'MSG', error_type: 'T', lease: two.lease };
      const failed = await client.post(`/api/tasks/${two.id}/fail`, body);
      assert.deepEqual([failed.json.task.error_message, failed.json.task.error], ['MSG', 'T: MSG']);
      assert.equal((await client.get(`/api/tasks/${two.id}`)).json.task.error_message, 'T: MSG');
      // Said again with the same lease it is the same; without one it comes too late.
      assert.equal((await client.post(`/api/tasks/${two.id}/fail`, body)).status, 200);
      refused(await client.post(`/api/tasks/${two.id}/fail`, { error_message: 'x' }), 'wrong_state');
      refused(await client.post('/api/tasks/tsk_000000000000/fail', { error_message: '' }), 'not_found');
      refused(await client.post(`/api/tasks/${two.id}/fail`, { error_message: ' ' }), 'missing_field');
      const { id } = await lane.add();
      assert.equal(
        (await client.post(`/api/tasks/${id}/fail`, { error_message: 'x' })).json.task.status,
        'failed',
      );
    },
  },
  {
    name: 'a heartbeat says who has taken over, and when the task is gone for good',
    rows: ['POST /api/tasks/{id}/heartbeat', 'decided.error-codes'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      const { lease } = (await client.post(`/api/tasks/${id}/claim`)).json;
      const beat = await client.post(`/api/tasks/${id}/heartbeat`, { lease, progress: 1 });
      assert.deepEqual(Object.keys(beat.json).sort(), ['cancel_requested', 'deadline', 'lease_until']);
      await owner.queue.complete(id, { result_summary: 'x' });
      owner.clock.advance(4 * 24 * 3600 * 1000);
      await owner.queue.purge({ older_than_days: 3 });
      const gone = await client.post(`/api/tasks/${id}/heartbeat`, { lease });
      assert.equal(gone.status, 410);
      refusalOf(gone);
    },
  },
  {
    name: 'a mutation that is repeated with its key happens once',
    rows: ['http.idempotency'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const twice = async (method: string, path: string, body?: object) => {
        const request = { body, headers: { 'idempotency-key': newName('key') } };
        const first = await client.send(method, path, request);
        assert.ok(first.status < 300, `${method} ${path}: ${first.text}`);
        const again = await client.send(method, path, request);
        assert.deepEqual([again.status, again.json], [first.status, first.json], `${method} ${path}`);
        return first.json;
      };
      const session = (await twice('POST', '/api/sessions', { name: newName('session') })).session.id;
      const stream = (await twice('POST', '/api/streams', { session_id: session, name: newName('lane') }))
        .stream.id;
      await twice('PUT', `/api/sessions/${session}`, { description: 'x' });
      await twice('PUT', `/api/streams/${stream}`, { instructions: 'x' });
      await twice('PUT', `/api/streams/${stream}/pause`);
      await twice('PUT', `/api/streams/${stream}/resume`);
      const task = (await twice('POST', '/api/tasks', { stream_id: stream, tool_name: 'x' })).task.id;
      assert.equal((await owner.queue.listTasks({ stream })).total, 1);
      await twice('PUT', `/api/tasks/${task}`, { label: 'x' });
      await twice('POST', `/api/tasks/${task}/move`, { to: 'front' });
      await twice('POST', `/api/tasks/${task}/park`);
      await twice('POST', `/api/tasks/${task}/unpark`);
      await twice('POST', `/api/streams/${stream}/claim`);
      await twice('POST', `/api/tasks/${task}/complete`, { result_summary: 'x' });
      await twice('POST', `/api/tasks/${task}/review`, { accepted: true });
      const copy = (await twice('POST', `/api/tasks/${task}/requeue`)).task.id;
      assert.equal((await owner.queue.listTasks({ stream })).total, 2);
      await twice('POST', `/api/tasks/${copy}/claim`);
      await twice('POST', `/api/tasks/${copy}/cancel`);
      await twice('POST', `/api/tasks/${copy}/fail`, { error_message: 'x' });
      await twice('DELETE', `/api/tasks/${copy}`);
      await twice('POST', '/api/workers', { label: 'x' });
      await twice('POST', '/api/purge', { older_than_days: 1000 });
      await twice('PUT', `/api/streams/${stream}/end`);
      await twice('PUT', `/api/sessions/${session}/end`);
      const headers = { 'idempotency-key': newName('key') };
      assert.equal((await client.post('/api/sessions', { name: newName('s') }, { headers })).status, 200);
      refused(await client.post('/api/sessions', { name: newName('s') }, { headers }), 'conflict');
      const bad = { headers: { 'idempotency-key': 'x'.repeat(1000) } };
      refused(await client.post('/api/sessions', { name: lane.name }, bad), 'invalid_field');
    },
  },
  {
    name: 'a claim whose connection has closed is undone, unless it can be asked for again',
    rows: ['claim.closed', 'claim.request-id', 'claim.wait'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const path = `/api/streams/${lane.name}/claim`;
      // Whoever hangs up while waiting gets nothing: the next one in line does.
      const gone = client.begin('POST', path, { body: { wait: 60 } });
      gone.on('error', () => undefined);
      await begun(gone);
      const waiting = client.post(path, { wait: 60 });
      gone.destroy();
      await closed(gone);
      await owner.queue.stats();
      const { id } = await lane.add();
      const { task } = (await waiting).json;
      assert.equal(task.id, id);
      assert.equal(task.attempts, 1);

      // With a request id the claim is kept for whoever asks again.
      const keyed = { wait: 60, claim_request_id: newName('request') };
      const lost = client.begin('POST', path, { body: keyed });
      lost.on('error', () => undefined);
      await begun(lost);
      const second = await lane.add();
      lost.destroy();
      await closed(lost);
      const again = await client.post(path, keyed);
      assert.deepEqual([again.status, again.json.task.id, again.json.task.attempts], [200, second.id, 1]);
    },
  },
  {
    name: 'events come once each, in order, and go on where a reader has left off',
    rows: ['GET /api/events', 'http.lease-secret'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const live = await Listener.open(client);
      const { id } = await lane.add();
      const { lease } = some(await owner.queue.claimNext(lane.name));
      await owner.queue.complete(id, { result_summary: 'x' });
      const types = ['task.created', 'task.claimed', 'task.succeeded'];
      const seen = await live.take(3);
      assert.deepEqual(
        seen.map((event) => [event.type, event.data.type, event.data.task_id]),
        types.map((type) => [type, type, id]),
      );
      assert.ok(!live.text.includes(lease) && !live.text.includes('"lease"'));
      const ids = seen.map((event) => event.id);
      assert.equal(new Set(ids).size, 3);
      // Ids hold the owner's generation.
      for (const one of ids) assert.match(one, /^\d+-\d+$/);
      live.close();
      await lane.add();
      const resumed = await Listener.open(client, ids[0]);
      const rest = await resumed.take(3);
      assert.deepEqual(
        rest.map((event) => event.type),
        ['task.claimed', 'task.succeeded', 'task.created'],
      );
      assert.deepEqual(
        rest.slice(0, 2).map((event) => event.id),
        ids.slice(1),
      );
      resumed.close();
      for (const forgotten of ['0-1', '999999-7']) {
        const late = await Listener.open(client, forgotten);
        assert.equal((await late.take(1))[0]?.type, 'reset');
        late.close();
      }
      refused(await client.get('/api/events', { headers: { 'last-event-id': 'rubbish' } }), 'invalid_field');
    },
  },
  {
    name: 'output is read by the bytes of the original',
    rows: ['GET /api/tasks/{id}/output', 'decided.http-output'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      await owner.queue.claimTask(id);
      await client.post(`/api/tasks/${id}/complete`, {
        result_summary: 'x',
        stdout: 'one\ntwo\nü',
        stderr: '',
      });
      const path = `/api/tasks/${id}/output`;
      const all = await client.get(`${path}?stream=stdout`);
      assert.equal(all.text, 'one\ntwo\nü');
      assert.match(String(all.headers['content-type']), /^text\/plain/);
      assert.deepEqual([all.headers['x-size'], all.headers['x-next-offset']], ['10', '10']);
      const rest = await client.get(`${path}?stream=stdout&attempt=1&offset=4`);
      assert.deepEqual([rest.text, rest.headers['x-next-offset']], ['two\nü', '10']);
      assert.equal((await client.get(`${path}?stream=stderr`)).text, '');
      refused(await client.get(`${path}?stream=both`), 'invalid_filter');
      refused(await client.get(`${path}?offset=-1`), 'invalid_filter');
      const long = await lane.add();
      await owner.queue.claimTask(long.id);
      const text = 'line of output\n'.repeat(10_000);
      await client.post(`/api/tasks/${long.id}/complete`, { result_summary: 'x', stdout: text });
      const cut = await client.get(`/api/tasks/${long.id}/output`);
      assert.equal(cut.headers['x-size'], String(text.length));
      const [from = 0, to = 0] = String(cut.headers['x-dropped']).split('-').map(Number);
      assert.ok(from > 0 && to > from && to < text.length, String(cut.headers['x-dropped']));
      const end = await client.get(`/api/tasks/${long.id}/output?offset=${to}`);
      assert.deepEqual([end.text, end.headers['x-next-offset']], [text.slice(to), String(text.length)]);
    },
  },
  {
    name: 'scripts over HTTP',
    rows: [
      'GET /api/scripts',
      'GET /api/scripts/index',
      'decided.script-shapes',
      'decided.search-none',
      'scripts.index',
    ],
    async run(client) {
      const index = await client.get('/api/scripts/index');
      assert.ok(Array.isArray(index.json));
      assert.deepEqual(
        index.json.map((script: { path: string }) => script.path),
        ['scripts/deploy.sh', 'scripts/plain.js', 'scripts/report.py'],
      );
      const [deploy, plain] = index.json;
      const { name, description, tags, timeout, task_class, inputs, outputs } = deploy;
      assert.deepEqual(
        { name, description, tags, timeout, task_class, inputs, outputs },
        {
          name: 'deploy',
          description: 'Ship the site',
          tags: ['release', 'web'],
          timeout: 120,
          task_class: 'LLM_HEAVY',
          inputs: null,
          outputs: null,
        },
      );
      assert.deepEqual([plain.name, plain.description, plain.tags], ['plain', null, []]);
      const whole = await client.get('/api/scripts');
      assert.deepEqual(whole.json, { scripts: index.json, problems: [] });
      const found = async (query: string) =>
        (await client.get(`/api/scripts/search?${query}`)).json.scripts.map(
          (script: { name: string }) => script.name,
        );
      assert.deepEqual(await found('q=DEPLOY'), ['deploy']);
      assert.deepEqual(await found('q=ship'), ['deploy']);
      assert.deepEqual(await found('q=python'), ['Report']);
      assert.deepEqual(await found('q=none'), []);
      assert.deepEqual(await found('q=&tag=web'), ['deploy']);
      assert.deepEqual(await found('q=report&tag=web'), []);
    },
  },
  {
    name: 'the queue tells of itself, and reads its configuration again',
    rows: [
      'GET /stats',
      'GET /api/tools',
      'POST /api/reload',
      'decided.reload',
      'config.file',
      'model.project',
    ],
    async run(client, owner) {
      const stats = await client.get('/stats');
      assert.deepEqual(Object.keys(stats.json).sort(), [
        'queued_tasks',
        'running_tasks',
        'sessions',
        'streams',
      ]);
      const status = await client.get('/api/status');
      assert.equal(status.status, 200);
      assert.deepEqual([status.json.url, status.json.pid], [owner.url, process.pid]);
      const config = await client.get('/api/config');
      assert.equal(config.json.config.task_classes.NIGHTLY.timeout, 4000);
      assert.equal((await owner.queue.project()).name, 'conformance');
      const names = async () =>
        (await client.get('/api/tools')).json.tools.map((tool: { name: string }) => tool.name) as string[];
      const more = `${configText}database:\n  path: x.db\n  mode: wal\npurge:\n  older_than_days: 5\n`;
      await owner.writeConfig(
        more.replace('  nightly:', '  later:\n    task_class: FAST_SCRIPT\n  nightly:'),
      );
      const reloaded = await client.post('/api/reload');
      assert.equal(reloaded.status, 200);
      assert.ok((await names()).includes('later'));
      assert.equal((await client.get('/api/config')).json.config.purge.older_than_days, 5);
      const notices = (await client.get('/api/config')).json.problems.join('\n');
      assert.match(notices, /database/);
      await owner.writeConfig('tools: [');
      await client.post('/api/reload');
      assert.ok((await names()).includes('later'), 'the last good one stays in force');
      assert.match((await client.get('/api/config')).json.problems.join('\n'), /sparkq\.yml:1:\d+/);
      await owner.writeConfig(configText);
      await client.post('/api/reload');
      assert.ok(!(await names()).includes('later'));
    },
  },
  {
    name: 'the API describes itself, and a browser gets in by a ticket',
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
  {
    name: 'a task of a tool without a command holds its lane, unless the stream skips it',
    rows: ['words.outside-tool'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const [outside, own] = [
        await lane.add({ tool_name: 'llm-haiku' }),
        await lane.add({ tool_name: 'run-bash' }),
      ];
      const { waiting } = (await client.get(`/api/tasks/${outside.id}`)).json.task;
      assert.match(waiting, /outside worker/);
      const path = `/api/streams/${lane.name}`;
      assert.equal((await client.post(`${path}/claim`, { tools: ['run-bash'] })).status, 204);
      await client.put(path, { skip_unrunnable: true });
      assert.equal((await client.post(`${path}/claim`, { tools: ['run-bash'] })).json.task.id, own.id);
    },
  },
  {
    name: 'the automatic purge takes what was looked at after days, the rest after 30',
    rows: ['decided.purge-automatic'],
    async run(_client, owner) {
      const { queue, clock } = owner;
      const lane = await newLane({ behind: queue });
      const [looked, unlooked] = [await lane.add(), await lane.add()];
      for (const { id } of [looked, unlooked]) {
        await queue.claimTask(id);
        await queue.complete(id, { result_summary: 'x' });
      }
      await queue.reviewTask(looked.id, { accepted: true });
      const day = 24 * 3600 * 1000;
      /** Days pass, and the queue does what it does each day. */
      const pass = async (days: number) => {
        for (let i = 0; i < days; i += 1) {
          clock.advance(day);
          await queue.listTasks();
        }
      };
      const isThere = async (id: string) => (await queue.listTasks({ stream: lane.name, q: id })).total === 1;
      await pass(2);
      assert.ok(await isThere(looked.id));
      await pass(3);
      assert.ok(!(await isThere(looked.id)));
      assert.ok(await isThere(unlooked.id));
      await pass(28);
      assert.ok(!(await isThere(unlooked.id)));
    },
  },
];

/** Resolves when the request has left: the server has begun with it by the time it answers the next one. */
async function begun(request: http.ClientRequest): Promise<void> {
  if (!request.writableFinished) await once(request, 'finish');
  const socket = request.socket ?? ((await once(request, 'socket')) as [net.Socket])[0];
  if (socket.connecting) await once(socket, 'connect');
}

function closed(request: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => void request.once('close', resolve));
}

interface Heard {
  id: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: cases look into events of any shape
  data: any;
}

/** Reads server-sent events. */
class Listener {
  text = '';
  private taken = 0;

  private constructor(
    private readonly request: http.ClientRequest,
    private readonly response: http.IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
    });
    response.on('error', () => undefined);
  }

  static async open(client: HttpClient, after?: string): Promise<Listener> {
    const request = client.begin('GET', '/api/events', { headers: { 'last-event-id': after } });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers['content-type']), /^text\/event-stream/);
    return new Listener(request, response);
  }

  /** The next events, as soon as there are so many. */
  async take(count: number): Promise<Heard[]> {
    for (;;) {
      const heard = this.heard();
      if (heard.length >= this.taken + count) {
        this.taken += count;
        return heard.slice(this.taken - count, this.taken);
      }
      await once(this.response, 'data');
    }
  }

  close(): void {
    this.request.destroy();
  }

  private heard(): Heard[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks
      .map((block) => block.split('\n').filter((line) => !line.startsWith(':')))
      .filter((lines) => lines.length > 0)
      .map((lines) => {
        const fields = new Map(lines.map((line) => splitAt(line, line.indexOf(':'))));
        const type = fields.get('event') ?? 'message';
        return { id: fields.get('id') ?? '', type, data: JSON.parse(fields.get('data') ?? 'null') };
      });
  }
}

function splitAt(line: string, at: number): [string, string] {
  return [line.slice(0, at), line.slice(at + 1).trimStart()];
}
