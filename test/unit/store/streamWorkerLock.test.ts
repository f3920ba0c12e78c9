import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { workedOn } from '../../../src/client/streamWorkers';
import { QueueError } from '../../../src/core/errors';
import {
  lockName,
  lockStream,
  streamWorkerHolder,
  watcherLockPath,
} from '../../../src/store/streamWorkerLock';
import { bootId } from '../../../src/system/processes';
import { deadPid, endedStart } from '../../support/deadPid';
import { useFolder } from '../../support/folders';
import { withQueue } from '../../support/localQueue';

describe('the lock of a stream', () => {
  const folder = useFolder();

  function put(text: string): string {
    const file = watcherLockPath(folder(), 'build');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  it('is a file named after the stream, with the pid on its first line and JSON below', () => {
    const lock = lockStream(folder(), 'build');
    const [first, second] = fs.readFileSync(path.join(folder(), 'watchers/build.lock'), 'utf8').split('\n');
    assert.equal(first, String(process.pid));
    const facts = JSON.parse(second ?? '') as Record<string, unknown>;
    assert.equal(typeof facts.start_time, 'string');
    assert.equal(typeof facts.host, 'string');
    lock.release();
    assert.deepEqual(fs.readdirSync(path.join(folder(), 'watchers')), []);
  });

  it('encodes characters that a file name cannot contain', () => {
    assert.equal(lockName('api-v2_x'), 'api-v2_x');
    assert.equal(lockName('A/b c'), '%41%2Fb%20c');
    assert.equal(lockName('ü.'), '%C3%BC%2E');
    assert.equal(lockName('x'.repeat(100)), 'x'.repeat(100));
    for (const device of ['con', 'nul', 'prn', 'aux', 'com1', 'lpt9']) {
      assert.match(lockName(device), /^%[0-9A-F]{2}/);
      assert.equal(decodeURIComponent(lockName(device)), device);
    }
    for (const name of ['aux.txt', 'a.', 'a ', ' ', 'CON', 'con ', 'NUL.']) {
      assert.match(lockName(name), /^[a-z0-9_-]*%[A-Za-z0-9%_-]*$/, name);
      assert.equal(decodeURIComponent(lockName(name)), name);
    }
    assert.equal(lockName('console'), 'console');
    const long = lockName('x'.repeat(101));
    assert.match(long, /^x{60}-[0-9a-f]{16}$/);
    assert.notEqual(long, lockName('x'.repeat(102)));
  });

  it('stays held when the machine gets another name, as in another network', function () {
    if (bootId() === null) this.skip();
    const lock = lockStream(folder(), 'build');
    const file = watcherLockPath(folder(), 'build');
    const [pid = '', facts = ''] = fs.readFileSync(file, 'utf8').split('\n');
    const renamed = { ...(JSON.parse(facts) as object), host: 'mac.fritz.box' };
    fs.writeFileSync(file, `${pid}\n${JSON.stringify(renamed)}\n`);
    assert.equal(streamWorkerHolder(folder(), 'build')?.pid, process.pid);
    fs.writeFileSync(file, `${pid}\n${JSON.stringify({ ...renamed, boot_id: 'of another machine' })}\n`);
    assert.equal(streamWorkerHolder(folder(), 'build'), null);
    lock.release();
  });

  it('says through the queue which streams are worked on', () =>
    withQueue(async (queue, lane, storage) => {
      const other = await queue.createStream({ session: 'work', name: 'other' });
      assert.deepEqual(await queue.listStreamWorkers(), []);
      const lock = lockStream(storage, lane.name);
      const { since = null } = streamWorkerHolder(storage, lane.name) ?? {};
      assert.deepEqual(await queue.listStreamWorkers(), [{ stream_id: lane.id, pid: process.pid, since }]);
      const isWorkedOn = await workedOn(queue);
      assert.deepEqual([lane, other].map(isWorkedOn), [true, false]);
      lock.release();
      assert.deepEqual(await queue.listStreamWorkers(), []);
    }));

  it('refuses a second holder, with pid and since when', () => {
    const lock = lockStream(folder(), 'build');
    const holder = streamWorkerHolder(folder(), 'build');
    assert.equal(holder?.pid, process.pid);
    assert.throws(
      () => lockStream(folder(), 'build'),
      (error: unknown) => {
        assert.ok(QueueError.is(error, 'conflict'));
        assert.match(error.message, /already running \(pid \d+ since 20/);
        assert.deepEqual(error.details, holder);
        return true;
      },
    );
    lockStream(folder(), 'other').release();
    lock.release();
  });

  it('respects a bare pid of a live process', () => {
    put(`${process.pid}\n`);
    assert.throws(() => lockStream(folder(), 'build'), /already running/);
  });

  it('takes over a stale, empty or garbled lock', async () => {
    const dead = `${deadPid}\n`;
    const reused = `${process.pid}\n${JSON.stringify({ start_time: endedStart, since: '2026' })}\n`;
    const contained = `${process.pid}\n{"pid_namespace": "pid:[1]"}\n`;
    for (const text of [dead, '', 'garbage', '-5\n', '0\n', `1e3\n`, reused, contained]) {
      // A new one may still be in the making.
      fs.utimesSync(put(text), 0, 0);
      const lock = lockStream(folder(), 'build');
      assert.ok(lock.isHeld(), JSON.stringify(text));
      lock.release();
    }
  });

  it('says which lock could not be written', () => {
    fs.writeFileSync(path.join(folder(), 'watchers'), 'not a folder');
    assert.throws(
      () => lockStream(folder(), 'build'),
      (error: unknown) =>
        QueueError.is(error, 'storage_failed') && error.message.includes(watcherLockPath(folder(), 'build')),
    );
  });

  it('does not remove a lock that belongs to another process by now', () => {
    const lock = lockStream(folder(), 'build');
    const file = put('4711\n');
    assert.ok(!lock.isHeld());
    lock.release();
    assert.equal(fs.readFileSync(file, 'utf8'), '4711\n');
  });
});
