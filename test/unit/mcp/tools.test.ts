import assert from 'node:assert/strict';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import { AgentSession } from '../../../src/mcp/agentSession';
import { conversationOf, onlyConversation } from '../../../src/mcp/conversation';
import { LazyQueue } from '../../../src/mcp/lazyQueue';
import { withAgent } from '../../support/agents/connectedAgent';
import { FakeClock } from '../../support/fakeClock';
import { enqueue } from '../../support/localQueue';

/** Characters of JSON that the list of tools may have. */
const longestList = 10_000;

function idsIn({ tasks }: Record<string, unknown>): string[] {
  return (tasks as { task_id: string }[]).map(({ task_id }) => task_id);
}

describe('The tools for agents', () => {
  it('are eight in a short list, which says what only reads', () =>
    withAgent(async ({ client }) => {
      const answer = await client.listTools();
      const text = JSON.stringify(answer);
      assert.ok(text.length < longestList, `${text.length} characters`);
      const readOnly = answer.tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]);
      assert.deepEqual(readOnly, [
        ['queue_status', true],
        ['enqueue_tasks', false],
        ['list_tasks', true],
        ['get_task', true],
        ['wait_tasks', true],
        ['claim_task', false],
        ['update_task', false],
        ['finish_task', false],
      ]);
    }));

  it('queue a plan as one batch, in the stream main where none is named', () =>
    withAgent(async (agent, queue) => {
      const plan = {
        label: 'Login',
        tasks: [
          { key: 'api', prompt: 'Write the API', timeout: 60, max_attempts: 2 },
          { key: 'tests', prompt: 'Write its tests', tool: 'llm-sonnet', after: ['api'], label: 'Tests' },
        ],
      };
      const answer = await agent.call('enqueue_tasks', plan);
      const [first, second] = idsIn(answer);
      const tasks = await Promise.all([first, second].map((id) => queue.getTask(id ?? '')));
      assert.deepEqual(
        tasks.map((task) => [task.tool_name, task.label, task.payload_json, task.after, task.max_attempts]),
        [
          ['agent', null, { prompt: 'Write the API' }, [], 2],
          ['llm-sonnet', 'Tests', { prompt: 'Write its tests' }, [first], 1],
        ],
      );
      assert.equal((await queue.getStream(tasks[0]?.stream_id ?? '')).name, 'main');
      assert.equal((await queue.getBatch(String(answer.batch_id))).label, 'Login');
    }));

  it('queue nothing twice under one key', () =>
    withAgent(async (agent, queue) => {
      const plan = { stream: 'lane', tasks: [{ key: 'a', prompt: 'A' }], idempotency_key: 'schlüssel 1' };
      const first = await agent.call('enqueue_tasks', plan);
      const again = await agent.call('enqueue_tasks', plan);
      assert.deepEqual(idsIn(again), idsIn(first));
      assert.equal(again.duplicate, true);
      assert.equal((await queue.listTasks()).total, 1);
    }));

  for (const [what, task, message] of [
    ['a script', { script: 'scripts/build.sh' }, /may not queue the script scripts\/build\.sh/],
    ['a command', { command: 'make' }, /may not queue a command/],
    [
      'a prompt for a tool that runs here',
      { tool: 'run-shell', prompt: 'x' },
      /the tool run-shell, which runs here/,
    ],
    ['a command beside a prompt', { prompt: 'x', command: 'make' }, /may not queue a command/],
    ['no prompt', { label: 'x' }, /Missing field tasks\.1\.prompt\. Say what is to be done/],
    ['a blank prompt', { prompt: ' ' }, /Missing field tasks\.1\.prompt/],
  ] as const) {
    it(`refuse ${what}, and queue none of the call`, () =>
      withAgent(async (agent, queue) => {
        const tasks = [
          { key: 'a', prompt: 'A' },
          { key: 'b', ...task },
        ];
        await assert.rejects(agent.call('enqueue_tasks', { stream: 'lane', tasks }), message);
        assert.equal((await queue.listTasks()).total, 0);
      }));
  }

  it('let a conversation edit and cancel what it has queued itself, until it runs', () =>
    withAgent(async (agent, queue) => {
      const plan = { stream: 'lane', tasks: ['a', 'b'].map((key) => ({ key, prompt: key })) };
      const [a = '', b = ''] = idsIn(await agent.call('enqueue_tasks', plan));
      const edit = { prompt: 'better', label: 'A' };
      assert.equal((await agent.call('update_task', { task_id: a, edit })).name, 'A');
      assert.deepEqual((await queue.getTask(a)).payload_json, { prompt: 'better' });
      assert.equal((await agent.call('update_task', { task_id: b, cancel: true })).failure_kind, 'cancelled');
      const bob = { meta: { threadId: 'bob' } };
      await assert.rejects(
        agent.call('update_task', { task_id: a, edit }, bob),
        /was not queued by this conversation/,
      );
      const { id } = await enqueue(queue, { tool_name: 'agent' });
      await assert.rejects(
        agent.call('update_task', { task_id: id, cancel: true }),
        /was not queued by this conversation\. Ask the person/,
      );
      await assert.rejects(
        agent.call('update_task', { task_id: a, edit: {} }),
        /nothing to change was given/,
      );
      await agent.call('claim_task', { task_id: a });
      await assert.rejects(agent.call('update_task', { task_id: a, cancel: true }), /is running/);
    }));

  it('do not let an edit reach a tool that has got a command since', () =>
    withAgent(async (agent, queue) => {
      const plan = { stream: 'lane', tasks: [{ key: 'a', prompt: 'A' }] };
      const [id = ''] = idsIn(await agent.call('enqueue_tasks', plan));
      await queue.editTask(id, { tool_name: 'run-bash' });
      await assert.rejects(
        agent.call('update_task', { task_id: id, edit: { prompt: 'rm' } }),
        /may not queue a prompt for the tool run-bash/,
      );
    }));

  it('list tasks, all or those of the conversation', () =>
    withAgent(async (agent, queue) => {
      const other = await enqueue(queue, { tool_name: 'agent' });
      const plan = { stream: 'lane', tasks: ['a', 'b'].map((key) => ({ key, prompt: key })) };
      const [a = '', b = ''] = idsIn(await agent.call('enqueue_tasks', plan));
      assert.deepEqual(idsIn(await agent.call('list_tasks', { limit: 2 })), [b, a]);
      assert.deepEqual(idsIn(await agent.call('list_tasks', { mine: true })), [b, a]);
      await agent.call('claim_task', { task_id: other.id });
      assert.deepEqual(idsIn(await agent.call('list_tasks', { mine: true, status: 'running' })), [other.id]);
      await queue.cancel(a);
      await queue.deleteTask(a);
      await assert.rejects(agent.call('list_tasks', { limit: 51 }), /limit/);
    }));

  it('show one task with the end of its output', () =>
    withAgent(async (agent, queue) => {
      const { id } = await enqueue(queue, { tool_name: 'agent', payload: '{"prompt": "P", "n": 1.10}' });
      await queue.claimTask(id);
      await queue.complete(id, { result_summary: 'ok', stdout: 'one two', stderr: '' });
      const short = await agent.call('get_task', { task_id: id });
      assert.deepEqual(
        [short.prompt, short.payload, short.stdout],
        ['P', '{"prompt": "P", "n": 1.10}', undefined],
      );
      assert.equal((await agent.call('get_task', { task_id: id, output_tail: 3 })).stdout, 'two');
      await assert.rejects(
        agent.call('get_task', { task_id: 'tsk_no' }),
        /Task not found: tsk_no\. List available/,
      );
    }));

  it('wait until tasks have finished, or say what is open', () =>
    withAgent(async (agent, queue) => {
      const first = await enqueue(queue, { tool_name: 'agent' });
      const second = await enqueue(queue, { tool_name: 'agent' });
      const task_ids = [first.id, second.id];
      const now = await agent.call('wait_tasks', { task_ids, timeout_s: 0 });
      assert.deepEqual(now.open, task_ids);
      const waiting = agent.call('wait_tasks', { task_ids });
      for (const id of task_ids) {
        await queue.claimTask(id);
        await queue.complete(id, { result_summary: 'ok' });
      }
      const answer = await waiting;
      assert.deepEqual([answer.open, idsIn(answer)], [[], task_ids]);
    }));

  it('say how the queue stands, and what the conversation has open', () =>
    withAgent(async (agent, queue) => {
      const { id } = await enqueue(queue, { tool_name: 'agent', label: 'Tests' });
      await enqueue(queue, { tool_name: 'agent' });
      await agent.call('claim_task', { stream: 'lane' });
      await agent.call('update_task', { task_id: id, progress: 5 });
      const { streams, running, open_tasks } = await agent.call('queue_status', { stream: 'lane' });
      const [lane] = streams as Record<string, unknown>[];
      assert.deepEqual([lane?.stream, lane?.queued, lane?.running], ['lane', 1, 1]);
      const facts = { task_id: id, label: 'Tests', tool: 'agent', progress: 5 };
      assert.deepEqual(running, [{ ...facts, stream_id: lane?.stream_id }]);
      assert.deepEqual(open_tasks, [id]);
    }));
});

