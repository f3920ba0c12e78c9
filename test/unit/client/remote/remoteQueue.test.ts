import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { RemoteQueue } from '../../../../src/client/remote/remoteQueue';
import { QueueError } from '../../../../src/core/errors';
import type { QueueEvent, QueueListener } from '../../../../src/core/events';
import type { Origin, QueueStatus } from '../../../../src/core/model';
import { type OperationName, operationNames } from '../../../../src/core/operations';
import type { Queue } from '../../../../src/core/queue';
import { withOrigin } from '../../../../src/store/callers/callerQueue';
import { closeServers, fakeQueue, serve, token } from '../../server/support';

const row = { id: 'tsk_0123456789ab', error: null, error_message: null, worker_id: null };
const claim = {
  task: row,
  stream: { id: 's', name: 'n', instructions: null },
  lease: 'l',
  lease_until: 'u',
  deadline: 'd',
};
const page = { items: [row], total: 1, limit: 100, offset: 0 };
const odd = 'a/b%2f ü?#&';

/** Each operation with its arguments, and the answer of the queue behind the server. */
const operations: [keyof Queue, unknown[], unknown][] = [
  ['status', [], { pid: 1 }],
  ['stats', [], { sessions: 1 }],
  ['project', [], row],
  ['createSession', [{ name: 'a', description: null, unique: true }, { key: 'k' }], row],
  ['getSession', [odd], row],
  ['listSessions', [{ status: 'active', limit: 2, offset: 1 }], page],
  ['updateSession', ['s', { name: 'b' }, { key: 'k' }], row],
  ['endSession', ['s', { key: 'k' }], row],
  ['deleteSession', [odd, { key: 'k' }], undefined],
  [
    'createStream',
    [{ session: 's', name: 'a', instructions: 'i', parallelism: 2, on_failure: 'pause' }, { key: 'k' }],
    row,
  ],
  ['getStream', [odd], row],
  ['listStreamWorkers', [], [{ stream_id: 's', pid: 7, since: null }]],
  ['listHosts', [], [{ id: 'hst_1', name: 'box' }]],
  ['listStreams', [{ session_id: 's', status: 'ended', limit: 0, offset: 0 }], page],
  [
    'updateStream',
    [
      odd,
      { name: 'b', instructions: null, autostart: true, working: false, skip_unrunnable: true },
      { key: 'k' },
    ],
    row,
  ],
  ['pauseStream', ['s', { key: 'k' }], row],
  ['resumeStream', ['s', { key: 'k' }], row],
  ['endStream', ['s', { key: 'k' }], row],
  ['deleteStream', [odd, { key: 'k' }], undefined],
  [
    'enqueue',
    [
      {
        stream: 's',
        tool_name: 't',
        task_class: 'c',
        payload: '{"a": [1.10]}',
        timeout: 5,
        label: 'l',
        not_before: '2026-01-31T09:00:00.000000Z',
        after: ['tsk_1'],
        after_policy: 'hold',
        max_attempts: 2,
        idempotency_key: 'i',
        git: { commit: 'c', branch: null, dirty: true },
        known_tool: true,
      },
      { key: 'k' },
    ],
    { task: row, duplicate: true },
  ],
  [
    'enqueueMany',
    [
      {
        stream: odd,
        batch: 'bat_1',
        label: 'l',
        parallelism: 2,
        stop_after: 3,
        tasks: [
          { tool_name: 't', key: 'a', payload: '{"a": [1.10]}', timeout: 5, kill_after: 6 },
          { tool_name: 't', label: 'l', payload: '{}', after: ['a'], after_policy: 'run', max_attempts: 2 },
        ],
      },
      { key: 'k' },
    ],
    { tasks: [row, row], duplicate: true },
  ],
  ['getTask', ['tsk_1'], { ...row, stdout: 'o' }],
  [
    'listTasks',
    [
      {
        stream: odd,
        session_id: 's',
        ids: ['tsk_1', 'tsk_2'],
        status: 'failed',
        stale: true,
        unapproved: true,
        unreviewed: false,
        q: '100% &',
        script: 'x.sh',
        retry_of: 'tsk_1',
        since: '7d',
        order: 'finished',
        limit: 5,
        offset: 6,
      },
    ],
    page,
  ],
  ['peek', ['s'], { task: row, stream: claim.stream }],
  ['peek', ['s'], null],
  [
    'claimTask',
    ['tsk_1', { worker_id: 'w', claim_request_id: 'r', supervised: true }],
    { ...claim, task: { ...row, worker_id: 'w' } },
  ],
  ['ask', ['tsk_1', { lease: 'lease', text: 'Which?', choices: ['one'], key: 'k' }], row],
  ['answer', ['tsk_1', { text: 'one' }, { key: 'k' }], row],
  ['planRun', ['tsk_1'], { digest: 'd', parts: { payload: 'h' }, files: [] }],
  ['approve', ['tsk_1', { digest: 'd', remember: true }, { key: 'k' }], row],
  ['approveBatch', ['bat_1', { digests: { tsk_1: 'd' }, follow_ups: true }, { key: 'k' }], { id: 'bat_1' }],
  ['wakeTool', ['claude'], { name: 'claude' }],
  ['deny', ['tsk_1', { reason: 'no' }, { key: 'k' }], row],
  ['returnForApproval', ['tsk_1', { lease: 'l', changes: ['payload'], key: 'k' }], row],
  ['releaseClaim', ['tsk_1', 'lease', { key: 'k' }], row],
  ['abandon', ['tsk_1', { lease: 'l', note: 'gone', key: 'k' }], row],
  [
    'heartbeat',
    ['tsk_1', { lease: 'l', progress: 50, message: 'half' }],
    { lease_until: 'u', deadline: 'd', cancel_requested: true },
  ],
  [
    'complete',
    [
      'tsk_1',
      {
        result_summary: 's',
        result_data: 'd',
        lease: 'l',
        stdout: 'o',
        stderr: '',
        exit_code: 0,
        stdout_size: 1,
        stderr_size: 0,
        key: 'k',
      },
    ],
    row,
  ],
  [
    'fail',
    [
      'tsk_1',
      {
        error_message: 'm',
        error_type: 'T',
        failure_kind: 'lost',
        retry_after: 1.5,
        lease: 'l',
        exit_code: -1,
        key: 'k',
      },
    ],
    { ...row, status: 'failed', error: 'T: m', error_message: 'T: m' },
  ],
  ['getBatch', ['bat_1'], { id: 'bat_1' }],
  [
    'listBatches',
    [{ stream: 's', open: true, limit: 5, offset: 6 }],
    { items: [{ id: 'bat_1' }], total: 7, limit: 5, offset: 6 },
  ],
  ['cancelBatch', ['bat_1', { key: 'k' }], { id: 'bat_1' }],
  ['retryBatch', ['bat_1', { key: 'k' }], { id: 'bat_1' }],
  ['cancel', ['tsk_1', { key: 'k' }], row],
  ['suspend', ['tsk_1', { key: 'k' }], row],
  ['continue', ['tsk_1', { key: 'k' }], row],
  ['requeue', ['tsk_1', { note: 'n', key: 'k' }], row],
  ['editTask', ['tsk_1', { payload: '{}', label: null, not_before: null }, { key: 'k' }], row],
  ['moveTask', ['tsk_1', { stream: 's', to: 'front' }, { key: 'k' }], row],
  ['reviewTask', ['tsk_1', { accepted: false }, { key: 'k' }], row],
  ['parkTask', ['tsk_1', { key: 'k' }], row],
  ['unparkTask', ['tsk_1', { key: 'k' }], row],
  ['deleteTask', ['tsk_1', { key: 'k' }], undefined],
  ['undeleteTask', ['tsk_1', { key: 'k' }], row],
  ['listAttempts', ['tsk_1'], [{ number: 1 }]],
  [
    'listRuns',
    [{ since: '2026-01-01T00:00:00.000000Z', until: '2026-01-02T00:00:00.000000Z', limit: 7 }],
    { runs: [{ number: 1 }], more: true },
  ],
  [
    'readOutput',
    ['tsk_1', { stream: 'stderr', attempt: 1, offset: 2, limit: 3, encoding: 'latin1' }],
    { text: 'ä\u0000', size: 9, next_offset: 5, dropped: null },
  ],
  [
    'readOutput',
    ['tsk_1', { stream: 'stdout' }],
    { text: '', size: 9, next_offset: 9, dropped: { from: 1, to: 4 } },
  ],
  [
    'createSchedule',
    [
      {
        stream: odd,
        cron: '0 2 * * *',
        zone: 'Europe/Berlin',
        missed: 'once',
        overlap: 'queue',
        tool_name: 't',
        payload: '{"a": [1.10]}',
        timeout: 5,
        kill_after: 6,
        label: 'l',
        max_attempts: 2,
        front: true,
        known_tool: true,
      },
      { key: 'k' },
    ],
    row,
  ],
  ['getSchedule', ['sch_1'], row],
  ['listSchedules', [{ stream: odd, limit: 5, offset: 6 }], page],
  [
    'updateSchedule',
    ['sch_1', { stream: 's', cron: '@daily', zone: 'UTC', missed: 'skip', overlap: 'skip' }, { key: 'k' }],
    row,
  ],
  ['pauseSchedule', ['sch_1', { key: 'k' }], row],
  ['resumeSchedule', ['sch_1', { key: 'k' }], row],
  ['runSchedule', ['sch_1', { key: 'k' }], row],
  ['removeSchedule', ['sch_1', { key: 'k' }], undefined],
  ['registerWorker', [{ label: 'l', agent: 'a', pid: 7, cwd: '/' }, { key: 'k' }], { worker_id: 'wrk_1' }],
  [
    'purge',
    [{ older_than_days: 0, dry_run: true, keep_unreviewed: true }, { key: 'k' }],
    { purged: 1, kept_unreviewed: 2, dry_run: true, tasks: ['tsk_1'] },
  ],
  [
    'listHistory',
    [
      {
        q: 'a & b',
        script: 'x.sh',
        since: '7d',
        stream: 's',
        status: 'failed',
        failed: true,
        limit: 5,
        cursor: 'c',
      },
    ],
    { tasks: [row], next_cursor: 'd' },
  ],
  ['eraseHistory', ['tsk_1', { key: 'k' }], undefined],
  ['listTools', [], [{ name: 't' }]],
  ['config', [], { config: { a: 1 }, problems: ['p'] }],
  ['backup', ['/tmp/file'], { file: '/tmp/file', bytes: 1 }],
];

