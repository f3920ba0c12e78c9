import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { WaitingReason } from '../../../../../src/core/model';
import { OwnerLock } from '../../../../../src/store/ownership/ownerLock';
import { isAlive } from '../../../../../src/system/processes';
import { readFileIfAny } from '../../../../../src/system/wholeFiles';
import { gitIn } from '../../../../support/git';
import { withTimeToBegin } from '../../../../support/timeToBegin';
import { Sandbox } from '../../sandbox';

/** Resolves when a file is there. */
function appears(file: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!fs.existsSync(file)) return;
      watcher.close();
      resolve();
    };
    const watcher = fs.watch(path.dirname(file), look);
    look();
  });
}

describe('sparkq watch', () => {
  let box: Sandbox;
  let storage: string;
  beforeEach(async () => {
    box = new Sandbox();
    storage = await box.makeQueue();
  });
  afterEach(() => box.remove());

  const lockOf = (stream: string) => path.join(storage, 'watchers', `${stream}.lock`);
  const pidIn = (file: string) => Number(fs.readFileSync(file, 'utf8').split('\n')[0]);

  it('locks the stream with its own pid, refuses a second watcher, and ends on SIGTERM', async () => {
    const first = box.start(['watch', 'later']);
    await first.says(/^Watching stream 'later'/);
    assert.equal(pidIn(lockOf('later')), first.child.pid);
    const second = await box.run(['watch', 'later']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`already running.*${first.child.pid}`));
    assert.equal((await first.stop()).code, 0);
    assert.equal(fs.existsSync(lockOf('later')), false);
  });

  it('locks the stream before the queue is open, and unlocks it if stopped meanwhile', async () => {
    const owner = await OwnerLock.acquire({ storage, role: 'command' });
    assert.ok('lock' in owner);
    fs.mkdirSync(path.dirname(lockOf('later')));
    const first = box.start(['watch', 'later']);
    await appears(lockOf('later'));
    assert.equal(pidIn(lockOf('later')), first.child.pid);
    const second = await box.run(['watch', 'later']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`already running.*${first.child.pid}`));
    const { code, stdout } = await first.stop();
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal(fs.existsSync(lockOf('later')), false);
    await owner.lock.release();
  });

  it('unlocks the stream when the queue cannot be opened', async () => {
    for (const name of fs.readdirSync(storage)) {
      if (name.startsWith('snapshot-')) fs.writeFileSync(path.join(storage, name), 'damaged');
    }
    const { code, stderr } = await box.run(['watch', 'later']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Database error/);
    assert.deepEqual(fs.readdirSync(path.join(storage, 'watchers')), []);
  });

  it('is alone on a stream, whether its name or its id was given', async () => {
    const [lane] = await box.json<{ id: string; name: string }[]>('stream', 'list');
    const id = lane?.id ?? '';
    const first = box.start(['watch', id]);
    await first.says(/^Watching/);
    assert.equal(pidIn(lockOf('lane')), first.child.pid);
    for (const given of ['lane', id]) {
      const second = await box.run(['watch', given, '--once']);
      assert.equal(second.code, 1, given);
      assert.match(second.stderr, new RegExp(`stream "lane" is already running.*${first.child.pid}`));
    }
    assert.equal((await first.stop()).code, 0);
    const { stream } = await box.json<{ stream: string }>('watch', id, '--once');
    assert.equal(stream, 'lane');
  });

  it('runs the scripts of the queue behind a link, not those of the current folder', async () => {
    const link = path.join(box.root, 'link');
    fs.symlinkSync(storage, link);
    const other = path.join(box.root, 'other');
    fs.mkdirSync(path.join(other, 'scripts'), { recursive: true });
    box.write('scripts/say.sh', 'echo mine\n');
    fs.writeFileSync(path.join(other, 'scripts/say.sh'), 'echo not mine\n');
    await box.ok('enqueue', '-s', 'lane', '--script', 'scripts/say.sh');
    const how = { cwd: other, env: { SPARKQ_STORAGE: link } };
    assert.match((await box.run(['watch', 'lane', '--once'], how)).stdout, /succeeded: mine$/m);
  });

  it('takes over a lock whose holder is dead', async () => {
    fs.mkdirSync(path.dirname(lockOf('lane')), { recursive: true });
    fs.writeFileSync(lockOf('lane'), 'garbage');
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(/^Watching/);
    assert.equal(pidIn(lockOf('lane')), watcher.child.pid);
    assert.equal((await watcher.stop('SIGINT')).code, 0);
  });

  it('runs the tasks of its stream, and serves the queue meanwhile', async () => {
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

  it('runs one task with --once, and ends if there is none', async () => {
    box.write('scripts/hello.sh', 'echo hello\n');
    const reason = { code: 'no_tasks', values: { stream: 'lane' } };
    const nothing = { stream: 'lane', succeeded: 0, failed: 0, reason };
    assert.deepEqual(await box.json('watch', 'lane', '--once'), nothing);
    for (let i = 0; i < 2; i += 1) await box.ok('enqueue', '-s', 'lane', '--script', 'scripts/hello.sh');
    assert.deepEqual(await box.json('watch', 'lane', '--once'), { stream: 'lane', succeeded: 1, failed: 0 });
    assert.equal((await box.json<unknown[]>('tasks', '--status', 'queued')).length, 1);
  });

  it('says with --once why there was nothing to run', async () => {
    box.write('scripts/hello.sh', 'echo hello\n');
    const once = async (stream: string) =>
      (await box.ok('watch', stream, '--once')).split('\n').slice(1).join('\n');
    assert.equal(await once('nowhere'), "No stream 'nowhere' yet\n");
    assert.equal(await once('lane'), "No queued tasks in stream 'lane'\n");
    const enqueue = (...more: string[]) => box.json<{ id: string }>('enqueue', '-s', 'lane', ...more);
    const outside = await enqueue('-t', 'llm-haiku');
    const why = (sentence: string) => `Nothing to run in stream 'lane'. ${sentence}\n`;
    assert.equal(
      await once('lane'),
      why(`Task ${outside.id}: Waiting for an outside worker: tool llm-haiku has no command.`),
    );
    await enqueue('--script', 'scripts/hello.sh');
    await box.ok('pause', 'lane');
    assert.equal(await once('lane'), why(`First of 2 tasks, ${outside.id}: Stream lane is paused.`));
    const { reason } = await box.json<{ reason: unknown }>('watch', 'lane', '--once');
    assert.deepEqual(reason, { code: 'paused', values: { stream: 'lane' }, task_id: outside.id });
    await box.ok('stream', 'end', 'lane');
    assert.match(await once('lane'), /: Stream lane has ended/);
  });

  it('cancels the running task when stopped with --now', async () => {
    box.write('scripts/long.sh', 'echo begun\nsleep 60\n');
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/long.sh');
    const watcher = box.start(['watch', 'lane', '--now']);
    await watcher.says(/started/);
    assert.equal((await watcher.stop()).code, 0);
    const task = await box.json<{ status: string; failure_kind: string }>('task', id);
    assert.deepEqual([task.status, task.failure_kind], ['failed', 'cancelled']);
  });

  it('affects the reasons why tasks wait', async () => {
    box.write('scripts/long.sh', 'echo begun\nuntil [ -e seen ]; do sleep 0.05; done\n');
    const enqueue = () => box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/long.sh');
    const waiting = async (id: string) =>
      (await box.json<{ waiting_reason: WaitingReason }>('task', id)).waiting_reason.code;
    const [first, second] = [await enqueue(), await enqueue()];
    assert.equal(await waiting(first.id), 'no_worker');
    await box.ok('stream', 'edit', 'lane', '--working', '--max-attempts', '2', '--retry-interrupted');
    assert.equal(await waiting(first.id), 'worker_absent');
    assert.equal(await waiting(second.id), 'behind');
    const stopped = await box.json('stream', 'edit', 'lane', '--no-working');
    assert.deepEqual([stopped.max_attempts, stopped.retry_interrupted, stopped.working], [2, true, false]);
    assert.equal(await waiting(first.id), 'worker_stopped');
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(new RegExp(`Task ${first.id} started`));
    assert.equal(await waiting(second.id), 'lane_full');
    await box.ok('pause', 'lane');
    assert.equal(await waiting(second.id), 'paused');
    assert.match(await box.ok('task', second.id), /^Waiting: +\S.*\blane\b/m);
    box.write('seen', '');
    await watcher.says(new RegExp(`Task ${first.id} succeeded`));
    await box.ok('resume', 'lane');
    await watcher.says(new RegExp(`Task ${second.id} succeeded`));
    assert.equal((await watcher.stop()).code, 0);
  });

  it('records the git state, so that drift shows', async () => {
    const git = (...args: string[]) => gitIn(box.folder, ...args);
    const commit = () => {
      git('commit', '--quiet', '--allow-empty', '--message', 'Next');
      return git('rev-parse', 'HEAD').slice(0, 7);
    };
    git('init', '--quiet');
    const queued = commit();
    box.write('scripts/hello.sh', 'echo hello\n');
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/hello.sh');
    assert.match(await box.ok('task', id), new RegExp(`^Git: +${queued}$`, 'm'));
    const now = commit();
    assert.match(await box.ok('task', id), new RegExp(`^Git: +queued at ${queued}, now ${now}$`, 'm'));
    await box.ok('watch', 'lane', '--once');
    commit();
    assert.match(await box.ok('task', id), new RegExp(`^Git: +queued at ${queued}, claimed at ${now}$`, 'm'));
  });

  it('retries a failing task, and keeps the outcome of each attempt', async () => {
    box.write('sparkq.yml', `${box.read('sparkq.yml')}\nrunner:\n  backoff_ms: 1\n`);
    box.write('scripts/third.sh', 'echo try $SPARKQ_ATTEMPT; [ $SPARKQ_ATTEMPT = 3 ] || exit 4\n');
    const script = ['--script', 'scripts/third.sh', '--max-attempts', '3'];
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', ...script);
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(new RegExp(`Task ${id} succeeded: try 3`));
    assert.equal((await watcher.stop()).code, 0);
    const { tries } = await box.json<{ tries: Record<string, unknown>[] }>('task', id);
    const facts = tries.map(({ number, outcome, exit_code }) => [number, outcome, exit_code]);
    assert.deepEqual(facts.sort(), [
      [1, 'error', 4],
      [2, 'error', 4],
      [3, 'succeeded', 0],
    ]);
    assert.equal(await box.ok('output', id, '--attempt', '1'), 'try 1\n');
  });

  it('ends a task at the kill_after of its header with all its processes, even those that ignore SIGTERM', async () => {
    box.write('sparkq.yml', `${box.read('sparkq.yml')}\nrunner:\n  kill_grace_ms: 200\n`);
    const stubborn = "trap '' TERM HUP; echo $BASHPID > pid; while :; do sleep 0.1; done";
    const watcher = box.start(['watch', 'lane']);
    const ids: string[] = [];
    const pid = await withTimeToBegin(1, async (time) => {
      box.write('scripts/stubborn.sh', `# timeout: 600\n# kill_after: ${time}\n( ${stubborn} ) &\nwait\n`);
      const script = ['--script', 'scripts/stubborn.sh'];
      const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', ...script);
      ids.push(id);
      await watcher.says(new RegExp(`Task ${id} failed: TIMEOUT: Task timeout \\(auto-failed\\)`));
      return readFileIfAny(path.join(box.folder, 'pid'));
    });
    assert.equal(isAlive(pid, null), false);
    assert.equal((await watcher.stop()).code, 0);
    const failed = await box.json<{ id: string }[]>('tasks', '--failure-kind', 'timeout');
    assert.deepEqual(new Set(failed.map((task) => task.id)), new Set(ids));
  });

  it('leaves running tasks to the next owner when it is killed', async () => {
    box.write('scripts/patient.sh', 'echo > begun\nuntil [ -e go ]; do sleep 0.05; done\necho gone\n');
    const { id } = await box.json<{ id: string }>('enqueue', '-s', 'lane', '--script', 'scripts/patient.sh');
    const watcher = box.start(['watch', 'lane']);
    await appears(path.join(box.folder, 'begun'));
    await watcher.stop('SIGKILL');
    const waiting = box.start(['wait', id]);
    box.write('go', '');
    const { code, stdout } = await waiting.exited;
    assert.deepEqual([code, stdout], [0, `Task ${id} succeeded: gone\n`]);
  });
});
