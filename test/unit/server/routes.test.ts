import assert from 'node:assert/strict';
import { QueueError } from '../../../src/core/errors';
import type { Page, QueueStatus } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { ask, type Call, closeServers, fakeQueue, notedLog, serve } from './support';

const emptyPage = async (filter: { limit?: number; offset?: number } = {}): Promise<Page<never>> => ({
  items: [],
  total: 0,
  limit: filter.limit ?? 0,
  offset: filter.offset ?? 0,
});

/** Operations that return what they were given, so that one test checks both directions. */
const row = (given: object) => given as never;
const echoing: Partial<Queue> = {
  listSessions: emptyPage,
  listStreams: emptyPage,
  listTasks: emptyPage,
  createSession: async (input) => row({ id: 'ses_1', ...input }),
  createStream: async (input) => row({ id: 'str_1', ...input }),
  endSession: async (id) => row({ id }),
  endStream: async (id) => row({ id }),
  updateSession: async (id, patch) => row({ id, ...patch }),
  updateStream: async (id, patch) => row({ id, ...patch }),
  enqueue: async (input) => ({ task: row({ ...input }), duplicate: input.idempotency_key === 'known' }),
  getTask: async (id) => {
    throw new QueueError('not_found', `Task not found: ${id}`, 'List available: sparkq tasks');
  },
  editTask: async (id, patch) => row({ id, ...patch }),
  moveTask: async (id, move) => row({ id, ...move }),
  deleteTask: async () => {},
  requeue: async (id, input) => row({ id, ...input }),
  complete: async (id, completion) => row({ id, ...completion }),
  fail: async (id) => row({ id, status: 'failed', error: 'E: it', error_message: 'E: it' }),
  heartbeat: async () => ({ lease_until: 'l', deadline: 'd', cancel_requested: false }),
  purge: async (request) => ({
    purged: 0,
    kept_unreviewed: 0,
    dry_run: request?.dry_run === true,
    tasks: [],
  }),
  readOutput: async () => ({ text: 'é!', size: 10, next_offset: 7, dropped: { from: 2, to: 4 } }),
  peek: async () => null,
};

function lastOf(calls: Call[]): unknown[] {
  return calls.at(-1)?.args ?? [];
}

