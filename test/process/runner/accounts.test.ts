import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AccountFile } from '../../../src/accounts/accountFile';
import { Accounts } from '../../../src/accounts/accounts';
import { toInstant } from '../../../src/core/clock';
import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import type { NewTask } from '../../../src/core/queue';
import { presentTask } from '../../../src/core/refusals';
import { Runner } from '../../../src/runner/runner';
import { StreamWorker } from '../../../src/runner/streamWorker/streamWorker';
import { LocalQueue } from '../../../src/store/localQueue';
import { FakeAgents } from '../../support/agents/fakeAgents';
import { makeFolder, useFolder } from '../../support/folders';
import { toolLike } from './rows';
import { fileThere, programs } from './support';

const config: Config = {
  ...defaultConfig,
  tools: {
    ...defaultConfig.tools,
    agent: toolLike({
      limited_pattern: 'limit reached, resets .*',
      account: 'claude',
      fallback: 'other',
    }),
    other: toolLike({}),
  },
};

describe('The runner, where tools share an account', () => {
  const folder = useFolder('home', 'scripts', 'agents');
  /** With an agent that needs no `account`. */
  let configured = config;
  const queues: LocalQueue[] = [];
  const runners: Runner[] = [];
  const workers: StreamWorker[] = [];

  afterEach(async () => {
    for (const worker of workers.splice(0)) worker.detach();
    for (const runner of runners.splice(0)) runner.dispose();
    for (const queue of queues.splice(0)) await queue.close();
    configured = config;
  });

  async function open(): Promise<{ queue: LocalQueue; runner: Runner; work: () => void }> {
    const home = path.join(folder(), 'home');
    const storage = makeFolder(folder(), `queue-${queues.length}`);
    const common = { storage, config: fixedConfig(configured), log: silentLog, home };
    const accounts = new Accounts({ ...common, follow: true });
    const queue = await LocalQueue.open({
      ...common,
      programs,
      role: 'serve',
      workspace: folder(),
      version: '0.0.0',
      accounts,
    });
    queues.push(queue);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'lane' });
    const runner = new Runner({ ...common, queue, workspace: folder(), programs });
    runners.push(runner);
    const work = () => {
      const worker = new StreamWorker({ ...common, queue, runner, stream: 'lane' });
      workers.push(worker);
      worker.start();
    };
    return { queue, runner, work };
  }

  async function enqueue(queue: LocalQueue, lines: string, more: Partial<NewTask> = {}): Promise<Task> {
    const script = `scripts/${Math.random()}.sh`;
    fs.writeFileSync(path.join(folder(), script), lines);
    const payload = { script_path: script };
    const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'agent', payload, ...more });
    return presentTask(task);
  }

  function until(queue: LocalQueue, accept: (task: Task) => boolean): Promise<Task> {
    return new Promise((resolve) => {
      const unsubscribe = queue.subscribe(({ task }) => {
        if (!task || !accept(task)) return;
        unsubscribe();
        resolve(task);
      });
    });
  }

  it('starts nothing of an account after a limit, in any queue, until a person wakes it', async () => {
    const [one, other] = [await open(), await open()];
    const met = await enqueue(
      one.queue,
      'if [ -e again ]; then echo done; else touch again; echo "limit reached, resets in 2 hours"; exit 1; fi',
    );
    const waits = await enqueue(other.queue, 'echo done');
    const back = until(
      one.queue,
      ({ id, status, attempts }) => id === met.id && status === 'queued' && attempts === 1,
    );
    one.work();
    const { failures, not_before: notBefore, waiting_reason: reason } = await back;
    assert.deepEqual(
      [failures, notBefore, reason?.code, reason?.values.account],
      [0, null, 'resting', 'claude'],
    );
    await assert.rejects(other.runner.claimNow(waits.id, {}), (error) => QueueError.is(error, 'not_ready'));

    const ends = [one, other].map(({ queue }) => until(queue, ({ status }) => status === 'succeeded'));
    other.work();
    await one.queue.wakeTool('agent');
    assert.deepEqual(
      (await Promise.all(ends)).map(({ id }) => id),
      [met.id, waits.id],
    );
    const { rests, open: running, used } = new AccountFile(path.join(folder(), 'home')).read();
    assert.deepEqual([rests, running, used.claude?.tasks], [[], {}, 3]);
  });

  it('runs a task with the tool that stands in, and says so; starts one all the same where a person wants that', async () => {
    const { queue, runner, work } = await open();
    const met = await enqueue(queue, 'echo "limit reached, resets in 2 hours"; exit 1');
    const back = until(
      queue,
      ({ id, status, attempts }) => id === met.id && status === 'queued' && attempts === 1,
    );
    work();
    await back;
    await queue.updateStream('lane', { pass_resting: true });
    const end = until(queue, ({ status }) => status === 'succeeded');
    const free = await enqueue(queue, 'echo done', { fall_back: true });
    assert.equal((await end).id, free.id);
    const [attempt] = await queue.listAttempts(free.id);
    assert.deepEqual([attempt?.outcome, attempt?.tool_name], ['succeeded', 'other']);

    fs.writeFileSync(
      path.join(folder(), (met.payload_json as { script_path: string }).script_path),
      'echo fine',
    );
    const run = await runner.claimNow(met.id, { anyway: true });
    assert.equal((await run.ended).status, 'succeeded');
    assert.deepEqual(new AccountFile(path.join(folder(), 'home')).read().rests, []);
  });

  it('rests the account of an agent that says so, until the first answer of the one that goes first', async () => {
    const agents = new FakeAgents(path.join(folder(), 'agents'), ['claude']);
    configured = { ...config, tools: { ...config.tools, claude: agents.tool('claude') } };
    const { queue, runner, work } = await open();
    const file = new AccountFile(path.join(folder(), 'home'));
    const prompt =
      "fresh: limit You've hit your session limit\nfresh: exit 1\nresumed: play silent\nresumed: hang";
    const met = await enqueue(queue, '', { tool_name: 'claude', payload: undefined, prompt });
    const back = until(
      queue,
      ({ id, status, attempts }) => id === met.id && status === 'queued' && attempts === 1,
    );
    work();
    await back;
    const [rest] = file.read().rests;
    assert.deepEqual([rest?.account, rest?.limit, rest?.tries], ['claude', 'session limit', 1]);

    await file.change(({ rests }) => {
      for (const one of rests) one.until = toInstant(Date.now() - 1000);
    });
    await queue.updateStream('lane', { working: false });
    for (const worker of workers.splice(0)) worker.detach();
    const run = await runner.claimNow(met.id, {});
    await fileThere(path.join(file.home, 'accounts.json'), () => file.read().rests.length === 0);
    assert.equal((await queue.getTask(met.id)).status, 'running');
    await run.cancel();
    await run.ended;
  });
});
