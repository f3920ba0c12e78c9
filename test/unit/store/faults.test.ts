import assert from 'node:assert/strict';
import { QueueError } from '../../../src/core/errors';
import type { DurableDatabase } from '../../../src/store/engine/durableDatabase';
import { DiskModel } from '../../support/diskModel';
import { type Fault, FaultyFiles, type Operation } from '../../support/faultyFiles';
import { withFolder } from '../../support/folders';
import { openLocalQueue } from '../../support/localQueue';
import { addItem, itemNames, KeptLog, openDatabase } from '../../support/openDatabase';

const folder = '/queue';
/** Small enough for several snapshots in each run. */
const limits = { leastJournal: 600, mostJournal: 600, retryTime: 0 };
const callers = 4;
const turns = 15;

interface Told {
  kept: string[];
  notKept: string[];
  unknown: string[];
}

async function work(database: DurableDatabase, mark: string, told: Told): Promise<void> {
  const one = async (caller: number) => {
    for (let turn = 0; turn < turns; turn++) {
      const name = `${mark} ${caller} ${turn}`;
      try {
        await addItem(database, name);
        told.kept.push(name);
      } catch (error) {
        assert.ok(QueueError.is(error, 'storage_failed', 'outcome_unknown'), String(error));
        (error.code === 'storage_failed' ? told.notKept : told.unknown).push(name);
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => one(caller)));
}

function checkNames(names: string[], told: Told, about: string): void {
  const there = new Set(names);
  for (const name of told.kept)
    assert.ok(there.has(name), `${about}: "${name}" was acknowledged and is gone`);
  for (const name of told.notKept)
    assert.ok(!there.has(name), `${about}: "${name}" was refused and is there`);
  const possible = told.kept.length + told.unknown.length;
  assert.ok(names.length <= possible, `${about}: ${names.length} there, ${possible} possible`);
}

interface Result {
  hits: number;
  refused: number;
}

/** Works through a fault and after it, opens again, and compares with what was told. */
async function run(fault: Fault): Promise<Result> {
  const about = JSON.stringify(fault);
  const disk = new DiskModel();
  const files = new FaultyFiles(disk);
  const log = new KeptLog();
  const told: Told = { kept: [], notKept: [], unknown: [] };
  const database = await openDatabase(folder, { files, log, limits });
  await work(database, 'before', told);
  assert.equal(told.kept.length, callers * turns);
  files.inject(fault);
  await work(database, 'during', told);
  const refused = told.notKept.length + told.unknown.length;
  if (refused > 0) assert.ok(log.has(/^error .*was made to fail/), `${about}: nothing in the log`);
  files.heal();
  await addItem(database, 'after');
  told.kept.push('after');
  await work(database, 'later', told);
  assert.equal(
    told.notKept.length + told.unknown.length,
    refused,
    `${about}: refused after the disk had recovered`,
  );
  const seen = await itemNames(database);
  checkNames(seen, told, about);
  await database.close();
  const next = await openDatabase(folder, { files: disk, generation: 2, limits });
  assert.deepEqual(await itemNames(next), seen, about);
  await next.close();
  return { hits: files.hits, refused };
}

async function runAll(operation: Operation, codes: string[], short = false): Promise<Result> {
  const sum: Result = { hits: 0, refused: 0 };
  for (const forever of [false, true]) {
    for (let at = 1; at <= 8; at++) {
      const code = codes[at % codes.length] ?? '';
      const { hits, refused } = await run({ operation, at, forever, code, short });
      sum.hits += hits;
      sum.refused += refused;
      if (hits === 0) break;
    }
  }
  assert.ok(sum.hits > 0, `no ${operation} came`);
  return sum;
}

describe('a fault of the disk', () => {
  const operations: [Operation, string[]][] = [
    ['writeNow', ['ENOSPC', 'EIO']],
    ['write', ['ENOSPC', 'EIO']],
    ['datasync', ['EIO', 'ENOSPC']],
    ['syncFolder', ['EIO']],
    ['rename', ['EACCES', 'EIO']],
    ['open', ['EACCES', 'EMFILE', 'ENOSPC']],
    ['readFile', ['EIO']],
    ['readFolder', ['EIO', 'EACCES']],
    ['unlink', ['EACCES']],
    ['close', ['EIO']],
  ];
  for (const [operation, codes] of operations) {
    it(`in ${operation}, once or for a while, loses nothing acknowledged, and is recovered from`, async () => {
      await runAll(operation, codes);
    });
  }

  it('that writes only half of the bytes loses nothing either', async () => {
    assert.equal((await runAll('writeNow', ['ENOSPC'], true)).refused > 0, true);
    await runAll('write', ['ENOSPC'], true);
  });

  const wholeDisk: [string, RegExp, RegExp][] = [
    ['ENOSPC', /because the disk is full \(ENOSPC/, /^Free some space on it/],
    ['EDQUOT', /because your quota of the disk is used up \(EDQUOT/, /^Free some space on it/],
    ['EROFS', /because the disk is read-only \(EROFS/, /^Find out why .*mount it writable again/],
  ];
  for (const [code, message, hint] of wholeDisk) {
    it(`of the whole disk (${code}) is said with the folder and what to do, and the next call after it is kept`, async () => {
      const files = new FaultyFiles(new DiskModel());
      const database = await openDatabase(folder, { files });
      await addItem(database, 'before');
      // The first call leaves a journal that has to be replaced, which fails as well.
      files.inject({ operation: 'writeNow', at: 1, forever: true, code });
      const unsure = addItem(database, 'unsure');
      await assert.rejects(unsure, (error) => QueueError.is(error, 'storage_failed'));
      files.inject({ operation: 'open', at: 1, forever: true, code });
      await assert.rejects(addItem(database, 'unsure'), (error) => QueueError.is(error, 'outcome_unknown'));
      await assert.rejects(addItem(database, 'refused'), (error) => {
        assert.ok(QueueError.is(error, 'storage_failed'));
        assert.ok(error.message.includes(folder));
        assert.match(error.message, message);
        assert.match(error.hint ?? '', hint);
        return true;
      });
      files.heal();
      await addItem(database, 'after');
      assert.deepEqual(await itemNames(database), ['before', 'after']);
      await database.close();
    });
  }

  it('while the queue is being opened is reported, and the queue can be opened later', async () => {
    const opening: Operation[] = [
      'open',
      'writeNow',
      'datasync',
      'syncFolder',
      'readFile',
      'readFolder',
      'makeFolder',
    ];
    for (const operation of opening) {
      // A process that died: its successor has a frame to make certain.
      const first = new DiskModel();
      const old = await openDatabase(folder, { files: first });
      await addItem(old, 'a');
      const disk = first.copy();
      await old.close();
      const files = new FaultyFiles(disk);
      files.inject({ operation, at: 1, forever: true, code: 'EIO' });
      await assert.rejects(
        openDatabase(folder, { files, generation: 2 }),
        (error) => QueueError.is(error, 'storage_failed') && /could not be opened.*EIO/.test(error.message),
        operation,
      );
      files.heal();
      const next = await openDatabase(folder, { files, generation: 3 });
      assert.deepEqual(await itemNames(next), ['a']);
      await next.close();
    }
  });

  it('in a write refuses the call as not kept and gives the cause', async () => {
    const files = new FaultyFiles(new DiskModel());
    const database = await openDatabase(folder, { files });
    let resets = 0;
    database.onReset(() => {
      resets += 1;
    });
    await addItem(database, 'a');
    files.inject({ operation: 'datasync', at: 1, forever: false, code: 'EIO' });
    await assert.rejects(
      addItem(database, 'b'),
      (error) => QueueError.is(error, 'storage_failed') && /EIO.*not kept/.test(error.message),
    );
    assert.equal(resets, 1);
    await addItem(database, 'c');
    assert.deepEqual(await itemNames(database), ['a', 'c']);
    await database.close();
  });

  it('leaves the queue with the streams that are on disk', () =>
    withFolder(async (storage) => {
      const files = new FaultyFiles(new DiskModel());
      const queue = await openLocalQueue(storage, { files });
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'lane' });
      const task = { stream: 'lane', tool_name: 'run-bash', payload: '{}' };
      await queue.enqueue(task);
      files.inject({ operation: 'datasync', at: 1, forever: false, code: 'EIO' });
      await assert.rejects(queue.enqueue(task), (error) => QueueError.is(error, 'storage_failed'));
      assert.equal((await queue.resumeStream('lane')).counts.queued, 1);
      await queue.close();
    }));

  it('that persists leaves the outcome of pending calls unknown, and refuses later ones', async () => {
    const files = new FaultyFiles(new DiskModel());
    const database = await openDatabase(folder, { files });
    await addItem(database, 'a');
    files.inject({ operation: 'datasync', at: 1, forever: true, code: 'EIO' });
    await assert.rejects(addItem(database, 'b'), (error) => QueueError.is(error, 'outcome_unknown'));
    await assert.rejects(addItem(database, 'c'), (error) => QueueError.is(error, 'storage_failed'));
    await assert.rejects(itemNames(database), (error) => QueueError.is(error, 'storage_failed'));
    files.heal();
    assert.deepEqual(await itemNames(database), ['a']);
    await database.close();
  });

  it('in a snapshot is logged, refuses no call, and the next snapshot succeeds', async () => {
    const disk = new DiskModel();
    const files = new FaultyFiles(disk);
    const log = new KeptLog();
    const database = await openDatabase(folder, { files, log, limits });
    files.inject({ operation: 'rename', at: 1, forever: false, code: 'EACCES' });
    for (let index = 0; index < 40; index++) await addItem(database, `item ${index}`);
    assert.ok(log.has(/error The snapshot of .* failed; the journal is kept/));
    await database.close();
    assert.ok(disk.list().some((name) => /snapshot-1-[2-9]/.test(name)));
    assert.ok(!disk.list().includes('/queue/snapshot-1-0.db'));
  });
});
