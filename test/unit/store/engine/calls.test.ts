import assert from 'node:assert/strict';
import { Applier, type DatabaseCall } from '../../../../src/store/engine/calls';
import type { Recorded } from '../../../../src/store/engine/journal';
import { loadSqlJs, Sqlite } from '../../../../src/store/engine/sqlite';

const insert = 'INSERT INTO item (name) VALUES (?)';

function jobOf(work: DatabaseCall['work']): DatabaseCall {
  return { work, resolve: () => {}, reject: () => {}, callbacks: [], refused: false, outcome: undefined };
}

describe('Applying pending calls', () => {
  let sqlite: Sqlite;
  let applier: Applier;

  beforeEach(async () => {
    sqlite = Sqlite.open(await loadSqlJs('dist'));
    sqlite.execute('CREATE TABLE item (name TEXT NOT NULL)');
    applier = new Applier(sqlite);
  });

  afterEach(() => sqlite.close());

  /** Applies all of it; what was recorded. */
  function applyAll(...works: DatabaseCall['work'][]): Recorded[] {
    const pending = works.map(jobOf);
    const unwritten: Recorded[] = [];
    while (pending.length > 0) applier.applySlice(pending, [], unwritten);
    return unwritten;
  }

  const count = () => Number(sqlite.get(sqlite.prepare('SELECT count(*) AS n FROM item'), [])?.n);

  it('keeps each change over many slices, and rolls back only refused calls', () => {
    for (let slice = 0; slice < 200; slice++) {
      const recorded = applyAll(
        (tx) => tx.run(insert, 'kept'),
        (tx) => {
          tx.run(insert, 'undone');
          throw new Error('no');
        },
        (tx) => tx.get('SELECT 1'),
      );
      assert.equal(recorded.length, 1);
      assert.equal(count(), slice + 1);
    }
  });

  it('fails when SQLite has rolled back its transaction during a call that only read', () => {
    const undo = () => sqlite.run(sqlite.prepare('ROLLBACK'), []);
    applyAll((tx) => tx.run(insert, 'a'));
    assert.throws(() => applyAll((tx) => tx.get('SELECT 1'), undo), /no such savepoint/);
    assert.equal(count(), 0);
  });
});
