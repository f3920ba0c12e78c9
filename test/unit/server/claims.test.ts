import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { Clock } from '../../../src/core/clock';
import type { Claim } from '../../../src/core/model';
import type { ClaimNextRequest } from '../../../src/core/queue';
import type { HttpServer } from '../../../src/server/httpServer';
import { ask, closeServers, fakeQueue, serve, token } from './support';

function claimOf(id: string, workerId: string | null = null): Claim {
  return {
    task: { id, worker_id: workerId } as Claim['task'],
    stream: { id: 'str_1', name: 'a', instructions: null },
    lease: `lease of ${id}`,
    lease_until: 'u',
    deadline: 'd',
  };
}

/** A promise that a test resolves by hand. */
function gate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** Time that stands still until the test lets the timers of a given length go off. */
function handClock(): { clock: Clock; fire: (ms: number) => void; waiting: (ms: number) => number } {
  const timers = new Set<{ ms: number; callback: () => void }>();
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(ms, callback) {
      const timer = { ms, callback };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
  };
  const due = (ms: number) => [...timers].filter((timer) => timer.ms === ms);
  return {
    clock,
    waiting: (ms) => due(ms).length,
    fire(ms) {
      for (const timer of due(ms)) {
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

/** Starts a request that the test may cut off. */
function start(server: HttpServer, path: string, body: object): http.ClientRequest {
  const text = JSON.stringify(body);
  const request = http.request({
    host: '127.0.0.1',
    port: server.port,
    method: 'POST',
    path,
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  request.on('error', () => {});
  request.end(text);
  return request;
}

describe('a claim over HTTP', () => {
  afterEach(closeServers);

  it('answers the lease, and 204 when there is nothing', async () => {
    const next: (Claim | null)[] = [claimOf('tsk_1', 'wrk_1'), null];
    const { queue, calls } = fakeQueue({ claimNext: async () => next.shift() ?? null });
    const server = await serve(queue);
    const first = await ask(server, 'POST', '/api/streams/api/claim');
    assert.equal(first.status, 200);
    assert.deepEqual(first.json, claimOf('tsk_1', 'wrk_1'));
    for (const options of [{}, { body: {} }, { raw: '' }]) {
      assert.equal((await ask(server, 'POST', '/api/streams/api/claim', options)).status, 204);
    }
    assert.equal(calls[0]?.args[0], 'api');
  });

  it('gives the worker its name back, or the time where it gave none', async () => {
    const { queue } = fakeQueue({ claimTask: async (id) => claimOf(id) });
    const server = await serve(queue);
    const named = await ask(server, 'POST', '/api/tasks/tsk_1/claim', { body: { worker_id: 'me' } });
    assert.equal(named.json.task.worker_id, 'me');
    const unnamed = await ask(server, 'POST', '/api/tasks/tsk_1/claim');
    assert.match(unnamed.json.task.worker_id, /^\d{4}-.*Z$/);
  });

  it('takes the Idempotency-Key for a claim_request_id', async () => {
    const { queue, calls } = fakeQueue({ claimTask: async (id) => claimOf(id) });
    const server = await serve(queue);
    await ask(server, 'POST', '/api/tasks/tsk_1/claim', { headers: { 'idempotency-key': 'k' } });
    const request = calls[0]?.args[1] as ClaimNextRequest | undefined;
    assert.equal(request?.claim_request_id, 'k');
  });

  it('refuses to wait longer than a minute', async () => {
    const server = await serve(fakeQueue({}).queue);
    for (const wait of [-1, 61, '5']) {
      const answer = await ask(server, 'POST', '/api/streams/api/claim', { body: { wait } });
      assert.deepEqual([answer.status, answer.json.code], [400, 'invalid_field']);
    }
  });

  it('is given up when the connection closes while it waits', async () => {
    const asked = gate<AbortSignal>();
    const { queue } = fakeQueue({
      claimNext: async (_stream, request) => {
        const signal = request?.signal as AbortSignal;
        asked.open(signal);
        await once(signal, 'abort');
        return null;
      },
    });
    const server = await serve(queue);
    const request = start(server, '/api/streams/api/claim', { wait: 60 });
    const signal = await asked.promise;
    assert.equal(signal.aborted, false);
    const aborted = once(signal, 'abort');
    request.destroy();
    await aborted;
  });

  it('is undone when the connection closed before the answer', async () => {
    const asked = gate<AbortSignal>();
    const grant = gate<Claim>();
    const released = gate<string[]>();
    const { queue } = fakeQueue({
      claimNext: (_stream, request) => {
        asked.open(request?.signal as AbortSignal);
        return grant.promise;
      },
      releaseClaim: async (...args) => {
        released.open(args);
        return {} as never;
      },
    });
    const server = await serve(queue);
    const request = start(server, '/api/streams/api/claim', {});
    const signal = await asked.promise;
    const aborted = once(signal, 'abort');
    request.destroy();
    await aborted;
    grant.open(claimOf('tsk_1'));
    assert.deepEqual(await released.promise, ['tsk_1', 'lease of tsk_1']);
  });

  it('with a request id waits 30 seconds for the repeat before it is undone', async () => {
    const { clock, fire, waiting } = handClock();
    const grants = [gate<Claim>(), gate<Claim>(), gate<Claim>()];
    const asked = [gate<AbortSignal>(), gate<AbortSignal>(), gate<AbortSignal>()];
    let count = 0;
    const released = gate<string[]>();
    const { queue, calls } = fakeQueue({
      claimNext: (_stream, request) => {
        const at = count;
        count += 1;
        asked[at]?.open(request?.signal as AbortSignal);
        return grants[at]?.promise ?? Promise.resolve(null);
      },
      releaseClaim: async (...args) => {
        released.open(args);
        return {} as never;
      },
      stats: async () => ({ sessions: 0, streams: 0, queued_tasks: 0, running_tasks: 0 }),
    });
    const server = await serve(queue, { clock });
    const cutOff = async (at: number): Promise<void> => {
      const request = start(server, '/api/streams/api/claim', { claim_request_id: 'r' });
      const signal = (await asked[at]?.promise) as AbortSignal;
      const aborted = once(signal, 'abort');
      request.destroy();
      await aborted;
      grants[at]?.open(claimOf('tsk_1'));
      while (waiting(30_000) === 0) await ask(server, 'GET', '/stats');
    };

    await cutOff(0);
    grants[1]?.open(claimOf('tsk_1'));
    const repeat = await ask(server, 'POST', '/api/streams/api/claim', { body: { claim_request_id: 'r' } });
    assert.equal(repeat.json.lease, 'lease of tsk_1');
    assert.equal(waiting(30_000), 0);

    await cutOff(2);
    assert.equal(calls.filter(({ method }) => method === 'releaseClaim').length, 0);
    fire(30_000);
    assert.deepEqual(await released.promise, ['tsk_1', 'lease of tsk_1']);
  });

  it('that waits is answered 503 when the server closes', async () => {
    const asked = gate<void>();
    const { queue } = fakeQueue({
      claimNext: async (_stream, request) => {
        asked.open();
        await once(request?.signal as AbortSignal, 'abort');
        return null;
      },
    });
    const server = await serve(queue);
    const waiting = ask(server, 'POST', '/api/streams/api/claim', { body: { wait: 60 } });
    await asked.promise;
    const closed = server.close();
    const answer = await waiting;
    assert.deepEqual([answer.status, answer.json.code], [503, 'unavailable']);
    await closed;
  });
});
