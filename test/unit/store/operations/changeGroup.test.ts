import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/core/clock';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import { silentLog } from '../../../../src/core/log';
import type { Database } from '../../../../src/store/engine/database';
import type { Change, Context } from '../../../../src/store/rows/change';
import { ChangeGroup } from '../../../../src/store/rows/changeGroup';
import { noJumps } from '../../../../src/store/rows/clockJumps';
import { EventHub } from '../../../../src/store/rows/eventHub';
import { migrations } from '../../../../src/store/rows/schema';
import { withFolder } from '../../../support/folders';
import { openDatabase } from '../../../support/openDatabase';

const lane = 'str_000000000001';

function groupOn(db: Database, storage: string, sliceTime = Number.POSITIVE_INFINITY): ChangeGroup {
  const context: Context = {
    db,
    clock: systemClock,
    config: fixedConfig(),
    log: silentLog,
    hub: new EventHub(1, silentLog),
    // The tables of these tests hold nothing that expires.
    jumps: noJumps,
    storage,
    place: undefined,
    workspace: null,
    rules: () => defaultConfig,
    checking: new Map(),
    wake() {},
    stillOurs: () => true,
    change: (work) => group.run(work),
    due() {},
  };
  const group = new ChangeGroup(context, sliceTime);
  return group;
}

/** Runs changes of a database with one table, `item`; counts its transactions. */
function withGroup(
  use: (group: ChangeGroup, names: () => Promise<string[]>, transactions: () => number) => Promise<void>,
  sliceTime = Number.POSITIVE_INFINITY,
): Promise<void> {
  return withFolder(async (folder) => {
    const db = await openDatabase(folder);
    let writes = 0;
    const counting = new Proxy(db, {
      get(target, name) {
        if (name === 'write') writes += 1;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const group = groupOn(counting, folder, sliceTime);
    const names = () =>
      db.read((reader) => reader.all('SELECT name FROM item ORDER BY id').map(({ name }) => String(name)));
    await use(group, names, () => writes);
    await db.close();
  });
}

const insert = 'INSERT INTO item (name) VALUES (?)';

describe('Operations that arrive together', () => {
  it('share one transaction', () =>
    withGroup(async (group, names, transactions) => {
      const done = await Promise.all(
        ['a', 'b', 'c'].map((name) => group.run(({ tx }) => `${name}${tx.run(insert, name)}`)),
      );
      assert.deepEqual(done, ['a1', 'b1', 'c1']);
      assert.deepEqual(await names(), ['a', 'b', 'c']);
      assert.equal(transactions(), 1);
    }));

  it('are refused one by one', () =>
    withGroup(async (group, names, transactions) => {
      const results = await Promise.allSettled([
        group.run(({ tx }) => tx.run(insert, 'a')),
        group.run(() => {
          throw new Error('no');
        }),
        group.run(({ tx }) => tx.run(insert, 'a')),
        group.run(({ tx }) => tx.run(insert, 'b')),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(await names(), ['a', 'b']);
      assert.equal(transactions(), 1);
    }));

  it('run separately when one fails halfway, and nothing of that one is kept', () =>
    withGroup(async (group, names) => {
      const results = await Promise.allSettled([
        group.run(({ tx }) => tx.run(insert, 'a')),
        group.run(({ tx }) => {
          tx.run(insert, 'half');
          throw new Error('no');
        }),
        group.run(({ tx }) => tx.run(insert, 'b')),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.deepEqual((await names()).sort(), ['a', 'b']);
    }));

  it('do not block each other for long', () =>
    withGroup(
      async (group, names, transactions) => {
        await Promise.all(['a', 'b', 'c'].map((name) => group.run(({ tx }) => tx.run(insert, name))));
        assert.deepEqual(await names(), ['a', 'b', 'c']);
        assert.equal(transactions(), 3);
      },
      // Over before it has begun: whoever comes next has a transaction of its own.
      -1,
    ));

  it('see a stream unchanged when an operation that changed it fails halfway', async () => {
    await withFolder(async (folder) => {
      const db = await openDatabase(folder, { migrations });
      await db.write((tx) => {
        const at = '2026-01-01T00:00:00.000000Z';
        tx.run("INSERT INTO projects (id, name, created_at, updated_at) VALUES ('prj_1', 'p', ?1, ?1)", at);
        tx.run(
          `INSERT INTO sessions (id, project_id, name, started_at, created_at, updated_at)
           VALUES ('ses_1', 'prj_1', 's', ?1, ?1, ?1)`,
          at,
        );
        tx.run(
          `INSERT INTO streams (id, session_id, name, created_at, updated_at)
           VALUES ('${lane}', 'ses_1', 'lane', ?1, ?1)`,
          at,
        );
        tx.run('INSERT INTO stream_counts (stream_id) VALUES (?)', lane);
      });
      const group = groupOn(db, folder);
      const pause = (change: Change) => {
        change.tx.run('UPDATE streams SET paused = 1');
        change.forgetStreams();
        assert.equal(change.needStream('lane').paused, 1);
        throw new Error('no');
      };
      await assert.rejects(group.run(pause), /no/);
      assert.equal(await group.run((change) => change.needStream('lane').paused), 0);
      await db.close();
    });
  });
});
