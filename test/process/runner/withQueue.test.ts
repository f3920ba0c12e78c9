import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import type { QueueEvent } from '../../../src/core/events';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import type { NewTask, Queue } from '../../../src/core/queue';
import { presentTask } from '../../../src/core/refusals';
import { type RunRecord, runPaths } from '../../../src/runner/runFiles';
import { Runner } from '../../../src/runner/runner';
import { signalNamed, signalRun } from '../../../src/runner/signalRun';
import { StreamWorker } from '../../../src/runner/streamWorker/streamWorker';
import { readJson } from '../../../src/system/wholeFiles';
import { useFolder } from '../../support/folders';
import { openQueue } from './openQueue';
import { toolLike } from './rows';
import { fileThere, programs, untilState } from './support';

const config: Config = {
  ...defaultConfig,
  runner: { ...defaultConfig.runner, kill_grace_ms: 300, backoff_ms: 1, backoff_max_ms: 2 },
  tools: { ...defaultConfig.tools, limited: toolLike({ limited_pattern: 'come back later' }) },
};

describe('the runner with a real queue', () => {
  const folder = useFolder('runs');
  let queue: Queue;
  let runner: Runner;
  let watcher: StreamWorker;

  beforeEach(async () => {
    queue = await openQueue(folder(), programs, config);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'build' });
  });

  afterEach(async () => {
    watcher?.detach();
    runner?.dispose();
    await queue.close();
  });

  function startWorking(): void {
    const options = { queue, storage: folder(), config: fixedConfig(config), log: silentLog };
    runner = new Runner({ ...options, workspace: folder(), programs });
    watcher = new StreamWorker({ ...options, runner, stream: 'build' });
    watcher.start();
  }

  let scripts = 0;
  async function enqueue(lines: string, more: Partial<NewTask> = {}): Promise<Task> {
    scripts += 1;
    const name = `script-${scripts}.sh`;
    fs.writeFileSync(path.join(folder(), name), lines);
    const { task } = await queue.enqueue({
      stream: 'build',
      tool_name: 'run-bash',
      payload: { script_path: name },
      ...more,
    });
    return presentTask(task);
  }

  function event(accept: (event: QueueEvent) => boolean): Promise<QueueEvent> {
    return new Promise((resolve) => {
      const unsubscribe = queue.subscribe((each) => {
        if (!accept(each)) return;
        unsubscribe();
        resolve(each);
      });
    });
  }

  function finished(task: Task): Promise<Task> {
    return event(({ task: row }) => row?.id === task.id && /succeeded|failed/.test(row.status)).then(() =>
      queue.getTask(task.id),
    );
  }

  it('tells a task in a file what became of those before it', async () => {
    const first = await enqueue('echo made; echo \'::sparkq result {"summary": "3 files"}::\'');
    const second = await enqueue('cat "$SPARKQ_PARENTS" > parents.json; echo "none: $SPARKQ_PARENTS"', {
      after: [first.id],
    });
    const alone = await enqueue('echo "parents: <$SPARKQ_PARENTS>"');
    const ends = [finished(second), finished(alone)];
    startWorking();
    await Promise.all(ends);
    const [parent, ...others] =
      readJson<Record<string, unknown>[]>(path.join(folder(), 'parents.json')) ?? [];
    assert.deepEqual(others, []);
    const { id, name, status, summary, result, error } = parent ?? {};
    assert.deepEqual(
      { id, name, status, summary, result, error },
      {
        ...{ id: first.id, name: 'script-1.sh', status: 'succeeded' },
        ...{ summary: '3 files', result: '{"summary": "3 files"}', error: null },
      },
    );
    assert.equal(fs.readFileSync(String(parent?.stdout), 'utf8'), 'made\n');
    assert.equal((await queue.getTask(alone.id)).stdout, 'parents: <>\n');
    // It goes with the other files of the run.
    assert.equal(fs.existsSync(runPaths(folder(), second.id, 1).parents), false);
  });

  it('holds a suspended run, also for a runner that takes it over, and lets it end once it is continued', async () => {
    const task = await enqueue('echo $$ > up; while [ ! -e go ]; do sleep 0.05; done; echo on');
    startWorking();
    const pid = Number(await fileThere(path.join(folder(), 'up')));
    const row = presentTask(await queue.suspend(task.id));
    assert.deepEqual([row.status, row.suspended], ['running', true]);
    await untilState([pid], 'T');
    fs.writeFileSync(path.join(folder(), 'go'), '');
    watcher.detach();
    runner.dispose();
    const end = finished(task);
    startWorking();
    await runner.adopt();
    assert.deepEqual(signalRun(folder(), row, 'SIGURG'), pid);
    await queue.continue(task.id);
    const ended = await end;
    assert.deepEqual([ended.status, ended.suspended, ended.result_summary], ['succeeded', false, 'on']);
    assert.throws(() => signalRun(folder(), ended, 'SIGURG'), /succeeded/);
  });

  it('runs a task and keeps its output, exit code and summary', async () => {
    const task = await enqueue('cat; echo; echo oops >&2; echo done');
    const end = finished(task);
    startWorking();
    const ended = await end;
    assert.equal(ended.status, 'succeeded');
    assert.equal(ended.result_summary, 'done');
    assert.equal(ended.exit_code, 0);
    assert.equal((await queue.readOutput(task.id, { stream: 'stdout' })).text, `${task.payload}\ndone\n`);
    assert.equal((await queue.readOutput(task.id, { stream: 'stderr' })).text, 'oops\n');
    const [attempt] = await queue.listAttempts(task.id);
    assert.deepEqual([attempt?.outcome, attempt?.exit_code, attempt?.stderr_size], ['succeeded', 0, 5]);
  });

  it('retries while attempts remain, and keeps each attempt', async () => {
    const task = await enqueue('[ $SPARKQ_ATTEMPT = 3 ] || exit 5; echo third', { max_attempts: 3 });
    const end = finished(task);
    startWorking();
    assert.equal((await end).result_summary, 'third');
    const outcomes = (await queue.listAttempts(task.id)).map(({ number, outcome }) => `${number} ${outcome}`);
    assert.deepEqual(outcomes.sort(), ['1 error', '2 error', '3 succeeded']);
  });

  it('spends no attempt on a rate limit', async () => {
    const task = await enqueue('echo come back later; exit 1', { tool_name: 'limited' });
    const limited = event(
      ({ task: row }) => row?.id === task.id && row.status === 'queued' && row.attempts > 0,
    );
    startWorking();
    const row = (await limited).task;
    assert.equal(row?.failures, 0);
    assert.ok((row?.not_before ?? '') > (task.created_at ?? ''));
  });

  it('retries an interrupted task only if its stream says so', async () => {
    const killSupervisor = async (id: string, attempt: number) => {
      await fileThere(path.join(folder(), `up-${id}-${attempt}`));
      const { supervisor } = readJson<RunRecord>(runPaths(folder(), id, attempt).record) ?? {};
      assert.ok(supervisor);
      process.kill(supervisor.pid, 'SIGKILL');
    };
    const lines =
      'echo > up-$SPARKQ_TASK_ID-$SPARKQ_ATTEMPT; [ $SPARKQ_ATTEMPT = 2 ] || sleep 300; echo second';
    const left = await enqueue(lines);
    const interrupted = finished(left);
    startWorking();
    await killSupervisor(left.id, 1);
    assert.equal((await interrupted).failure_kind, 'interrupted');

    await queue.updateStream('build', { retry_interrupted: true });
    const again = await enqueue(lines);
    const end = finished(again);
    await killSupervisor(again.id, 1);
    assert.equal((await end).result_summary, 'second');
    const outcomes = (await queue.listAttempts(again.id)).map(
      ({ number, outcome }) => `${number} ${outcome}`,
    );
    assert.deepEqual(outcomes.sort(), ['1 interrupted', '2 succeeded']);
  });

  it('cancels a running task for good, even if attempts remain', async () => {
    const task = await enqueue('echo up > up; sleep 300', { max_attempts: 3 });
    const end = finished(task);
    startWorking();
    await fileThere(path.join(folder(), 'up'));
    await queue.cancel(task.id);
    const ended = await end;
    assert.deepEqual([ended.status, ended.failure_kind, ended.attempts], ['failed', 'cancelled', 1]);
  });

  it('keeps the claim of a run that reports progress once and then nothing more', async () => {
    const task = await enqueue(
      "echo '::sparkq progress 40 linking::'; until [ -e seen ]; do sleep 0.02; done",
    );
    const end = finished(task);
    const progress = event(({ type }) => type === 'task.progress');
    startWorking();
    const row = (await progress).task;
    assert.deepEqual([row?.progress, row?.progress_message], [40, 'linking']);
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    await end;
  });

  it('pauses the stream after a failure if it says so', async () => {
    await queue.updateStream('build', { on_failure: 'pause' });
    const first = await enqueue('exit 1');
    const second = await enqueue('echo x');
    const paused = event(({ stream }) => stream?.paused === true);
    const end = finished(first);
    startWorking();
    await end;
    await paused;
    assert.equal((await queue.getTask(second.id)).status, 'queued');
  });

  it('loses no task and runs none twice while its host is killed repeatedly', async () => {
    const tasks: Task[] = [];
    const script = 'echo $SPARKQ_ATTEMPT >> "$SPARKQ_STORAGE/count-$SPARKQ_TASK_ID"; sleep 0.03; echo done';
    for (let number = 0; number < 24; number += 1) tasks.push(await enqueue(script));
    await queue.updateStream('build', { parallelism: 3 });
    await queue.close();
    const kills = 6;
    for (let kill = 0; kill < kills; kill += 1) {
      const host = startHost();
      await once(host.stdout, 'data');
      // The moment of the kill is what is tried out here.
      await new Promise((resolve) => setTimeout(resolve, kill * 47));
      host.kill('SIGKILL');
      await once(host, 'exit');
    }
    await once(startHost('finish'), 'exit');
    queue = await openQueue(folder(), programs);
    const outcomes = new Map<string, number>();
    for (const { id } of tasks) {
      const row = await queue.getTask(id);
      const file = path.join(folder(), `count-${id}`);
      const runs = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
      assert.match(runs, /^(1\n)?$/, id);
      if (row.status === 'succeeded') assert.equal(runs, '1\n', id);
      else assert.equal(row.failure_kind, 'interrupted', id);
      outcomes.set(row.status, (outcomes.get(row.status) ?? 0) + 1);
    }
    // A kill can interrupt no more than what was being started.
    assert.ok((outcomes.get('failed') ?? 0) <= 3 * kills, JSON.stringify([...outcomes]));
    assert.ok((outcomes.get('succeeded') ?? 0) > 0, JSON.stringify([...outcomes]));
  });

  function startHost(...more: string[]) {
    return spawn(process.execPath, [path.join(__dirname, 'queueHost.js'), folder(), programs, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  it('knows signals by name and number, except those that would stop a run past its time limits', () => {
    assert.deepEqual(['hup', 'SIGUSR1', '2'].map(signalNamed), ['SIGHUP', 'SIGUSR1', 'SIGINT']);
    assert.throws(() => signalNamed('nonsense'), /Invalid signal: nonsense/);
    assert.throws(() => signalNamed('STOP'), /Invalid signal: STOP/);
  });
});
