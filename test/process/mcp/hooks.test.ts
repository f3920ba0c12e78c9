import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { built, connect, type McpProgram, type Started } from '../../support/agents/mcpPrograms';
import type { Ended, How } from '../../support/commandLine';
import { Sandbox } from '../cli/sandbox';

/** Its parent is no process of ours: as of another session on the same terminal. */
const elsewhere: Started = {
  command: '/bin/sh',
  args: ['-c', '"$@"; exit', 'sh', built.command, ...built.args],
};

const suite = process.platform === 'win32' ? describe.skip : describe;

suite('sparkq agents hook', () => {
  let box: Sandbox;
  const open: McpProgram[] = [];

  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(async () => {
    for (const program of open.splice(0)) await program.close();
    await box.remove();
  });

  async function begin(how?: Started): Promise<McpProgram> {
    const program = await connect(box, 'legacy', how);
    open.push(program);
    return program;
  }

  /** A program that has claimed a task of its own. */
  async function claimed(
    label: string,
    how?: Started,
    meta?: Record<string, unknown>,
  ): Promise<{ agent: McpProgram; task: string }> {
    const agent = await begin(how);
    const queued = await agent.call('enqueue_tasks', { tasks: [{ prompt: 'A', label }] });
    const [{ task_id: task } = { task_id: '' }] = queued.tasks as { task_id: string }[];
    const claim = await agent.call('claim_task', { task_id: task }, meta);
    assert.equal(claim.task_id, task, String(claim.error));
    return { agent, task };
  }

  /** What the hook answers, which never fails. */
  async function answerTo(event: string, input: unknown = {}, how: How = {}): Promise<unknown> {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    const ended = await box.run(['agents', 'hook', event], { ...how, input: text });
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    return ended.stdout === '' ? null : JSON.parse(ended.stdout);
  }

  const stop = (more: object = {}) =>
    answerTo('stop', { session_id: 's1', cwd: box.folder, hook_event_name: 'Stop', ...more });

  it('reminds once of a task that its session has open', async () => {
    await box.makeQueue();
    assert.equal(await stop(), null);
    const { agent, task } = await claimed('Write the\ntests');
    assert.equal(await stop({ stop_hook_active: true }), null);
    const { decision, reason } = (await stop()) as Record<string, string>;
    assert.equal(decision, 'block');
    assert.match(
      reason ?? '',
      new RegExp(`^Task ${task} \\(Write the tests\\) is still open: .* finish_task`),
    );
    assert.equal(await stop(), null);
    await agent.call('finish_task', { task_id: task, outcome: 'done', summary: 'ok' });
    assert.deepEqual(fs.readdirSync(path.join(box.home, 'claims')), []);
  });

  it('says nothing of what another session has open', async () => {
    await box.makeQueue();
    await claimed('a', elsewhere);
    assert.equal(await stop(), null);
    const { task } = await claimed('b', { ...elsewhere, env: { CLAUDE_CODE_SESSION_ID: 's1' } });
    assert.match(JSON.stringify(await stop()), new RegExp(`Task ${task} `));
  });

  it('keeps the conversations of one program apart where the client names them', async () => {
    await box.makeQueue();
    const { task } = await claimed('a', undefined, { threadId: 't1' });
    assert.equal(await stop({ session_id: 't2' }), null);
    assert.match(JSON.stringify(await stop({ session_id: 't1' })), new RegExp(`Task ${task} `));
  });

  it('forgets what a program had open that was killed', async () => {
    await box.makeQueue();
    const { agent } = await claimed('a');
    process.kill(agent.pid, 'SIGKILL');
    await agent.close();
    assert.equal(await stop(), null);
    assert.deepEqual(fs.readdirSync(path.join(box.home, 'claims')), []);
  });

  it('gives a hint where a queue is, and opens none', async () => {
    const start = { hook_event_name: 'SessionStart', session_id: 's1', cwd: box.folder, source: 'startup' };
    const hint = async (input: object = start, how?: How) =>
      ((await answerTo('session-start', input, how)) as { hookSpecificOutput: object } | null)
        ?.hookSpecificOutput ?? null;
    assert.equal(await hint(), null);
    await box.makeQueue();
    const closed = await hint();
    assert.match(JSON.stringify(closed), /"SessionStart".*has a SparkQ queue\. When .*claim_task/);
    assert.match(await box.ok('status'), /not running/);
    const agent = await begin();
    await agent.call('enqueue_tasks', { tasks: ['a', 'b'].map((prompt) => ({ prompt })) });
    assert.match(JSON.stringify(await hint()), /2 tasks in it are ready for agents/);
    assert.equal(await hint(start, { env: { SPARKQ_TASK_ID: 'tsk_0a1b2c3d4e5f' } }), null);
    const flat = await answerTo('session-start', { sessionId: 's1', cwd: box.folder }, { cwd: box.root });
    assert.deepEqual(Object.keys(flat as object), ['additionalContext']);
  });

  it('never fails', async () => {
    await box.makeQueue();
    const file = box.write('file', '');
    const odd: [string[], How, RegExp][] = [
      [['stop'], { input: 'no JSON' }, /^$/],
      [['stop'], { input: '' }, /^$/],
      [['stop', 'now', '--hard'], { input: '{}' }, /^$/],
      [['session-end'], { input: '{}' }, /^sparkq agents hook: unknown event session-end\n$/],
      [[], { input: '{}' }, /unknown event/],
      [['session-start'], { input: '{}', env: { SPARKQ_HOME: file } }, /^$/],
      [['stop'], { input: '{}', env: { SPARKQ_HOME: file } }, /^$/],
    ];
    const ends = await Promise.all(
      odd.map(([args, how]): Promise<Ended> => box.run(['agents', 'hook', ...args], how)),
    );
    for (const [index, { code, stdout, stderr }] of ends.entries()) {
      assert.deepEqual([code, stdout], [0, ''], stderr);
      assert.match(stderr, odd[index]?.[2] ?? /^$/);
    }
  });

  it('does not wait for the end of a stdin that the agent leaves open', async () => {
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'agents', 'hook', 'stop'], {
      cwd: box.folder,
      env: { ...process.env, SPARKQ_HOME: box.home },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.write('{"session_id": "s1"}');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
});
