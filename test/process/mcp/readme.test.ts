import assert from 'node:assert/strict';
import type { Task } from '../../../src/core/model';
import { connect, type McpProgram, type Started } from '../../support/agents/mcpPrograms';
import { untilEnded } from '../../support/deadPid';
import { blocksOf, linesOf, TypingSandbox } from '../cli/typing';

const blocks = (language: string) => blocksOf('README.md', 'With your agent', language);

describe('The section of the README for agents', () => {
  // Its lines are typed into a shell, on a terminal.
  if (process.platform !== 'linux') return;
  const box = new TypingSandbox();
  const open: McpProgram[] = [];
  after(async () => {
    for (const agent of open) await agent.close();
    await box.remove();
  });

  /** Starts what the written file says, as an agent does that is started in the folder. */
  async function startAgent(): Promise<McpProgram> {
    const { command, args } = JSON.parse(box.read('.mcp.json')).mcpServers.sparkq as Started;
    const agent = await connect(box, 'legacy', { command, args, bin: box.programs });
    open.push(agent);
    return agent;
  }

  it('leads from an empty folder to reviewed tasks, word by word', async () => {
    const [[setup, setUpAgent, ...more] = [], [digest, answer, approve, work, review, ...others] = []] =
      blocks('sh').map(linesOf);
    const [block = ''] = blocks('json');
    assert.deepEqual(blocksOf('docs/agents.md', 'Set up an agent', 'json'), [block]);
    assert.ok(setup && setUpAgent && digest && answer && approve && work && review);
    assert.deepEqual([more, others], [[], []]);

    const asking = box.typed(setup, { terminal: true });
    await asking.says(/Project name/);
    asking.child.stdin.write('\n'.repeat(20));
    assert.equal((await asking.exited).code, 0, asking.stdout);
    await box.succeeds(setUpAgent);
    assert.deepEqual(JSON.parse(box.read('.mcp.json')), JSON.parse(block));
    const agent = await startAgent();
    assert.equal((await agent.listTools()).length, 8);

    // Queue these as tasks for later.
    box.write('scripts/check.sh', '#!/bin/sh\necho checked > checked.txt\n');
    const tasks = [
      { key: 'tests', prompt: 'Write the tests' },
      { key: 'table', prompt: 'Move the table', after: ['tests'] },
      { key: 'check', script: 'scripts/check.sh', after: ['table'] },
      { key: 'docs', prompt: 'Write the docs', after: ['table'] },
    ];
    const queued = await agent.call('enqueue_tasks', { tasks });
    assert.equal(queued.error, undefined);
    const [tests = '', table = '', check = '', docs = ''] = (queued.tasks as { task_id: string }[]).map(
      ({ task_id }) => task_id,
    );
    const claims = async (id: string, note: RegExp | undefined) => {
      const claim = await agent.call('claim_task', { wait_s: 10 });
      assert.equal(claim.task_id, id);
      assert.match(String(claim.note), note ?? /^undefined$/);
    };
    const finishes = async (id: string, report: object, status: string) => {
      const finished = await agent.call('finish_task', { task_id: id, ...report });
      assert.equal(finished.status, status, String(finished.error));
    };

    // Work on the tasks in the queue.
    await claims(tests, undefined);
    await finishes(tests, { outcome: 'done', summary: '12 tests, all pass' }, 'succeeded');
    await claims(table, undefined);
    const question = { question: 'Drop the old table?', choices: ['Drop it', 'Keep the old table'] };
    await finishes(table, { outcome: 'needs_input', summary: 'Both are possible', ...question }, 'queued');
    assert.equal((await agent.call('claim_task')).task_id, null);
    const waiting = await box.succeeds(digest);
    for (const id of [table, check]) assert.ok(waiting.includes(id), waiting);
    await box.succeeds(answer.replace('TASK', table));
    await claims(table, /Drop the old table\?[\s\S]*Keep the old table/);
    await finishes(table, { outcome: 'done', summary: 'Moved; the old one is still there' }, 'succeeded');

    // A script waits until it is approved, and then runs.
    assert.equal((await agent.call('get_task', { task_id: check })).approval, 'pending');
    const { code, stdout: shown } = await box.agrees(approve.replace('TASK', check));
    assert.equal(code, 0, shown);
    assert.match(shown, /scripts\/check\.sh/);
    const [, background = ''] = /PID (\d+)/.exec(await box.succeeds(work)) ?? [];
    const { open: running } = await agent.call('wait_tasks', { task_ids: [check], timeout_s: 45 });
    assert.deepEqual(running, []);
    assert.equal(box.read('checked.txt'), 'checked\n');
    await untilEnded(Number(background));

    // An agent that goes away leaves its task in the queue.
    const second = await startAgent();
    assert.equal((await second.call('claim_task')).task_id, docs);
    await second.close();
    assert.equal((await agent.call('get_task', { task_id: docs })).status, 'queued');

    // What was done waits for its review.
    const done = await box.succeeds(digest);
    for (const id of [tests, table, check]) assert.ok(done.includes(id), done);
    await box.succeeds(review.replace('TASK', tests));
    const left = await box.json<Task[]>('tasks', '--unreviewed');
    assert.deepEqual(left.map(({ id }) => id).sort(), [table, check].sort());
  });
});
