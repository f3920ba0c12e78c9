import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Task } from '../../../src/core/model';
import type { NewTask, Queue } from '../../../src/core/queue';
import { presentTask } from '../../../src/core/refusals';
import type { KeptWord } from '../../../src/runner/lastWord';
import { proofOf, type RunRecord, runPaths } from '../../../src/runner/runFiles';
import { Runner } from '../../../src/runner/runner';
import { StreamWorker } from '../../../src/runner/streamWorker/streamWorker';
import { supervise as superviseHere } from '../../../src/runner/supervisor/supervision';
import { machineClock } from '../../../src/system/machineClock';
import { readFileIfAny } from '../../../src/system/wholeFiles';
import { FakeAgents } from '../../support/agents/fakeAgents';
import { useFolder } from '../../support/folders';
import { withTimeToBegin } from '../../support/timeToBegin';
import { openQueue } from './openQueue';
import { toolLike } from './rows';
import { bashSpec, fileThere, isLive, programs, supervise, task as taskId, untilState } from './support';

const base: Config = {
  ...defaultConfig,
  runner: { ...defaultConfig.runner, kill_grace_ms: 300, backoff_ms: 60_000, backoff_max_ms: 60_000 },
  tools: {
    ...defaultConfig.tools,
    agent: toolLike({
      command: ['bash', '-c', 'cat > "prompt-$SPARKQ_ATTEMPT"; echo "$SPARKQ_TASK_ID" >> order'],
      input: 'prompt-stdin',
    }),
    once: toolLike({ verify: ['bash', '-c', 'echo broken door; exit 3'], verify_attempts: 0 }),
  },
};

const bash = (line: string) => ['bash', '-c', line];

