import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { adoptQueue, forgetFormer, moveQueue } from '../../../../src/store/moving/moveQueue';
import { presentStorage } from '../../../../src/store/ownership/movedTo';
import { migrations } from '../../../../src/store/rows/schema';
import { deadPid } from '../../../support/deadPid';
import { makeFolder, useFolder } from '../../../support/folders';
import { enqueue, openLocalQueue, refused } from '../../../support/localQueue';
import { openDatabase } from '../../../support/openDatabase';

const programs = 'dist';

describe('Moving a queue', () => {
  const folder = useFolder();
  let storage: string;
  let to: string;
  let queue: LocalQueue;
  beforeEach(async () => {
    storage = path.join(folder(), 'here');
    to = path.join(folder(), 'there');
    queue = await openLocalQueue(storage);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'lane' });
  });
  afterEach(() => queue.close());

  const labels = async (opened: LocalQueue) =>
    (await opened.listTasks({})).items.map(({ label }) => label).sort();

  async function inNewPlace<T>(use: (moved: LocalQueue) => Promise<T>): Promise<T> {
    const moved = await openLocalQueue(to);
    try {
      return await use(moved);
    } finally {
      await moved.close();
    }
  }

  it('takes along rows, output, history and endpoint, and leaves the former files as they are', async () => {
    await enqueue(queue, { label: 'kept' });
    const { id } = await enqueue(queue, { label: 'purged' });
    await queue.cancel(id);
    await queue.purge({ older_than_days: 0 });
    await queue.close();
    writeFileSync(path.join(makeFolder(storage, 'output'), 'tsk_1-1.stdout'), 'printed');
    writeFileSync(path.join(storage, 'endpoint.json'), '{"token":"secret"}');
    const before = readdirSync(storage);
    await moveQueue({ storage, to, programs });
    assert.equal(presentStorage(storage), to);
    assert.deepEqual(
      before.filter((name) => !name.startsWith('owner.') && !existsSync(path.join(storage, name))),
      [],
    );
    assert.equal(readFileSync(path.join(to, 'output', 'tsk_1-1.stdout'), 'utf8'), 'printed');
    assert.equal(readFileSync(path.join(to, 'endpoint.json'), 'utf8'), '{"token":"secret"}');
    await inNewPlace(async (moved) => {
      assert.deepEqual(await labels(moved), ['kept']);
      assert.deepEqual(
        (await moved.listHistory({})).tasks.map((task) => task.id),
        [id],
      );
    });
  });

  it('takes along what a killed owner left', async () => {
    await enqueue(queue, { label: 'in the journal' });
    // As a process leaves it that is killed: not closed. Its lock would still be that of this process.
    const copy = path.join(folder(), 'killed');
    cpSync(storage, copy, { recursive: true, filter: (name) => !path.basename(name).startsWith('owner.') });
    await moveQueue({ storage: copy, to, programs });
    await inNewPlace(async (moved) => assert.deepEqual(await labels(moved), ['in the journal']));
  });

  it('lets nobody open the former folder again', async () => {
    await queue.close();
    await moveQueue({ storage, to, programs });
    const refusal = await refused(
      openLocalQueue(storage),
      'unavailable',
      `The queue in ${storage} was moved to ${to}`,
    );
    assert.deepEqual(refusal.details, { moved_to: to });
    // Not even its lock is held.
    await refused(openLocalQueue(storage), 'unavailable', /was moved/);
  });

  it('is refused while a run is under way, and then changes nothing', async () => {
    const { id } = await enqueue(queue);
    await queue.claimTask(id, { supervised: true });
    await queue.close();
    await refused(moveQueue({ storage, to, programs }), 'conflict', 'Moving not allowed while tasks run: 1');
    assert.deepEqual([existsSync(to), existsSync(`${to}.part`)], [false, false]);
    assert.equal(presentStorage(storage), storage);
  });

  it('is refused into a folder with anything in it, and into itself', async () => {
    await queue.close();
    mkdirSync(to);
    writeFileSync(path.join(to, 'mine'), '');
    await refused(moveQueue({ storage, to, programs }), 'conflict', `${to} is not empty`);
    await refused(
      moveQueue({ storage, to: path.join(storage, 'in'), programs }),
      'conflict',
      /contain each other/,
    );
    assert.deepEqual(readdirSync(to), ['mine']);
  });

  it('that cannot be done says why and where the queue is', async () => {
    await enqueue(queue, { label: 'stays' });
    await queue.close();
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    const inFile = path.join(file, 'there');
    await assert.rejects(moveQueue({ storage, to: inFile, programs }), (error: Error) =>
      error.message.includes(file),
    );
    queue = await openLocalQueue(storage);
    assert.deepEqual(await labels(queue), ['stays']);
  });

  it('removes what moves have left that were killed, and nothing else', async () => {
    await queue.close();
    const names = ['mine', 'half.part', 'whole', 'my.part', 'queue-0123456789abcdef.part'];
    const [mine, half, whole] = names.map((name) => makeFolder(folder(), name));
    writeFileSync(path.join(mine ?? '', 'file'), '');
    for (const copy of [half, whole])
      writeFileSync(path.join(copy ?? '', 'moved-from.json'), JSON.stringify({ from: storage }));
    await moveQueue({ storage, to, programs });
    assert.deepEqual(readdirSync(folder()).sort(), ['here', 'mine', 'my.part', 'there']);
  });

  it('comes back to a folder that it has left', async () => {
    await queue.close();
    await moveQueue({ storage, to, programs });
    await inNewPlace((moved) => enqueue(moved, { label: 'later' }));
    writeOrigin(to, { pid: deadPid });
    await forgetFormer(to);
    await moveQueue({ storage: to, to: storage, programs });
    assert.equal(presentStorage(to), storage);
    queue = await openLocalQueue(storage);
    assert.deepEqual(await labels(queue), ['later']);
  });

  it('keeps the former files as long as the process lives that moved them, and then only says where they went', async () => {
    await queue.close();
    await moveQueue({ storage, to, programs });
    await forgetFormer(to);
    assert.ok(readdirSync(storage).some((name) => name.startsWith('snapshot-')));
    writeOrigin(to, { pid: deadPid });
    await forgetFormer(to);
    assert.deepEqual(readdirSync(storage), ['moved.json']);
    assert.equal(existsSync(path.join(to, 'moved-from.json')), false);
    assert.equal(presentStorage(storage), to);
  });
});

