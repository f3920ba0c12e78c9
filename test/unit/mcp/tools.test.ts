import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultConfig, fixedConfig, outsideTool } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import type { PlannedRun } from '../../../src/core/model';
import { AgentSession } from '../../../src/mcp/agentSession';
import { conversationOf } from '../../../src/mcp/conversation';
import { LazyQueue } from '../../../src/mcp/lazyQueue';
import { systemShell } from '../../../src/system/shellWords';
import { ConnectedAgent, withAgent } from '../../support/agents/connectedAgent';
import { FakeClock } from '../../support/fakeClock';
import { withFolder } from '../../support/folders';
import { enqueue, refused } from '../../support/localQueue';

/** Characters of JSON that the list of tools may have. */
const longestList = 10_000;

const somePlan: PlannedRun = {
  digest: '',
  parts: { payload: 'hash' },
  command: ['make'],
  problem: null,
  folder: '/',
  env: {},
  input: null,
  check: null,
  files: [],
};

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

  it('queue a prompt that names no tool for the configured one', () =>
    withAgent(
      async (agent, queue) => {
        const tasks = [{ prompt: 'One' }, { prompt: 'Two', tool: 'llm-haiku' }];
        const ids = idsIn(await agent.call('enqueue_tasks', { tasks }));
        const queued = await Promise.all(ids.map((id) => queue.getTask(id)));
        assert.deepEqual(
          queued.map(({ tool_name }) => tool_name),
          ['llm-sonnet', 'llm-haiku'],
        );
      },
      {
        config: fixedConfig({ ...defaultConfig, agents: { ...defaultConfig.agents, default: 'llm-sonnet' } }),
      },
    ));

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

  it('queue prompts into worktrees, and none out of the one that its tool has', () => {
    const apart = { ...outsideTool, command: ['apart'], task_class: 'LLM_HEAVY', worktree: 'task' as const };
    const config = fixedConfig({ ...defaultConfig, tools: { apart } });
    return withAgent(
      async (agent, queue) => {
        const prompt = (worktree: string) => ({ tasks: [{ prompt: 'x', tool: 'apart', worktree }] });
        const [id = ''] = idsIn(await agent.call('enqueue_tasks', prompt('stream')));
        assert.equal((await queue.getTask(id)).worktree, 'stream');
        await assert.rejects(
          agent.call('enqueue_tasks', prompt('none')),
          /may not take a task out of its worktree/,
        );
        assert.equal((await queue.listTasks()).total, 1);
      },
      { config },
    );
  });

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
    ['nothing to do', { label: 'x' }, /Missing field tasks\.1\.prompt\. Give one of prompt, script/],
    ['a blank prompt', { prompt: ' ' }, /Missing field tasks\.1\.prompt/],
    ['a command beside a prompt', { prompt: 'x', command: 'make' }, /tasks\.1: more than one thing to do/],
    [
      'arguments of no script',
      { command: 'make', args: ['all'] },
      /only a script takes them\. .* PROGRAM all/,
    ],
    ['a tool for a command', { command: 'make', tool: 'run-bash' }, /Leave the tool out/],
    ['a prompt for a shell', { tool: 'run-shell', prompt: 'x' }, /\{"line": "COMMAND LINE"\}/],
    ['a script that there is not', { script: 'scripts/no.sh' }, /Script not found: scripts\/no\.sh/],
    ['a script of another folder', { script: '../no.sh' }, /outside the workspace/],
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

  it('queue scripts and commands, which wait for approval', () =>
    withFolder((workspace) => {
      writeFileSync(path.join(workspace, 'build.sh'), '# timeout: 70\n');
      return withAgent(
        async (agent, queue) => {
          const tasks = [
            { script: 'build.sh', args: ['-x', 'a b'] },
            { command: 'make' },
            { command: 'make | tee log', timeout: 5, label: 'All' },
            { prompt: 'Look at it' },
          ];
          const answer = await agent.call('enqueue_tasks', { stream: 'lane', tasks });
          const rows = await Promise.all(idsIn(answer).map((id) => queue.getTask(id)));
          assert.deepEqual(
            rows.map((row) => [row.tool_name, row.payload_json, row.timeout, row.label, row.approval]),
            [
              ['run-bash', { script_path: 'build.sh', args: ['-x', 'a b'] }, 70, "build -x 'a b'", 'pending'],
              ['run-command', { argv: ['make'] }, 3600, 'make', 'pending'],
              ['run-shell', { line: 'make | tee log', shell: systemShell }, 5, 'All', 'pending'],
              ['agent', { prompt: 'Look at it' }, 300, null, 'given'],
            ],
          );
          assert.deepEqual(
            (answer.tasks as { approval?: string; waiting?: string }[])[0]?.waiting,
            'Waiting for a person to approve it.',
          );
          assert.match(String(answer.next), /^3 of 4 wait until a person approves them.*wait_tasks/);
        },
        { workspace },
      );
    }));

  it('start nothing, however much they queue', () =>
    withAgent(async (agent, queue) => {
      const tasks = Array.from({ length: 20 }, (_, at) => ({ command: `echo ${at}` }));
      for (let call = 0; call < 5; call++) await agent.call('enqueue_tasks', { stream: 'lane', tasks });
      const { items, total } = await queue.listTasks();
      assert.equal(total, 100);
      assert.equal(await queue.claimNext('lane'), null);
      for (const { id } of items) await refused(queue.claimTask(id), 'not_ready', /approve/);
    }));

  it('tell who was denied why', () =>
    withAgent(async (agent, queue) => {
      const tasks = [{ command: 'rm -r build' }, { command: 'make' }];
      const [first = '', second = ''] = idsIn(await agent.call('enqueue_tasks', { stream: 'lane', tasks }));
      await queue.deny(first, { reason: 'Keep the cache' });
      await queue.deny(second);
      const { tasks: answers, open } = await agent.call('wait_tasks', { task_ids: [first, second] });
      assert.deepEqual(
        (answers as Record<string, unknown>[]).map((one) => [one.approval, one.failure_kind, one.error]),
        [
          ['denied', 'denied', 'DENIED: Keep the cache'],
          ['denied', 'denied', 'DENIED: A person did not approve it'],
        ],
      );
      assert.deepEqual(open, []);
    }));

  it('say of each task which agent, and which conversation of it, has queued it', () =>
    withAgent(async (agent, queue) => {
      const originOf = async (meta?: Record<string, unknown>) => {
        const answer = await agent.call(
          'enqueue_tasks',
          { stream: 'lane', tasks: [{ prompt: 'A' }] },
          { meta },
        );
        return (await queue.getTask(idsIn(answer)[0] ?? '')).origin;
      };
      const ann = await originOf({ threadId: 'ann' });
      assert.deepEqual(ann, { kind: 'agent', via: 'tester', conversation: 'threadId ann' });
      const { conversation } = await originOf();
      assert.equal((await originOf()).conversation, conversation);
      const other = await ConnectedAgent.connect(queue, new FakeClock());
      const answer = await other.call('enqueue_tasks', { stream: 'lane', tasks: [{ prompt: 'A' }] });
      await other.client.close();
      const { origin } = await queue.getTask(idsIn(answer)[0] ?? '');
      assert.notEqual(origin.conversation, conversation);
    }));

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
        /was queued by somebody else/,
      );
      const { id } = await enqueue(queue, { tool_name: 'agent' });
      await assert.rejects(
        agent.call('update_task', { task_id: id, cancel: true }),
        /was queued by somebody else\. Ask the person/,
      );
      await assert.rejects(
        agent.call('update_task', { task_id: a, edit: {} }),
        /nothing to change was given/,
      );
      await agent.call('claim_task', { task_id: a });
      await assert.rejects(agent.call('update_task', { task_id: a, cancel: true }), /is running/);
    }));

  it('have what was approved approved again once it is edited', () =>
    withAgent(
      async (agent, queue) => {
        const plan = { stream: 'lane', tasks: [{ command: 'make' }] };
        const [id = ''] = idsIn(await agent.call('enqueue_tasks', plan));
        await queue.approve(id, { digest: 'seen' });
        await agent.call('update_task', { task_id: id, edit: { label: 'Build' } });
        assert.equal((await queue.getTask(id)).approval, 'given');
        await queue.editTask(id, { tool_name: 'run-bash', payload: '{"script_path":"a.sh"}' });
        await agent.call('update_task', { task_id: id, edit: { prompt: 'rm' } });
        assert.equal((await queue.getTask(id)).approval, 'pending');
      },
      { planner: async () => ({ ...somePlan, digest: 'seen' }) },
    ));

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
      assert.equal(conversationOf(meta), undefined);
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
      agent: {},
      run: null,
      git: { atClaim: async () => ({}), atEnd: async () => undefined },
      note: () => undefined,
      clock: new FakeClock(),
      log: silentLog,
    });
    await session.end();
  });
});
