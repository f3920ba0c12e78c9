import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { Clock } from '../../../src/core/clock';
import type { QueueEvent, QueueListener } from '../../../src/core/events';
import type { Claim } from '../../../src/core/model';
import type { ClaimNextRequest } from '../../../src/core/queue';
import type { HttpServer } from '../../../src/server/httpServer';
import type { Answer } from '../../support/httpAnswer';
import { ask, closeServers, fakeQueue, serve, token } from './support';

function claimOf(id: string, workerId: string | null = null): Claim {
  return {
    task: { id, worker_id: workerId } as Claim['task'],
    stream: { id: 'str_1', name: 'a', instructions: null },
    lease: `lease of ${id}`,
    lease_until: 'u',
    deadline: 'd',
    approved: null,
    resume: null,
    needs: {},
    stand_in: null,
    worktree: 'none',
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

/** A clock that stands still until the test fires the timers of a given length. */
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

/** Starts a request that the test can cut off. */
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

interface ClaimAsked {
  /** Resolves when it has reached the queue, with the signal that is aborted when its connection closes. */
  asked: Promise<AbortSignal>;
  answer(claim: Claim | null): void;
}

/** A queue whose claims the test answers by hand, one by one. */
function queueOnDemand(count: number) {
  const gates = Array.from({ length: count }, () => ({
    asked: gate<AbortSignal>(),
    answer: gate<Claim | null>(),
  }));
  const claims: ClaimAsked[] = gates.map(({ asked, answer }) => ({
    asked: asked.promise,
    answer: answer.open,
  }));
  const released = gate<string[]>();
  const listeners = new Set<QueueListener>();
  const { queue, calls } = fakeQueue({
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    claimNext: (_stream, request) => {
      const next = gates.shift();
      assert.ok(next);
      next.asked.open(request?.signal as AbortSignal);
      return next.answer.promise;
    },
    releaseClaim: async (...[id, lease]) => {
      released.open([id, lease]);
      return {} as never;
    },
    stats: async () => ({ sessions: 0, streams: 0, queued_tasks: 0, running_tasks: 0 }),
  });
  const tell = (event: Pick<QueueEvent, 'type' | 'task'>) => {
    for (const listener of [...listeners]) listener({ id: '1-1', at: '2026-01-31T09:00:00Z', ...event });
  };
  return { queue, calls, claims, released: released.promise, tell };
}

const repeatable = { claim_request_id: 'r' };

function repeat(server: HttpServer): Promise<Answer> {
  return ask(server, 'POST', '/api/streams/api/claim', { body: repeatable });
}

/** Requests the next claim, and closes the connection while the queue makes it. */
async function cutOff(server: HttpServer, claim: ClaimAsked | undefined): Promise<void> {
  const request = start(server, '/api/streams/api/claim', repeatable);
  const signal = (await claim?.asked) as AbortSignal;
  const aborted = once(signal, 'abort');
  request.destroy();
  await aborted;
}

describe('a claim over HTTP', () => {
  afterEach(closeServers);

  it('returns the lease, and 204 when there is no task', async () => {
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

  it('returns the given name of the worker, or the time where none was given', async () => {
    const { queue } = fakeQueue({ claimTask: async (id) => claimOf(id) });
    const server = await serve(queue);
    const named = await ask(server, 'POST', '/api/tasks/tsk_1/claim', { body: { worker_id: 'me' } });
    assert.equal(named.json.task.worker_id, 'me');
    const unnamed = await ask(server, 'POST', '/api/tasks/tsk_1/claim');
    assert.match(unnamed.json.task.worker_id, /^\d{4}-.*Z$/);
  });

  it('uses the Idempotency-Key as the claim_request_id', async () => {
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

  it('stops waiting when the connection closes', async () => {
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

  it('is undone when the connection closes before the answer', async () => {
    const asked = gate<AbortSignal>();
    const grant = gate<Claim>();
    const released = gate<string[]>();
    const { queue } = fakeQueue({
      claimNext: (_stream, request) => {
        asked.open(request?.signal as AbortSignal);
        return grant.promise;
      },
      releaseClaim: async (...[id, lease]) => {
        released.open([id, lease]);
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

  it('with a request id waits 30 seconds for a repeated request before it is undone', async () => {
    const { clock, fire, waiting } = handClock();
    const { queue, calls, claims, released } = queueOnDemand(3);
    const server = await serve(queue, { clock });
    const lose = async (at: number): Promise<void> => {
      await cutOff(server, claims[at]);
      claims[at]?.answer(claimOf('tsk_1'));
      while (waiting(30_000) === 0) await ask(server, 'GET', '/stats');
    };

    await lose(0);
    claims[1]?.answer(claimOf('tsk_1'));
    assert.equal((await repeat(server)).json.lease, 'lease of tsk_1');
    assert.equal(waiting(30_000), 0);

    await lose(2);
    assert.equal(calls.filter(({ method }) => method === 'releaseClaim').length, 0);
    fire(30_000);
    assert.deepEqual(await released, ['tsk_1', 'lease of tsk_1']);
  });

  it('is not undone when the repeated request came before the first one ended', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { clock, waiting } = handClock();
      const { queue, claims } = queueOnDemand(2);
      const server = await serve(queue, { clock });
      await cutOff(server, claims[0]);
      const repeated = repeat(server);
      await claims[1]?.asked;
      for (const at of order) {
        claims[at]?.answer(claimOf('tsk_1'));
        if (at === 1) assert.equal((await repeated).json.lease, 'lease of tsk_1');
      }
      await ask(server, 'GET', '/stats');
      assert.equal(waiting(30_000), 0, `answered in the order ${order}`);
    }
  });

  it('is not undone when its task tells of progress: another host has answered the repeated request', async () => {
    const { clock, waiting } = handClock();
    const { queue, calls, claims, tell } = queueOnDemand(1);
    const server = await serve(queue, { clock });
    await cutOff(server, claims[0]);
    const claim = claimOf('tsk_1');
    claims[0]?.answer(claim);
    while (waiting(30_000) === 0) await ask(server, 'GET', '/stats');
    tell({ type: 'task.updated', task: claim.task });
    tell({ type: 'task.progress', task: { ...claim.task, attempts: claim.task.attempts + 1 } });
    assert.equal(waiting(30_000), 1);
    tell({ type: 'task.progress', task: claim.task });
    assert.equal(waiting(30_000), 0);
    assert.equal(calls.filter(({ method }) => method === 'releaseClaim').length, 0);
  });

  it('is undone when the repeated request was disconnected as well, though it got no claim', async () => {
    const { clock, fire, waiting } = handClock();
    const { queue, claims, released } = queueOnDemand(2);
    const server = await serve(queue, { clock });
    await cutOff(server, claims[0]);
    claims[0]?.answer(claimOf('tsk_1'));
    while (waiting(30_000) === 0) await ask(server, 'GET', '/stats');
    await cutOff(server, claims[1]);
    assert.equal(waiting(30_000), 0);
    claims[1]?.answer(null);
    while (waiting(30_000) === 0) await ask(server, 'GET', '/stats');
    fire(30_000);
    assert.deepEqual(await released, ['tsk_1', 'lease of tsk_1']);
  });

  it('that waits gets 503 when the server closes', async () => {
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
