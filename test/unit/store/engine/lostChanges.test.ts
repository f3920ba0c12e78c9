import assert from 'node:assert/strict';
import path from 'node:path';
import { QueueError } from '../../../../src/core/errors';
import { sortNames } from '../../../../src/store/engine/fileNames';
import type { Files } from '../../../../src/store/engine/files';
import { readFrames } from '../../../../src/store/engine/frames';
import { acceptLoss } from '../../../../src/store/engine/lostChanges';
import { restoreDatabase } from '../../../../src/store/engine/restore';
import { DiskModel } from '../../../support/diskModel';
import { FaultyFiles } from '../../../support/faultyFiles';
import { addItem, itemNames, KeptLog, openDatabase } from '../../../support/openDatabase';

const folder = '/queue';
const snapshot = '/queue/snapshot-1-0.db';
const journal = '/queue/journal-1-0.log';
const marker = '/queue/journal-1-0.ack';
const all = ['a', 'b', 'c', 'd'];

/** A queue of four acknowledged frames, closed well or left by a process that was killed. */
async function fourItems(end: 'closed' | 'killed'): Promise<DiskModel> {
  const disk = new DiskModel();
  const database = await openDatabase(folder, { files: disk });
  for (const name of all) await addItem(database, name);
  // The marker is written once the callers have gone on.
  await new Promise((resolve) => setImmediate(resolve));
  if (end === 'killed') return disk.kill();
  await database.close();
  return disk.copy();
}

async function changed(
  disk: DiskModel,
  file: string,
  change: ((bytes: Buffer) => Buffer) | 'missing',
): Promise<DiskModel> {
  const next = disk.copy();
  if (change === 'missing') await next.unlink(file);
  else next.put(file, change(disk.content(file)));
  return next;
}

const emptied = () => Buffer.alloc(0);

interface Outcome {
  names?: string[];
  error?: unknown;
  log: KeptLog;
}

async function reopen(files: Files, generation = 2): Promise<Outcome> {
  const log = new KeptLog();
  try {
    const database = await openDatabase(folder, { files, generation, log });
    const names = await itemNames(database);
    await database.close();
    return { names, log };
  } catch (error) {
    return { error, log };
  }
}

function assertLost(error: unknown, file: string, changes: number, about?: string): void {
  assert.ok(QueueError.is(error, 'storage_failed'), about ?? String(error));
  assert.equal(error.details?.file, path.normalize(file), about);
  assert.equal(error.details?.lost_changes, changes, about);
  assert.match(error.hint ?? '', /sparkq doctor --accept-loss/);
}

function accept(files: Files, log = new KeptLog()) {
  return acceptLoss({ storage: folder, programs: 'dist', newestSchema: 1, log, files });
}

for (const end of ['closed', 'killed'] as const) {
  describe(`a queue whose last owner ${end === 'closed' ? 'closed it' : 'was killed'}`, () => {
    it('opens with all that was acknowledged', async () => {
      assert.deepEqual((await reopen(await fourItems(end))).names, all);
    });

    it('is refused when its journal is missing or empty', async () => {
      const disk = await fourItems(end);
      for (const change of ['missing', emptied] as const) {
        const { error } = await reopen(await changed(disk, journal, change));
        assertLost(error, journal, 4);
      }
    });

    it('is refused when its journal is cut anywhere before the end of what was acknowledged', async () => {
      const disk = await fourItems(end);
      const { frames, end: whole } = readFrames(disk.content(journal), 1);
      for (let length = 0; length < whole; length++) {
        const cut = await changed(disk, journal, (bytes) => bytes.subarray(0, length));
        const left = frames.filter(({ offset, payload }) => offset + 40 + payload.length <= length).length;
        const { error } = await reopen(cut);
        assertLost(error, journal, 4 - left, `cut at ${length}`);
        const kept = cut.list().filter((file) => file.startsWith('/queue/set-aside/'));
        assert.deepEqual(
          kept.map((file) => cut.content(file)),
          [disk.content(journal).subarray(0, length)],
        );
      }
    });

    it('is refused when its snapshot is missing or cut', async () => {
      const disk = await fourItems(end);
      for (const change of ['missing', emptied, (bytes: Buffer) => bytes.subarray(0, 4096)] as const) {
        const { error } = await reopen(await changed(disk, snapshot, change));
        assert.ok(QueueError.is(error, 'storage_failed'));
      }
    });

    it('is refused when snapshot and journal are missing', async () => {
      const disk = await changed(
        await changed(await fourItems(end), journal, 'missing'),
        snapshot,
        'missing',
      );
      assertLost((await reopen(disk)).error, journal, 4);
    });

    it('opens without its marker, or with a damaged one', async () => {
      const disk = await fourItems(end);
      const { length } = disk.content(marker);
      const flips = Array.from({ length }, (_, at) => (bytes: Buffer) => {
        bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
        return bytes;
      });
      const cut = (bytes: Buffer) => bytes.subarray(0, length - 1);
      for (const change of ['missing', emptied, cut, ...flips] as const) {
        assert.deepEqual((await reopen(await changed(disk, marker, change))).names, all);
      }
    });

    it('is new when all of its files are gone', async () => {
      const disk = await fourItems(end);
      for (const file of disk.list()) await disk.unlink(file);
      assert.deepEqual((await reopen(disk)).names, []);
    });
  });
}

