import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import type { QueueEvent } from '../../../src/core/events';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { presentTask } from '../../../src/core/refusals';
import { type RunRecord, runPaths } from '../../../src/runner/runFiles';
import { Runner } from '../../../src/runner/runner';
import { StreamWorker } from '../../../src/runner/streamWorker/streamWorker';
import { readJson } from '../../../src/system/wholeFiles';
import { useFolder } from '../../support/folders';
import type { Step } from './fakeAgent';
import { openQueue } from './openQueue';
import { fileThere, programs } from './support';

const config: Config = {
  ...defaultConfig,
  runner: { ...defaultConfig.runner, kill_grace_ms: 300, backoff_ms: 1, backoff_max_ms: 2 },
};

const finish = (input: object): Step => ({ call: 'finish_task', input });
const question = {
  outcome: 'needs_input',
  summary: 'The new one is ready',
  question: 'Drop the old table?',
  choices: ['yes', 'no'],
};

describe('an agent in a run', () => {
  const folder = useFolder('runs');
  let queue: Queue;
  let runner: Runner;
  let worker: StreamWorker;

  beforeEach(async () => {
    queue = await openQueue(folder(), programs, config);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'build' });
  });
  afterEach(async () => {
    stopWorking();
    await queue.close();
  });

  function startWorking(): void {
    const options = { queue, storage: folder(), config: fixedConfig(config), log: silentLog };
    runner = new Runner({ ...options, workspace: folder(), programs });
    worker = new StreamWorker({ ...options, runner, stream: 'build' });
    worker.start();
  }

  function stopWorking(): void {
    worker.detach();
    runner.dispose();
  }

  async function enqueue(argv: readonly string[]): Promise<Task> {
    const { task } = await queue.enqueue({ stream: 'build', tool_name: 'run-command', payload: { argv } });
    return presentTask(task);
  }

  /** @param attempts what the agent does in each */
  function enqueueAgent(...attempts: readonly (readonly Step[])[]): Promise<Task> {
    const program = path.join(__dirname, 'fakeAgent.js');
    return enqueue([process.execPath, program, programs, ...attempts.map((steps) => JSON.stringify(steps))]);
  }

  function event(accept: (event: QueueEvent) => boolean): Promise<Task> {
    return new Promise((resolve) => {
      const unsubscribe = queue.subscribe((each) => {
        if (!each.task || !accept(each)) return;
        unsubscribe();
        resolve(each.task);
      });
    });
  }

  const finished = () => event(({ task }) => task?.status === 'succeeded' || task?.status === 'failed');
  const asked = () => event(({ type }) => type === 'task.asked');

  it('shows its progress, and what it says of its end counts once it has ended', async () => {
    const progress = event(({ type, task }) => type === 'task.progress' && task?.progress === 40);
    const end = finished();
    const { id } = await enqueueAgent([
      { call: 'update_task', input: { progress: 40, message: 'Halfway' } },
      finish({ outcome: 'done', summary: 'All tests pass' }),
      { until: 'seen' },
      { call: 'update_task', input: { message: 'Tidying up' } },
    ]);
    startWorking();
    const { status, progress_message: message, deadline } = await progress;
    assert.deepEqual([status, message], ['running', 'Halfway']);
    await fileThere(runPaths(folder(), id, 1).word);
    const before = await queue.getTask(id);
    // Neither moves the claim of its supervisor.
    assert.deepEqual([before.status, before.deadline], ['running', deadline]);
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    await end;
    const task = await queue.getTask(id);
    assert.deepEqual([task.status, task.result_summary], ['succeeded', 'All tests pass']);
    assert.match(task.stdout ?? '', /^said: .*"cancel_requested":false.*\nsaid: .*End now.*\nsaid: /);
  });

  it('asks a person, and spends no attempt: the answer reaches the next one', async () => {
    const put = asked();
    const { id } = await enqueueAgent(
      [finish(question)],
      [{ note: true }, finish({ outcome: 'done', summary: 'Dropped' })],
    );
    startWorking();
    const back = await put;
    assert.deepEqual(
      [back.status, back.failures, back.question?.text, back.question?.choices, back.progress_message],
      ['queued', 0, 'Drop the old table?', ['yes', 'no'], 'The new one is ready'],
    );
    const [attempt] = await queue.listAttempts(id);
    assert.deepEqual([attempt?.outcome, attempt?.exit_code], ['asked', 0]);
    const end = finished();
    await queue.answer(id, { text: 'yes' });
    await end;
    const task = await queue.getTask(id);
    assert.deepEqual([task.status, task.attempts, task.result_summary], ['succeeded', 2, 'Dropped']);
    assert.match(task.stdout ?? '', /^Question: Drop the old table\?\nAnswer: yes\n/);
  });

  it('fails where it says so, although it ends well; a release is refused, and what was said last counts', async () => {
    const end = finished();
    const { id } = await enqueueAgent([
      finish({ outcome: 'done', summary: 'Done, I think' }),
      finish({ outcome: 'failed', summary: 'The API is gone' }),
      finish({ outcome: 'release', summary: 'Somebody else' }),
    ]);
    startWorking();
    await end;
    const { status, failure_kind: kind, error, stdout } = await queue.getTask(id);
    assert.deepEqual([status, kind, error], ['failed', 'error', 'The API is gone']);
    assert.match(stdout ?? '', /\nrefused: .*not put back by itself/);
  });

  it('has asked, although it and all that looked after it are killed', async () => {
    const { id } = await enqueueAgent([finish(question), { until: 'never' }]);
    startWorking();
    const paths = runPaths(folder(), id, 1);
    await fileThere(paths.word);
    const record = readJson<RunRecord>(paths.record);
    stopWorking();
    const put = asked();
    process.kill(record?.supervisor?.pid ?? 0, 'SIGKILL');
    startWorking();
    await runner.adopt();
    assert.equal((await put).question?.text, 'Drop the old table?');
    const [attempt] = await queue.listAttempts(id);
    assert.equal(attempt?.outcome, 'asked');
  });

  it('has not said what another wrote in its place', async () => {
    const end = finished();
    const word = JSON.stringify({
      outcome: 'failed',
      summary: 'Forged',
      question: null,
      proof: 'f'.repeat(32),
    });
    const { id } = await enqueue([
      'bash',
      '-c',
      `echo '${word}' > "$SPARKQ_STORAGE/runs/$SPARKQ_TASK_ID-$SPARKQ_ATTEMPT.word.json"; echo fine`,
    ]);
    startWorking();
    await end;
    const { status, result_summary: summary } = await queue.getTask(id);
    assert.deepEqual([status, summary], ['succeeded', 'fine']);
    assert.equal(fs.existsSync(runPaths(folder(), id, 1).word), false);
  });
});
