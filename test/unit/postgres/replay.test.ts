import assert from 'node:assert/strict';
import { newId, newLease } from '../../../src/core/ids';
import { type Answer, Diverged, Mispredicted, type Outcome, replay } from '../../../src/postgres/replay';
import type { SqlValue, Transaction } from '../../../src/store/engine/database';

const select = 'SELECT value FROM facts WHERE id = ?';
const insert = 'INSERT INTO facts (id, value) VALUES (?, ?)';
const remove = 'DELETE FROM facts WHERE value = ?';

/** A server that answers each statement a turn later, and keeps what it was asked. */
class FakeServer {
  readonly asked: [string, ...SqlValue[]][] = [];

  constructor(private readonly answers: (sql: string, values: readonly SqlValue[]) => Partial<Answer>) {}

  async run(work: (transaction: Transaction) => unknown, predicts = true): Promise<Outcome> {
    return replay(work, {
      send: async (sql, values) => {
        this.asked.push([sql, ...values]);
        await null;
        return { columns: ['value'], rows: [], changed: 1, ...this.answers(sql, values) };
      },
      predicts,
      stopClock: (run) => run(),
    });
  }
}

describe('work that is replayed', () => {
  it('gets its answers in order, each asked once', async () => {
    const server = new FakeServer((_, [id]) => ({ rows: [[`of ${id}`]] }));
    const { value, refused } = await server.run((tx) => [tx.get(select, 1)?.value, tx.get(select, 2)?.value]);
    assert.deepEqual([value, refused], [['of 1', 'of 2'], false]);
    assert.deepEqual(server.asked, [
      [select, 1],
      [select, 2],
    ]);
  });

  it('goes on before the server has inserted its row', async () => {
    const order: string[] = [];
    const server = new FakeServer((sql) => {
      order.push(`answered ${sql.slice(0, 6)}`);
      return {};
    });
    const { writes } = await server.run((tx) => {
      assert.equal(tx.run(insert, 1, 'one'), 1);
      order.push('went on');
      return tx.values(select, 1);
    });
    assert.equal(writes, 1);
    assert.deepEqual(order.slice(0, 2), ['went on', 'answered INSERT']);
    assert.equal(server.asked.length, 2);
  });

  it('waits for how many rows are deleted', async () => {
    const server = new FakeServer(() => ({ changed: 7 }));
    const { value } = await server.run((tx) => tx.run(remove, 'one'));
    assert.equal(value, 7);
  });

  it('is refused as it says, with what it had written', async () => {
    const server = new FakeServer(() => ({}));
    const outcome = await server.run((tx) => {
      tx.run(insert, 1, 'one');
      throw new Error('not so');
    });
    assert.deepEqual([outcome.refused, String(outcome.value), outcome.writes], [true, 'Error: not so', 1]);
  });

  it('makes the same ids each time', async () => {
    const server = new FakeServer(() => ({}));
    const made: string[] = [];
    await server.run((tx) => {
      made.push(newId('task'), newLease());
      tx.values(select, 1);
      tx.values(select, 2);
    });
    assert.equal(made.length, 6);
    assert.equal(new Set(made).size, 2);
    assert.notEqual(newId('task'), newId('task'));
  });

  it('keeps what it does once all is durable from its last run', async () => {
    const server = new FakeServer(() => ({}));
    let called = 0;
    const { callbacks } = await server.run((tx) => {
      tx.onDurable(() => called++);
      tx.values(select, 1);
    });
    for (const callback of callbacks) callback();
    assert.equal(called, 1);
  });

  it('cannot swallow that it has to wait', async () => {
    const server = new FakeServer((_, [id]) => ({ rows: [[id ?? null]] }));
    const { value } = await server.run((tx) => {
      try {
        return tx.get(select, 'found')?.value;
      } catch {
        return 'swallowed';
      }
    });
    assert.equal(value, 'found');
  });

  it('fails if it asks for something else than before', async () => {
    const server = new FakeServer(() => ({}));
    let run = 0;
    const work = (tx: Transaction) => {
      tx.values(select, ++run);
      tx.values(select, 0);
    };
    await assert.rejects(server.run(work), Diverged);
    let first = true;
    const shorter = (tx: Transaction) => {
      if (first) tx.values(select, 1);
      first = false;
      return tx.values(select, 2);
    };
    await assert.rejects(server.run(shorter), Diverged);
    let more = true;
    const ending = (tx: Transaction) => {
      tx.values(select, 1);
      if (more) {
        more = false;
        tx.values(select, 2);
      }
    };
    await assert.rejects(server.run(ending), Diverged);
  });

  it('fails if a row that it took for granted was not there', async () => {
    const server = new FakeServer(() => ({ changed: 0 }));
    const work = (tx: Transaction) => tx.run('UPDATE facts SET value = ? WHERE id = ?', 'one', 1);
    await assert.rejects(server.run(work), Mispredicted);
    assert.equal((await server.run(work, false)).value, 0);
  });
});