describe('the check of a run', () => {
  const folder = useFolder('runs');
  let agents: FakeAgents;
  let queue: Queue;
  let runner: Runner;
  let worker: StreamWorker;

  beforeEach(async () => {
    agents = new FakeAgents(path.join(folder(), 'fake'));
    const config = {
      ...base,
      tools: { ...base.tools, claude: agents.tool('claude') },
    } as Config;
    queue = await openQueue(folder(), programs, config);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'build', max_attempts: 1 });
    const options = { queue, storage: folder(), config: fixedConfig(config), log: silentLog };
    runner = new Runner({ ...options, workspace: folder(), programs });
    worker = new StreamWorker({ ...options, runner, stream: 'build' });
  });

  afterEach(async () => {
    worker.detach();
    runner.dispose();
    await queue.close();
  });

  async function enqueue(task: Omit<NewTask, 'stream'>): Promise<Task> {
    return presentTask((await queue.enqueue({ stream: 'build', ...task })).task);
  }

  const finished = (task: Task) => eventOf(task, ({ status }) => /succeeded|failed/.test(status));

  function eventOf({ id }: Task, wanted: (task: Task) => boolean): Promise<Task> {
    return new Promise((resolve) => {
      const unsubscribe = queue.subscribe(({ task }) => {
        if (task?.id !== id || !wanted(task)) return;
        unsubscribe();
        resolve(task);
      });
    });
  }

  const inFolder = (name: string) => path.join(folder(), name);
  const checkOf = async (task: Task, attempt: number) =>
    (await queue.readOutput(task.id, { stream: 'check', attempt })).text;

  it('has a task tried again at once, with the end of what it wrote for that attempt alone, until it passes', async () => {
    const verify = bash('echo "seen by $SPARKQ_ATTEMPT"; echo loud >&2; test "$SPARKQ_ATTEMPT" = 3');
    const task = await enqueue({ tool_name: 'agent', prompt: 'Mend the door.', verify });
    const next = await enqueue({ tool_name: 'agent', prompt: 'Paint it.' });
    const ends = [finished(task), finished(next)];
    worker.start();
    const [first] = await Promise.all(ends);
    assert.deepEqual([first?.status, first?.attempts, first?.failures], ['succeeded', 3, 0]);
    assert.deepEqual(
      (await queue.listAttempts(task.id)).map(({ outcome, exit_code }) => [outcome, exit_code]),
      [...Array(2).fill(['verify', 1]), ['succeeded', 0]],
    );
    const order = fs.readFileSync(inFolder('order'), 'utf8').trim().split('\n');
    assert.deepEqual(order, [task.id, task.id, task.id, next.id]);
    assert.equal(fs.readFileSync(inFolder('prompt-1'), 'utf8'), 'Paint it.');
    const second = fs.readFileSync(inFolder('prompt-2'), 'utf8');
    assert.match(second, /^Mend the door\.\n\nThe last run of this task did not pass its check: bash -c /);
    assert.match(second, /^> seen by 1$/m);
    const third = fs.readFileSync(inFolder('prompt-3'), 'utf8');
    assert.match(third, /^> seen by 2$/m);
    assert.doesNotMatch(third, /seen by 1/);
    assert.deepEqual((await checkOf(task, 1)).split('\n').sort(), ['', 'loud', 'seen by 1']);
    assert.match((await queue.getTask(task.id)).check ?? '', /seen by 3/);
  });

  it('has an agent go on with its session, which is told what the check wrote', async () => {
    const verify = bash('echo 1 test failed; test "$SPARKQ_ATTEMPT" = 2');
    const task = await enqueue({ tool_name: 'claude', prompt: 'say Done.', verify });
    const end = finished(task);
    worker.start();
    const { status, attempts } = await end;
    assert.deepEqual([status, attempts], ['succeeded', 2]);
    const [, second] = agents.starts;
    assert.ok(second?.args.includes('--resume'));
    assert.match(
      second?.prompt ?? '',
      /^Go on with the task where you stopped\.\n\nThe last run .* check: bash/,
    );
    assert.match(second?.prompt ?? '', /^> 1 test failed$/m);
    const [first] = await queue.listAttempts(task.id);
    assert.equal(first?.outcome, 'verify');
    assert.ok(first.agent_session && first.usage);
  });

  it('fails a task that never passes it, and keeps both outputs', async () => {
    fs.writeFileSync(inFolder('a.sh'), 'echo made');
    const task = await enqueue({ tool_name: 'once', payload: { script_path: 'a.sh' } });
    const end = finished(task);
    worker.start();
    const failed = await end;
    assert.deepEqual(
      [failed.failure_kind, failed.error, failed.exit_code, failed.reviewed_at],
      ['verify', "bash -c 'echo broken door; exit 3': exit code 3: broken door", 3, null],
    );
    const { stdout, check } = await queue.getTask(task.id);
    assert.deepEqual([stdout, check], ['made\n', 'broken door\n']);
  });

  it('is not the one that the run has put in its place, and the task is not tried again with that', async () => {
    fs.writeFileSync(inFolder('check.sh'), '#!/bin/sh\nfalse\n', { mode: 0o755 });
    fs.writeFileSync(inFolder('a.sh'), "printf '#!/bin/sh\\ntrue\\n' > check.sh");
    const verify = ['./check.sh'];
    const task = await enqueue({ tool_name: 'run-bash', payload: { script_path: 'a.sh' }, verify });
    const end = finished(task);
    worker.start();
    const { failure_kind, attempts, error } = await end;
    assert.deepEqual([failure_kind, attempts], ['verify', 1]);
    const file = inFolder('check.sh');
    const why = `./check.sh: It was not started: ${file} is not as it was when the run began.`;
    assert.equal(error, `${why} If its change is right, requeue the task.`);
  });

  it('is ended with its supervisor, and the task is interrupted', async () => {
    fs.writeFileSync(inFolder('a.sh'), 'echo made');
    const task = await enqueue({
      tool_name: 'run-bash',
      payload: { script_path: 'a.sh' },
      verify: bash('echo $$ > checking; sleep 300'),
    });
    const end = finished(task);
    const said = eventOf(task, ({ checking }) => checking);
    worker.start();
    const pid = Number(await fileThere(inFolder('checking')));
    assert.equal((await said).checking, true);
    assert.equal((await queue.listTasks({ status: 'running' })).items[0]?.checking, true);
    const record = await fileThere(runPaths(folder(), task.id, 1).record, (text) =>
      text.includes(`"pid":${pid},`),
    );
    process.kill((JSON.parse(record) as RunRecord).supervisor?.pid ?? 0, 'SIGKILL');
    const { failure_kind, checking } = await end;
    assert.deepEqual([failure_kind, checking], ['interrupted', false]);
    assert.ok(!isLive(pid));
  });

  it('stands still while its run is suspended, and is ended when that is cancelled', async () => {
    const check = {
      file: 'bash',
      args: ['-c', 'echo $$ > checking; sleep 300'],
      verbatim: false,
      text: 'sleep',
    };
    const spec = bashSpec(folder(), 'echo made', { check });
    const paths = runPaths(folder(), taskId, 1);
    const run = superviseHere(spec, paths, { supervisor: null, script: null, boot_id: null });
    const pid = Number(await fileThere(inFolder('checking')));
    fs.writeFileSync(paths.suspend, '');
    await untilState([pid], 'T');
    fs.writeFileSync(paths.cancel, '');
    const exit = await run;
    assert.deepEqual(
      [exit.reason, exit.code, exit.message, exit.stdout_size],
      ['cancelled', null, 'While it was being checked: sleep.', 5],
    );
    assert.ok(!isLive(pid));
  });

  it('is called of a script at its limit that has said that it is done', async () => {
    const check = { file: 'true', args: [], verbatim: false, text: 'true' };
    const spec = bashSpec(folder(), 'echo usage limit; exit 1', { check, limited_pattern: 'usage limit' });
    const paths = runPaths(folder(), taskId, 1);
    const word: KeptWord = { outcome: 'done', summary: 'x', question: null, proof: proofOf(spec.lease) };
    fs.writeFileSync(paths.word, JSON.stringify(word));
    const exit = await superviseHere(spec, paths, { supervisor: null, script: null, boot_id: null });
    assert.deepEqual([exit.code, exit.check?.code], [1, 0]);
  });

  it('counts against the deadline of its run, and says why it did not start', async () => {
    const check = {
      file: 'bash',
      args: ['-c', 'echo $$ > checking; sleep 300'],
      verbatim: false,
      text: 'sleep',
    };
    let attempt = 0;
    const pid = await withTimeToBegin(500, async (time) => {
      attempt += 1;
      const deadline = machineClock.monotonic() + time;
      const exit = await supervise(bashSpec(folder(), 'true', { attempt, deadline, check })).ended;
      assert.equal(exit?.reason, 'timeout');
      return readFileIfAny(inFolder('checking'));
    });
    assert.ok(!isLive(pid));
    const missing = { ...check, file: inFolder('gone'), text: './gone' };
    const { ended } = supervise(bashSpec(folder(), 'true', { attempt: attempt + 1, check: missing }));
    const problem = `The command "${inFolder('gone')}" was not found.`;
    assert.deepEqual((await ended)?.check, { text: './gone', code: null, signal: null, problem });
  });
});
