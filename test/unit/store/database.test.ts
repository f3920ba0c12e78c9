import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/clock';
import { silentLog } from '../../../src/core/log';
import { DurableDatabase, type DurableDatabaseOptions } from '../../../src/store/durableDatabase';
import { withFolder } from '../../support/folders';

const migrations = [
  { version: 1, sql: 'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)' },
];

function open(folder: string, options: Partial<DurableDatabaseOptions> = {}): Promise<DurableDatabase> {
  return DurableDatabase.open({
    folder,
    programs: 'dist',
    generation: 1,
    ownerStillUs: () => true,
    log: silentLog,
    clock: systemClock,
    migrations,
    ...options,
  });
}

function add(database: DurableDatabase, name: string): Promise<number> {
  return database.write((transaction) => transaction.run('INSERT INTO item (name) VALUES (?)', name));
}

function names(database: DurableDatabase): Promise<unknown[]> {
  return database.read((reader) => reader.all('SELECT name FROM item ORDER BY id').map((row) => row.name));
}

describe('DurableDatabase', () => {
  it('keeps what was written for the next owner', () =>
    withFolder(async (folder) => {
      const first = await open(folder);
      assert.equal(await add(first, 'one'), 1);
      await Promise.all(Array.from({ length: 100 }, (_, index) => add(first, `more ${index}`)));
      await first.close();
      const second = await open(folder, { generation: 2 });
      assert.equal((await names(second)).length, 101);
      await add(second, 'last');
      await second.close();
      const third = await open(folder, { generation: 3 });
      assert.equal((await names(third)).at(-1), 'last');
      await third.close();
    }));

  it('rolls a refused transaction back, and nothing else', () =>
    withFolder(async (folder) => {
      const database = await open(folder);
      const results = await Promise.allSettled([
        add(database, 'one'),
        database.write((transaction) => {
          transaction.run('INSERT INTO item (name) VALUES (?)', 'never');
          throw new Error('no');
        }),
        add(database, 'one'),
        add(database, 'two'),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(await names(database), ['one', 'two']);
      await database.close();
      const next = await open(folder, { generation: 2 });
      assert.deepEqual(await names(next), ['one', 'two']);
      await next.close();
    }));
});
