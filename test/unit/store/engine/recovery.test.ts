import assert from 'node:assert/strict';
import path from 'node:path';
import { QueueError } from '../../../../src/core/errors';
import { readFrames } from '../../../../src/store/engine/frames';
import { DiskModel } from '../../../support/diskModel';
import { addItem, itemMigrations, itemNames, KeptLog, openDatabase } from '../../../support/openDatabase';

const folder = '/queue';
const snapshot = '/queue/snapshot-1-0.db';
const journal = '/queue/journal-1-0.log';
const marker = '/queue/journal-1-0.ack';
const aside = '/queue/set-aside/';

/** A queue of four frames, an item each; closed well, or left as a process leaves it that dies. */
async function fourItems(end: 'closed' | 'died'): Promise<DiskModel> {
  const disk = new DiskModel();
  const database = await openDatabase(folder, { files: disk });
  for (const name of ['a', 'b', 'c', 'd']) await addItem(database, name);
  if (end === 'died') return disk.copy();
  await database.close();
  return disk;
}

interface Outcome {
  names?: string[];
  error?: unknown;
  log: KeptLog;
}

/** Opens as the next owner, reads, and closes. */
async function reopen(disk: DiskModel, generation = 2): Promise<Outcome> {
  const log = new KeptLog();
  try {
    const database = await openDatabase(folder, { files: disk, generation, log });
    const names = await itemNames(database);
    await database.close();
    return { names, log };
  } catch (error) {
    return { error, log };
  }
}

function withBytes(disk: DiskModel, file: string, change: (bytes: Buffer) => Buffer): DiskModel {
  const next = disk.copy();
  next.put(file, change(disk.content(file)));
  return next;
}

function asides(disk: DiskModel): string[] {
  return disk.list().filter((file) => file.startsWith(aside));
}