describe('a marker', () => {
  it('counts no frame that was not acknowledged', async () => {
    const disk = await fourItems('closed');
    const files = new FaultyFiles(disk);
    const database = await openDatabase(folder, { files, generation: 2 });
    await addItem(database, 'e');
    // The process dies while the next frame is being synced.
    files.inject({ operation: 'datasync', at: 1, forever: true, code: 'EIO' });
    const left = new Promise<DiskModel>((resolve) => {
      files.datasync = async () => {
        resolve(disk.copy());
        throw new Error('the process is dead');
      };
    });
    await assert.rejects(addItem(database, 'f'));
    const found = await left;
    const second = '/queue/journal-2-0.log';
    const { frames } = readFrames(found.content(second), 2);
    assert.equal(frames.length, 2);
    const cut = await changed(found, second, (bytes) => bytes.subarray(0, frames[1]?.offset));
    assert.deepEqual((await reopen(cut, 3)).names, [...all, 'e']);
    assert.deepEqual((await reopen(found, 3)).names, [...all, 'e', 'f']);
  });

  it('is written without a sync of its own', async () => {
    const disk = new DiskModel();
    let syncs = 0;
    const files = new FaultyFiles(disk);
    files.datasync = async (descriptor) => {
      syncs += 1;
      await disk.datasync(descriptor);
    };
    const database = await openDatabase(folder, { files });
    syncs = 0;
    for (const name of all) await addItem(database, name);
    assert.equal(syncs, all.length);
    await database.close();
    assert.equal(syncs, all.length);
    assert.ok(disk.content(marker).length > 0);
  });

  it('that cannot be created or written is named in the log, and holds nothing up', async () => {
    for (const [operation, at] of [
      ['open', 2],
      ['writeNow', 2],
    ] as const) {
      const disk = new DiskModel();
      const files = new FaultyFiles(disk);
      const log = new KeptLog();
      const database = await openDatabase(folder, { files, log });
      files.inject({ operation, at, forever: false, code: 'EIO' });
      // The first operation of its kind is the journal's, or the marker's.
      for (const name of all) await addItem(database, name).catch(() => undefined);
      await database.close();
      assert.equal(files.hits, 1);
      assert.ok(log.has(/warn The marker .* could not be written/) || log.has(/error A write/), operation);
      const { names } = await reopen(disk);
      assert.ok((names?.length ?? 0) >= all.length - 1, operation);
    }
  });

  it('is removed once a newer one is written, and goes with its journal', async () => {
    const disk = await fourItems('closed');
    const limits = { leastJournal: 600, mostJournal: 600 };
    const database = await openDatabase(folder, { files: disk, generation: 2, limits });
    for (let index = 0; index < 40; index++) await addItem(database, `item ${index}`);
    await database.close();
    const names = sortNames(disk.list().map((file) => path.basename(file)));
    assert.ok((names.snapshots[0]?.number ?? 0) > 0, 'a snapshot was made');
    assert.equal((await reopen(disk, 3)).names?.length, 44);
    const { markers, journals } = sortNames(disk.list().map((file) => path.basename(file)));
    assert.equal(markers.length, 1);
    assert.ok(journals.length <= 1, 'the others went into the snapshot');
  });

  it('shows that a snapshot without a journal is missing', async () => {
    const disk = await fourItems('closed');
    const limits = { leastJournal: 100, mostJournal: 100 };
    const second = await openDatabase(folder, { files: disk, generation: 2, limits });
    // Nothing is written, but a snapshot is due.
    await itemNames(second);
    await second.close();
    const { snapshots, journals } = sortNames(disk.list().map((file) => path.basename(file)));
    assert.deepEqual({ snapshots, journals }, { snapshots: [{ generation: 2, number: 1 }], journals: [] });
    assert.deepEqual((await reopen(disk, 3)).names, all);
    await disk.unlink('/queue/snapshot-2-1.db');
    assertLost((await reopen(disk, 4)).error, journal, 4);
  });

  it('of a queue that was replaced by a backup does not count', async () => {
    const disk = await fourItems('closed');
    const backup = disk.copy();
    for (const name of disk.list()) if (name !== snapshot) await backup.unlink(name);
    disk.put('/backup.db', backup.content(snapshot));
    await restoreDatabase({
      file: '/backup.db',
      programs: 'dist',
      newestSchema: 1,
      storage: folder,
      generation: 2,
      files: disk,
    });
    assert.deepEqual((await reopen(disk, 3)).names, []);
    const next = await openDatabase(folder, { files: disk, generation: 4 });
    await addItem(next, 'z');
    await next.close();
    assert.deepEqual((await reopen(disk, 5)).names, ['z']);
    assertLost(
      (await reopen(await changed(disk, '/queue/journal-4-0.log', 'missing'), 6)).error,
      '/queue/journal-4-0.log',
      1,
    );
  });

  it('of a superseded owner raises no alarm', async () => {
    const disk = await fourItems('closed');
    let ours = true;
    const old = await openDatabase(folder, { files: disk, generation: 2, ownerStillUs: () => ours });
    await addItem(old, 'e');
    const next = await openDatabase(folder, { files: disk, generation: 3 });
    ours = false;
    await assert.rejects(addItem(old, 'late'), (error) => QueueError.is(error, 'outcome_unknown'));
    await addItem(next, 'f');
    await old.close();
    await next.close();
    assert.deepEqual((await reopen(disk, 4)).names, [...all, 'e', 'f']);
  });

  it('raises no alarm after a write that failed and was undone', async () => {
    const disk = await fourItems('closed');
    const files = new FaultyFiles(disk);
    const database = await openDatabase(folder, { files, generation: 2 });
    await addItem(database, 'e');
    files.inject({ operation: 'datasync', at: 1, forever: false, code: 'EIO' });
    await assert.rejects(addItem(database, 'f'), (error) => QueueError.is(error, 'storage_failed'));
    assert.deepEqual((await reopen(disk.copy(), 3)).names, [...all, 'e']);
    await addItem(database, 'g');
    await database.close();
    assert.deepEqual((await reopen(disk, 3)).names, [...all, 'e', 'g']);
  });
});