describe('The conversation of a call', () => {
  it('is what the client says it is, and never a single call', () => {
    assert.equal(conversationOf({ 'vscode.conversationId': 'c1' }), 'vscode.conversationId c1');
    assert.equal(conversationOf({ threadId: 't1' }), 'threadId t1');
    for (const meta of [undefined, {}, { 'claudecode/toolUseId': 'u1' }, { threadId: ' ' }, { threadId: 5 }])
      assert.equal(conversationOf(meta), onlyConversation);
  });
});

describe('A queue that is opened when needed', () => {
  it('is looked for again as long as there is none, and closed once', async () => {
    const said: string[] = [];
    let there = false;
    const lazy = new LazyQueue(async () => {
      said.push('open');
      if (!there)
        throw new QueueError('unavailable', 'No queue in /project', 'Create one with: sparkq setup');
      return { queue: {} as never, close: async () => void said.push('close') };
    });
    await assert.rejects(lazy.get(), /No queue/);
    there = true;
    const [first, second] = await Promise.all([lazy.get(), lazy.get()]);
    assert.equal(first, second);
    await lazy.close();
    assert.deepEqual(said, ['open', 'open', 'close']);
  });

  it('is not opened by an agent that never called', async () => {
    const session = new AgentSession({
      open: () => Promise.reject(new Error('opened')),
      git: { atClaim: async () => ({}), atEnd: async () => undefined },
      clock: new FakeClock(),
      log: silentLog,
    });
    await session.end();
  });
});
