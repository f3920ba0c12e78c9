import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openQueue } from '../../../../../src/client/openQueue';
import { defaultStorage } from '../../../../../src/client/registry';
import { moveQueueTo } from '../../../../../src/client/storage/movedQueue';
import { fixedConfig } from '../../../../../src/core/config';
import { silentLog } from '../../../../../src/core/log';
import { whileHeldForMove } from '../../../../../src/store/ownership/movedTo';
import { isAlive } from '../../../../../src/system/processes';
import { gitIn } from '../../../../support/git';
import { Sandbox } from '../../sandbox';

const programs = path.resolve('dist');

interface Place {
  storage: string;
}

describe('sparkq storage', () => {
  let box: Sandbox;
  let former: string;
  beforeEach(async () => {
    box = new Sandbox();
    former = await box.makeQueue();
  });
  afterEach(() => box.remove());

  const inWorkspace = () => new RegExp(`^${box.folder}/\\.sparkq/queue-[0-9a-f]{16}$`);
  const add = (...more: string[]) => box.ok('add', '--stream', 'lane', '--print-id', ...more, '--', 'true');
  const storageNow = async () => (await box.json<Place>('storage')).storage;

  it('moves the queue into its workspace, where every door finds it', async () => {
    const id = (await add()).trim();
    const { storage } = await box.json<Place>('storage', 'move');
    assert.match(storage, inWorkspace());
    assert.equal(await storageNow(), storage);
    assert.ok((await box.ok('tasks')).includes(id));
    // Who still has the path of the former folder, as hooks and terminals do.
    const { stdout, stderr } = await box.run(['tasks'], { env: { SPARKQ_STORAGE: former } });
    assert.ok(stdout.includes(id), stderr);
    const [queue] = await box.json<{ storage: string; folder: string }[]>('ps');
    assert.deepEqual([queue?.storage, queue?.folder], [storage, box.folder]);

    const server = box.start(['serve']);
    await server.says(/^SparkQ server/);
    assert.equal((await box.json<{ queue: Place }>('doctor')).queue.storage, storage);
    // The next start has removed the rest.
    assert.deepEqual(fs.readdirSync(former), ['moved.json']);
    await server.stop();
  });

  it('does not show the queue to git', async () => {
    gitIn(box.folder, 'init', '-q');
    await box.ok('storage', 'move');
    assert.equal(gitIn(box.folder, 'status', '--porcelain', '--', '.sparkq'), '');
  });

  it('moves the queue to a folder of its own in another one, and is refused while it is served', async () => {
    const volume = path.join(box.root, 'volume');
    fs.mkdirSync(volume);
    const server = box.start(['serve']);
    await server.says(/^SparkQ server/);
    const refused = await box.run(['storage', 'move', volume]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^Error: Moving not allowed while the queue is open: process \d+ \(serve\)\nSuggestion: .*sparkq stop/,
    );
    assert.deepEqual(fs.readdirSync(volume), []);
    await server.stop();
    await box.ok('storage', 'move', volume);
    assert.equal(await storageNow(), path.join(volume, path.basename(defaultStorage('', box.folder))));
  });

  it('is refused while a process works in the background, which a window that moves its queue ends', async () => {
    await box.ok('schedule', 'add', '0 0 1 1 *', '--', 'true');
    const owner = await openQueue({
      ...{ storage: former, workspace: box.folder, home: box.home, programs },
      ...{ role: 'editor', serve: true, config: fixedConfig(), log: silentLog, version: '0.0.0' },
    });
    const { pid } = await box.json<{ pid: number }>('up', 'lane', '--while-work');
    const { stderr } = await box.run(['storage', 'move']);
    assert.match(
      stderr,
      new RegExp(`while a process works in the background \\(PID ${pid}\\)\nSuggestion: .*sparkq down`),
    );
    const place = { home: box.home, workspace: box.folder, storage: former, programs };
    const storage = await whileHeldForMove(former, async () => {
      await owner.close();
      return moveQueueTo(place, box.folder, { ends: true });
    });
    assert.deepEqual([isAlive(pid, null), await storageNow()], [false, storage]);
  });

  it('is refused while a command has the queue open, and moves it as often as one likes', async () => {
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(/Watching/);
    const { code, stderr } = await box.run(['storage', 'move']);
    assert.deepEqual([code, /while the queue is open/.test(stderr)], [1, true]);
    await watcher.stop();
    const { storage: first } = await box.json<Place>('storage', 'move');
    const { storage: second } = await box.json<Place>('storage', 'move');
    assert.notEqual(first, second);
    assert.equal(await storageNow(), second);
    const { stdout } = await box.run(['storage'], { env: { SPARKQ_STORAGE: former } });
    assert.ok(stdout.includes(second), stdout);
  });
});