describe('accepting a loss', () => {
  it('lets the queue open with what is left, once, and keeps the files aside', async () => {
    const disk = await fourItems('closed');
    const { frames } = readFrames(disk.content(journal), 1);
    const cut = await changed(disk, journal, (bytes) => bytes.subarray(0, frames[2]?.offset));
    assertLost((await reopen(cut)).error, journal, 2);
    const log = new KeptLog();
    const accepted = await accept(cut, log);
    assert.deepEqual(accepted, { file: path.normalize(journal), lost_changes: 2, kept: accepted?.kept });
    assert.deepEqual(cut.content(accepted?.kept ?? ''), cut.content(journal));
    assert.ok(log.has(/warn The loss was accepted: .*journal-1-0\.log/));
    const aside = cut.list().filter((file) => file.startsWith('/queue/set-aside/'));
    assert.deepEqual(aside.map((file) => path.basename(file).split('.').slice(0, 2).join('.')).sort(), [
      'journal-1-0.ack',
      'journal-1-0.log',
    ]);
    assert.deepEqual((await reopen(cut)).names, ['a', 'b']);
    assert.equal(await accept(cut), null);
    const next = await openDatabase(folder, { files: cut, generation: 3 });
    await addItem(next, 'e');
    await next.close();
    assert.deepEqual((await reopen(cut, 4)).names, ['a', 'b', 'e']);
    assertLost(
      (await reopen(await changed(cut, '/queue/journal-3-0.log', 'missing'), 5)).error,
      '/queue/journal-3-0.log',
      1,
    );
  });

  it('begins a new queue where neither snapshot nor journal is left', async () => {
    const disk = await changed(
      await changed(await fourItems('killed'), journal, 'missing'),
      snapshot,
      'missing',
    );
    assert.deepEqual(await accept(disk), { file: path.normalize(journal), lost_changes: 4, kept: null });
    assert.deepEqual((await reopen(disk)).names, []);
  });

  it('changes nothing where no loss is known, and refuses other damage', async () => {
    const disk = await fourItems('closed');
    const before = disk.list();
    assert.equal(await accept(disk), null);
    assert.deepEqual(disk.list(), before);
    const broken = await changed(disk, snapshot, emptied);
    await assert.rejects(accept(broken), (error) => QueueError.is(error, 'storage_failed'));
    assert.ok(broken.list().includes(marker));
  });
});
