import assert from 'node:assert/strict';
import type { Origin } from '../../../src/core/model';
import { operationNames, operations } from '../../../src/core/operations';
import { callerHeader, mostCallerText } from '../../../src/core/protocol';
import { agentRights } from '../../../src/store/callers/agentRights';
import { agentToken, ask, closeServers, fakeQueue, serve } from './support';

const asAgent = { authorization: `Bearer ${agentToken}` };

/** Who the queue is told has queued a task that was sent with these headers. */
async function originOf(headers: Record<string, string>): Promise<Origin> {
  const { queue, calls } = fakeQueue({ enqueue: async () => ({ task: { id: 'tsk_1' }, duplicate: false }) });
  const server = await serve(queue);
  const { status, text } = await ask(server, 'POST', '/api/tasks', {
    body: { stream_id: 's', tool_name: 't', origin: { kind: 'person', via: 'me' } },
    headers,
  });
  assert.equal(status, 200, text);
  const [task] = calls.flatMap(({ args }) => args) as [{ origin: Origin }];
  return task.origin;
}

describe('who calls over HTTP', () => {
  afterEach(closeServers);

  it('is a person, or whoever the header says', async () => {
    assert.deepEqual(await originOf({}), { kind: 'person' });
    const run: Origin = { kind: 'run', via: 'codex', conversation: 'c', task: 'tsk_000000000001' };
    assert.deepEqual(await originOf({ [callerHeader]: JSON.stringify({ ...run, more: 1 }) }), run);
  });

  it('is an agent with the token of agents, whatever the header says', async () => {
    assert.deepEqual(await originOf(asAgent), { kind: 'agent' });
    const caller = { kind: 'person', conversation: 'c' };
    const origin = await originOf({ ...asAgent, [callerHeader]: JSON.stringify(caller) });
    assert.deepEqual(origin, { kind: 'agent', conversation: 'c' });
  });

  it('is refused where the header is wrong', async () => {
    const server = await serve(fakeQueue({}).queue);
    const long = 'x'.repeat(mostCallerText + 1);
    for (const caller of [
      'person',
      '[]',
      '{}',
      '{"kind":"owner"}',
      '{"kind":"agent","task":"12"}',
      '{"kind":"agent","via":7}',
      JSON.stringify({ kind: 'agent', conversation: long }),
      JSON.stringify({ kind: 'agent', via: long }),
    ]) {
      const { status, json } = await ask(server, 'GET', '/api/tools', {
        headers: { [callerHeader]: caller },
      });
      assert.deepEqual([status, json.code], [400, 'invalid_field'], caller);
      assert.match(json.error, /x-sparkq-caller/);
    }
  });

  it('is kept from all that is for a person, on every route and before anything is read', async () => {
    const { queue, calls } = fakeQueue({});
    const server = await serve(queue, {
      onStop: () => assert.fail('stopped'),
      onHandover: () => assert.fail(),
    });
    const rights = new Map(
      operationNames.map((name) => [operations[name].route as string, agentRights[name]]),
    );
    const declared = { [callerHeader]: JSON.stringify({ kind: 'agent' }) };
    const refused: string[] = [];
    for (const route of server.routes) {
      const [method = '', path = ''] = route.split(' ');
      if (path === '/api/events') continue;
      const right = rights.get(route) ?? (method === 'GET' ? 'agent' : 'person');
      for (const headers of [asAgent, declared]) {
        calls.length = 0;
        const { status, json } = await ask(server, method, path.replace('{id}', 'x'), { headers });
        assert.equal(status === 403, right === 'person', `${route}: ${status}`);
        if (status !== 403) continue;
        assert.equal(json.code, 'forbidden');
        assert.deepEqual(calls, []);
        refused.push(route);
      }
    }
    for (const route of ['POST /api/stop', 'POST /api/handover', 'POST /api/tickets', 'POST /api/reload'])
      assert.ok(refused.includes(route), route);
  });

  it('is kept from changing what others have queued', async () => {
    const others = { id: 'tsk_000000000001', status: 'queued', origin: { kind: 'person' } };
    const { queue, calls } = fakeQueue({ getTask: async () => others as never });
    const server = await serve(queue);
    const at = `/api/tasks/${others.id}`;
    for (const [method, path, body] of [
      ['PUT', at, { label: 'mine' }],
      ['POST', `${at}/cancel`, undefined],
    ] as const) {
      const { status, json } = await ask(server, method, path, { body, headers: asAgent });
      assert.deepEqual([status, json.code], [403, 'forbidden'], path);
    }
    assert.deepEqual(new Set(calls.map(({ method }) => method)), new Set(['getTask']));
  });
});