describe('A move that is killed', () => {
  let box: Sandbox;
  before(async () => {
    box = new Sandbox();
    await box.makeQueue();
    await box.ok('add', '--stream', 'lane', '--print-id', '--', 'true');
  });
  after(() => box.remove());

  /** Resolves at so many changes in a folder and all below it. */
  function changes(folder: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      const watcher = fs.watch(folder, { recursive: true }, () => {
        left -= 1;
        if (left > 0) return;
        watcher.close();
        resolve();
      });
    });
  }

  it('leaves the queue in one place, and nothing behind once it has been moved', async () => {
    const folder = path.join(box.folder, '.sparkq');
    fs.mkdirSync(folder);
    // The copy begins, is under way, and is complete.
    for (const count of [2, 6, 12]) {
      const move = box.start(['storage', 'move']);
      await Promise.race([changes(folder, count), move.exited]);
      await move.stop('SIGKILL');
      assert.equal((await box.json<unknown[]>('tasks')).length, 1, `after ${count} changes`);
    }
    const { storage } = await box.json<Place>('storage', 'move');
    assert.equal((await box.json<unknown[]>('tasks')).length, 1);
    const queues = fs.readdirSync(folder).filter((name) => name.startsWith('queue-'));
    const others = queues.filter((name) => path.join(folder, name) !== storage);
    // Only former places, which say where the queue went.
    assert.deepEqual(
      others.filter((name) => !fs.existsSync(path.join(folder, name, 'moved.json'))),
      [],
    );
  });
});

describe('A queue that came with a clone', () => {
  let box: Sandbox;
  let clone: string;
  before(async () => {
    box = new Sandbox();
    await box.makeQueue();
    await box.ok('add', '--stream', 'lane', '--', 'touch', 'ran');
    await box.ok('storage', 'move');
    gitIn(box.folder, 'init', '-q');
    gitIn(box.folder, 'add', '--force', '.sparkq');
    gitIn(box.folder, 'commit', '-q', '-m', 'all');
    clone = path.join(box.root, 'clone');
    gitIn(box.root, 'clone', '-q', box.folder, clone);
  });
  after(() => box.remove());

  const inClone = (...args: string[]) => box.run(args, { cwd: clone });

  it('is not opened by itself, and every command says how to open it', async () => {
    for (const command of [['tasks'], ['status'], ['add', 'true'], ['up']]) {
      const { code, stderr } = await inClone(...command);
      assert.equal(code, 3, command[0]);
      assert.match(
        stderr,
        /^Error: No queue in .*clone that SparkQ knows here, but .*queue-[0-9a-f]{16}, which may/,
      );
      assert.match(stderr, /Suggestion: Open it with: sparkq storage open/);
    }
  });

  it('is opened by nothing that is piped in', async () => {
    const { code, stderr } = await box.run(['storage', 'open'], { cwd: clone, input: 'y\n' });
    assert.equal(code, 1);
    assert.match(stderr, /takes a person on a terminal/);
  });

  it('is left alone where the folder is given another queue', async () => {
    const other = path.join(box.root, 'other');
    gitIn(box.root, 'clone', '-q', box.folder, other);
    const { code, stderr } = await box.run(['setup', '--yes'], { cwd: other });
    assert.equal(code, 0);
    assert.match(stderr, /queue-[0-9a-f]{16} was left alone\. Open it instead with: sparkq storage open/);
    assert.equal((await box.run(['tasks'], { cwd: other })).stdout, 'No tasks found\n');
  });

  it('is opened on a person’s word, and what is queued in it waits for approval', async function () {
    if (process.platform !== 'linux') this.skip();
    const { code, output } = await box.onTerminal('y', '--workspace', clone, 'storage', 'open');
    assert.equal(code, 0, output);
    const tasks = await inClone('tasks', '--unapproved', '--json');
    assert.equal((JSON.parse(tasks.stdout) as unknown[]).length, 1, tasks.stderr);
    const once = await inClone('watch', 'lane', '--once', '--json');
    assert.match(once.stdout, /"approval"/, once.stderr);
    assert.equal(fs.existsSync(path.join(clone, 'ran')), false);
  });
});
