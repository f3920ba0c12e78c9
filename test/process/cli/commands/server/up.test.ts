import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { backgroundLog, backgroundOf } from '../../../../../src/client/background';
import { openQueue } from '../../../../../src/client/openQueue';
import { toInstant } from '../../../../../src/core/clock';
import { fixedConfig } from '../../../../../src/core/config';
import { silentLog } from '../../../../../src/core/log';
import { isAlive } from '../../../../../src/system/processes';
import { readFileIfAny } from '../../../../../src/system/wholeFiles';
import { untilEnded } from '../../../../support/deadPid';
import { followQueue } from '../../../../support/followQueue';
import { openLocalQueue } from '../../../../support/localQueue';
import { Sandbox } from '../../sandbox';

interface UpAnswer {
  started: boolean;
  pid: number;
}

describe('sparkq up and sparkq down', () => {
  let box: Sandbox;
  let storage: string;
  beforeEach(async () => {
    box = new Sandbox();
    storage = await box.makeQueue();
    box.write('scripts/note.sh', 'echo "$1" >> ran\n');
    box.write('scripts/patient.sh', 'echo "$1" >> ran\nuntil [ -e go ]; do sleep 0.05; done\n');
  });
  afterEach(async function () {
    const present = backgroundOf(storage);
    if (present !== null) process.kill(present.pid, 'SIGKILL');
    if (this.currentTest?.state === 'failed')
      process.stderr.write(readFileIfAny(backgroundLog(storage)) ?? '');
    await box.remove();
  });

  async function enqueue(script: string, ...args: string[]): Promise<string> {
    const command = ['enqueue', '-s', 'lane', '--script', `scripts/${script}.sh`, ...args];
    return (await box.json<{ id: string }>(...command)).id;
  }

  const ran = () => (readFileIfAny(path.join(box.folder, 'ran')) ?? '').trim().split('\n');

  /** Resolves when a file of the folder is there. */
  function appears(name: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!fs.existsSync(path.join(box.folder, name))) return;
        watcher.close();
        resolve();
      };
      const watcher = fs.watch(box.folder, look);
      look();
    });
  }

  it('runs the tasks of the streams named in a process of its own, one for a queue, until down', async () => {
    const first = await enqueue('note', 'one');
    const { started, pid } = await box.json<UpAnswer>('up', 'lane');
    assert.equal(started, true);
    await box.ok('wait', first);
    const status = await box.json<{ pid: number; background: { pid: number; streams: string[] } }>('status');
    assert.deepEqual([status.pid, status.background.pid, status.background.streams], [pid, pid, ['lane']]);
    assert.match(await box.ok('status'), new RegExp(`\nIn the background: PID ${pid}, on lane\n$`));
    assert.equal(await box.ok('up'), `SparkQ already works in the background (PID ${pid})\n`);
    const refused = await box.run(['stop']);
    assert.match(refused.stderr, /sparkq down/);
    await box.ok('stream', 'create', 'other', '--session', 'work');
    const other = await box.run(['up', 'other']);
    assert.deepEqual([other.code, /sparkq down/.test(other.stderr)], [1, true]);
    assert.equal((await box.json<{ pid: number }>('down')).pid, pid);
    assert.equal(isAlive(pid, null), false);
    assert.deepEqual(ran(), ['one']);
    assert.equal(await box.ok('status'), 'SparkQ server: not running\n');
    const again = await box.run(['down']);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^Error: Down not allowed in stopped state\n.*sparkq up/);
  });

  it('refuses a stream that does not exist before it starts anything', async () => {
    const { code, stderr } = await box.run(['up', 'nowhere']);
    assert.equal(code, 1);
    assert.match(stderr, /nowhere/);
    assert.equal(backgroundOf(storage), null);
  });

  it('leaves what runs to itself on down, and starts nothing new', async () => {
    const [running, next] = [await enqueue('patient', 'one'), await enqueue('note', 'two')];
    await box.ok('up', 'lane');
    await appears('ran');
    await box.ok('down');
    box.write('go', '');
    // Whoever owns the queue next reports the end of the run; it works on nothing.
    await box.ok('stream', 'edit', 'lane', '--no-working');
    const server = box.start(['serve']);
    await server.says(/^SparkQ server/);
    await box.ok('wait', running);
    assert.deepEqual(ran(), ['one']);
    assert.equal((await box.json('task', next)).status, 'queued');
    await server.stop();
  });

  it('ends by itself with --while-work, but not before the last task', async () => {
    const queue = await openLocalQueue(storage, { role: 'command', workspace: box.folder });
    const { task } = await queue.enqueue({
      stream: 'lane',
      tool_name: 'run-bash',
      payload: { script_path: 'scripts/note.sh', args: ['late'] },
      not_before: toInstant(Date.now() + 3_000),
    });
    await queue.close();
    const { pid } = await box.json<UpAnswer>('up', 'lane', '--while-work');
    await untilEnded(pid);
    assert.deepEqual(ran(), ['late']);
    assert.equal((await box.json('task', task.id)).status, 'succeeded');
    assert.match(readFileIfAny(backgroundLog(storage)) ?? '', /nothing is left to do/);
  });

  it('keeps the machine awake while something runs, if it was told to', async function () {
    // With a program in the place of systemd-inhibit.
    if (process.platform !== 'linux') this.skip();
    const note = (name: string) => `touch '${path.join(box.folder, name)}'`;
    const hold = `while [ "$1" != /bin/sh ]; do shift; done; "$@"`;
    const program = box.write(
      'bin/systemd-inhibit',
      `#!/bin/sh\n${note('held')}\n${hold}\n${note('let-go')}\n`,
    );
    fs.chmodSync(program, 0o755);
    box.env.PATH = `${path.dirname(program)}:${process.env.PATH}`;
    await enqueue('patient', 'one');
    await box.ok('up', 'lane', '--while-work');
    // What ends with its work makes way for one that keeps it awake; one that stays does not.
    await box.ok('up', 'lane', '--while-work', '--keep-awake', 'whileRunning');
    await appears('held');
    assert.match(await box.ok('status'), /keeps the machine awake \(whileRunning\)/);
    box.write('go', '');
    await appears('let-go');
    await box.ok('up', '--keep-awake', 'whileWork');
    const refused = await box.run(['up', '--keep-awake', 'never']);
    assert.deepEqual([refused.code, /sparkq down/.test(refused.stderr)], [1, true]);
  });

  it('waits as a client until the owner ends, then works on the queue', async () => {
    const server = box.start(['serve']);
    await server.says(/^SparkQ server/);
    const schedule = ['schedule', 'add', '0 0 1 1 *', '--', 'true'];
    await box.ok(...schedule);
    const { pid } = await box.json<UpAnswer>('up', 'lane', '--while-work');
    const { background, pid: owner } = await box.json<{ pid: number; background: { pid: number } }>('status');
    assert.deepEqual([background.pid, owner], [pid, server.child.pid]);
    await server.stop('SIGKILL');
    // The next one that announces itself as the owner.
    await followQueue(box.home, storage, async () => true);
    await box.ok('wait', await enqueue('note', 'one'));
    assert.equal((await box.json<{ pid: number }>('status')).pid, pid);
    // One that stays takes the place of one that ends with its work.
    const staying = await box.json<UpAnswer>('up');
    assert.deepEqual([staying.started, isAlive(pid, null)], [true, false]);
  });

  it('lets its run end and starts nothing more when a newer program takes the queue over', async () => {
    const running = await enqueue('patient', 'one');
    const { pid } = await box.json<UpAnswer>('up', 'lane');
    await appears('ran');
    const newer = await openQueue({
      storage,
      workspace: box.folder,
      role: 'editor',
      config: fixedConfig(),
      programs: path.resolve('dist'),
      log: silentLog,
      version: '99.0.0',
      home: box.home,
      serve: true,
    });
    try {
      assert.equal(newer.role(), 'owner');
      box.write('go', '');
      await untilEnded(pid);
      assert.match(readFileIfAny(backgroundLog(storage)) ?? '', /updated or removed: nothing new is started/);
      assert.equal((await newer.getTask(running)).status, 'succeeded');
    } finally {
      await newer.close();
    }
  });
});