const person: Origin = { kind: 'person' };

/** Without what is undefined, as it arrives through JSON. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

describe('RemoteQueue', () => {
  const remotes: RemoteQueue[] = [];
  const connect = (url: string, patience?: number): RemoteQueue => {
    const remote = new RemoteQueue({ url, token, version: '1.0.0', patience });
    remotes.push(remote);
    return remote;
  };
  afterEach(async () => {
    for (const remote of remotes.splice(0)) await remote.close();
    await closeServers();
  });

  for (const [name, args, result] of operations) {
    it(`passes ${name} on with all arguments, and returns the queue's answer`, async () => {
      const { queue, calls } = fakeQueue({ [name]: async () => result });
      const server = await serve(queue);
      const remote = connect(server.url) as unknown as Record<
        string,
        (...args: unknown[]) => Promise<unknown>
      >;
      const answer = await remote[name]?.(...args);
      assert.deepEqual(answer, result);
      assert.equal(calls.length, 1);
      const at = withOrigin[name as OperationName];
      const known = args.map((arg, index) => (index === at ? { ...Object(arg), origin: person } : arg));
      assert.deepEqual(plain(calls[0]?.args), plain(known));
    });
  }

  it('says who calls, whatever characters that has', async () => {
    const { queue, calls } = fakeQueue({ editTask: async () => row as never });
    const remote = connect((await serve(queue)).url);
    const caller: Origin = { kind: 'run', via: 'claude', conversation: 'Über "1" \u{1F600}', task: row.id };
    await remote.as(caller).editTask(row.id, { label: 'l' });
    await remote.editTask(row.id, { label: 'l' });
    const origins = calls.map(({ args }) => (args[1] as { origin: Origin }).origin);
    assert.deepEqual(origins, [caller, person]);
  });

  it('is tested with every operation', () => {
    const tried = new Set([...operations.map(([name]) => name), 'claimNext', 'reload']);
    assert.deepEqual(
      operationNames.filter((name) => !tried.has(name)),
      [],
    );
  });

  it('reloads the configuration', async () => {
    const { queue, calls } = fakeQueue({
      reload: async () => {},
      config: async () => ({ config: {}, problems: [], diagnostics: [] }),
    });
    const server = await serve(queue);
    assert.equal(await connect(server.url).reload(), undefined);
    assert.deepEqual(calls[0], { method: 'reload', args: [] });
  });

  it('claims the next task, or none', async () => {
    const { queue, calls } = fakeQueue({
      claimNext: async (stream) => (stream === 'full' ? (claim as never) : null),
    });
    const server = await serve(queue);
    const remote = connect(server.url);
    assert.deepEqual(await remote.claimNext('full', { tools: ['t'], wait: 1, claim_request_id: 'r' }), claim);
    assert.equal(await remote.claimNext('empty'), null);
    const [first, second] = calls.map(({ args }) => args[1] as Record<string, unknown>);
    assert.deepEqual([first?.tools, first?.claim_request_id], [['t'], 'r']);
    assert.match(String(second?.claim_request_id), /^[0-9a-f]{32}$/);
  });

  it('stops waiting for a claim when its signal is aborted', async () => {
    const gone = new AbortController();
    const { queue } = fakeQueue({
      claimNext: async (_stream, request) => {
        gone.abort();
        await new Promise((resolve) => request?.signal?.addEventListener('abort', resolve));
        return null;
      },
    });
    const server = await serve(queue);
    assert.equal(await connect(server.url).claimNext('s', { wait: 60, signal: gone.signal }), null);
    assert.equal(await connect(server.url).claimNext('s', { signal: gone.signal }), null);
  });

  it('sends an empty payload where none is given', async () => {
    const { queue, calls } = fakeQueue({ enqueue: async () => ({ task: row as never, duplicate: false }) });
    const server = await serve(queue);
    await connect(server.url).enqueue({ stream: 's', tool_name: 't' });
    const input = calls[0]?.args[0] as { payload: unknown } | undefined;
    assert.equal(input?.payload, '{}');
  });

  it('answers a repeated change of a task that is gone with its id, as the queue does', async () => {
    const gone = { id: row.id };
    const fake = fakeQueue({
      fail: async () => gone,
      complete: async () => gone,
      enqueue: async () => ({ task: gone, duplicate: true }),
      enqueueMany: async () => ({ tasks: [gone], batch_id: 'bat_000000000001', duplicate: true }),
    });
    const server = await serve(fake.queue);
    const queue = new RemoteQueue({ url: server.url, token, version: '1.0.0' });
    const one = { stream: 's', tool_name: 't' };
    assert.deepEqual(await queue.fail(row.id, { error_message: 'no' }), gone);
    assert.deepEqual(await queue.complete(row.id, { result_summary: 'done' }), gone);
    assert.deepEqual(await queue.enqueue(one), { task: gone, duplicate: true });
    const several = await queue.enqueueMany({ stream: 's', tasks: [{ tool_name: 't' }] });
    assert.deepEqual(several, { tasks: [gone], batch_id: 'bat_000000000001', duplicate: true });
    await queue.close();
  });

  it('throws what the queue refuses with code, hint and details', async () => {
    const refusal = new QueueError('lease_superseded', 'Task x is held by another', 'Stop', { since: 'now' });
    const heartbeat = async () => {
      throw refusal;
    };
    const server = await serve(fakeQueue({ heartbeat }).queue);
    await assert.rejects(connect(server.url).heartbeat('x', { lease: 'l' }), (error: unknown) => {
      assert.ok(QueueError.is(error, 'lease_superseded'));
      assert.deepEqual(
        [error.message, error.hint, error.details, error.status],
        ['Task x is held by another', 'Stop', { since: 'now' }, 409],
      );
      return true;
    });
  });

  it('sends a key of its own, and repeats it when the answer was lost', async () => {
    const keys: unknown[] = [];
    const flaky = http.createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      if (keys.length < 3) request.socket.destroy();
      else response.end(JSON.stringify({ session: { id: 'ses_1' } }));
    });
    await new Promise<void>((resolve) => flaky.listen(0, '127.0.0.1', resolve));
    const remote = connect(`http://127.0.0.1:${(flaky.address() as AddressInfo).port}`);
    assert.deepEqual(await remote.createSession({ name: 'a' }), { id: 'ses_1' });
    assert.equal(keys.length, 3);
    assert.match(String(keys[0]), /^[0-9a-f]{32}$/);
    assert.deepEqual(new Set(keys).size, 1);
    await new Promise((resolve) => flaky.close(resolve));
  });

  it('reports that the owner cannot be reached, to the caller and to listeners', async () => {
    const server = await serve(fakeQueue({}).queue);
    await server.close();
    const remote = connect(server.url, 0);
    const lost: string[] = [];
    remote.onDisconnect((error) => lost.push(error.code));
    await assert.rejects(remote.stats(), (error: unknown) => QueueError.is(error, 'unavailable'));
    assert.deepEqual(lost, ['unavailable']);
  });

  it('asks its owner for a handover, and to stop', async () => {
    const asked: string[] = [];
    const { queue } = fakeQueue({ status: async () => ({ role: 'watch' }) as QueueStatus });
    const server = await serve(queue, {
      version: '0.9.0',
      onHandover: ({ version, role }) => asked.push(`handover to ${version} (${role})`),
      onStop: () => asked.push('stop'),
    });
    const remote = connect(server.url);
    await remote.requestHandover('serve');
    await remote.requestStop();
    assert.deepEqual(asked, ['handover to 1.0.0 (serve)', 'stop']);
    assert.match(
      await remote.ticketUrl('/docs'),
      /^http:\/\/127\.0\.0\.1:\d+\/open\?ticket=[0-9a-f]+&page=%2Fdocs$/,
    );
  });

  describe('while subscribed', () => {
    const event = (id: string): QueueEvent => ({ id, type: 'task.created', at: 'now' });

    /** A queue that sends events. */
    function eventful(): { queue: Queue; emit: (id: string) => void; afters: (string | undefined)[] } {
      const listeners = new Set<QueueListener>();
      const afters: (string | undefined)[] = [];
      const { queue } = fakeQueue({
        subscribe(listener, after) {
          afters.push(after);
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        stats: async () => ({ sessions: 0, streams: 0, queued_tasks: 0, running_tasks: 0 }),
      });
      const emit = (id: string): void => {
        for (const listener of listeners) listener(event(id));
      };
      return { queue, emit, afters };
    }

    /** Collects events; `has` resolves once there are so many. */
    function collector(): { listener: QueueListener; got: string[]; has: (count: number) => Promise<void> } {
      const got: string[] = [];
      let wake = (): void => {};
      return {
        got,
        listener: ({ id, type }) => {
          got.push(type === 'reset' ? 'reset' : id);
          wake();
        },
        async has(count) {
          while (got.length < count) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        },
      };
    }

    it('gets every event after its next answer', async () => {
      const { queue, emit } = eventful();
      const server = await serve(queue);
      const remote = connect(server.url);
      const { listener, got, has } = collector();
      remote.subscribe(listener);
      await remote.stats();
      emit('1-1');
      emit('1-2');
      await has(2);
      assert.deepEqual(got, ['1-1', '1-2']);
    });

    it('resumes after its last event when the connection breaks, and asks to read again where there is none', async () => {
      const { queue, emit, afters } = eventful();
      const first = await serve(queue);
      const remote = connect(first.url);
      const [fresh, resumed] = [collector(), collector()];
      remote.subscribe(fresh.listener);
      remote.subscribe(resumed.listener, '1-7');
      await remote.stats();
      assert.deepEqual([...afters].sort(), ['1-7', undefined]);
      await first.close();
      afters.length = 0;
      await serve(queue, { port: first.port });
      await fresh.has(1);
      assert.deepEqual(fresh.got, ['reset']);
      while (afters.length < 2) await remote.stats();
      emit('1-8');
      await resumed.has(1);
      assert.deepEqual([...afters].sort(), ['1-7', undefined]);
      assert.deepEqual(resumed.got, ['1-8']);
    });

    it('reports at once that the owner has ended', async () => {
      const { queue } = eventful();
      const server = await serve(queue);
      const remote = connect(server.url);
      remote.subscribe(() => {});
      await remote.stats();
      const lost = new Promise<string>((resolve) => remote.onDisconnect(({ code }) => resolve(code)));
      await server.close();
      assert.equal(await lost, 'unavailable');
    });

    it('reads events of any line ending, however the text is cut', async () => {
      const text = [
        ': hello\r\n\r\nid: 1-1\nevent: a\ndata: {"id":"1-1",\ndata: "type":"task.created"}\n\n',
        'id: 1-2\r\ndata:{"id":"1-2","type":"task.moved"}\r\n\r\nevent: only\n\n',
        'data: {"id":"1-3","type":"task.stale"}\n\n',
      ].join('');
      const lastIds: unknown[] = [];
      const source = http.createServer((request, response) => {
        lastIds.push(request.headers['last-event-id']);
        if (lastIds.length > 1) return;
        for (const letter of text) response.write(letter);
        response.end();
      });
      await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
      const remote = connect(`http://127.0.0.1:${(source.address() as AddressInfo).port}`);
      const { listener, got, has } = collector();
      const connectedAgain = once(source, 'request').then(() => once(source, 'request'));
      remote.subscribe(listener);
      await has(3);
      assert.deepEqual(got, ['1-1', '1-2', '1-3']);
      await connectedAgain;
      assert.deepEqual(lastIds, [undefined, '1-2']);
      await remote.close();
      await new Promise((resolve) => source.close(resolve));
    });

    it('gets no more events once it has unsubscribed', async () => {
      const { queue, emit } = eventful();
      const server = await serve(queue);
      const remote = connect(server.url);
      const { listener, got } = collector();
      const unsubscribe = remote.subscribe(listener);
      await remote.stats();
      unsubscribe();
      unsubscribe();
      emit('1-1');
      await remote.stats();
      assert.deepEqual(got, []);
    });
  });
});
