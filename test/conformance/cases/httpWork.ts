/** Claims and reports over HTTP, and what the end of a connection means. */

import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type http from 'node:http';
import type net from 'node:net';
import { newLane, newName } from '../door';
import type { Request } from '../httpClient';
import { refusalOf } from '../httpDoor';
import { type HttpCase, refused } from './httpCase';

export const httpWorkCases: readonly HttpCase[] = [
  {
    name: 'runs are listed by time range',
    rows: ['GET /api/runs'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const since = new Date(owner.clock.now()).toISOString();
      const [done, live] = [await lane.add({ label: 'done' }), await lane.add({ label: 'live' })];
      for (const { id } of [done, live]) await client.post(`/api/tasks/${id}/claim`);
      await client.post(`/api/tasks/${done.id}/complete`, { result_summary: 'ok', exit_code: 0 });
      const { runs, more } = (await client.get(`/api/runs?since=${since}`)).json;
      assert.equal(more, false);
      const own = runs.filter((run: { stream_id: string }) => run.stream_id === lane.stream.id);
      assert.deepEqual(
        own.map((run: { name: string; outcome: string | null }) => [run.name, run.outcome]),
        [
          ['live', null],
          ['done', 'succeeded'],
        ],
      );
      assert.deepEqual(Object.keys(own[0]).sort(), [
        'exit_code',
        'finished_at',
        'name',
        'number',
        'outcome',
        'queued_at',
        'script_path',
        'stand_in',
        'started_at',
        'stream_id',
        'task_id',
        'tool_name',
        'usage',
      ]);
      assert.equal((await client.get(`/api/runs?since=${since}&limit=1`)).json.runs.length, 1);
      assert.deepEqual((await client.get(`/api/runs?since=${since}&until=${since}`)).json.runs, []);
      refused(await client.get('/api/runs'), 'invalid_filter', /since/);
      refused(await client.get('/api/runs?since=yesterday'), 'invalid_filter', /since/);
      refused(await client.get(`/api/runs?since=${since}&limit=0`), 'invalid_filter', /limit/);
      refused(await client.post('/api/runs'), 'method_not_allowed');
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
          'approved',
          'deadline',
          'lease',
          'lease_until',
          'needs',
          'resume',
          'stand_in',
          'stream',
          'task',
          'worktree',
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
    name: 'the answer to a report has the message sent, later answers the one stored',
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
    name: 'a heartbeat reports who took over, and that a task was purged',
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
    name: 'a heartbeat and a release need the lease, and a release undoes the claim',
    rows: ['POST /api/tasks/{id}/heartbeat', 'POST /api/tasks/{id}/release', 'decided.missing-field'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const [first] = [await lane.add(), await lane.add()];
      const path = `/api/tasks/${first.id}`;
      const { lease } = (await client.post(`${path}/claim`, { worker_id: 'me' })).json;
      for (const verb of ['heartbeat', 'release']) {
        refused(await client.post(`${path}/${verb}`, {}), 'missing_field', /Missing field lease/);
        refused(await client.post(`${path}/${verb}`, { lease: 'x' }), 'lease_superseded', /since/);
      }
      const released = await client.post(`${path}/release`, { lease });
      const { status, attempts, worker_id, started_at, error } = released.json.task;
      assert.deepEqual(
        [released.status, status, attempts, worker_id, started_at, error],
        [200, 'queued', 0, null, null, null],
      );
      assert.deepEqual((await client.get(`${path}/attempts`)).json.attempts, []);
      refused(await client.post(`${path}/complete`, { result_summary: 'x', lease }), 'lease_superseded');
      const next = await client.post(`/api/streams/${lane.name}/claim`);
      assert.deepEqual([next.json.task.id, next.json.task.attempts], [first.id, 1]);
    },
  },
  {
    name: 'a repeated claim returns its own lease as long as that is live',
    rows: ['claim.request-id'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      const claim = { claim_request_id: newName('request') };
      const path = `/api/streams/${lane.name}/claim`;
      const first = await client.post(path, claim);
      const again = await client.post(path, claim);
      assert.deepEqual([again.status, again.json.lease], [200, first.json.lease]);
      await client.post(`/api/tasks/${id}/complete`, { result_summary: 'x', lease: first.json.lease });
      await lane.add();
      refused(await client.post(path, claim), 'lease_superseded', new RegExp(id));
    },
  },
  {
    name: 'a mutation repeated with its key happens once',
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
      await twice('POST', `/api/tasks/${copy}/undelete`);
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
    name: 'a repeated mutation answers with the row as it stands now, and with the id alone once it is gone',
    rows: ['http.idempotency', 'claim.request-id'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const { id } = await lane.add();
      const keyed = (path: string, body: object, key: string) =>
        client.send('POST', `/api/tasks/${id}/${path}`, { body, headers: { 'idempotency-key': key } });
      const [claimKey, doneKey] = [newName('key'), newName('key')];
      const { lease } = (await keyed('claim', {}, claimKey)).json;
      const report = { result_summary: 'x', lease };
      assert.equal((await keyed('complete', report, doneKey)).json.task.accepted, null);
      const now = (await client.post(`/api/tasks/${id}/review`, { accepted: true })).json;
      const again = await keyed('complete', report, doneKey);
      assert.deepEqual([again.status, again.json], [200, now]);
      refused(await keyed('claim', {}, claimKey), 'lease_superseded');
      owner.clock.advance(1000);
      assert.ok((await client.post('/api/purge', { older_than_days: 0 })).json.tasks.includes(id));
      const gone = await keyed('complete', report, doneKey);
      assert.deepEqual([gone.status, gone.json], [200, { task: { id } }]);
      refused(await keyed('claim', {}, claimKey), 'lease_superseded');

      const failing = await lane.add();
      const fail = () =>
        client.send('POST', `/api/tasks/${failing.id}/fail`, {
          body: { error_message: 'no' },
          headers: { 'idempotency-key': doneKey.replace('key', 'fail') },
        });
      await client.post(`/api/tasks/${failing.id}/claim`);
      assert.equal((await fail()).json.task.error_message, 'no');
      owner.clock.advance(1000);
      await client.post('/api/purge', { older_than_days: 0 });
      assert.deepEqual((await fail()).json, { task: { id: failing.id } });
    },
  },
  {
    name: 'a claim whose connection closed is released, unless it can be repeated',
    rows: ['claim.closed', 'claim.request-id', 'claim.wait'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const path = `/api/streams/${lane.name}/claim`;
      // Whoever hangs up while waiting gets nothing: the next one in line does.
      const answering = answerOfNext(path);
      const gone = client.begin('POST', path, { body: { wait: 60 } });
      gone.on('error', () => undefined);
      const answer = await answering;
      await begun(gone);
      const waiting = client.post(path, { wait: 60 });
      // Before the server sees that, an answer counts as delivered with the last byte that it has written.
      const seen = once(answer, 'close');
      gone.destroy();
      await seen;
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
    name: 'output is read by byte offsets of the original',
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
      refused(await client.get(`${path}?attempt=2`), 'not_found', /Attempt not found: 2/);
      refused(await client.get('/api/tasks/tsk_000000000000/output'), 'not_found');
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
];

/** The server's side of the next request to this path, which this process serves. */
function answerOfNext(path: string): Promise<http.ServerResponse> {
  const started = 'http.server.request.start';
  return new Promise((resolve) => {
    const hear = (message: unknown): void => {
      const { request, response } = message as {
        request: http.IncomingMessage;
        response: http.ServerResponse;
      };
      if (request.url !== path) return;
      diagnostics.unsubscribe(started, hear);
      resolve(response);
    };
    diagnostics.subscribe(started, hear);
  });
}

/** Resolves when the request has left: the server has begun with it by the time it answers the next one. */
async function begun(request: http.ClientRequest): Promise<void> {
  if (!request.writableFinished) await once(request, 'finish');
  const socket = request.socket ?? ((await once(request, 'socket')) as [net.Socket])[0];
  if (socket.connecting) await once(socket, 'connect');
}

function closed(request: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => void request.once('close', resolve));
}
