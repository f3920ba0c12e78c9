/** Sessions, streams and tasks as HTTP takes and answers them. */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Answer } from '../../support/httpAnswer';
import { newLane, newName } from '../door';
import { refusalOf } from '../httpDoor';
import { configText } from '../owner';
import { type HttpCase, refused } from './httpCase';

/** Milliseconds. */
const day = 24 * 3600 * 1000;

export const httpRowsCases: readonly HttpCase[] = [
  {
    name: 'times over HTTP',
    rows: ['decided.times'],
    async run(client, { queue, clock }) {
      const lane = await newLane({ behind: queue });
      const add = (not_before: unknown) =>
        client.post('/api/tasks', { stream_id: lane.stream.id, tool_name: 'llm-haiku', not_before });
      const at = (instant: string) => Date.parse(instant);
      for (const [text, instant] of [
        ['2031-01-31T10:00:00+01:00', at('2031-01-31T09:00:00Z')],
        ['2031-01-31t24:00z', at('2031-02-01T00:00:00Z')],
        ['90s', clock.now() + 90_000],
        ['10m', clock.now() + 600_000],
        ['1w', clock.now() + 7 * day],
      ] as const) {
        assert.equal(at((await add(text)).json.task.not_before), instant, text);
      }
      const odd = ['tomorrow 9', 'Jan 5', '-1', '30', '3pm', '2031-02-30T09:00:00Z', '2031-W05-6', ''];
      const zoneless = ['2031-01-31', '2031-01-31T09:00:00'];
      const { id } = await lane.add();
      await queue.claimTask(id);
      for (const text of [...odd, ...zoneless]) {
        refused(await add(text), 'invalid_field', /not_before.*2026-01-31T09:00:00Z/);
        const late = await client.post(`/api/tasks/${id}/fail`, { error_message: 'x', retry_after: text });
        refused(late, 'invalid_field', /retry_after.*2026-01-31T09:00:00Z/);
        refused(await client.get(`/api/runs?since=${encodeURIComponent(text)}`), 'invalid_filter');
      }
      refused(await add(30), 'invalid_field', /not_before/);
      const rest = await client.post(`/api/tasks/${id}/fail`, { error_message: 'x', retry_after: '10m' });
      assert.equal(at(rest.json.task.not_before), clock.now() + 600_000);
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
    name: 'payloads over HTTP, digit for digit, and their limits',
    rows: ['payload.exact', 'payload.limits', 'decided.search-values'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const object = '{"id": 1970670598291982290, "v": [1.10, 1e400, -0], "2": "b", "1": "a"}';
      const post = (...members: string[]) =>
        client.post('/api/tasks', undefined, {
          raw: `{"stream_id":"${lane.name}","tool_name":"x",\n${members.join(',\n')}}`,
        });
      const exact = async (answer: Promise<Answer>, payload: string) => {
        const { text, json } = await answer;
        const task = json.task ?? json.tasks[0];
        assert.equal(task.payload, payload);
        assert.ok(text.includes(`"payload_json":${payload.replaceAll('\n', ' ')}`), text);
        return task.id as string;
      };
      const id = await exact(post(`"payload": ${object}`), object);
      await exact(post(`"payload": ${JSON.stringify(object)}`), object);
      await exact(post('"payload": {\n"a":\n1.0}'), '{\n"a":\n1.0}');
      const metadata = `{"prompt_path":"p.md","metadata":${object}}`;
      await exact(post('"prompt_path": "p.md"', `"metadata": ${object}`), metadata);
      await exact(post('"prompt": "p"', `"metadata": ${object}`), `{"metadata":${object},"prompt":"p"}`);
      await exact(client.get(`/api/tasks/${id}`), object);
      await exact(
        client.get(`/api/tasks?stream=${lane.name}&q=1970670598291982290&limit=1`),
        `{"metadata":${object},"prompt":"p"}`,
      );
      await exact(client.put(`/api/tasks/${id}`, undefined, { raw: `{"payload": ${object}}` }), object);
      const prompted = object.replace(/\}$/, ',"prompt":"n"}');
      await exact(client.put(`/api/tasks/${id}`, { prompt: 'n' }), prompted);
      await exact(client.post(`/api/tasks/${id}/claim`), prompted);
      await client.post(`/api/tasks/${id}/complete`, { result_summary: 'done' });
      await exact(client.post(`/api/tasks/${id}/requeue`), prompted);

      const nested = `{"a":${'['.repeat(300)}${']'.repeat(300)}}`;
      for (const payload of [nested, JSON.stringify(nested)]) {
        refused(
          await post(`"payload": ${payload}`),
          'invalid_field',
          /^Invalid payload: nested more than 200 levels deep$/,
        );
      }
      for (const levels of [199, 200]) {
        const whole = `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
        const statuses = [
          (await post(`"payload": ${whole}`)).status,
          (await post(`"payload": ${JSON.stringify(whole)}`)).status,
        ];
        assert.deepEqual(statuses, levels === 199 ? [200, 200] : [400, 400]);
      }
      const large = JSON.stringify({ prompt: 'x'.repeat(4 * 1024 * 1024) });
      for (const payload of [large, JSON.stringify(large)]) {
        refused(await post(`"payload": ${payload}`), 'too_large', /^Payload is larger than 4 MB$/);
      }
      const search = await client.get(`/api/tasks?q=${'x'.repeat(60 * 1024)}`);
      refused(search, 'invalid_filter', /61440 characters; at most 1000/);
      refused(await client.get(`/api/tasks?q=${'x'.repeat(300 * 1024)}`), 'too_large', /larger than 256 KB/);
    },
  },
  {
    name: 'several tasks over HTTP, all or none',
    rows: ['POST /api/tasks/bulk', 'payload.exact', 'payload.limits', 'http.idempotency'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const headers = { 'idempotency-key': newName('key') };
      const post = (tasks: string) =>
        client.post('/api/tasks/bulk', undefined, {
          raw: `{"stream_id": "${lane.name}", "tasks": [${tasks}]}`,
          headers,
        });
      const payload = '{"id": 1970670598291982290, "v": [1.10, 1e400, -0]}';
      const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
      for (const refusal of [
        [
          `{"tool_name": "x"}, {"tool_name": "x", "payload": ${nested(200)}}`,
          'invalid_field',
          /^Invalid payload: nested/,
        ],
        ['{"tool_name": "x"}, {"label": "x"}', 'missing_field', /^Missing field tasks\.1\.tool_name$/],
        [
          '{"tool_name": "x"}, {"tool_name": "x", "after": ["y"]}',
          'not_found',
          /^Task not found: y \(task 2/,
        ],
        [Array(101).fill('{"tool_name": "x"}').join(), 'invalid_field', /^Invalid number of tasks: 101$/],
      ] as const) {
        refused(await post(refusal[0]), refusal[1], refusal[2]);
      }
      assert.equal((await client.get(`/api/tasks?stream=${lane.name}`)).json.total, 0);
      const tasks = [
        `{"tool_name": "x", "key": "a", "payload": ${payload}}`,
        `{"tool_name": "x", "prompt": "p", "after": ["a"], "payload": ${JSON.stringify(payload)}}`,
        `{"tool_name": "x", "prompt_path": "p.md", "metadata": ${payload}}`,
        `{"tool_name": "x", "payload": ${nested(199)}}`,
      ].join();
      const first = await post(tasks);
      assert.deepEqual([first.status, Object.keys(first.json)], [200, ['tasks', 'batch_id']]);
      const [exact, prompted, read] = first.json.tasks;
      assert.equal(exact.payload, payload);
      assert.ok(first.text.includes(`"payload_json":${payload}`), first.text);
      assert.equal(prompted.payload, payload.replace(/\}$/, ',"prompt":"p"}'));
      assert.deepEqual(prompted.after, [exact.id]);
      assert.equal(read.payload, `{"prompt_path":"p.md","metadata":${payload}}`);
      const again = await post(tasks);
      assert.deepEqual([again.status, again.json], [200, { ...first.json, duplicate: true }]);
      assert.equal((await client.get(`/api/tasks?stream=${lane.name}`)).json.total, 4);
    },
  },
  {
    name: 'batches over HTTP',
    rows: [
      'GET /api/batches',
      'GET /api/batches/{id}',
      'POST /api/batches/{id}/cancel',
      'POST /api/batches/{id}/retry',
      'life.batch',
    ],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const add = (body: object) =>
        client.post('/api/tasks/bulk', { stream_id: lane.name, tasks: [{ tool_name: 'x' }], ...body });
      const tasks = Array.from({ length: 4 }, () => ({ tool_name: 'x' }));
      const made = await add({ tasks, label: '拟合', parallelism: 2, stop_after: 2 });
      assert.equal(made.status, 200);
      const id = made.json.batch_id;
      assert.match(id, /^bat_[0-9a-f]{12}$/);
      assert.ok(made.json.tasks.every((task: { batch_id: string }) => task.batch_id === id));
      refused(await add({ batch: id, parallelism: 3 }), 'invalid_field', /^Invalid parallelism: 3$/);
      refused(await add({ parallelism: 0 }), 'invalid_field', /^Invalid parallelism/);
      refused(await add({ batch: 'bat_000000000000' }), 'not_found', /^Batch not found/);
      assert.equal((await add({ batch: id })).json.batch_id, id);
      const then = await client.post('/api/tasks', {
        stream_id: lane.name,
        tool_name: 'x',
        after_batch: id,
        after_policy: 'hold',
      });
      assert.deepEqual(then.json.task.waiting_reason, { code: 'after_batch', values: { batch: id } });
      const claim = () => client.post(`/api/streams/${lane.name}/claim`, {});
      const running = [(await claim()).json.task, (await claim()).json.task];
      assert.equal((await claim()).status, 204);
      for (const task of running) await client.post(`/api/tasks/${task.id}/fail`, { error_message: 'no' });
      assert.equal((await claim()).status, 204);
      const path = `/api/batches/${id}`;
      const { batch } = (await client.get(path)).json;
      assert.deepEqual(
        { ...batch, created_at: '', stopped_at: typeof batch.stopped_at },
        {
          id,
          stream_id: lane.stream.id,
          label: '拟合',
          created_at: '',
          parallelism: 2,
          stop_after: 2,
          stopped_at: 'string',
          counts: { queued: 3, running: 0, succeeded: 0, failed: 2, cancelled: 0 },
        },
      );
      const listed = await client.get(`/api/batches?stream=${lane.name}&open=true&limit=1`);
      assert.deepEqual(listed.json, { batches: [batch], total: 1, limit: 1, offset: 0 });
      assert.equal((await client.get(`/api/tasks?batch_id=${id}`)).json.total, 5);
      const retried = (await client.post(`${path}/retry`)).json.batch;
      assert.deepEqual([retried.stopped_at, retried.counts.queued, retried.counts.failed], [null, 5, 0]);
      assert.equal((await claim()).json.task.batch_id, id);
      const cancelled = (await client.post(`${path}/cancel`)).json.batch;
      assert.deepEqual(cancelled.counts, { queued: 0, running: 1, succeeded: 0, failed: 0, cancelled: 4 });
      assert.equal((await client.get(`/api/tasks/${then.json.task.id}`)).json.task.failure_kind, 'cancelled');
      refused(await client.post(`${path}/retry`), 'wrong_state', /has failed$/);
      refused(await client.get('/api/batches/bat_000000000000'), 'not_found', /^Batch not found/);
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
      for (const dirty of [true, false, null]) {
        const git = { commit: 'abc', branch: null, dirty };
        assert.deepEqual((await add({ git })).json.task.git, git);
      }
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
    name: 'scripts over HTTP',
    rows: [
      'GET /api/scripts',
      'GET /api/scripts/index',
      'decided.script-shapes',
      'decided.search-none',
      'scripts.index',
    ],
    async run(client, owner) {
      const index = await client.get('/api/scripts/index');
      assert.ok(Array.isArray(index.json));
      assert.deepEqual(
        index.json.map((script: { path: string }) => script.path),
        ['scripts/deploy.sh', 'scripts/plain.js', 'scripts/report.py'],
      );
      const [deploy, plain] = index.json;
      const { name, description, tags, timeout, kill_after, task_class, inputs, outputs } = deploy;
      assert.deepEqual(
        { name, description, tags, timeout, kill_after, task_class, inputs, outputs },
        {
          name: 'deploy',
          description: 'Ship the site',
          tags: ['release', 'web'],
          timeout: 120,
          kill_after: 130,
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
      const file = path.join(owner.workspace, 'scripts/new one.sh');
      await fs.writeFile(file, '# name: Just written\n');
      assert.deepEqual(await found('q=just'), ['Just written']);
      await fs.rm(file);
      assert.equal((await client.get('/api/scripts/index')).json.length, 3);
      assert.equal((await client.get('/api/scripts')).json.scripts.length, 3);
    },
  },
  {
    name: 'the queue reports its state, and reloads its configuration',
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
      const later = more.replace('  nightly:', '  later:\n    timeout: 0\n  nightly:');
      await owner.writeConfig(later.replace('older_than_days: 5', 'older_than_days: many'));
      const warned = (await client.post('/api/reload')).json.problems.join('\n');
      assert.match(warned, /tools\.later\.timeout must be .* It is ignored\./);
      assert.match(warned, /purge\.older_than_days must be .* The last valid value stays in effect\./);
      const kept = (await client.get('/api/config')).json;
      assert.equal(kept.config.purge.older_than_days, 5);
      assert.deepEqual(
        kept.diagnostics.flatMap(({ code }: { code: string }) => (code === 'value' ? [code] : [])),
        ['value', 'value'],
      );
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
    name: 'a task of a tool without a command holds its lane, unless the stream skips it',
    rows: ['words.outside-tool'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const [outside, own] = [
        await lane.add({ tool_name: 'llm-haiku' }),
        await lane.add({ tool_name: 'run-bash' }),
      ];
      const { waiting, waiting_reason: reason } = (await client.get(`/api/tasks/${outside.id}`)).json.task;
      assert.match(waiting, /\S/);
      assert.deepEqual(reason, { code: 'outside_worker', values: { tool: 'llm-haiku' } });
      const path = `/api/streams/${lane.name}`;
      assert.equal((await client.post(`${path}/claim`, { tools: ['run-bash'] })).status, 204);
      await client.put(path, { skip_unrunnable: true });
      assert.equal((await client.post(`${path}/claim`, { tools: ['run-bash'] })).json.task.id, own.id);
    },
  },
  {
    name: 'the automatic purge takes reviewed tasks after 3 days, and others after 30, announced a day before',
    rows: ['decided.purge-automatic'],
    async run(client, owner) {
      const { queue, clock } = owner;
      const lane = await newLane({ behind: queue });
      const [reviewed, unreviewed] = [await lane.add(), await lane.add()];
      for (const { id } of [reviewed, unreviewed]) {
        await queue.claimTask(id);
        await queue.complete(id, { result_summary: 'x' });
      }
      await queue.reviewTask(reviewed.id, { accepted: true });
      const isThere = async (id: string) => (await queue.listTasks({ stream: lane.name, q: id })).total === 1;
      /** A day passes; the queue does what is to be done, and waits for the next. */
      const nextDay = async () => {
        await clock.timerSet(day);
        clock.advance(day);
        await clock.timerSet(day);
      };
      let days = 0;
      for (; days < 10 && (await isThere(reviewed.id)); days += 1) await nextDay();
      assert.ok(days >= 3 && days < 10, `${days} days`);
      for (; days < 40 && (await client.get('/api/status')).json.unreviewed_purge === null; days += 1) {
        assert.ok(await isThere(unreviewed.id));
        await nextDay();
      }
      assert.ok(days >= 29 && days < 40, `${days} days`);
      assert.ok(await isThere(unreviewed.id));
      await nextDay();
      assert.ok(!(await isThere(unreviewed.id)));
      assert.equal((await client.get('/api/status')).json.unreviewed_purge, null);
    },
  },
];