describe('the routes of the HTTP server', () => {
  afterEach(closeServers);

  it('answer with the status codes that client programs rely on', async () => {
    const { queue } = fakeQueue(echoing);
    const server = await serve(queue);
    const table: [string, string, unknown, number][] = [
      ['POST', '/api/sessions', { name: 'a' }, 200],
      ['POST', '/api/streams', { session_id: 's', name: 'a' }, 201],
      ['POST', '/api/tasks', { stream_id: 's', tool_name: 't' }, 200],
      ['PUT', '/api/sessions/x/end', undefined, 200],
      ['POST', '/api/sessions/x/end', undefined, 405],
      ['PUT', '/api/streams/x/end', undefined, 200],
      ['GET', '/api/streams/x/peek', undefined, 204],
      ['DELETE', '/api/tasks/x', undefined, 200],
      ['GET', '/api/tasks/x', undefined, 404],
      ['GET', '/api/nothing', undefined, 404],
      ['PATCH', '/api/tasks', undefined, 405],
      ['GET', '/api/tasks/', undefined, 404],
    ];
    for (const [method, path, body, status] of table) {
      const answer = await ask(server, method, path, { body });
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      if (status >= 400) {
        assert.match(answer.json.error, /^Error: ./);
        assert.equal(answer.json.status, status);
        assert.ok(answer.json.code);
        assert.ok(answer.json.hint);
      }
    }
  });

  it('name the allowed methods where the method is wrong', async () => {
    const server = await serve(fakeQueue({}).queue);
    const answer = await ask(server, 'PATCH', '/api/tasks/tsk_1');
    assert.equal(answer.json.code, 'method_not_allowed');
    assert.equal(answer.headers.allow, 'GET, PUT, DELETE');
    const named = await ask(server, 'DELETE', '/api/tasks/bulk');
    assert.deepEqual([named.status, named.headers.allow], [405, 'POST']);
  });

  it('end sessions, streams and tasks with a message', async () => {
    const server = await serve(fakeQueue(echoing).queue);
    const session = await ask(server, 'PUT', '/api/sessions/x/end');
    assert.deepEqual(session.json, { message: 'Session ended', session: { id: 'x' } });
    const stream = await ask(server, 'PUT', '/api/streams/a%20b/end', { body: {} });
    assert.deepEqual(stream.json, { message: 'Stream ended', stream: { id: 'a b' } });
    assert.deepEqual((await ask(server, 'DELETE', '/api/tasks/x')).json, { message: 'Task deleted' });
  });

  it('list with total, limit and offset', async () => {
    const { queue, calls } = fakeQueue(echoing);
    const server = await serve(queue);
    for (const name of ['sessions', 'streams', 'tasks']) {
      const answer = await ask(server, 'GET', `/api/${name}?limit=5000&offset=2&status=`);
      assert.deepEqual(answer.json, { [name]: [], total: 0, limit: 1000, offset: 2 });
    }
    await ask(server, 'GET', '/api/tasks?stale=true&unreviewed=0&q=x&session_id=s&stream=api&order=position');
    assert.deepEqual(lastOf(calls), [
      {
        stale: true,
        unreviewed: false,
        q: 'x',
        session_id: 's',
        stream: 'api',
        order: 'position',
        limit: 100,
        offset: 0,
      },
    ]);
  });

  it('refuse an unknown filter value, and list the valid ones', async () => {
    const server = await serve(fakeQueue(echoing).queue);
    const status = await ask(server, 'GET', '/api/tasks?status=done');
    assert.equal(status.status, 400);
    assert.equal(status.json.code, 'invalid_filter');
    assert.equal(
      status.json.error,
      'Error: Invalid status filter: done. Valid options: failed, queued, running, succeeded',
    );
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=x',
      'offset=-1',
      'offset=1.5',
      'stale=maybe',
      'order=up',
    ]) {
      const answer = await ask(server, 'GET', `/api/tasks?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.json.code, 'invalid_filter');
    }
    assert.equal((await ask(server, 'GET', '/api/sessions?limit=0')).status, 200);
  });

  it('list nothing for an unknown stream_id, and refuse an unknown stream', async () => {
    const listTasks: Queue['listTasks'] = async () => {
      throw new QueueError('not_found', 'Stream not found: nope');
    };
    const server = await serve(fakeQueue({ listTasks }).queue);
    const byId = await ask(server, 'GET', '/api/tasks?stream_id=nope');
    assert.deepEqual(byId.json, { tasks: [], total: 0, limit: 100, offset: 0 });
    assert.equal((await ask(server, 'GET', '/api/tasks?stream=nope')).status, 404);
  });

  it('name a missing field, a missing body and a field of the wrong type', async () => {
    const { queue, calls } = fakeQueue(echoing);
    const server = await serve(queue);
    const table: [unknown, string, string][] = [
      [{}, 'Missing field stream_id', 'missing_field'],
      [{ stream_id: 's' }, 'Missing field tool_name', 'missing_field'],
      [undefined, 'Missing field body', 'missing_field'],
      [{ stream_id: 5, tool_name: 't' }, 'Invalid stream_id: ', 'invalid_field'],
      [
        { stream_id: 's', tool_name: 't', timeout: 0 },
        'Invalid timeout: 0. Must be greater than 0',
        'invalid_field',
      ],
      [
        { stream_id: 's', tool_name: 't', timeout: 1.5 },
        'Invalid timeout: 1.5. Must be a whole number',
        'invalid_field',
      ],
      [
        { stream_id: 's', tool_name: 't', after_policy: 'x' },
        'Invalid after_policy: x. Valid options: fail, hold, run',
        'invalid_field',
      ],
      [
        { stream_id: 's', tool_name: 't', payload: 7 },
        'Invalid payload: 7. Must be an object',
        'invalid_field',
      ],
      [
        { stream_id: 's', tool_name: 't', not_before: 'soon' },
        'Invalid not_before: soon. Must be an instant',
        'invalid_field',
      ],
      [[], 'Invalid body: not a JSON object', 'invalid_field'],
      ['text', 'Invalid body: not a JSON object', 'invalid_field'],
    ];
    for (const [body, message, code] of table) {
      const answer = await ask(server, 'POST', '/api/tasks', { body });
      assert.equal(answer.status, 400, message);
      assert.ok(answer.json.error.startsWith(`Error: ${message}`), answer.json.error);
      assert.equal(answer.json.code, code);
    }
    assert.deepEqual(calls, []);
  });

  it('ignore unknown fields and treat null like a field left out', async () => {
    const { queue, calls } = fakeQueue(echoing);
    const server = await serve(queue);
    await ask(server, 'POST', '/api/tasks', {
      body: { stream_id: 's', tool_name: 't', task_class: null, timeout: null, colour: 'red' },
    });
    assert.deepEqual(JSON.parse(JSON.stringify(lastOf(calls)[0])), {
      stream: 's',
      tool_name: 't',
      payload: '{"prompt_path":null,"metadata":null}',
      origin: { kind: 'person' },
    });
  });

  it('build the payload from a prompt path and metadata as the original API did', async () => {
    const { queue } = fakeQueue(echoing);
    const server = await serve(queue);
    const create = async (more: object) =>
      (await ask(server, 'POST', '/api/tasks', { body: { stream_id: 's', tool_name: 't', ...more } })).json
        .task;
    const { payload } = await create({ prompt_path: 'p.md', metadata: { a: 1 } });
    assert.equal(payload, '{"prompt_path":"p.md","metadata":{"a":1}}');
    assert.deepEqual((await create({ payload: '{"x":1}', metadata: { a: 1 } })).payload, '{"x":1}');
    const prompted = await create({ prompt: 'do it', metadata: { a: 1 } });
    assert.deepEqual([prompted.prompt, prompted.payload], ['do it', '{"metadata":{"a":1}}']);
  });

  it('report when an idempotency_key was known', async () => {
    const server = await serve(fakeQueue(echoing).queue);
    const body = { stream_id: 's', tool_name: 't', idempotency_key: 'known' };
    assert.equal((await ask(server, 'POST', '/api/tasks', { body })).json.duplicate, true);
    const fresh = await ask(server, 'POST', '/api/tasks', { body: { ...body, idempotency_key: 'new' } });
    assert.equal('duplicate' in fresh.json, false);
  });

  it('pass the Idempotency-Key to the queue, and refuse an invalid one', async () => {
    const { queue, calls } = fakeQueue(echoing);
    const server = await serve(queue);
    const headers = { 'idempotency-key': 'k-1' };
    await ask(server, 'POST', '/api/sessions', { body: { name: 'a' }, headers });
    assert.deepEqual(lastOf(calls)[1], { key: 'k-1' });
    await ask(server, 'POST', '/api/tasks/x/complete', { body: { result_summary: 'done' }, headers });
    assert.deepEqual((lastOf(calls)[1] as { key: string }).key, 'k-1');
    const bad = await ask(server, 'POST', '/api/sessions', {
      body: { name: 'a' },
      headers: { 'idempotency-key': 'x'.repeat(201) },
    });
    assert.equal(bad.status, 400);
  });

  it('refuse a change that changes nothing', async () => {
    const server = await serve(fakeQueue(echoing).queue);
    for (const path of ['/api/sessions/x', '/api/streams/x', '/api/tasks/x']) {
      const answer = await ask(server, 'PUT', path, { body: { other: 1 } });
      assert.equal(answer.status, 400, path);
      assert.equal(answer.json.code, 'missing_field');
    }
    const cleared = await ask(server, 'PUT', '/api/sessions/x', { body: { description: null } });
    assert.deepEqual(cleared.json.session, { id: 'x', description: null });
  });

  it('repeat the message of a failure as it was sent', async () => {
    const server = await serve(fakeQueue(echoing).queue);
    const body = { error_message: 'it', error_type: 'E' };
    const { task } = (await ask(server, 'POST', '/api/tasks/x/fail', { body })).json;
    assert.equal(task.error_message, 'it');
    assert.equal(task.error, 'E: it');
  });

  it('send output as text, with its position in the original in headers', async () => {
    const { queue, calls } = fakeQueue(echoing);
    const server = await serve(queue);
    const answer = await ask(server, 'GET', '/api/tasks/x/output?stream=stderr&attempt=2&offset=3&limit=4');
    assert.deepEqual(lastOf(calls), ['x', { stream: 'stderr', attempt: 2, offset: 3, limit: 4 }]);
    assert.equal(answer.text, 'é!');
    assert.equal(answer.headers['x-next-offset'], '7');
    assert.equal(answer.headers['x-size'], '10');
    assert.equal(answer.headers['x-dropped'], '2-4');
  });

  it('refuse bodies that are too large, of another type, or not JSON', async () => {
    const { queue, calls } = fakeQueue(echoing);
    const server = await serve(queue);
    const large = await ask(server, 'POST', '/api/sessions', { raw: Buffer.alloc(10 * 1024 * 1024 + 1, 32) });
    assert.deepEqual([large.status, large.json.code], [413, 'too_large']);
    const chunked = await ask(server, 'POST', '/api/sessions', {
      raw: Buffer.alloc(10 * 1024 * 1024 + 1, 32),
      headers: { 'transfer-encoding': 'chunked' },
    });
    assert.equal(chunked.status, 413);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      const answer = await ask(server, 'POST', '/api/sessions', {
        body: { name: 'a' },
        headers: { 'content-type': type },
      });
      assert.deepEqual([answer.status, answer.json.code], [415, 'unsupported_type'], type);
    }
    for (const raw of [
      '{',
      '{"name": "a",}',
      'nul',
      Buffer.from([0x22, 0xff, 0x22]),
      `${'['.repeat(1000)}`,
    ]) {
      const answer = await ask(server, 'POST', '/api/sessions', { raw });
      assert.deepEqual([answer.status, answer.json.code], [400, 'invalid_field'], String(raw));
    }
    assert.deepEqual(calls, []);
    const utf8 = await ask(server, 'POST', '/api/sessions', {
      body: { name: 'ä' },
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    assert.equal(utf8.json.session.name, 'ä');
  });

  it('log an unexpected error and reveal nothing about it', async () => {
    const log = notedLog();
    const project = async () => {
      throw new TypeError('secret detail');
    };
    const server = await serve(fakeQueue({ project }).queue, { log });
    const answer = await ask(server, 'GET', '/api/project');
    assert.equal(answer.status, 500);
    assert.deepEqual([answer.json.error, answer.json.code], ['Error: Internal server error', 'internal']);
    assert.equal(log.errors.length, 1);
    assert.deepEqual((await ask(server, 'GET', '/stats')).json, {
      sessions: 0,
      streams: 0,
      queued_tasks: 0,
      running_tasks: 0,
    });
  });

  it('send the details of an error', async () => {
    const heartbeat = async () => {
      throw new QueueError('lease_superseded', 'Task x is held by another claim', 'Stop', {
        worker_id: 'wrk_1',
      });
    };
    const server = await serve(fakeQueue({ heartbeat }).queue);
    const answer = await ask(server, 'POST', '/api/tasks/x/heartbeat', { body: { lease: 'l' } });
    assert.deepEqual(answer.json, {
      error: 'Error: Task x is held by another claim',
      status: 409,
      code: 'lease_superseded',
      hint: 'Stop',
      details: { worker_id: 'wrk_1' },
    });
  });

  it('list scripts as an object, and the index as a bare array', async () => {
    const scripts = {
      refresh: async () => {},
      list: () => [{ name: 'a' }, { name: 'b' }],
      everything: () => [{ name: 'a' }, { name: 'c', source: 'npm' }],
      search: (query: string, tag?: string) => [{ query, tag }],
      problems: () => ['p'],
    };
    const server = await serve(fakeQueue({}).queue, { scripts });
    assert.deepEqual((await ask(server, 'GET', '/api/scripts')).json, {
      scripts: [{ name: 'a' }, { name: 'c', source: 'npm' }],
      problems: ['p'],
    });
    assert.deepEqual((await ask(server, 'GET', '/api/scripts/index')).json, [{ name: 'a' }, { name: 'b' }]);
    assert.deepEqual((await ask(server, 'GET', '/api/scripts/search?q=x&tag=t')).json.scripts, [
      { query: 'x', tag: 't' },
    ]);
  });

  it('hand the queue over to a newer program or from a command to a server only, and stop only where that is allowed', async () => {
    const asked: unknown[] = [];
    const owner = fakeQueue({ status: async () => ({ role: 'watch' }) as QueueStatus }).queue;
    const server = await serve(owner, { onHandover: (successor) => asked.push(successor) });
    const equal = { version: '1.0.0', protocol: 1 };
    const editor = await ask(server, 'POST', '/api/handover', { body: { ...equal, role: 'editor' } });
    assert.deepEqual([editor.status, editor.json.code], [409, 'conflict']);
    const successor = { ...equal, role: 'serve' };
    assert.equal((await ask(server, 'POST', '/api/handover', { body: successor })).status, 200);
    assert.deepEqual(asked.splice(0), [successor]);
    const older = await ask(server, 'POST', '/api/handover', { body: { version: '0.9.0', protocol: 1 } });
    assert.deepEqual([older.status, older.json.code], [409, 'conflict']);
    const newer = await ask(server, 'POST', '/api/handover', { body: { version: '1.0.1', protocol: 1 } });
    assert.equal(newer.status, 200);
    assert.deepEqual(asked, [{ version: '1.0.1', protocol: 1 }]);
    assert.equal((await ask(server, 'POST', '/api/stop')).status, 409);
  });

  it('describe themselves as OpenAPI 3.1 and as a page', async () => {
    const server = await serve(fakeQueue({}).queue);
    const document = (await ask(server, 'GET', '/openapi.json')).json;
    assert.equal(document.openapi, '3.1.0');
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(described.sort(), [...server.routes].sort());
    const create = document.paths['/api/tasks'].post.requestBody.content['application/json'].schema;
    assert.deepEqual(create.required, ['stream_id', 'tool_name']);
    const answerOf = (path: string) =>
      document.paths[path].post.responses['200'].content['application/json'].schema.properties;
    const row = [{ $ref: '#/components/schemas/Task' }, { $ref: '#/components/schemas/GoneTask' }];
    assert.deepEqual(answerOf('/api/tasks').task.anyOf, row);
    assert.deepEqual(answerOf('/api/tasks/bulk').tasks.items.anyOf, row);
    assert.deepEqual(answerOf('/api/tasks/{id}/fail').task.anyOf, row);
    assert.deepEqual(document.components.schemas.GoneTask.required, ['id']);
    const page = await ask(server, 'GET', '/docs');
    assert.match(page.text, /\/api\/streams\/\{id\}\/claim/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
  });
});
