import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../../../src/core/errors';
import type { Transaction } from '../../../../src/store/engine/database';
import { restoreDatabase, verifyDatabaseFile } from '../../../../src/store/engine/restore';
import { loadSqlJs, Sqlite } from '../../../../src/store/engine/sqlite';
import { DiskModel } from '../../../support/diskModel';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { addItem, itemMigrations, itemNames, KeptLog, openDatabase } from '../../../support/openDatabase';

const insert = 'INSERT INTO item (name) VALUES (?)';

describe('the database', () => {
  it('keeps writes for the next owner', () =>
    withFolder(async (folder) => {
      const first = await openDatabase(folder);
      assert.equal(await addItem(first, 'one'), 1);
      await Promise.all(Array.from({ length: 100 }, (_, index) => addItem(first, `more ${index}`)));
      await first.close();
      const second = await openDatabase(folder, { generation: 2 });
      assert.equal((await itemNames(second)).length, 101);
      await addItem(second, 'last');
      await second.close();
      const third = await openDatabase(folder, { generation: 3 });
      assert.equal((await itemNames(third)).at(-1), 'last');
      await third.close();
    }));

  it('rolls back a refused transaction, and nothing else', () =>
    withFolder(async (folder) => {
      const database = await openDatabase(folder);
      const results = await Promise.allSettled([
        addItem(database, 'one'),
        database.write((transaction) => {
          transaction.run(insert, 'never');
          throw new Error('no');
        }),
        addItem(database, 'one'),
        addItem(database, 'two'),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(await itemNames(database), ['one', 'two']);
      await database.close();
      const next = await openDatabase(folder, { generation: 2 });
      assert.deepEqual(await itemNames(next), ['one', 'two']);
      await next.close();
    }));

  it('syncs once for all pending calls, and answers in call order', async () => {
    const disk = new DiskModel();
    const database = await openDatabase('/queue', { files: disk });
    await addItem(database, 'first');
    let syncs = 0;
    const datasync = disk.datasync.bind(disk);
    disk.datasync = (descriptor) => {
      syncs += 1;
      return datasync(descriptor);
    };
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        addItem(database, `item ${index}`).then(() => order.push(index)),
      ),
    );
    assert.ok(syncs <= 3, `${syncs} syncs`);
    assert.deepEqual(
      order,
      order.map((_, index) => index),
    );
    await database.close();
  });

  it('answers no call before the sync: no write, no refusal, and no read that may have seen it', async () => {
    const disk = new DiskModel();
    const database = await openDatabase('/queue', { files: disk });
    await addItem(database, 'first');
    const events: string[] = [];
    const datasync = disk.datasync.bind(disk);
    disk.datasync = async (descriptor) => {
      await datasync(descriptor);
      events.push('synced');
    };
    await Promise.all([
      database
        .write((transaction) => {
          transaction.run(insert, 'second');
          transaction.onDurable(() => events.push('durable'));
        })
        .then(() => events.push('written')),
      addItem(database, 'second').catch(() => events.push('refused')),
      itemNames(database).then(() => events.push('read')),
    ]);
    assert.equal(events[0], 'synced');
    assert.equal(events[1], 'durable');
    assert.deepEqual(events.slice(2).sort(), ['read', 'refused', 'written']);
    await database.close();
  });

  it('neither syncs nor creates a file for a read that changes nothing', async () => {
    const disk = new DiskModel();
    const database = await openDatabase('/queue', { files: disk });
    assert.deepEqual(await itemNames(database), []);
    assert.equal(await database.write((transaction) => transaction.run('DELETE FROM item')), 0);
    assert.deepEqual(disk.list(), ['/queue/snapshot-1-0.db']);
    await database.close();
  });

  it('refuses what could not be replayed from the journal', () =>
    withFolder(async (folder) => {
      const database = await openDatabase(folder);
      let kept: Transaction | undefined;
      await database.write((transaction) => {
        kept = transaction;
      });
      assert.throws(() => kept?.run(insert, 'late'), /has ended/);
      const wrong: [RegExp, (transaction: Transaction) => unknown][] = [
        [/Only run/, (transaction) => transaction.get("INSERT INTO item (name) VALUES ('x') RETURNING id")],
        [/Only run/, (transaction) => transaction.all('WITH x AS (SELECT 1) DELETE FROM item')],
        [/for changes/, (transaction) => transaction.run('SELECT 1')],
        [/cannot be stored/, (transaction) => transaction.run('UPDATE item SET id = ?', Number.NaN)],
        [/synchronous/, async (transaction) => transaction.run(insert, 'async')],
      ];
      for (const [message, work] of wrong) await assert.rejects(database.write(work), message);
      assert.deepEqual(await itemNames(database), []);
      await database.close();
    }));

  it('enforces foreign keys, also during replay', () =>
    withFolder(async (folder) => {
      const migrations = [
        ...itemMigrations,
        { version: 2, sql: 'CREATE TABLE part (item INTEGER REFERENCES item(id) ON DELETE CASCADE)' },
      ];
      const database = await openDatabase(folder, { migrations });
      await addItem(database, 'one');
      await database.write((transaction) => transaction.run('INSERT INTO part VALUES (1)'));
      await assert.rejects(
        database.write((transaction) => transaction.run('INSERT INTO part VALUES (2)')),
        /FOREIGN KEY/,
      );
      await database.write((transaction) => transaction.run('DELETE FROM item'));
      await database.close();
      const next = await openDatabase(folder, { migrations, generation: 2 });
      assert.deepEqual(await next.read((reader) => reader.all('SELECT * FROM part')), []);
      await next.close();
    }));

  it('closes after pending calls, and refuses later ones', () =>
    withFolder(async (folder) => {
      const database = await openDatabase(folder);
      const last = addItem(database, 'last');
      const closed = database.close();
      await assert.rejects(addItem(database, 'late'), (error) => QueueError.is(error, 'unavailable'));
      await last;
      await closed;
      await database.close();
      const next = await openDatabase(folder, { generation: 2 });
      assert.deepEqual(await itemNames(next), ['last']);
      await next.close();
    }));

  it('continues when a listener for a durable change throws', () =>
    withFolder(async (folder) => {
      const log = new KeptLog();
      const database = await openDatabase(folder, { log });
      const changed = await database.write((transaction) => {
        transaction.onDurable(() => {
          throw new Error('a broken listener');
        });
        return transaction.run(insert, 'one');
      });
      assert.equal(changed, 1);
      assert.ok(log.has(/a broken listener/));
      await database.close();
    }));

  it('is rebuilt from disk when a transaction breaks the database in memory, and does not retry it', () =>
    withFolder(async (folder) => {
      const log = new KeptLog();
      const database = await openDatabase(folder, { log });
      await addItem(database, 'one');
      const answers = await Promise.allSettled([
        addItem(database, 'two'),
        database.write((transaction) => {
          transaction.run(insert, 'three');
          transaction.run('ROLLBACK');
        }),
        addItem(database, 'four'),
      ]);
      assert.ok(log.has(/error The database in memory failed/));
      const names = await itemNames(database);
      answers.forEach((answer, index) => {
        if (answer.status === 'rejected') assert.ok(QueueError.is(answer.reason, 'storage_failed'));
        const name = ['two', 'three', 'four'][index] ?? '';
        assert.equal(names.includes(name), answer.status === 'fulfilled', name);
      });
      assert.equal(answers[1]?.status, 'rejected');
      assert.equal(names[0], 'one');
      await database.close();
      const next = await openDatabase(folder, { generation: 2 });
      assert.deepEqual(await itemNames(next), names);
      await next.close();
    }));

  it('answers no call when the owner cannot be determined', () =>
    withFolder(async (folder) => {
      let fails = false;
      const database = await openDatabase(folder, {
        ownerStillUs: async () => {
          if (fails) throw new Error('the folder is gone');
          return true;
        },
      });
      await addItem(database, 'one');
      fails = true;
      await assert.rejects(addItem(database, 'two'), (error) => QueueError.is(error, 'outcome_unknown'));
      await database.close();
    }));

  it('reports a take-over once, and answers no further calls', () =>
    withFolder(async (folder) => {
      let ours = true;
      const reasons: string[] = [];
      const database = await openDatabase(folder, {
        ownerStillUs: () => ours,
        onLost: (reason) => reasons.push(reason),
      });
      await addItem(database, 'one');
      ours = false;
      await assert.rejects(itemNames(database), (error) => QueueError.is(error, 'outcome_unknown'));
      await assert.rejects(itemNames(database), (error) => QueueError.is(error, 'unavailable'));
      assert.equal(reasons.length, 1);
      await database.close();
    }));
});

