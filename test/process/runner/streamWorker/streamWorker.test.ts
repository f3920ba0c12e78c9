import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Config, type ConfigSource, defaultConfig } from '../../../../src/core/config';
import { QueueError } from '../../../../src/core/errors';
import { silentLog } from '../../../../src/core/log';
import type { Stream, Task } from '../../../../src/core/model';
import { Runner } from '../../../../src/runner/runner';
import { StreamWorker, type StreamWorkerOptions } from '../../../../src/runner/streamWorker/streamWorker';
import { watcherLockPath } from '../../../../src/runner/streamWorker/streamWorkerLock';
import { StreamWorkers } from '../../../../src/runner/streamWorker/streamWorkers';
import { useFolder } from '../../../support/folders';
import { FakeQueue } from '../fakeQueue';
import { fileThere, isLive, programs } from '../support';

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

describe('work on streams', () => {
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

  describe('a watcher', () => {
    function newWatcher(stream: string, more: Partial<StreamWorkerOptions> = {}): StreamWorker {
      const watcher = new StreamWorker({
        queue: fake.queue,
        runner,
        storage: folder(),
        stream,
        config,
        log: silentLog,
        ...more,
      });
      cleanUps.push(() => watcher.detach());
      return watcher;
    }

    it('does the tasks of its stream in order, also those that come later', async () => {
      const stream = fake.addStream('build');
      const first = scriptTask(stream, 'echo 1 >> order');
      const second = scriptTask(stream, 'echo 2 >> order');
      const watcher = newWatcher('build');
      watcher.start();
      await Promise.all([finished(first), finished(second)]);
      const third = scriptTask(stream, 'echo 3 >> order');
      await finished(third);
      assert.equal(fs.readFileSync(path.join(folder(), 'order'), 'utf8'), '1\n2\n3\n');
      await watcher.stop();
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('refuses to be the second one of a stream', async () => {
      const watcher = newWatcher('build');
      watcher.start();
      assert.throws(
        () => newWatcher('build').start(),
        (error: unknown) => QueueError.is(error, 'conflict') && error.details?.pid === process.pid,
      );
      await watcher.stop();
      newWatcher('build').start();
    });

    it('waits for a stream that does not exist yet', async () => {
      newWatcher('build').start();
      const task = scriptTask(fake.addStream('build'), 'echo done');
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('leaves a paused stream alone until it is resumed', async () => {
      const stream = fake.addStream('build', { paused: true });
      const task = scriptTask(stream, 'echo done');
      newWatcher('build').start();
      await fake.updateStream('build', { paused: false });
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('works on as many tasks at once as the stream allows, counting those of other processes', async () => {
      const stream = fake.addStream('build', { parallelism: 2 });
      const line = 'echo $$ > up-$SPARKQ_TASK_ID; until [ -e seen ]; do sleep 0.02; done';
      const elsewhere = scriptTask(stream, line);
      fake.claim(elsewhere);
      const [first, second] = [scriptTask(stream, line), scriptTask(stream, line)];
      newWatcher('build').start();
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
      newWatcher('build').start();
      assert.equal((await finished(second)).status, 'succeeded');
    });

    it('takes only tasks of tools that have a command, and asks again when the tools change', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo done', { tool_name: 'special' });
      newWatcher('build').start();
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

    it('lets the running task end when it is stopped, and claims nothing more', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo $$ > up; until [ -e seen ]; do sleep 0.02; done');
      const next = scriptTask(stream, 'echo next');
      const watcher = newWatcher('build');
      watcher.start();
      await fileThere(path.join(folder(), 'up'));
      const stopped = watcher.stop();
      assert.ok(fs.existsSync(watcherLockPath(folder(), 'build')));
      fs.writeFileSync(path.join(folder(), 'seen'), '');
      await stopped;
      assert.equal(fake.tasks.get(task.id)?.status, 'succeeded');
      assert.equal(fake.tasks.get(next.id)?.status, 'queued');
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('cancels the running task when it is stopped now', async () => {
      const task = scriptTask(fake.addStream('build'), 'echo $$ > up; sleep 300');
      const watcher = newWatcher('build');
      watcher.start();
      const script = Number(await fileThere(path.join(folder(), 'up')));
      await watcher.stop({ now: true });
      assert.equal(fake.tasks.get(task.id)?.failure_kind, 'cancelled');
      assert.ok(!isLive(script));
    });

    it('ends with its one task where only one was asked for', async () => {
      const stream = fake.addStream('build');
      const [first, second] = [scriptTask(stream, 'echo 1'), scriptTask(stream, 'echo 2')];
      const watcher = newWatcher('build', { once: true });
      watcher.start();
      await watcher.done;
      assert.equal(fake.tasks.get(first.id)?.status, 'succeeded');
      assert.equal(fake.tasks.get(second.id)?.status, 'queued');
      const idle = newWatcher('empty', { once: true });
      idle.start();
      await idle.done;
    });

    it('ends with its stream', async () => {
      const stream = fake.addStream('build');
      const watcher = newWatcher('build');
      watcher.start();
      await fake.updateStream(stream.id, { status: 'ended' });
      await watcher.done;
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('gives a claim back that arrives after the stop', async () => {
      const stream = fake.addStream('build');
      const task = scriptTask(stream, 'echo x');
      const watcher = newWatcher('build');
      const claim = fake.claimNext.bind(fake);
      fake.claimNext = async (...request) => {
        void watcher.stop();
        return claim(request[0], { ...request[1], signal: undefined });
      };
      watcher.start();
      await watcher.done;
      const after = fake.tasks.get(task.id);
      assert.deepEqual([after?.status, after?.attempts], ['queued', 0]);
    });

    it('gives a claim back that arrives after the configuration has changed, and asks again', async () => {
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
      newWatcher('build').start();
      assert.equal((await finished(task)).status, 'succeeded');
      assert.deepEqual(given, [task.id]);
    });
  });

  describe('the watchers of a process', () => {
    let allowed: boolean;

    beforeEach(() => {
      allowed = true;
    });

    function newWatchers(): StreamWorkers {
      const watchers = new StreamWorkers({
        queue: fake.queue,
        runner,
        storage: folder(),
        config,
        log: silentLog,
        allowed: () => allowed,
      });
      cleanUps.push(() => watchers.dispose());
      return watchers;
    }

    function change(watchers: StreamWorkers): Promise<void> {
      return new Promise((resolve) => {
        const unsubscribe = watchers.onChange(() => {
          unsubscribe();
          resolve();
        });
      });
    }

    it('work on the streams that want it, as events tell', async () => {
      const working = fake.addStream('build', { working: true });
      const idle = fake.addStream('later');
      const watchers = newWatchers();
      await watchers.start();
      assert.deepEqual(
        watchers.list().map(({ stream, here }) => [stream.name, here]),
        [['build', true]],
      );
      const started = change(watchers);
      await fake.updateStream(idle.id, { working: true });
      await started;
      assert.equal(watchers.list().length, 2);
      const stopped = change(watchers);
      await fake.updateStream(working.id, { working: false });
      await stopped;
      assert.deepEqual(
        watchers.list().map(({ stream }) => stream.name),
        ['later'],
      );
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
    });

    it('work on the oldest of a thousand and one streams', async () => {
      fake.addStream('build', { working: true });
      for (let number = 1; number <= 1000; number += 1) fake.addStream(`lane ${number}`);
      const watchers = newWatchers();
      await watchers.start();
      assert.deepEqual(
        watchers.list().map(({ stream, here }) => [stream.name, here]),
        [['build', true]],
      );
    });

    it('set streams to working that start by themselves', async () => {
      const stream = fake.addStream('build', { autostart: true });
      const task = scriptTask(stream, 'echo done');
      await newWatchers().start();
      assert.equal((await finished(task)).status, 'succeeded');
      assert.equal(fake.streams.get(stream.id)?.working, true);
    });

    it('start nothing while it is not allowed', async () => {
      allowed = false;
      fake.addStream('build', { autostart: true });
      const stream = fake.addStream('other', { working: true });
      const watchers = newWatchers();
      await watchers.start();
      assert.deepEqual(watchers.list(), []);
      assert.equal((await fake.getStream('build')).working, false);
      allowed = true;
      const task = scriptTask(stream, 'echo done');
      await watchers.refresh();
      assert.equal((await finished(task)).status, 'succeeded');
    });

    it('say who else works on a stream', async () => {
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
      const watchers = newWatchers();
      await watchers.start();
      const [worked] = watchers.list();
      assert.deepEqual([worked?.here, worked?.elsewhere?.pid], [false, process.pid]);
      await other.stop();
    });

    it('follow a stream to its new name', async () => {
      const stream = fake.addStream('build', { working: true });
      const watchers = newWatchers();
      await watchers.start();
      const ended = change(watchers);
      await fake.updateStream(stream.id, { name: 'ship' });
      await ended;
      const task = scriptTask(stream, 'echo done');
      await finished(task);
      assert.ok(!fs.existsSync(watcherLockPath(folder(), 'build')));
      assert.ok(fs.existsSync(watcherLockPath(folder(), 'ship')));
    });

    it('stop all at once', async () => {
      const task = scriptTask(fake.addStream('build', { working: true }), 'echo up > up; sleep 300');
      const watchers = newWatchers();
      await watchers.start();
      await fileThere(path.join(folder(), 'up'));
      await watchers.stop({ now: true });
      assert.equal(fake.tasks.get(task.id)?.failure_kind, 'cancelled');
    });
  });
});
