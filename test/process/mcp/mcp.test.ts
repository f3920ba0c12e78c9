import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openQueue } from '../../../src/client/openQueue';
import type { RemoteQueue } from '../../../src/client/remote/remoteQueue';
import { moveQueueTo } from '../../../src/client/storage/movedQueue';
import { fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import { whileHeldForMove } from '../../../src/store/ownership/movedTo';
import { readOwner } from '../../../src/store/ownership/ownerLock';
import { connect, connectEarlier, type McpProgram, type Place } from '../../support/agents/mcpPrograms';
import { nextEvent } from '../../support/localQueue';
import { Sandbox } from '../cli/sandbox';

const clients: readonly [string, (place: Place) => Promise<McpProgram>][] = [
  ['with sessions', (place) => connect(place, 'legacy')],
  ['without sessions', (place) => connect(place, 'auto')],
  ['of the previous major version', connectEarlier],
];

const outside = { stream: 'lane', tool_name: 'agent', prompt: 'Write the tests' };

describe('sparkq mcp', () => {
  let box: Sandbox;
  let queue: RemoteQueue | undefined;
  const open: McpProgram[] = [];

  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(async () => {
    for (const program of open.splice(0)) await program.close();
    await queue?.close();
    queue = undefined;
    await box.remove();
  });

  async function begin(how: (place: Place) => Promise<McpProgram> = connect): Promise<McpProgram> {
    const program = await how(box);
    open.push(program);
    return program;
  }

  for (const [what, how] of clients) {
    it(`serves a client ${what} from the plan to the review`, async () => {
      await box.makeQueue();
      const agent = await begin(how);
      assert.equal((await agent.listTools()).length, 8);
      const tasks = [
        { key: 'a', prompt: 'A' },
        { key: 'b', prompt: 'B', after: ['a'] },
      ];
      await agent.call('enqueue_tasks', { tasks });
      for (const { prompt } of tasks) {
        const claim = await agent.call('claim_task', { wait_s: 10 });
        assert.equal(claim.prompt, prompt);
        assert.deepEqual(await agent.call('claim_task'), { ...claim, resumed: true });
        const report = { task_id: claim.task_id, outcome: 'done', summary: `${prompt} is done` };
        assert.equal((await agent.call('finish_task', report)).status, 'succeeded');
      }
      const listed = await box.json<{ result_summary: string; reviewed_at: unknown }[]>('tasks');
      assert.deepEqual(listed.map((task) => [task.result_summary, task.reviewed_at]).sort(), [
        ['A is done', null],
        ['B is done', null],
      ]);
    });

    it(`tells the conversations of a client ${what} apart where it names them`, async () => {
      await box.makeQueue();
      const agent = await begin(how);
      const tasks = ['a', 'b'].map((key) => ({ key, prompt: key }));
      await agent.call('enqueue_tasks', { tasks });
      const [ann, bob] = ['ann', 'bob'].map((id) => ({ 'vscode.conversationId': id }));
      const [first, second] = [
        await agent.call('claim_task', {}, ann),
        await agent.call('claim_task', {}, bob),
      ];
      assert.notEqual(first.task_id, second.task_id);
      const report = { task_id: first.task_id, outcome: 'done', summary: 'ok' };
      assert.match(String((await agent.call('finish_task', report, bob)).error), /by another conversation/);
      assert.equal((await agent.call('finish_task', report, ann)).status, 'succeeded');
    });
  }

  it('goes on with a queue that a window moves, and does not take it over meanwhile', async () => {
    const storage = await box.makeQueue();
    const programs = path.resolve('dist');
    const place = { home: box.home, workspace: box.folder, storage, programs };
    const owner = await openQueue({
      ...place,
      role: 'editor',
      config: fixedConfig(),
      log: silentLog,
      version: '0.0.0',
      serve: true,
    });
    const agent = await begin();
    await agent.call('enqueue_tasks', { tasks: [{ key: 'a', prompt: 'A' }] });
    const to = await whileHeldForMove(storage, async () => {
      await owner.close();
      return moveQueueTo(place, box.folder, { ends: false });
    });
    assert.equal((await agent.call('claim_task', { wait_s: 10 })).prompt, 'A');
    assert.equal((await readOwner(to))?.role, 'mcp');
  });

  it('starts where there is no queue, and finds one that is made later', async () => {
    const agent = await begin();
    const { error } = await agent.call('queue_status');
    assert.match(String(error), /^No queue in .*\. Create one with: sparkq setup$/);
    await box.makeQueue();
    assert.equal((await agent.call('queue_status')).error, undefined);
  });

  it('gives back what it holds when the agent ends, before it ends itself', async () => {
    ({ queue } = await box.serve());
    const { task } = await queue.enqueue(outside);
    const agent = await connect(box);
    await agent.call('claim_task', { stream: 'lane' });
    await agent.close();
    const now = await queue.getTask(task.id);
    assert.deepEqual(
      [now.status, now.failures, now.progress_message],
      ['queued', 0, 'Given back: the agent that had claimed it has ended'],
    );
  });

  it('goes on when the owner of the queue is killed, and becomes the owner itself', async () => {
    const served = await box.serve();
    queue = served.queue;
    const { task } = await queue.enqueue(outside);
    const agent = await begin();
    await agent.call('claim_task', { stream: 'lane' });
    const waiting = agent.call('wait_tasks', { task_ids: [task.id] });
    await served.server.stop('SIGKILL');
    const report = { task_id: task.id, outcome: 'done', summary: 'done all the same' };
    assert.equal((await agent.call('finish_task', report)).status, 'succeeded');
    assert.deepEqual((await waiting).open, []);
    const status = await box.json<{ queue: { role: string; pid: number } }>('status');
    assert.deepEqual([status.queue.role, status.queue.pid], ['mcp', agent.pid]);
  });

  it('starts nothing that the agent queues, whoever owns the queue', async () => {
    await box.makeQueue();
    const agent = await begin();
    const tasks = [{ command: 'touch ran' }];
    await agent.call('enqueue_tasks', { tasks });
    const server = box.start(['serve']);
    await server.says(/^SparkQ server: /);
    await agent.call('enqueue_tasks', { tasks });
    await box.ok('add', '--', 'touch', 'mine');
    await box.ok('watch', 'main', '--once');
    const listed = await box.json<Task[]>('tasks');
    assert.deepEqual(
      listed.map(({ origin, approval, status }) => [origin.kind, approval, status]),
      [
        ['person', 'given', 'succeeded'],
        ['agent', 'pending', 'queued'],
        ['agent', 'pending', 'queued'],
      ],
    );
    const [first, second] = listed.slice(1).map(({ origin }) => origin.conversation);
    assert.ok(first);
    assert.equal(first, second);
    assert.deepEqual(
      ['ran', 'mine'].map((name) => existsSync(path.join(box.folder, name))),
      [false, true],
    );
  });

  it('hands the queue to a server that comes, and keeps its task', async () => {
    await box.makeQueue();
    const agent = await begin();
    await agent.call('enqueue_tasks', { tasks: [{ key: 'a', prompt: 'A' }] });
    const { task_id } = await agent.call('claim_task');
    const server = box.start(['serve']);
    await server.says(/^SparkQ server: /);
    const answer = await agent.call('update_task', { task_id, progress: 50 });
    assert.equal(answer.cancel_requested, false);
    assert.equal((await box.json<{ queue: { role: string } }>('status')).queue.role, 'serve');
    assert.equal((await agent.call('claim_task')).resumed, true);
  });

  it('leaves nothing claimed by a call that was cut off with the connection', async () => {
    ({ queue } = await box.serve());
    const agent = await connect(box);
    await agent.call('queue_status');
    const waiting = agent.call('claim_task', { stream: 'lane', wait_s: 45 }).catch(() => undefined);
    await agent.call('queue_status');
    await agent.close();
    await waiting;
    const created = nextEvent(queue, 'task.created');
    const { task } = await queue.enqueue(outside);
    await created;
    assert.equal((await queue.getTask(task.id)).status, 'queued');
    assert.equal((await queue.claimTask(task.id)).task.attempts, 1);
  });
});
