import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Config, type ConfigSource, defaultConfig } from '../../../../src/core/config';
import { QueueError } from '../../../../src/core/errors';
import { silentLog } from '../../../../src/core/log';
import type { Stream, Task } from '../../../../src/core/model';
import { Runner } from '../../../../src/runner/runner';
import { StreamWorker, type StreamWorkerOptions } from '../../../../src/runner/streamWorker/streamWorker';
import { StreamWorkers } from '../../../../src/runner/streamWorker/streamWorkers';
import { streamWorkerHolder, watcherLockPath } from '../../../../src/store/streamWorkerLock';
import { useFolder } from '../../../support/folders';
import { FakeQueue } from '../fakeQueue';
import { fileGone, fileThere, isLive, programs } from '../support';

/** A configuration that a test can change. */
class MovingConfig implements ConfigSource {
  private readonly listeners = new Set<() => void>();
  constructor(private config: Config) {}
  current = () => this.config;
  problems = () => [];
  diagnostics = () => [];
  reload = async () => {};

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  change(config: Config): void {
    this.config = config;
    for (const listener of this.listeners) listener();
  }
}

describe('stream workers', () => {
  const folder = useFolder('runs');
  let fake: FakeQueue;
  let runner: Runner;
  let config: MovingConfig;
  let cleanUps: (() => void)[];

  beforeEach(() => {
    fake = new FakeQueue();
    config = new MovingConfig({ ...defaultConfig, runner: { ...defaultConfig.runner, kill_grace_ms: 300 } });
    runner = newRunner();
    cleanUps = [() => runner.dispose()];
  });

  afterEach(() => {
    for (const cleanUp of cleanUps) cleanUp();
  });

  function newRunner(): Runner {
    const storage = folder();
    return new Runner({ queue: fake.queue, storage, workspace: storage, config, programs, log: silentLog });
  }

  function scriptTask(stream: Stream, lines: string, more: Partial<Task> = {}): Task {
    const name = `script-${fake.tasks.size}.sh`;
    fs.writeFileSync(path.join(folder(), name), lines);
    return fake.addTask(stream, { script_path: name }, more);
  }

  function finished(task: Task): Promise<Task> {
    const now = fake.tasks.get(task.id);
    if (now && /succeeded|failed/.test(now.status)) return Promise.resolve(now);
    return fake
      .next((event) => event.task?.id === task.id && /succeeded|failed/.test(event.task.status))
      .then((event) => event.task as Task);
  }

  function claimed(task: Task): Promise<unknown> {
    return fake.next((event) => event.type === 'task.claimed' && event.task_id === task.id);
  }

  describe('one of them', () => {
    function newWorker(stream: string, more: Partial<StreamWorkerOptions> = {}): StreamWorker {
      const worker = new StreamWorker({
        queue: fake.queue,
        runner,
        storage: folder(),
        stream,
        config,
        log: silentLog,
        ...more,
      });
      cleanUps.push(() => worker.detach());
      return worker;
    }

    it('runs the tasks of its stream in order, including those added later', async () => {
      const stream = fake.addStream('build');
      const first = scriptTask(stream, 'echo 1 >> order');
      const second = scriptTask(stream, 'echo 2 >> order');
      const worker = newWorker('build');
      worker.start();
      await Promise.all([finished(first), finished(second)]);
      const third = scriptTask(stream, 'echo 3 >> order');
      await finished(third);
      assert.equal(fs.readFileSync(path.join(folder(), 'order'), 'utf8'), '1\n2\n3\n');
      await worker.stop();
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('refuses to be the second worker of a stream', async () => {
      const worker = newWorker('build');
      worker.start();
      assert.throws(
        () => newWorker('build').start(),
        (error: unknown) => QueueError.is(error, 'conflict') && error.details?.pid === process.pid,
      );
      await worker.stop();
      newWorker('build').start();
    });

    it('waits for a stream that does not exist yet', async () => {
      newWorker('build').start();
      const task = scriptTask(fake.addStream('build'), 'echo done');
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('leaves a paused stream alone until it is resumed', async () => {
      const stream = fake.addStream('build', { paused: true });
      const task = scriptTask(stream, 'echo done');
      newWorker('build').start();
      await fake.updateStream('build', { paused: false });
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('runs as many tasks at once as the stream allows, counting those of other processes', async () => {
      const stream = fake.addStream('build', { parallelism: 2 });
      const line = 'echo $$ > up-$SPARKQ_TASK_ID; until [ -e seen ]; do sleep 0.02; done';
      const elsewhere = scriptTask(stream, line);
      fake.claim(elsewhere);
      const [first, second] = [scriptTask(stream, line), scriptTask(stream, line)];
      newWorker('build').start();
      await fileThere(path.join(folder(), `up-${first?.id}`));
      assert.equal(fake.tasks.get(second?.id ?? '')?.status, 'queued');
      const next = claimed(second as Task);
      await fake.complete(elsewhere.id, { result_summary: 'done' });
      await next;
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      await finished(second as Task);
    });

    it('goes on after a failure', async () => {
      const stream = fake.addStream('build');
      scriptTask(stream, 'exit 1');
      const second = scriptTask(stream, 'echo done');
      newWorker('build').start();
      assert.equal((await finished(second)).status, 'succeeded');
    });

    it('claims only tasks of tools with a command, and claims again when the tools change', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo done', { tool_name: 'special' });
      newWorker('build').start();
      const bash = defaultConfig.tools['run-bash'];
      assert.ok(bash);
      const asked = fake.claimNext.bind(fake);
      const waits = new Promise<void>((resolve) => {
        fake.claimNext = (...request) => {
          resolve();
          return asked(...request);
        };
      });
      await waits;
      config.change({ ...config.current(), tools: { ...config.current().tools, special: bash } });
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('lets the running task finish when stopped, and claims nothing more', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo $$ > up; until [ -e seen ]; do sleep 0.02; done');
      const next = scriptTask(stream, 'echo next');
      const worker = newWorker('build');
      worker.start();
      await fileThere(path.join(folder(), 'up'));
      const stopped = worker.stop();
      assert.ok(fs.existsSync(watcherLockPath(folder(), 'build')));
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      await stopped;
      assert.equal(fake.tasks.get(task.id)?.status, 'succeeded');
      assert.equal(fake.tasks.get(next.id)?.status, 'queued');
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('cancels the running task when stopped with `now`', async () => {
      const task = scriptTask(fake.addStream('build'), 'echo $$ > up; sleep 300');
      const worker = newWorker('build');
      worker.start();
      const script = Number(await fileThere(path.join(folder(), 'up')));
      await worker.stop({ now: true });
      assert.equal(fake.tasks.get(task.id)?.failure_kind, 'cancelled');
      assert.ok(!isLive(script));
    });

    it('ends after one task with `once`', async () => {
      const stream = fake.addStream('build');
      const [first, second] = [scriptTask(stream, 'echo 1'), scriptTask(stream, 'echo 2')];
      const worker = newWorker('build', { once: true });
      worker.start();
      await worker.done;
      assert.equal(fake.tasks.get(first.id)?.status, 'succeeded');
      assert.equal(fake.tasks.get(second.id)?.status, 'queued');
      const idle = newWorker('empty', { once: true });
      idle.start();
      await idle.done;
    });

    it('ends with its stream', async () => {
      const stream = fake.addStream('build');
      const worker = newWorker('build');
      worker.start();
      await fake.updateStream(stream.id, { status: 'ended' });
      await worker.done;
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('releases a claim that arrives after the stop', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo x');
      const worker = newWorker('build');
      const claim = fake.claimNext.bind(fake);
      fake.claimNext = async (...request) => {
        void worker.stop();
        return claim(request[0], { ...request[1], signal: undefined });
      };
      worker.start();
      await worker.done;
      const after = fake.tasks.get(task.id);
      assert.deepEqual([after?.status, after?.attempts], ['queued', 0]);
    });

    it('releases a claim that arrives after the configuration has changed, and claims again', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo x');
      const given: string[] = [];
      const release = fake.releaseClaim.bind(fake);
      fake.releaseClaim = (id: string) => {
        given.push(id);
        return release(id);
      };
      const claim = fake.claimNext.bind(fake);
      fake.claimNext = (...request) => {
        fake.claimNext = claim;
        config.change(config.current());
        return claim(request[0], { ...request[1], signal: undefined });
      };
      newWorker('build').start();
      assert.equal((await finished(task)).status, 'succeeded');
      assert.deepEqual(given, [task.id]);
    });
  });

  describe('of one process', () => {
    let allowed: boolean;

    beforeEach(() => {
      allowed = true;
    });

    function newWorkers(): StreamWorkers {
      const workers = new StreamWorkers({
        queue: fake.queue,
        runner,
        storage: folder(),
        config,
        log: silentLog,
        allowed: () => allowed,
      });
      cleanUps.push(() => workers.dispose());
      return workers;
    }

    it('work on the streams whose worker is on, following events', async () => {
      const working = fake.addStream('build', { working: true });
      const idle = fake.addStream('later');
      const workers = newWorkers();
      await workers.start();
      assert.deepEqual(workers.streams(), ['build']);
      await fake.updateStream(idle.id, { working: true });
      await fileThere(watcherLockPath(folder(), 'later'));
      assert.deepEqual(workers.streams(), ['build', 'later']);
      await fake.updateStream(working.id, { working: false });
      await fileGone(watcherLockPath(folder(), 'build'));
      assert.deepEqual(workers.streams(), ['later']);
    });

    it('work on the oldest of 1,001 streams', async () => {
      fake.addStream('build', { working: true });
      for (let number = 1; number <= 1000; number += 1) fake.addStream(`lane ${number}`);
      const workers = newWorkers();
      await workers.start();
      assert.deepEqual(workers.streams(), ['build']);
    });

    it('turn on the workers of streams with autostart', async () => {
      const stream = fake.addStream('build', { autostart: true });
      const task = scriptTask(stream, 'echo done');
      await newWorkers().start();
      assert.equal((await finished(task)).status, 'succeeded');
      assert.equal(fake.streams.get(stream.id)?.working, true);
    });

    it('start nothing while not allowed to', async () => {
      allowed = false;
      fake.addStream('build', { autostart: true });
      const stream = fake.addStream('other', { working: true });
      const workers = newWorkers();
      await workers.start();
      assert.deepEqual(workers.streams(), []);
      assert.equal((await fake.getStream('build')).working, false);
      allowed = true;
      const task = scriptTask(stream, 'echo done');
      await workers.refresh();
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('leave a stream to the one that works on it', async () => {
      fake.addStream('build', { working: true });
      const other = new StreamWorker({
        queue: fake.queue,
        runner,
        storage: folder(),
        stream: 'build',
        config,
        log: silentLog,
      });
      other.start();
      const workers = newWorkers();
      await workers.start();
      assert.deepEqual(workers.streams(), []);
      assert.equal(streamWorkerHolder(folder(), 'build')?.pid, process.pid);
      await other.stop();
    });

    it('follow a stream that is renamed', async () => {
      const stream = fake.addStream('build', { working: true });
      const workers = newWorkers();
      await workers.start();
      await fake.updateStream(stream.id, { name: 'ship' });
      const task = scriptTask(stream, 'echo done');
      await finished(task);
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
      assert.ok(fs.existsSync(watcherLockPath(folder(), 'ship')));
    });
  });
});