describe('a snapshot', () => {
  const limits = { leastJournal: 10_000, mostJournal: 10_000 };

  it('is built on another thread while the queue is in use, and replaces the older files', () =>
    withFolder(async (folder) => {
      const log = new KeptLog();
      const database = await openDatabase(folder, { limits, log });
      for (let round = 0; round < 30; round++) {
        await Promise.all(
          Array.from({ length: 50 }, (_, index) => addItem(database, `item ${round} ${index}`)),
        );
      }
      await database.close();
      assert.deepEqual(log.lines, []);
      const files = readdirSync(folder).sort();
      assert.ok(!files.includes('snapshot-1-0.db') && !files.includes('journal-1-0.log'), files.join());
      assert.equal(files.filter((name) => name.startsWith('snapshot')).length, 1);
      const next = await openDatabase(folder, { generation: 2 });
      assert.equal((await itemNames(next)).length, 1500);
      await next.close();
    }));

  it('is an ordinary SQLite file', () =>
    withFolder(async (folder) => {
      await (await openDatabase(folder)).close();
      const bytes = readFileSync(path.join(folder, 'snapshot-1-0.db'));
      const sqlite = Sqlite.open(await loadSqlJs('dist'), bytes);
      assert.equal(sqlite.check(), 'ok');
      sqlite.close();
    }));

  it('is built when nothing has been written for a while', async () => {
    const clock = new FakeClock();
    const disk = new DiskModel();
    const log = new KeptLog();
    const database = await openDatabase('/queue', { files: disk, clock, log, limits: { idleJournal: 100 } });
    await addItem(database, 'one');
    await addItem(database, 'two');
    clock.advance(14_000);
    await addItem(database, 'three');
    clock.advance(14_000);
    await addItem(database, 'four');
    assert.ok(!disk.list().includes('/queue/journal-1-1.log'));
    clock.advance(15_000);
    await database.close();
    assert.deepEqual(disk.list(), ['/queue/journal-1-0.ack', '/queue/snapshot-1-1.db']);
  });

  it('is built after many owners that each wrote a little', async () => {
    const disk = new DiskModel();
    for (let generation = 1; generation <= 5; generation++) {
      const database = await openDatabase('/queue', { files: disk, generation, limits: { mostJournals: 4 } });
      await addItem(database, `item ${generation}`);
      await database.close();
    }
    assert.deepEqual(disk.list(), ['/queue/journal-5-0.ack', '/queue/snapshot-5-1.db']);
    const next = await openDatabase('/queue', { files: disk, generation: 6 });
    assert.equal((await itemNames(next)).length, 5);
    await next.close();
  });
});

