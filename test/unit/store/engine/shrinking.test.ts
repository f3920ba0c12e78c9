import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DurableDatabase } from '../../../../src/store/engine/durableDatabase';
import { openInMemory } from '../../../../src/store/engine/memoryDatabase';
import { applicationId, encodeSnapshot } from '../../../../src/store/engine/snapshotFile';
import { loadSqlJs, Sqlite } from '../../../../src/store/engine/sqlite';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { addItem, itemMigrations, itemNames, openDatabase } from '../../../support/openDatabase';

const long = 'x'.repeat(1000);
/** How soon after a change free pages are looked for, milliseconds. */
const soon = 1000;
/** As much may stay free. */
const spare = 256 * 1024;

async function addItems(database: DurableDatabase, count: number): Promise<void> {
  await database.write((transaction) => {
    for (let index = 0; index < count; index++)
      transaction.run('INSERT INTO item (name) VALUES (?)', `${index} ${long}`);
  });
}

async function removeItems(database: DurableDatabase, count: number): Promise<void> {
  await database.write((transaction) => transaction.run('DELETE FROM item WHERE id <= ?', count));
}

/** Resolves once the database has given back what it can. */
async function settled(database: DurableDatabase, clock: FakeClock): Promise<void> {
  for (let before = Number.POSITIVE_INFINITY, now = 0; now < before; ) {
    before = database.sizes().database_bytes;
    clock.advance(soon);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    now = database.sizes().database_bytes;
  }
}

describe('space that removed rows have left', () => {
  it('is given back soon, while others are served', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const database = await openDatabase(folder, { clock });
      await addItem(database, 'stays');
      await addItems(database, 3000);
      const full = database.sizes().database_bytes;
      await removeItems(database, 2500);
      assert.equal(database.sizes().database_bytes, full, 'a removal itself gives back nothing');
      clock.advance(soon);
      let served = 0;
      while (database.sizes().database_bytes > full / 4) {
        await addItem(database, `served ${served}`);
        await nextTurn();
        served += 1;
        assert.ok(served < 100_000, 'it never shrinks');
      }
      await settled(database, clock);
      assert.equal((await itemNames(database)).length, 501 + served);
      await database.close();
      const next = await openDatabase(folder, { generation: 2 });
      assert.equal((await itemNames(next)).length, 501 + served);
      await next.close();
    }));

  it('is given back in steps: one whose time is over gives back a page', async () => {
    const made = new (await loadSqlJs('dist')).Database();
    made.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA page_size = 4096; VACUUM; ${itemMigrations[0]?.sql}`);
    for (let index = 0; index < 100; index++)
      made.run('INSERT INTO item (name) VALUES (?)', [`${index} ${long}`]);
    made.exec('DELETE FROM item');
    const sqlite = Sqlite.open(await loadSqlJs('dist'), made.export());
    made.close();
    const { free } = sqlite.sizes();
    sqlite.giveBack(0);
    assert.equal(sqlite.sizes().free, free - 4096);
    sqlite.giveBack(Number.POSITIVE_INFINITY);
    assert.equal(sqlite.sizes().free, 0);
    sqlite.close();
  });

  it('is kept up to a quarter of a megabyte, for the next rows', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const database = await openDatabase(folder, { clock });
      await addItems(database, 30);
      const full = database.sizes().database_bytes;
      assert.ok(full > 100_000 && full < spare);
      await removeItems(database, 30);
      await settled(database, clock);
      assert.equal(database.sizes().database_bytes, full);
      await database.close();
    }));

  it('is not looked for in a database that is about to be closed again', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const database = await openDatabase(folder, { clock, lasting: false });
      await addItems(database, 300);
      const full = database.sizes().database_bytes;
      await removeItems(database, 300);
      await settled(database, clock);
      assert.equal(database.sizes().database_bytes, full);
      await database.close();
    }));

  it('is in no snapshot, not even of a database that was made without a way to give pages back', () =>
    withFolder(async (folder) => {
      const sqlJs = await loadSqlJs('dist');
      for (const way of ['NONE', 'INCREMENTAL']) {
        const made = new sqlJs.Database();
        made.exec(`PRAGMA auto_vacuum = ${way}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1;
          ${itemMigrations[0]?.sql}`);
        const storage = path.join(folder, way);
        mkdirSync(storage);
        writeFileSync(path.join(storage, 'snapshot-1-0.db'), Buffer.concat(encodeSnapshot(made.export(), 0)));
        made.close();
        const database = await openDatabase(storage, { generation: 2 });
        await addItems(database, 300);
        const backup = path.join(folder, `${way}.db`);
        const full = await database.backup(backup);
        await removeItems(database, 290);
        assert.ok((await database.backup(backup)) < full / 10);
        const sqlite = Sqlite.open(sqlJs, readFileSync(backup));
        assert.equal(sqlite.check(), 'ok');
        assert.equal(sqlite.sizes().free, 0);
        sqlite.close();
        await database.close();
      }
    }));
});

describe('a database in memory', () => {
  it('has the content of an image: schema, rows and numbers, and leaves the image as it is', async () => {
    const sqlJs = await loadSqlJs('dist');
    const source = new sqlJs.Database();
    source.exec(`PRAGMA application_id = 77; PRAGMA user_version = 5;
      CREATE TABLE "a ""b" (id TEXT PRIMARY KEY, note TEXT NOT NULL DEFAULT 'none');
      CREATE TABLE pair (one TEXT REFERENCES "a ""b" (id) ON DELETE CASCADE, two INTEGER, PRIMARY KEY (two, one)) WITHOUT ROWID;
      CREATE TABLE counted (seq INTEGER PRIMARY KEY, text TEXT);
      CREATE INDEX some ON counted (text) WHERE text IS NOT NULL;
      INSERT INTO "a ""b" (id) VALUES ('x'), ('y'), ('z');
      DELETE FROM "a ""b" WHERE id = 'x';
      ALTER TABLE "a ""b" ADD COLUMN later INTEGER NOT NULL DEFAULT 3;
      INSERT INTO pair VALUES ('y', 2), ('y', 1), ('z', 1);
      INSERT INTO counted VALUES (7, '${long}'), (9000000000, NULL)`);
    const image = source.export();
    const before = Buffer.from(image);
    const memory = openInMemory(sqlJs, image);
    const queries = [
      'SELECT rowid, * FROM "a ""b" ORDER BY rowid',
      'SELECT * FROM pair',
      'SELECT * FROM counted INDEXED BY some WHERE text IS NOT NULL',
      'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name',
      'PRAGMA application_id',
      'PRAGMA user_version',
    ];
    for (const query of queries) assert.deepEqual(memory.exec(query), source.exec(query), query);
    assert.deepEqual(memory.exec('PRAGMA integrity_check')[0]?.values, [['ok']]);
    memory.exec("DELETE FROM counted; INSERT INTO pair VALUES ('none', 8)");
    assert.ok(before.equals(image));
    memory.close();
    source.close();
  });

  it('is refused when the image is no database', async () => {
    const sqlJs = await loadSqlJs('dist');
    assert.throws(() => openInMemory(sqlJs, Buffer.alloc(8192, 7)), /not a database/);
  });
});
