import assert from 'node:assert/strict';
import { loadSqlJs, Sqlite } from '../../../../src/store/engine/sqlite';

async function empty(image?: Uint8Array): Promise<Sqlite> {
  return Sqlite.open(await loadSqlJs('dist'), image);
}

/** What the store takes for granted about sql.js; a new version that changes it must not pass unnoticed. */
describe('sql.js', () => {
  it('is loaded once per folder, and reports a missing program', async () => {
    assert.equal(await loadSqlJs('dist'), await loadSqlJs('dist'));
    await assert.rejects(loadSqlJs('test'), /sql-wasm\.wasm/);
    await assert.rejects(loadSqlJs('test'), /sql-wasm\.wasm/);
  });

  it('keeps prepared statements and settings when its image is taken', async () => {
    const sqlite = await empty();
    sqlite.execute('CREATE TABLE item (id INTEGER PRIMARY KEY)');
    const insert = sqlite.prepare('INSERT INTO item DEFAULT VALUES');
    sqlite.run(insert, []);
    sqlite.image();
    assert.equal(sqlite.run(insert, []), 1);
    assert.equal(sqlite.pragma('foreign_keys'), 1);
    assert.equal(sqlite.pragma('synchronous'), 0);
    sqlite.close();
  });

  it('refuses an image inside a transaction and leaves the transaction intact', async () => {
    const sqlite = await empty();
    sqlite.execute('CREATE TABLE item (id INTEGER PRIMARY KEY)');
    sqlite.run(sqlite.prepare('BEGIN'), []);
    sqlite.run(sqlite.prepare('INSERT INTO item DEFAULT VALUES'), []);
    assert.throws(() => sqlite.image());
    sqlite.run(sqlite.prepare('COMMIT'), []);
    assert.equal(sqlite.all(sqlite.prepare('SELECT * FROM item'), []).length, 1);
    sqlite.close();
  });

  it('does not change the bytes that it was opened with', async () => {
    const first = await empty();
    first.execute('CREATE TABLE item (name TEXT)');
    const image = Buffer.from(first.image());
    first.close();
    const before = Buffer.from(image);
    const second = await empty(image);
    second.run(second.prepare('INSERT INTO item VALUES (?)'), ['x'.repeat(10_000)]);
    assert.deepEqual(image, before);
    second.close();
  });

  it('returns rows by name, with the values that were bound', async () => {
    const sqlite = await empty();
    const row = sqlite.get(sqlite.prepare('SELECT ? AS a, ? AS b, ? AS c, ? AS d'), [
      'ä',
      2 ** 53 - 1,
      null,
      1.5,
    ]);
    assert.deepEqual(row, { a: 'ä', b: 2 ** 53 - 1, c: null, d: 1.5 });
    assert.equal(sqlite.get(sqlite.prepare('SELECT 1 WHERE 0'), []), undefined);
    sqlite.close();
  });

  it('hides parameters from the planner, which would plan a statement again at each binding', async () => {
    const sqlite = await empty();
    sqlite.execute('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO item VALUES (7, 8)');
    const statement = sqlite.prepare("SELECT id, '?' AS mark FROM item WHERE id = ? AND name = ? LIMIT ?");
    assert.equal(
      statement.bind(['7', 8, 1]).getSQL(),
      "SELECT id, '?' AS mark FROM item WHERE id = +? AND name = +? LIMIT +?",
    );
    assert.deepEqual(
      sqlite.get(statement, ['7', 8, 1]),
      { id: 7, mark: '?' },
      'the columns still decide the type',
    );
    sqlite.close();
  });

  it('binds long text as bytes, which are text in the database', async () => {
    const sqlite = await empty();
    sqlite.execute('CREATE TABLE item (name TEXT, rank INTEGER, text)');
    const long = `${'x'.repeat(200)} ä 漢 😀 \0 end`;
    const insert = sqlite.prepare('INSERT INTO item VALUES (?2, ?1, ?)');
    assert.equal(insert.bind([1, 'ä', long]).getSQL(), 'INSERT INTO item VALUES (+?2, +?1, CAST(? AS TEXT))');
    for (const name of ['ä', long]) assert.equal(sqlite.run(insert, [1, name, long]), 1);
    const select = sqlite.prepare(
      'SELECT *, typeof(name) AS kind, typeof(text) AS other FROM item WHERE name = ?',
    );
    for (const name of ['ä', long])
      assert.deepEqual(sqlite.all(select, [name]), [
        { name, rank: 1, text: long, kind: 'text', other: 'text' },
      ]);
    sqlite.close();
  });

  it('limits the number of cached statements', async () => {
    const sqlite = await empty();
    const first = sqlite.prepare('SELECT 0');
    for (let index = 1; index < 2000; index++) sqlite.get(sqlite.prepare(`SELECT ${index}`), []);
    assert.notEqual(sqlite.prepare('SELECT 0'), first);
    sqlite.close();
  });
});

describe('a statement', () => {
  it('knows whether it reads, and whether a count of 0 means that it did nothing', async () => {
    const sqlite = await empty();
    sqlite.execute('CREATE TABLE item (updated_at TEXT, "set" TEXT)');
    const kinds: [string, boolean, boolean][] = [
      ['SELECT * FROM item', true, false],
      ['  select updated_at, "set" from item', true, false],
      ['WITH one AS (SELECT 1) SELECT * FROM one', true, false],
      ['PRAGMA user_version', true, false],
      ['PRAGMA user_version = 3', false, false],
      ['WITH one AS (SELECT 1) INSERT INTO item (updated_at) SELECT * FROM one', false, false],
      ['WITH one AS (SELECT 1) UPDATE item SET "set" = 1', false, false],
      ['INSERT OR IGNORE INTO item (updated_at) VALUES (1)', false, true],
      ['UPDATE item SET updated_at = 1', false, true],
      ['DELETE FROM item', false, true],
      ['CREATE TABLE more (id)', false, false],
    ];
    for (const [sql, reads, changesRows] of kinds) {
      const statement = sqlite.prepare(sql);
      assert.deepEqual([statement.reads, statement.changesRows], [reads, changesRows], sql);
    }
    sqlite.close();
  });
});
