import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox, slow } from './sandbox';

describe('sparkq watch', function () {
  this.timeout(slow);
  let box: Sandbox;
  let storage: string;
  beforeEach(async () => {
    box = new Sandbox();
    storage = (await box.json<{ storage: string }>('setup', '--yes')).storage;
  });
  afterEach(() => box.remove());

  const withLane = async () => {
    await box.ok('session', 'create', 'work');
    await box.ok('stream', 'create', 'lane', '--session', 'work');
  };
  const lockOf = (stream: string) => path.join(storage, 'watchers', `${stream}.lock`);
  const pidIn = (file: string) => Number(fs.readFileSync(file, 'utf8').split('\n')[0]);

  it('locks the stream with its own pid, refuses a second one, and goes on SIGTERM', async () => {
    const first = box.start(['watch', 'later']);
    await first.says(/^Watching stream 'later'/);
    assert.equal(pidIn(lockOf('later')), first.child.pid);
    const second = await box.run(['watch', 'later']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`already running.*${first.child.pid}`));
    assert.equal((await first.stop()).code, 0);
    assert.equal(fs.existsSync(lockOf('later')), false);
  });

  it('takes over a lock that nobody alive holds', async () => {
    fs.mkdirSync(path.dirname(lockOf('lane')), { recursive: true });
    fs.writeFileSync(lockOf('lane'), 'garbage');
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(/^Watching/);
    assert.equal(pidIn(lockOf('lane')), watcher.child.pid);
    assert.equal((await watcher.stop('SIGINT')).code, 0);
  });

  it('does the tasks of its stream, and serves the queue meanwhile', async () => {
    await withLane();
    box.write('scripts/hello.sh', 'echo "hello $1"\n');
    box.write('scripts/bad.sh', 'echo oops >&2; exit 3\n');
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(/^Watching/);
    assert.match(await box.ok('status'), /^SparkQ server: running/);
    const good = await box.json<{ id: string }>(
      'enqueue',
      '-s',
      'lane',
      '--script',
      'scripts/hello.sh',
      'you',
    );
    const bad = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/bad.sh');
    await watcher.says(new RegExp(`Task ${good.id} succeeded: hello you`));
    await watcher.says(new RegExp(`Task ${bad.id} failed`));
    assert.equal(await box.ok('output', good.id), 'hello you\n');
    assert.equal(await box.ok('output', bad.id, '--stderr', '--follow'), 'oops\n');
    const output = await box.json<{ text: string; size: number }>('output', good.id);
    assert.deepEqual([output.text, output.size], ['hello you\n', 10]);
    assert.equal((await watcher.stop()).code, 0);
  });

  it('does one task with --once, and ends where there is none', async () => {
    await withLane();
    box.write('scripts/hello.sh', 'echo hello\n');
    assert.deepEqual(await box.json('watch', 'lane', '--once'), { stream: 'lane', succeeded: 0, failed: 0 });
    for (let i = 0; i < 2; i += 1) await box.ok('enqueue', '-s', 'lane', '--script', 'scripts/hello.sh');
    assert.deepEqual(await box.json('watch', 'lane', '--once'), { stream: 'lane', succeeded: 1, failed: 0 });
    assert.equal((await box.json<unknown[]>('tasks', '--status', 'queued')).length, 1);
  });

  it('cancels what runs when it is stopped with --now', async () => {
    await withLane();
    box.write('scripts/long.sh', 'echo begun\nsleep 60\n');
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/long.sh');
    const watcher = box.start(['watch', 'lane', '--now']);
    await watcher.says(/started/);
    assert.equal((await watcher.stop()).code, 0);
    const task = await box.json<{ status: string; failure_kind: string }>('task', id);
    assert.deepEqual([task.status, task.failure_kind], ['failed', 'cancelled']);
  });
});