function withoutZeros(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

function flip(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  return bytes;
}

describe('recovery', () => {
  it('replays the whole frames wherever a journal without a marker is cut, and keeps the torn bytes', async () => {
    const disk = await fourItems('died');
    await disk.unlink(marker);
    const { frames, end } = readFrames(disk.content(journal), 1);
    const ends = [...frames.slice(1).map(({ offset }) => offset), end];
    for (let length = 0; length <= end; length++) {
      const cut = withBytes(disk, journal, (bytes) => bytes.subarray(0, length));
      const { names, error, log } = await reopen(cut);
      assert.equal(error, undefined);
      const whole = ends.filter((one) => one <= length).length;
      assert.deepEqual(names, ['a', 'b', 'c', 'd'].slice(0, whole), `cut at ${length}`);
      const start = whole === 0 ? 0 : (ends[whole - 1] ?? 0);
      const torn = length > start;
      assert.equal(log.has(/warn .*incomplete frame/), torn);
      assert.deepEqual(
        asides(cut).map((file) => cut.content(file)),
        torn ? [withoutZeros(disk.content(journal).subarray(start, length))] : [],
      );
    }
  });

  it('refuses a flipped byte, names file and offset, and puts a copy aside', async () => {
    const disk = await fourItems('closed');
    const { frames } = readFrames(disk.content(journal), 1);
    const last = frames.at(-1)?.offset ?? 0;
    for (let at = 0; at < disk.content(journal).length; at++) {
      const damaged = withBytes(disk, journal, (bytes) => flip(bytes, at));
      const before = damaged.content(journal);
      const { names, error } = await reopen(damaged);
      const offset = frames.filter((frame) => frame.offset <= at).at(-1)?.offset;
      assert.ok(QueueError.is(error, 'storage_failed'), `flipped at ${at}: ${names}`);
      const lost = at >= last ? { lost_changes: 1 } : {};
      assert.deepEqual(error.details, { file: path.normalize(journal), offset, ...lost });
      assert.ok(error.message.includes(path.normalize(journal)), error.message);
      assert.match(error.message, new RegExp(` at byte ${offset}\\b`));
      assert.deepEqual(damaged.content(journal), before);
      assert.deepEqual(
        asides(damaged).map((file) => damaged.content(file)),
        [before],
      );
    }
  });

  it('takes damage in the last frame of a journal without a marker for a torn write', async () => {
    const disk = await fourItems('closed');
    await disk.unlink(marker);
    const last = readFrames(disk.content(journal), 1).frames.at(-1)?.offset ?? 0;
    for (let at = last; at < disk.content(journal).length; at++) {
      const { names } = await reopen(withBytes(disk, journal, (bytes) => flip(bytes, at)));
      assert.deepEqual(names, ['a', 'b', 'c'], `flipped at ${at}`);
    }
  });

  it('refuses every time, and keeps one copy', async () => {
    const disk = withBytes(await fourItems('closed'), journal, (bytes) => flip(bytes, 60));
    for (const generation of [2, 3])
      assert.ok(QueueError.is((await reopen(disk, generation)).error, 'storage_failed'));
    assert.equal(asides(disk).length, 1);
  });

  it('refuses a truncated snapshot, or one with a flipped byte', async () => {
    const disk = await fourItems('closed');
    const { length } = disk.content(snapshot);
    for (let at = 0; at < length; at += 97) {
      const { error } = await reopen(withBytes(disk, snapshot, (bytes) => flip(bytes, at)));
      assert.ok(
        QueueError.is(error, 'storage_failed') && error.message.includes(path.normalize(snapshot)),
        `flipped at ${at}`,
      );
    }
    for (const size of [0, 1, 4096, length - 1]) {
      const { error } = await reopen(withBytes(disk, snapshot, (bytes) => bytes.subarray(0, size)));
      assert.ok(QueueError.is(error, 'storage_failed'), `cut at ${size}`);
    }
  });

  it('refuses a journal without its snapshot, and a chain with a missing journal', async () => {
    const disk = await fourItems('closed');
    const second = await openDatabase(folder, { files: disk, generation: 2 });
    await addItem(second, 'e');
    await second.close();
    for (const missing of [snapshot, journal]) {
      const broken = disk.copy();
      await broken.unlink(missing);
      assert.ok(QueueError.is((await reopen(broken, 3)).error, 'storage_failed'), missing);
    }
  });

  it('continues in a new journal, and leaves that of the last owner unchanged', async () => {
    const disk = await fourItems('closed');
    const before = disk.content(journal);
    assert.deepEqual((await reopen(disk)).names, ['a', 'b', 'c', 'd']);
    assert.ok(!disk.list().includes('/queue/journal-2-0.log'), 'reading makes no file');
    const third = await openDatabase(folder, { files: disk, generation: 3 });
    await addItem(third, 'e');
    await third.close();
    assert.deepEqual(disk.content(journal), before);
    assert.deepEqual((await reopen(disk, 4)).names, ['a', 'b', 'c', 'd', 'e']);
  });

  it('ignores what a superseded owner still writes', async () => {
    const disk = new DiskModel();
    let ours = true;
    const old = await openDatabase(folder, { files: disk, ownerStillUs: () => ours });
    await addItem(old, 'a');
    const next = await openDatabase(folder, { files: disk, generation: 2 });
    ours = false;
    await assert.rejects(addItem(old, 'late'), (error) => QueueError.is(error, 'outcome_unknown'));
    await assert.rejects(addItem(old, 'later'), (error) => QueueError.is(error, 'unavailable'));
    await addItem(next, 'b');
    await old.close();
    await next.close();
    assert.deepEqual((await reopen(disk, 3)).names, ['a', 'b']);
  });

  it('refuses the files of a newer program and changes nothing', async () => {
    const disk = new DiskModel();
    const newer = [...itemMigrations, { version: 2, sql: 'ALTER TABLE item ADD COLUMN more TEXT' }];
    await (await openDatabase(folder, { files: disk, migrations: newer })).close();
    const before = disk.list().map((file) => [file, disk.content(file).toString('hex')]);
    const { error } = await reopen(disk);
    assert.ok(
      QueueError.is(error, 'upgrade_required') && /schema 2; this one supports 1/.test(error.message),
    );
    assert.deepEqual(
      disk.list().map((file) => [file, disk.content(file).toString('hex')]),
      before,
    );
  });

  it('migrates into a new snapshot after replaying the journal', async () => {
    const disk = await fourItems('died');
    const newer = [
      ...itemMigrations,
      { version: 2, sql: "ALTER TABLE item ADD COLUMN more TEXT DEFAULT 'm'" },
    ];
    const database = await openDatabase(folder, { files: disk, generation: 2, migrations: newer });
    const rows = await database.read((reader) => reader.all('SELECT name, more FROM item'));
    assert.deepEqual(rows.at(-1), { name: 'd', more: 'm' });
    assert.deepEqual(disk.list(), [marker, '/queue/snapshot-2-0.db']);
    await database.write((transaction) => transaction.run("INSERT INTO item (name, more) VALUES ('e', 'x')"));
    await database.close();
    const again = await openDatabase(folder, { files: disk, generation: 3, migrations: newer });
    assert.equal((await itemNames(again)).length, 5);
    await again.close();
  });

  it('leaves everything unchanged when a migration fails', async () => {
    const disk = await fourItems('closed');
    const wrong = [...itemMigrations, { version: 2, sql: 'ALTER TABLE nothing ADD COLUMN more TEXT' }];
    await assert.rejects(openDatabase(folder, { files: disk, generation: 2, migrations: wrong }), /nothing/);
    assert.deepEqual((await reopen(disk, 3)).names, ['a', 'b', 'c', 'd']);
  });

  it('does not open for a superseded owner', async () => {
    const disk = await fourItems('closed');
    const second = await openDatabase(folder, { files: disk, generation: 2 });
    await addItem(second, 'e');
    await second.close();
    assert.ok(QueueError.is((await reopen(disk, 1)).error, 'conflict'));
  });
});
