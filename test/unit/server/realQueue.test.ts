import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { RemoteQueue } from '../../../src/client/remote/remoteQueue';
import { fixedConfig } from '../../../src/core/config';
import type { QueueEvent } from '../../../src/core/events';
import { protocolVersion } from '../../../src/core/protocol';
import type { HttpServer } from '../../../src/server/httpServer';
import { LocalQueue } from '../../../src/store/localQueue';
import { temporaryFolder } from '../../support/folders';
import type { Answer } from '../../support/httpAnswer';
import { type Ask, ask, closeServers, notedLog, serve, token } from './support';

describe('a real queue over HTTP', () => {
  let storage: string;
  let queue: LocalQueue;
  let server: HttpServer;
  const log = notedLog();

  beforeEach(async () => {
    storage = mkdtempSync(path.join(os.tmpdir(), 'sparkq-http-'));
    queue = await LocalQueue.open({
      storage,
      programs: path.resolve('dist'),
      role: 'serve',
      workspace: null,
      config: fixedConfig(),
      log,
      version: '1.0.0',
    });
    server = await serve(queue, { log });
  });
  afterEach(async () => {
    await closeServers();
    await queue.close();
    rmSync(storage, { recursive: true, force: true });
    assert.deepEqual(log.errors, []);
  });

  const send = async (status: number, method: string, at: string, options?: Ask): Promise<Answer> => {
    const answer = await ask(server, method, at, options);
    assert.equal(answer.status, status, `${method} ${at}: ${answer.text}`);
    return answer;
  };

  async function makeStream(): Promise<string> {
    const { session } = (await send(200, 'POST', '/api/sessions', { body: { name: ' work ' } })).json;
    assert.equal(session.name, 'work');
    const { stream } = (
      await send(201, 'POST', '/api/streams', {
        body: { session_id: session.id, name: 'lane', instructions: 'do' },
      })
    ).json;
    return stream.id;
  }

  async function makeTask(
    stream: string,
    more: object = {},
  ): Promise<{ id: string; timeout: number; payload: string }> {
    const body = { stream_id: stream, tool_name: 'run-bash', task_class: 'FAST_SCRIPT', ...more };
    return (await send(200, 'POST', '/api/tasks', { body })).json.task;
  }

  it('takes a task from enqueue to its end', async () => {
    const stream = await makeStream();
    const task = await makeTask(stream);
    assert.match(task.id, /^tsk_[0-9a-f]{12}$/);
    assert.equal(task.timeout, 30);
    assert.deepEqual(JSON.parse(task.payload), { prompt_path: null, metadata: null });

    await send(409, 'POST', `/api/tasks/${task.id}/complete`, { body: { result_summary: 'early' } });
    await send(409, 'POST', `/api/tasks/${task.id}/requeue`);
    const claim = (await send(200, 'POST', `/api/tasks/${task.id}/claim`, { body: { worker_id: 'me' } }))
      .json;
    assert.equal(claim.task.status, 'running');
    assert.equal(claim.task.worker_id, 'me');
    assert.equal(claim.stream.instructions, 'do');
    const lost = await send(409, 'POST', `/api/tasks/${task.id}/claim`);
    assert.equal(lost.json.code, 'already_claimed');

    const beat = await send(200, 'POST', `/api/tasks/${task.id}/heartbeat`, {
      body: { lease: claim.lease, progress: 50 },
    });
    assert.equal(beat.json.cancel_requested, false);
    const blank = await send(400, 'POST', `/api/tasks/${task.id}/complete`, {
      body: { result_summary: ' ' },
    });
    assert.match(blank.json.error, /Result summary is required/);
    const body = { result_summary: '{"summary": "fine", "n": 1}', lease: claim.lease, stdout: 'hello\n' };
    const done = (await send(200, 'POST', `/api/tasks/${task.id}/complete`, { body })).json.task;
    assert.deepEqual([done.status, done.result_summary], ['succeeded', 'fine']);
    await send(200, 'POST', `/api/tasks/${task.id}/complete`, { body });
    await send(409, 'POST', `/api/tasks/${task.id}/fail`, { body: { error_message: 'late' } });

    const read = (await send(200, 'GET', `/api/tasks/${task.id}`)).json.task;
    assert.equal(read.stdout, 'hello\n');
    const output = await send(200, 'GET', `/api/tasks/${task.id}/output?offset=2`);
    assert.equal(output.text, 'llo\n');
    assert.equal(output.headers['x-size'], '6');
    const copy = (await send(200, 'POST', `/api/tasks/${task.id}/requeue`)).json.task;
    assert.deepEqual([copy.status, copy.attempts, copy.retry_of], ['queued', 0, task.id]);
    await send(200, 'DELETE', `/api/tasks/${copy.id}`);
  });

  it('fails queued and running tasks, each only once', async () => {
    const stream = await makeStream();
    const queued = await makeTask(stream);
    const body = { error_message: 'it', error_type: 'E' };
    const failed = (await send(200, 'POST', `/api/tasks/${queued.id}/fail`, { body })).json.task;
    assert.deepEqual(
      [failed.status, failed.error, failed.error_message, failed.attempts],
      ['failed', 'E: it', 'it', 0],
    );
    assert.equal((await send(200, 'GET', `/api/tasks/${queued.id}`)).json.task.error_message, 'E: it');
    await send(409, 'POST', `/api/tasks/${queued.id}/fail`, { body });
    await send(400, 'POST', `/api/tasks/${queued.id}/fail`, { body: { error_message: '' } });
    await send(404, 'POST', '/api/tasks/tsk_000000000000/fail', { body });
  });

  it('refuses what sessions, streams and backups do not allow', async () => {
    const stream = await makeStream();
    const duplicate = await send(400, 'POST', '/api/streams', { body: { session_id: 'work', name: 'lane' } });
    assert.equal(duplicate.json.code, 'name_taken');
    await send(404, 'POST', '/api/streams', { body: { session_id: 'ses_000000000000', name: 'other' } });
    await send(400, 'POST', '/api/streams', { body: { session_id: 'work', name: ' ' } });
    await send(404, 'POST', '/api/tasks', { body: { stream_id: 'nowhere', tool_name: 't' } });
    await send(200, 'PUT', '/api/streams/lane/pause');
    await makeTask(stream);
    await send(204, 'POST', '/api/streams/lane/claim');
    await send(200, 'PUT', '/api/streams/lane/resume');
    await send(200, 'GET', '/api/streams/lane/peek');
    await send(200, 'PUT', '/api/sessions/work/end');
    await send(409, 'PUT', '/api/sessions/work/end');
    await send(409, 'POST', '/api/streams/lane/claim');
    await send(409, 'POST', '/api/tasks', { body: { stream_id: 'lane', tool_name: 't' } });
    const late = await send(400, 'POST', '/api/streams', { body: { session_id: 'work', name: 'late' } });
    assert.equal(late.json.code, 'session_ended');
    assert.deepEqual((await send(200, 'GET', '/api/tasks?stream_id=str_000000000000')).json.tasks, []);
    const outside = temporaryFolder();
    const file = path.join(outside, 'sparkq.yml');
    writeFileSync(file, 'project:\n');
    for (const [target, problem] of [
      [file, /exists and is no backup, so it is not overwritten/],
      [outside, /is a folder/],
      ['backup.db', /is not an absolute path/],
    ] as const) {
      const { json } = await send(400, 'POST', '/api/backup', { body: { file: target } });
      assert.equal(json.code, 'invalid_field');
      assert.match(json.error, problem);
    }
    assert.equal(readFileSync(file, 'utf8'), 'project:\n');
    rmSync(outside, { recursive: true });
  });

  it('answers a repeated change with its first answer', async () => {
    const stream = await makeStream();
    const headers = { 'idempotency-key': 'k1' };
    const body = { stream_id: stream, tool_name: 'run-bash' };
    const first = await send(200, 'POST', '/api/tasks', { body, headers });
    const again = await send(200, 'POST', '/api/tasks', { body, headers });
    assert.equal(again.json.task.id, first.json.task.id);
    assert.equal((await send(200, 'GET', '/api/tasks')).json.total, 1);
    const release = `/api/tasks/${first.json.task.id}/release`;
    const { lease } = (await send(200, 'POST', '/api/streams/lane/claim')).json;
    const given = await send(200, 'POST', release, { body: { lease }, headers: { 'idempotency-key': 'k2' } });
    const repeat = await send(200, 'POST', release, {
      body: { lease },
      headers: { 'idempotency-key': 'k2' },
    });
    assert.deepEqual([given.json.task.status, repeat.json], ['queued', given.json]);
    const other = await send(409, 'POST', release, { body: { lease } });
    assert.equal(other.json.code, 'lease_superseded');
  });

  it('shows a lease to the claimer only', async () => {
    const stream = await makeStream();
    const { id } = await makeTask(stream);
    const events: QueueEvent[] = [];
    const remote = new RemoteQueue({ url: server.url, token, version: '1.0.0' });
    remote.subscribe((event) => events.push(event));
    await remote.status();
    const { lease } = (await send(200, 'POST', '/api/streams/lane/claim')).json;
    assert.match(lease, /^[0-9a-f]{32}$/);
    await send(200, 'POST', `/api/tasks/${id}/heartbeat`, { body: { lease, progress: 1 } });
    const texts = await Promise.all(
      [
        `/api/tasks/${id}`,
        '/api/tasks',
        `/api/tasks/${id}/attempts`,
        '/api/streams',
        '/api/status',
        '/stats',
      ].map(async (at) => (await send(200, 'GET', at)).text),
    );
    const superseded = await send(409, 'POST', `/api/tasks/${id}/heartbeat`, {
      body: { lease: '0'.repeat(32) },
    });
    await remote.close();
    assert.equal(
      [...texts, superseded.text, JSON.stringify(events)].filter((text) => text.includes(lease)).length,
      0,
    );
    assert.equal(superseded.json.code, 'lease_superseded');
  });

  it('undoes a claim whose claimer has disconnected, and gives the task to the next one', async () => {
    const stream = await makeStream();
    const waiting = http.request({
      host: '127.0.0.1',
      port: server.port,
      method: 'POST',
      path: '/api/streams/lane/claim',
      agent: false,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    waiting.on('error', () => {});
    waiting.end('{"wait": 30}');
    await new Promise((resolve) => waiting.once('finish', resolve));
    const next = ask(server, 'POST', '/api/streams/lane/claim', { body: { wait: 30 } });
    waiting.destroy();
    const { id } = await makeTask(stream);
    const claim = (await next).json;
    assert.deepEqual([claim.task.id, claim.task.attempts], [id, 1]);
  });

  it('gives each of many claimers a task of its own', async () => {
    const stream = await makeStream();
    await Promise.all(Array.from({ length: 60 }, () => makeTask(stream)));
    const remote = new RemoteQueue({ url: server.url, token, version: '1.0.0' });
    const claimed: string[] = [];
    const worker = async (): Promise<void> => {
      for (;;) {
        const claim = await remote.claimNext('lane');
        if (claim === null) return;
        claimed.push(claim.task.id);
        await remote.complete(claim.task.id, { result_summary: 'ok', lease: claim.lease });
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    await remote.close();
    assert.equal(claimed.length, 60);
    assert.equal(new Set(claimed).size, 60);
    assert.deepEqual((await send(200, 'GET', '/stats')).json, {
      sessions: 1,
      streams: 1,
      queued_tasks: 0,
      running_tasks: 0,
    });
  });

  it('keeps what an attempt changed in git, inside the workspace only', async () => {
    const { id } = await makeTask(await makeStream());
    await send(200, 'POST', `/api/tasks/${id}/claim`);
    const file = { path: 'src/ä.ts', before: null, status: 'modified', from: 'a'.repeat(40), to: null };
    const report = (files: readonly object[], more = 0) => ({
      body: {
        result_summary: 'done',
        git: {
          ...{ commit: 'c'.repeat(40), branch: null, dirty: true },
          changes: { commit: 'b'.repeat(40), since: 'claim', files, more },
        },
      },
    });
    const complete = `/api/tasks/${id}/complete`;
    for (const path of ['../out', '/etc/passwd', 'C:\\x', 'a/../../b', '']) {
      await send(400, 'POST', complete, report([{ ...file, path }]));
    }
    await send(400, 'POST', complete, report([{ ...file, to: '--output=x' }]));
    await send(400, 'POST', complete, report(Array(201).fill(file)));
    const given = report([file], 9_800);
    await send(200, 'POST', complete, given);
    const { attempts } = (await send(200, 'GET', `/api/tasks/${id}/attempts`)).json;
    assert.deepEqual(attempts[0].git_ended, given.body.git);
  });

  it('reports the protocol that it uses', async () => {
    assert.equal((await send(200, 'GET', '/api/status')).json.protocol, protocolVersion);
  });

  it('reports what would be purged, and purges it', async () => {
    const stream = await makeStream();
    const { id } = await makeTask(stream);
    await send(200, 'POST', `/api/tasks/${id}/fail`, { body: { error_message: 'x' } });
    const purge = async (body: object) =>
      (await send(200, 'POST', '/api/purge', { body: { older_than_days: 0, ...body } })).json;
    assert.deepEqual(await purge({ keep_unreviewed: true }), {
      purged: 0,
      kept_unreviewed: 1,
      dry_run: false,
      tasks: [],
    });
    const all = { purged: 1, kept_unreviewed: 0, tasks: [id] };
    assert.deepEqual(await purge({ dry_run: true }), { ...all, dry_run: true });
    await send(200, 'GET', `/api/tasks/${id}`);
    assert.deepEqual(await purge({}), { ...all, dry_run: false });
    assert.ok([404, 410].includes((await ask(server, 'GET', `/api/tasks/${id}`)).status));
  });

  it('lists the history with the numbers of a payload as they were, and erases from it', async () => {
    const stream = await makeStream();
    const { id } = await makeTask(stream, { payload: '{"n": 1970670598291982290}' });
    await send(200, 'POST', `/api/tasks/${id}/fail`, { body: { error_message: 'Straße' } });
    await send(200, 'POST', '/api/purge', { body: { older_than_days: 0 } });
    const found = await send(200, 'GET', '/api/history?q=STRASSE&failed=true&since=1d&limit=1');
    assert.deepEqual(
      found.json.tasks.map((task: { id: string; attempts: unknown[] }) => [task.id, task.attempts]),
      [[id, []]],
    );
    assert.ok(found.text.includes('"payload_json":{"n": 1970670598291982290}'));
    assert.equal((await send(400, 'GET', '/api/history?since=later')).json.code, 'invalid_filter');
    assert.equal((await send(400, 'GET', '/api/history?cursor=later')).json.code, 'invalid_field');
    assert.equal((await send(200, 'DELETE', `/api/history/${id}`)).json.message, 'Task erased');
    assert.equal((await send(404, 'DELETE', `/api/history/${id}`)).json.code, 'not_found');
    const rest = await send(200, 'GET', `/api/history?q=${id}`);
    assert.deepEqual(rest.json, { tasks: [], next_cursor: null });
  });
});