/** Says in a moved queue that another process moved it. */
function writeOrigin(storage: string, change: object): void {
  const file = path.join(storage, 'moved-from.json');
  writeFileSync(
    file,
    JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change, start_time: null }),
  );
}

describe('Adopting a queue that is not known', () => {
  const folder = useFolder();
  let storage: string;
  let to: string;
  beforeEach(() => {
    storage = path.join(folder(), 'queue-0123456789abcdef');
    to = path.join(folder(), 'queue-fedcba9876543210');
  });

  it('lets nothing start: tasks wait for approval, also a run that is given up, and schedules are paused', async () => {
    const before = await openLocalQueue(storage);
    await before.createSession({ name: 'work' });
    await before.createStream({ session: 'work', name: 'lane', retry_interrupted: true });
    const running = await enqueue(before);
    await before.claimTask(running.id, { supervised: true });
    const queued = await enqueue(before);
    const deleted = await enqueue(before);
    await before.deleteTask(deleted.id);
    await before.createSchedule({ stream: 'lane', cron: '* * * * *', zone: 'UTC', tool_name: 'run-bash' });
    await before.close();
    makeFolder(storage, 'runs');
    writeFileSync(path.join(storage, 'endpoint.json'), '{"token":"known to others"}');
    await adoptQueue({ storage, to, programs });
    assert.deepEqual(
      readdirSync(to).filter((name) => /^(runs|endpoint\.json|owner\..*)$/.test(name)),
      [],
    );
    const queue = await openLocalQueue(to);
    await queue.undeleteTask(deleted.id);
    for (const { id } of [queued, deleted]) {
      const task = await queue.getTask(id);
      assert.deepEqual([task.approval, task.waiting_reason?.code], ['pending', 'approval']);
    }
    assert.equal((await queue.getTask(running.id)).approval, 'pending');
    assert.equal(await queue.claimNext('lane'), null);
    const { items } = await queue.listSchedules({});
    assert.deepEqual(
      items.map((schedule) => [schedule.paused, schedule.next_at]),
      [[true, null]],
    );
    await queue.close();
  });

  it('refuses a database with a trigger, which could undo that', async () => {
    await (await openLocalQueue(storage)).close();
    const database = await openDatabase(storage, { generation: 9, migrations });
    await database.write((transaction) => {
      transaction.run(
        "CREATE TRIGGER sly AFTER UPDATE ON tasks BEGIN UPDATE tasks SET approval = 'given'; END",
      );
    });
    await database.close();
    await refused(
      adoptQueue({ storage, to, programs }),
      'conflict',
      /something that SparkQ never makes: trigger sly/,
    );
    assert.equal(existsSync(to), false);
  });

  it('refuses links, which could lead anywhere', async function () {
    if (process.platform === 'win32') this.skip();
    await (await openLocalQueue(storage)).close();
    symlinkSync('/etc/passwd', path.join(makeFolder(storage, 'output'), 'tsk_1-1.stdout'));
    await refused(adoptQueue({ storage, to, programs }), 'conflict', /neither a file nor a folder/);
    assert.equal(existsSync(to), false);
  });
});