describe('a backup', () => {
  const verify = (file: string) => verifyDatabaseFile({ file, programs: 'dist', newestSchema: 1 });

  it('holds everything acknowledged before the request, as a file that SQLite opens', () =>
    withFolder(async (folder) => {
      const storage = path.join(folder, 'queue');
      const file = path.join(folder, 'backup.db');
      const database = await openDatabase(storage);
      await addItem(database, 'one');
      const [size] = await Promise.all([database.backup(file), addItem(database, 'two')]);
      assert.equal(readFileSync(file).length, size);
      assert.deepEqual(await verify(file), { schema: 1, bytes: size });
      const sqlite = Sqlite.open(await loadSqlJs('dist'), readFileSync(file));
      const names = sqlite.all(sqlite.prepare('SELECT name FROM item'), []).map(({ name }) => name);
      assert.equal(names[0], 'one');
      sqlite.close();
      assert.ok(!existsSync(`${file}.tmp`));
      await database.close();
    }));

  it('that cannot be written is refused and leaves the queue unchanged', () =>
    withFolder(async (folder) => {
      const database = await openDatabase(folder);
      const file = path.join(folder, 'no', 'such', 'folder.db');
      await assert.rejects(
        database.backup(file),
        (error) =>
          QueueError.is(error, 'invalid_field') &&
          error.message.includes(`${file} could not be written (ENOENT`),
      );
      await addItem(database, 'one');
      await database.close();
    }));

  it('can replace a queue, whose files are kept beside it', () =>
    withFolder(async (folder) => {
      const storage = path.join(folder, 'queue');
      const file = path.join(folder, 'backup.db');
      const database = await openDatabase(storage);
      await addItem(database, 'one');
      await database.backup(file);
      await addItem(database, 'two');
      await database.close();
      const former = readdirSync(storage)
        .filter((name) => /\.(db|log)$/.test(name))
        .map((name) => [name, readFileSync(path.join(storage, name)).toString('hex')]);
      assert.equal(former.length, 2);
      const { kept } = await restoreDatabase({
        storage,
        generation: 2,
        file,
        programs: 'dist',
        newestSchema: 1,
      });
      assert.deepEqual(
        readdirSync(kept ?? '').map((name) => [
          name,
          readFileSync(path.join(kept ?? '', name)).toString('hex'),
        ]),
        former,
      );
      const next = await openDatabase(storage, { generation: 3 });
      assert.deepEqual(await itemNames(next), ['one']);
      await addItem(next, 'three');
      await next.close();
      const last = await openDatabase(storage, { generation: 4 });
      assert.deepEqual(await itemNames(last), ['one', 'three']);
      await last.close();
    }));

  it('is refused when it is not a queue, damaged or newer', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, 'file.db');
      await assert.rejects(verify(file), (error) => QueueError.is(error, 'not_found'));
      writeFileSync(file, 'some text');
      await assert.rejects(verify(file), /not an SQLite database/);
      const sqlite = Sqlite.open(await loadSqlJs('dist'));
      sqlite.execute('CREATE TABLE other (id)');
      writeFileSync(file, sqlite.image());
      sqlite.close();
      await assert.rejects(verify(file), /not the database of a queue/);
      const database = await openDatabase(path.join(folder, 'queue'));
      for (let index = 0; index < 200; index++) void addItem(database, `item ${index}`);
      rmSync(file);
      await database.backup(file);
      await database.close();
      const whole = readFileSync(file);
      writeFileSync(file, whole.subarray(0, 6000));
      await assert.rejects(
        verify(file),
        (error) => QueueError.is(error, 'invalid_field') && /damaged/.test(error.message),
      );
      writeFileSync(file, whole);
      await assert.rejects(verifyDatabaseFile({ file, programs: 'dist', newestSchema: 0 }), (error) =>
        QueueError.is(error, 'upgrade_required'),
      );
    }));
});
