import assert from 'node:assert/strict';
import * as path from 'node:path';
import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { Runner } from '../../../src/runner/runner';
import { StreamWorker } from '../../../src/runner/streamWorker/streamWorker';
import { FakeAgents } from '../../support/agents/fakeAgents';
import { useFolder } from '../../support/folders';
import { openQueue } from './openQueue';
import { programs } from './support';

describe('a question of an agent that the runner runs', () => {
  const folder = useFolder('questions');
  let agents: FakeAgents;
  let queue: Queue;
  let runner: Runner;
  let worker: StreamWorker;

  beforeEach(async () => {
    agents = new FakeAgents(path.join(folder(), 'fake'));
    const tools = { ...defaultConfig.tools, claude: agents.tool('claude') };
    const config: Config = { ...defaultConfig, tools };
    queue = await openQueue(folder(), programs, config);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'agents' });
    const options = { queue, storage: folder(), config: fixedConfig(config), log: silentLog };
    runner = new Runner({ ...options, workspace: folder(), programs });
    worker = new StreamWorker({ ...options, runner, stream: 'agents' });
    worker.start();
  });
  afterEach(async () => {
    worker.detach();
    runner.dispose();
    await queue.close();
  });

  /** The task of this prompt once it asks, or has ended. */
  function runs(prompt: string): Promise<Task> {
    const next = goesOn();
    return queue.enqueue({ stream: 'agents', tool_name: 'claude', prompt }).then(() => next);
  }

  function goesOn(): Promise<Task> {
    return new Promise((resolve) => {
      const unsubscribe = queue.subscribe(({ type, task }) => {
        if (!task || !/task\.(asked|succeeded|failed)/.test(type)) return;
        unsubscribe();
        resolve(task);
      });
    });
  }

  it('puts its task back, and the answer resumes the session', async () => {
    const asks = await runs('1: play question\n2: say It listens now.');
    const { id } = asks;
    assert.deepEqual(
      [asks.status, asks.failures, asks.question?.text, asks.question?.choices, asks.progress_message],
      ['queued', 0, 'Which port?', ['8080', '9090'], 'I need to know the port.'],
    );
    const end = goesOn();
    await queue.answer(id, { text: '9090' });
    const { status, result_summary: summary } = await end;
    assert.deepEqual([status, summary], ['succeeded', 'It listens now.']);
    const [first, second] = await queue.listAttempts(id);
    assert.deepEqual([first?.outcome, second?.outcome], ['asked', 'succeeded']);
    assert.ok(first?.agent_session);
    assert.equal(second?.agent_session, first.agent_session);
    assert.equal(first.usage?.cost_usd, 0.25);
    const [, resumed] = agents.starts;
    assert.equal(resumed?.args[resumed.args.indexOf('--resume') + 1], first.agent_session);
    assert.match(resumed?.prompt ?? '', /Question: Which port\?\nAnswer: 9090$/);
  });

  it('is asked with the tools of its run as well, although it then ends as done', async () => {
    const question = { outcome: 'needs_input', summary: 'Half', question: 'Drop it?', choices: ['yes'] };
    const asks = await runs(`tool finish_task ${JSON.stringify(question)}\nplay success`);
    assert.deepEqual(
      [asks.status, asks.question?.text, asks.progress_message],
      ['queued', 'Drop it?', 'Half'],
    );
    assert.ok((await queue.listAttempts(asks.id))[0]?.agent_session);
  });

  it('is that it was refused a permission', async () => {
    const asks = await runs('play denied');
    assert.match(
      asks.question?.text ?? '',
      /^Claude Code was refused: Bash \(rm -r build\)\. What would allow it/,
    );
  });
});
