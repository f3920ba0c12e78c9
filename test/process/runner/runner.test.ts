import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Clock } from '../../../src/core/clock';
import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import type { Stream, Task } from '../../../src/core/model';
import type { RunHandle } from '../../../src/runner/activeRun';
import { launch } from '../../../src/runner/launch';
import { refOf } from '../../../src/runner/liveness';
import { runPaths } from '../../../src/runner/runFiles';
import { Runner } from '../../../src/runner/runner';
import { hostId } from '../../../src/system/hostId';
import { deadPid } from '../../support/deadPid';
import { FakeClock } from '../../support/fakeClock';
import { FastClock } from '../../support/fastClock';
import { useFolder } from '../../support/folders';
import { FakeQueue } from './fakeQueue';
import { toolLike } from './rows';
import { bashSpec, fileGone, fileThere, isLive, programs, startSupervisor } from './support';

const config: Config = {
  ...defaultConfig,
  runner: { ...defaultConfig.runner, kill_grace_ms: 300 },
  tools: {
    ...defaultConfig.tools,
    limited: toolLike({ limited_pattern: 'come back in an hour' }),
    agent: toolLike({ command: ['cat'], input: 'prompt-stdin' }),
  },
};

const day = 24 * 60 * 60 * 1000;

describe('the runner', () => {
  const folder = useFolder('runs');
  let fake: FakeQueue;
  let stream: Stream;
  let runners: Runner[];

  beforeEach(() => {
    fake = new FakeQueue();
    stream = fake.addStream('build');
    runners = [];
  });

  afterEach(() => {
    for (const runner of runners) runner.dispose();
  });

  function newRunner(clock?: Clock, used: Config = config, home?: string): Runner {
    const storage = folder();
    const runner = new Runner({
      queue: fake.queue,
      storage,
      workspace: storage,
      config: fixedConfig(used),
      programs,
      log: silentLog,
      clock,
      home,
    });
    runners.push(runner);
    return runner;
  }

  /** A queued task that runs lines of bash. */
  function scriptTask(lines: string, more: Partial<Task> = {}): Task {
    const name = `script-${fake.tasks.size}.sh`;
    fs.writeFileSync(path.join(folder(), name), lines);
    return fake.addTask(stream, { script_path: name }, more);
  }

  function startScript(lines: string, more: Partial<Task> = {}, runner = newRunner()): RunHandle {
    return runner.start(fake.claim(scriptTask(lines, more)));
  }

  function runFiles(): string[] {
    return fs.readdirSync(path.join(folder(), 'runs'));
  }

  it('runs a claimed task and completes it with its last line, exit code and output sizes', async () => {
    const task = await startScript('echo one; echo two').ended;
    assert.equal(task.status, 'succeeded');
    assert.equal(task.result_summary, 'two');
    const [completion] = fake.completions;
    assert.deepEqual([completion?.exit_code, completion?.stdout_size, completion?.stderr_size], [0, 8, 0]);
    assert.deepEqual(runFiles(), []);
  });

  it('gives a claim back where the server of the queue is away before its run can begin', async () => {
    fake.queue.listTasks = async () => {
      throw new QueueError('unavailable', 'The server is away', undefined, { unreachable: 'db.example' });
    };
    const parent = scriptTask('echo one');
    const { id, status } = await startScript('echo two', { after: [parent.id] }).ended;
    assert.deepEqual([fake.tasks.get(id)?.status, status], ['queued', 'queued']);
  });

  it('fails a task with the exit code and the last line of stderr', async () => {
    const task = await startScript('echo broken >&2; exit 4').ended;
    assert.deepEqual(
      [task.status, task.error, task.failure_kind],
      ['failed', 'exit code 4: broken', 'error'],
    );
  });

  it('runs Python and Node scripts and prompts', async () => {
    const runner = newRunner();
    fs.writeFileSync(
      path.join(folder(), 'a.py'),
      'import json,sys\nprint(json.load(sys.stdin)["args"][0], sys.argv[1])',
    );
    fs.writeFileSync(path.join(folder(), 'b.js'), 'console.log(process.env.SPARKQ_STREAM, process.argv[2])');
    const python = fake.addTask(stream, { script_path: 'a.py', args: ['p'] }, { tool_name: 'run-python' });
    const node = fake.addTask(stream, { script_path: 'b.js', args: ['n'] }, { tool_name: 'run-node' });
    const agent = fake.addTask(stream, { prompt: 'say hi' }, { tool_name: 'agent' });
    const ended = await Promise.all(
      [python, node, agent].map((task) => runner.start(fake.claim(task)).ended),
    );
    assert.deepEqual(
      ended.map((task) => task.result_summary),
      ['p p', 'build n', 'say hi'],
    );
  });

  it('fails a task that cannot be started at once, with the cause', async () => {
    const runner = newRunner();
    const task = await runner.start(fake.claim(fake.addTask(stream, { script_path: 'gone.sh' }))).ended;
    assert.deepEqual(
      [task.failure_kind, task.error],
      ['could_not_start', 'The script gone.sh does not exist.'],
    );
    assert.deepEqual(runFiles(), []);
  });

  it('starts no tool that nobody has confirmed, whoever claimed it: the task is queued as before', async () => {
    const unconfirmed = { ...config, unconfirmed: ['tools.run-bash'] };
    const task = scriptTask('echo unseen > unseen.txt');
    const released = await newRunner(undefined, unconfirmed).start(fake.claim(task)).ended;
    assert.deepEqual([released.id, released.status], [task.id, 'queued']);
    assert.equal(fs.existsSync(path.join(folder(), 'unseen.txt')), false);
    assert.deepEqual([fake.failures, fake.completions, runFiles()], [[], [], []]);
  });

  it('refuses to start a task only after what prepares its run is done, which may write files of it', async () => {
    const claim = fake.claim(fake.addTask(stream, {}, { tool_name: 'unknown' }));
    const folders = { workspace: folder(), storage: folder(), programs, others: () => [] };
    let prepared = false;
    const prepare = () =>
      new Promise<void>((resolve) =>
        setImmediate(() => {
          prepared = true;
          resolve();
        }),
      );
    await assert.rejects(
      launch(claim, config, folders, { placeOf: async () => null, setUp: async () => {} }, prepare),
      /no tool "unknown"/,
    );
    assert.ok(prepared);
  });

  /** A runner whose programs are in the folder `elsewhere`. */
  function strayRunner(): Runner {
    const runner = new Runner({
      queue: fake.queue,
      storage: folder(),
      workspace: folder(),
      config: fixedConfig(config),
      programs: path.join(folder(), 'elsewhere'),
      log: silentLog,
    });
    runners.push(runner);
    return runner;
  }

  it('starts nothing once its programs are gone: the task is queued as before', async () => {
    const { status, failures } = await startScript('echo x', {}, strayRunner()).ended;
    assert.deepEqual([status, failures, runFiles()], ['queued', 0, []]);
  });

  it('reports a supervisor that ends before it could start anything', async () => {
    fs.mkdirSync(path.join(folder(), 'elsewhere'));
    fs.writeFileSync(path.join(folder(), 'elsewhere', 'supervise.js'), 'process.exit(1);');
    const task = await startScript('echo x', {}, strayRunner()).ended;
    assert.deepEqual(
      [task.failure_kind, task.error],
      ['could_not_start', 'The supervisor of the run ended before it could start.'],
    );
  });

  it('cancels on Stop and on a request made to the queue', async () => {
    const runner = newRunner();
    const run = startScript('echo up > up; sleep 300', {}, runner);
    await fileThere(path.join(folder(), 'up'));
    await run.cancel();
    assert.equal((await run.ended).failure_kind, 'cancelled');

    const second = startScript('echo up > up2; sleep 300', {}, runner);
    await fileThere(path.join(folder(), 'up2'));
    await fake.cancel(second.task.id);
    assert.equal((await second.ended).failure_kind, 'cancelled');
  });

  it('fails a task after twice its timeout', async () => {
    const task = await startScript('sleep 300', { timeout: 0.3 }).ended;
    assert.deepEqual([task.error, task.failure_kind], ['TIMEOUT: Task timeout (auto-failed)', 'timeout']);
  });

  it('queues a task again when its tool is rate-limited', async () => {
    const task = await startScript('echo come back in an hour >&2; exit 1', { tool_name: 'limited' }).ended;
    assert.equal(task.status, 'queued');
    assert.deepEqual([fake.failures[0]?.failure_kind, fake.failures[0]?.retry_after], ['limited', 300]);
  });

  it('reports progress and a result to the queue', async () => {
    const run = startScript(
      `echo '::sparkq progress 40 linking::'; until [ -e seen ]; do sleep 0.02; done; echo '::sparkq result {"summary": "good", "n": 1}::'`,
    );
    await fake.next((event) => event.type === 'task.progress');
    assert.deepEqual([fake.beats[0]?.progress, fake.beats[0]?.message], [40, 'linking']);
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    assert.equal((await run.ended).result_summary, 'good');
    assert.equal(fake.completions[0]?.result_data, '{"summary": "good", "n": 1}');
  });

  it('passes on all output live, even to a late listener', async () => {
    const run = startScript('echo first; echo second >&2; until [ -e seen ]; do sleep 0.02; done; echo last');
    let early = '';
    const sawBoth = new Promise<void>((resolve) => {
      run.onOutput(({ text }) => {
        early += text;
        if (early.includes('first') && early.includes('second')) resolve();
      });
    });
    await sawBoth;
    const late: string[] = [];
    run.onOutput(({ stream: from, text }) => late.push(`${from}:${text}`));
    const end = new Promise<string>((resolve) => run.onEnd(() => resolve(late.join('|'))));
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    assert.match(
      await end,
      /^stdout:first\n\|stderr:second\n\|stdout:last\n$|^stdout:first\nlast\n\|stderr:second\n$/,
    );
  });

  it('keeps characters whole wherever output was cut', async () => {
    const run = startScript("for i in $(seq 3000); do printf '€äß'; done");
    const texts: string[] = [];
    run.onOutput(({ text }) => texts.push(text));
    await new Promise((resolve) => run.onEnd(resolve));
    assert.equal(texts.join(''), '€äß'.repeat(3000));
  });

  it('retries the report until the queue answers', async () => {
    fake.refusals = [new QueueError('unavailable', 'the owner has gone'), new Error('socket hang up')];
    assert.equal((await startScript('echo done').ended).status, 'succeeded');
  });

  it('ends a run whose task was removed after another process had reported its end', async () => {
    fake.complete = async (id) => ({ id });
    const run = startScript('echo done');
    const ended = await run.ended;
    assert.deepEqual([ended.id, ended.tool_name], [run.task.id, 'run-bash']);
    assert.deepEqual(runFiles(), []);
  });

  it('ends the process tree when the queue has given the task to another worker', async () => {
    const run = startScript('echo $$ > up; sleep 300');
    const script = Number(await fileThere(path.join(folder(), 'up')));
    fake.leases.set(run.task.id, 'another');
    const task = { ...(await fake.getTask(run.task.id)), attempts: 2 };
    fake.tasks.set(task.id, task);
    fake.emit('task.claimed', { task });
    await run.ended;
    assert.ok(!isLive(script));
    assert.deepEqual(fake.failures, []);
  });

  it('runs on when an event from before its claim comes late', async () => {
    const task = scriptTask('until [ -e seen ]; do sleep 0.02; done; echo done', { attempts: 1 });
    const run = newRunner().start(fake.claim(task));
    await fileThere(runPaths(folder(), task.id, 2).record);
    fake.emit('task.created', { task: { ...task, attempts: 0 } });
    fake.emit('task.updated', { task });
    assert.ok(!fs.existsSync(runPaths(folder(), task.id, 2).cancel));
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    assert.equal((await run.ended).result_summary, 'done');
  });

  it('runs on when it was started while its task was being read again', async () => {
    const first = scriptTask(
      '[ $SPARKQ_ATTEMPT = 2 ] || exit 1; until [ -e seen ]; do sleep 0.02; done; echo done',
      {
        max_attempts: 2,
      },
    );
    const runner = newRunner();
    const failing = runner.start(fake.claim(first));
    const read = fake.getTask.bind(fake);
    const asked = new Promise<(task: Task) => void>((resolve) => {
      fake.getTask = () => new Promise((answer) => resolve(answer));
    });
    fake.emit('reset');
    const answer = await asked;
    fake.getTask = read;
    const queued = await failing.ended;
    const run = runner.start(fake.claim(queued));
    answer(queued);
    await fileThere(runPaths(folder(), first.id, 2).record);
    assert.ok(!fs.existsSync(runPaths(folder(), first.id, 2).cancel));
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    assert.equal((await run.ended).result_summary, 'done');
  });

  it('ends a task as interrupted when its supervisor was killed, and the processes that were left', async () => {
    const run = startScript('echo $$ > up; sleep 300');
    const script = Number(await fileThere(path.join(folder(), 'up')));
    const paths = runPaths(folder(), run.task.id, 1);
    const record = JSON.parse(await fileThere(paths.record, (text) => text.includes('"script":{'))) as {
      supervisor: { pid: number };
    };
    process.kill(record.supervisor.pid, 'SIGKILL');
    const task = await run.ended;
    assert.equal(task.failure_kind, 'interrupted');
    assert.match(task.error ?? '', /^INTERRUPTED: The supervisor of the run was killed/);
    assert.ok(!isLive(script));
  });

  describe('when a process has gone', () => {
    it('takes over a detached run and finishes it as usual', async () => {
      const first = newRunner();
      startScript('until [ -e seen ]; do sleep 0.02; done; echo done', {}, first);
      const [claimed] = [...fake.tasks.values()];
      await fileThere(runPaths(folder(), claimed?.id ?? '', 1).record);
      first.dispose();
      const second = newRunner();
      await second.adopt();
      const [run] = second.runs();
      assert.ok(run?.adopted);
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      assert.equal((await run.ended).result_summary, 'done');
    });

    it('reports a run that has ended in the meantime', async () => {
      const first = newRunner();
      const { task } = startScript('until [ -e seen ]; do sleep 0.02; done; echo done', {}, first);
      const paths = runPaths(folder(), task.id, 1);
      await fileThere(paths.record);
      first.dispose();
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      await fileThere(paths.exit);
      const second = newRunner();
      const ended = fake.next((event) => event.type === 'task.succeeded');
      await second.adopt();
      assert.equal((await ended).task?.result_summary, 'done');
    });

    it('leaves a run alone whose process is alive', async () => {
      const run = startScript('until [ -e seen ]; do sleep 0.02; done');
      await fileThere(runPaths(folder(), run.task.id, 1).record);
      const other = newRunner();
      await other.adopt();
      assert.deepEqual(other.runs(), []);
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      await run.ended;
    });

    it('ends a claim whose script never started as interrupted, and stops a late supervisor', async () => {
      const claim = fake.claim(scriptTask('echo ran > ran'));
      const old = claim.task;
      const clock = new FakeClock();
      const ended = fake.next((event) => event.type === 'task.failed');
      await newRunner(clock).adopt();
      clock.advance(7_000);
      const { task } = await ended;
      assert.equal(task?.failure_kind, 'interrupted');
      // The process that had claimed it was only slow.
      await newRunner().start(claim).ended;
      assert.equal(await startSupervisor(runPaths(folder(), old.id, 1)).ended, null);
      assert.ok(!fs.existsSync(path.join(folder(), 'ran')));
    });

    for (const [what, jump] of [
      ['', 0],
      [', also when the clock jumps forward', day],
      [', also when the clock jumps back', -day],
    ] as const) {
      it(`leaves a recent claim alone${what}`, async () => {
        const clock = new FakeClock(Date.now());
        fake.claim(scriptTask('echo x'));
        const runner = newRunner(clock);
        clock.jump(jump);
        await runner.adopt();
        clock.advance(4_000);
        clock.jump(jump);
        clock.advance(1_000);
        assert.deepEqual(runner.runs(), []);
      });
    }

    it('leaves what another host has claimed to that one', async () => {
      const clock = new FakeClock();
      const home = path.join(folder(), 'home');
      const [theirs, ours] = ['echo theirs', 'echo ours'].map((lines) => fake.claim(scriptTask(lines)).task);
      assert.ok(theirs && ours);
      fake.hosts.set(theirs.id, 'hst_00000000beef').set(ours.id, hostId(home));
      const runner = newRunner(clock, config, home);
      await runner.adopt();
      clock.advance(60_000);
      await runner.adopt();
      assert.deepEqual(
        runner.runs().map(({ task }) => task.id),
        [ours.id],
      );
    });

    it('waits for a supervisor that is on its way', async () => {
      const { task, lease } = fake.claim(scriptTask('echo done'));
      const { spec, keeper } = leaveFiles(task, { lease });
      const ended = fake.next((event) => event.type === 'task.succeeded');
      const runner = newRunner();
      await runner.adopt();
      assert.equal(runner.runs().length, 1);
      startSupervisor(runPaths(folder(), task.id, 1));
      assert.equal((await ended).task?.result_summary, 'done');
      await Promise.all([spec, keeper].map(fileGone));
    });

    it('ends the run of a task that has ended since, and removes its files', async () => {
      const { task, lease } = fake.claim(scriptTask('echo $$ > up; sleep 300'));
      const { spec, keeper, record } = leaveFiles(task, { lease });
      startSupervisor(runPaths(folder(), task.id, 1));
      const script = Number(await fileThere(path.join(folder(), 'up')));
      await fake.fail(task.id, { error_message: 'enough', lease });
      await newRunner().adopt();
      await Promise.all([spec, keeper, record].map(fileGone));
      assert.ok(!isLive(script));
      assert.deepEqual(runFiles(), []);
    });

    it('removes what a process left that was killed after its report, while others follow the queue', async () => {
      const { task, lease } = fake.claim(scriptTask('echo done'));
      const alive = spawn('sleep', ['300'], { stdio: 'ignore' });
      const { spec, keeper } = leaveFiles(task, { lease }, alive.pid);
      fs.writeFileSync(`${spec}.1.abcd.tmp`, 'half a lease');
      const clock = new FakeClock();
      const runner = newRunner(clock);
      await runner.adopt();
      await fake.complete(task.id, { result_summary: 'done', lease });
      clock.advance(2_000);
      assert.ok(fs.existsSync(spec), 'its process would remove it');
      alive.kill('SIGKILL');
      await once(alive, 'exit');
      // A supervisor could be on its way.
      clock.advance(8_000);
      await fileGone(keeper);
      assert.deepEqual(
        runFiles().filter((name) => !name.endsWith('-1.json')),
        [],
      );
    });

    it('reports nothing on a later attempt', async () => {
      const { task } = fake.claim(scriptTask('echo done', { max_attempts: 2 }));
      const clock = new FakeClock();
      await newRunner(clock).adopt();
      const seen = fake.next(({ type }) => type === 'task.claimed');
      fake.claim({ ...task, attempts: 1 });
      await seen;
      const ended = fake.next(({ type }) => type === 'task.failed');
      clock.advance(10_000);
      await ended;
      assert.deepEqual(
        fake.failures.map(({ attempt }) => attempt),
        [2],
      );
    });

    /** The files that a process leaves which was killed once it had written the specification. */
    function leaveFiles(task: Task, { lease }: { lease: string }, pid = deadPid) {
      const paths = runPaths(folder(), task.id, 1);
      fs.mkdirSync(paths.folder, { recursive: true });
      fs.writeFileSync(paths.keeper, JSON.stringify({ ...refOf(process.pid), pid, start_time: null }));
      const { script_path: script } = task.payload_json as { script_path: string };
      const run = bashSpec(folder(), `. ./${script}`, { task: task.id, lease });
      fs.writeFileSync(paths.spec, JSON.stringify(run));
      return paths;
    }

    it('carries out a cancel that was requested in the meantime', async () => {
      const first = newRunner();
      const { task } = startScript('sleep 300', {}, first);
      await fileThere(runPaths(folder(), task.id, 1).record);
      first.dispose();
      await fake.cancel(task.id);
      const ended = fake.next((event) => event.type === 'task.failed');
      await newRunner().adopt();
      assert.equal((await ended).task?.failure_kind, 'cancelled');
    });

    it('takes over when a process goes that was alive before', async () => {
      const claim = fake.claim(scriptTask('echo $$ > up; until [ -e seen ]; do sleep 0.02; done; echo done'));
      const host = startHost(claim);
      host.stdin.write('start\n');
      await fileThere(path.join(folder(), 'up'));
      const runner = newRunner();
      await runner.adopt();
      assert.deepEqual(runner.runs(), []);
      const taken = new Promise<RunHandle>((resolve) => runner.onRun(resolve));
      host.kill('SIGKILL');
      const run = await taken;
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      assert.equal((await run.ended).result_summary, 'done');
    });

    it('leaves a run in another container alone while its record is touched', async () => {
      const clock = new FakeClock();
      const { task } = fake.claim(scriptTask('echo x'));
      const paths = runPaths(folder(), task.id, 1);
      fs.mkdirSync(paths.folder, { recursive: true });
      // The number of this very process, which is not the one that is meant.
      const elsewhere = { pid: process.pid, start_time: null, namespace: 'pid:[1]' };
      fs.writeFileSync(paths.keeper, JSON.stringify(elsewhere));
      fs.writeFileSync(
        paths.record,
        JSON.stringify({ supervisor: elsewhere, script: elsewhere, boot_id: 'any' }),
      );
      const runner = newRunner(clock);
      await runner.adopt();
      for (let touched = 1; touched <= 12; touched += 1) {
        fs.utimesSync(paths.record, touched, touched);
        clock.advance(10_000);
      }
      assert.deepEqual(runner.runs(), []);
      const taken = new Promise<RunHandle>((resolve) => runner.onRun(resolve));
      clock.advance(61_000);
      await taken;
      const ended = fake.next(({ type }) => type === 'task.failed');
      clock.advance(61_000);
      assert.equal((await ended).task?.failure_kind, 'interrupted');
    });

    it('never runs a task twice, at whichever step of the run its host is killed', async () => {
      const outcomes = new Set<string>();
      const hostsInBatch = 4;
      // From before the first file of a run to after its end.
      for (let step = 0; step < 24; step += hostsInBatch) {
        const killed = await Promise.all(
          Array.from({ length: hostsInBatch }, (_, host) => killedAtStep(step + host)),
        );
        const ends = killed.map(({ id }) =>
          fake.next(({ task }) => task?.id === id && task.status !== 'running').then(() => fake.getTask(id)),
        );
        const clock = new FastClock();
        const runner = newRunner(clock);
        clock.speedUp();
        await runner.adopt();
        for (const task of await Promise.all(ends)) {
          const count = path.join(folder(), `count-${task.id}`);
          const runs = fs.existsSync(count) ? fs.readFileSync(count, 'utf8').trim() : '';
          const outcome = `${task.failure_kind ?? task.status} ${runs}`;
          assert.match(outcome, /^(succeeded once|interrupted )$/);
          outcomes.add(outcome);
        }
        runner.dispose();
      }
      assert.equal(outcomes.size, 2, JSON.stringify([...outcomes]));
    });

    /** A claimed task whose host was killed at one step of the run: 0 is before it was started. */
    async function killedAtStep(step: number): Promise<Task> {
      const { task, ...rest } = fake.claim(scriptTask('echo once >> count-$SPARKQ_TASK_ID; echo done'));
      const host = startHost({ ...rest, task });
      await once(host.stdout, 'data');
      if (step > 0) {
        const reached = fileChanges(task, step);
        host.stdin.write('start\n');
        await reached;
      }
      host.kill('SIGKILL');
      await once(host, 'exit');
      return task;
    }

    /** Resolves when the files of a run have changed so often, at the latest when the run has ended. */
    function fileChanges({ id }: Task, most: number): Promise<void> {
      return new Promise((resolve) => {
        let changes = 0;
        const watcher = fs.watch(path.join(folder(), 'runs'), (_, name) => {
          if (name?.startsWith(id)) changes += 1;
          if (changes < most && !fs.existsSync(runPaths(folder(), id, 1).exit)) return;
          watcher.close();
          resolve();
        });
      });
    }

    function startHost(claim: unknown) {
      const program = path.join(__dirname, 'hostProgram.js');
      const host = spawn(process.execPath, [program, folder(), programs, JSON.stringify(claim)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return host;
    }
  });
});
