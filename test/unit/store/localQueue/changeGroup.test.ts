import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/core/clock';
import { fixedConfig } from '../../../../src/core/config';
import { silentLog } from '../../../../src/core/log';
import { ChangeGroup } from '../../../../src/store/changeGroup';
import type { Context } from '../../../../src/store/context';
import { EventHub } from '../../../../src/store/eventHub';
import { withFolder } from '../../../support/folders';
import { openDatabase } from '../../../support/openDatabase';

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
    const context: Context = {
      db: counting,
      clock: systemClock,
      config: fixedConfig(),
      log: silentLog,
      hub: new EventHub(1, silentLog),
      storage: folder,
      sessionOf: new Map(),
      wake() {},
      change: (work) => group.run(work),
      due() {},
    };
    const group = new ChangeGroup(context, sliceTime);
    const names = () =>
      db.read((reader) => reader.all('SELECT name FROM item ORDER BY id').map(({ name }) => String(name)));
    await use(group, names, () => writes);
    await db.close();
  });
}

const insert = 'INSERT INTO item (name) VALUES (?)';

describe('Operations that come together', () => {
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

  it('run each for itself when one fails half way, and nothing of that one stays', () =>
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

  it('do not hold each other up for long', () =>
    withGroup(
      async (group, names, transactions) => {
        await Promise.all(['a', 'b', 'c'].map((name) => group.run(({ tx }) => tx.run(insert, name))));
        assert.deepEqual(await names(), ['a', 'b', 'c']);
        assert.equal(transactions(), 3);
      },
      // Over before it has begun: whoever comes next has a transaction of its own.
      -1,
    ));
});
