import assert from 'node:assert/strict';
import { Foresight, foresee, mayChange } from '../../../src/postgres/foresight';
import { type Answer, replay } from '../../../src/postgres/replay';
import type { SqlValue, Transaction } from '../../../src/store/engine/database';

const task = 'SELECT tasks.seq, tasks.id, tasks.attempts FROM tasks WHERE id = ? AND deleted_at IS NULL';
const stream =
  'SELECT id, name FROM streams JOIN stream_counts ON stream_counts.stream_id = streams.id WHERE streams.name = ?';
const lane = 'SELECT id FROM tasks WHERE stream_id = ? ORDER BY position LIMIT 1';
const dependents = 'SELECT task_id FROM dependencies WHERE after_id = ?';
const finish = 'UPDATE tasks SET lease = ?, updated_at = ? WHERE id = ? AND status = ?';
const finishNumbered = 'UPDATE tasks SET lease = ?2, updated_at = ?3\n  WHERE id = ?1';

const answerOf = (...rows: SqlValue[][]): Answer => ({ columns: [], rows, changed: 0 });

/** Whether the answer to `read`, whose row is that of `row`, still holds once `sql` has been sent. */
function holds(
  [read, value, answer]: [string, string, Answer],
  [sql, ...values]: [string, ...SqlValue[]],
): boolean {
  const foresight = new Foresight();
  foresight.keep(read, [value], answer);
  foresight.wrote(sql, values);
  return foresight.answerTo(read, [value]) !== undefined;
}

describe('what is known of the calls of a transaction', () => {
  const ofTask: [string, string, Answer] = [task, 'tsk_1', answerOf([1, 'tsk_1', 0])];
  const ofStream: [string, string, Answer] = [stream, 'lane', answerOf(['str_1', 'lane'])];
  const ofLane: [string, string, Answer] = [lane, 'str_1', answerOf(['tsk_1'])];

  it('holds of a row until that is changed', () => {
    assert.equal(holds(ofTask, [finish, null, 'now', 'tsk_2', 'running']), true);
    assert.equal(holds(ofTask, [finish, null, 'now', 'tsk_1', 'running']), false);
    assert.equal(holds(ofTask, [finishNumbered, 'tsk_2', 'tsk_1', 'now']), true);
    assert.equal(holds(ofTask, [finishNumbered, 'tsk_1', 'tsk_2', 'now']), false);
    assert.equal(
      holds(ofTask, ['UPDATE attempts SET outcome = ? WHERE task_id = ?', 'failed', 'tsk_1']),
      true,
    );
    assert.equal(holds(ofTask, ['INSERT INTO tasks (id, stream_id) VALUES (?, ?)', 'tsk_2', 'str_1']), true);
    assert.equal(
      holds(ofStream, ['UPDATE stream_counts SET queued = ? WHERE stream_id = ?', 1, 'str_2']),
      true,
    );
    assert.equal(
      holds(ofStream, ['UPDATE stream_counts SET queued = ? WHERE stream_id = ?', 1, 'str_1']),
      false,
    );
    assert.equal(holds(ofStream, ['UPDATE streams SET name = ? WHERE id = ?', 'road', 'str_1']), false);
  });

  it('holds of the tasks of a stream while those of others are changed', () => {
    const rows = 'SELECT tasks.id, tasks.stream_id FROM tasks WHERE stream_id = ? ORDER BY position';
    const leaves = (sql: string, ...values: SqlValue[]) => {
      const foresight = new Foresight();
      foresight.keep(rows, ['str_1'], answerOf(['tsk_1', 'str_1']));
      foresight.keep(rows, ['str_2'], answerOf(['tsk_2', 'str_2']));
      foresight.keep(`${rows} LIMIT 1`, ['str_3'], answerOf());
      foresight.keep(
        'SELECT id FROM tasks WHERE stream_id = ? AND id IN (SELECT id FROM tasks)',
        ['str_2'],
        answerOf(),
      );
      foresight.wrote(sql, values);
      return ['str_1', 'str_2'].filter((lane) => foresight.answerTo(rows, [lane]) !== undefined);
    };
    assert.deepEqual(leaves(finish, null, 'now', 'tsk_1', 'running'), ['str_2']);
    assert.deepEqual(leaves(finish, null, 'now', 'tsk_9', 'running'), []);
    const add = 'INSERT INTO tasks (created_at, updated_at, id, stream_id) VALUES (?1, ?1, ?2, ?3)';
    assert.deepEqual(leaves(add, 'now', 'tsk_9', 'str_1'), ['str_2']);
    assert.deepEqual(leaves('INSERT INTO tasks (id, stream_id) SELECT id, stream_id FROM others'), []);
    const move = 'UPDATE tasks SET stream_id = ?, position = ? WHERE id = ?';
    assert.deepEqual(leaves(move, 'str_2', 1, 'tsk_1'), []);
    assert.deepEqual(leaves('UPDATE tasks SET position = position + 1 WHERE stream_id = ?', 'str_1'), []);
  });

  it('holds of several rows until one of the table is changed', () => {
    assert.equal(holds(ofLane, [finish, null, 'now', 'tsk_2', 'running']), false);
    assert.equal(holds(ofLane, ['INSERT INTO tasks (id) VALUES (?)', 'tsk_2']), false);
    assert.equal(holds(ofLane, ['UPDATE batches SET queued = ? WHERE id = ?', 1, 'bat_1']), true);
    assert.equal(holds([task, 'tsk_1', answerOf()], ['INSERT INTO tasks (id) VALUES (?)', 'tsk_1']), false);
    assert.equal(
      holds([stream, 'lane', answerOf()], ['INSERT INTO streams (id) VALUES (?)', 'str_1']),
      false,
    );
  });

  it('holds no longer where many rows may have been changed, or those of other tables', () => {
    assert.equal(
      holds(ofTask, ['UPDATE tasks SET parked = 1 WHERE stream_id IN (SELECT id FROM streams)']),
      false,
    );
    assert.equal(holds(ofTask, ['UPDATE tasks SET parked = 1 WHERE stream_id = ?', 'str_1']), false);
    assert.equal(holds(ofTask, ['DELETE FROM batches WHERE id = ?', 'bat_1']), false);
    assert.equal(holds(ofTask, ['SELECT purge_everything()']), false);
    assert.equal(
      mayChange('WITH gone AS (SELECT 1) UPDATE tasks SET parked = 1', [], { sql: task, row: 'tsk_2' }),
      true,
    );
  });
});

describe('calls that share a transaction', () => {
  const options = { stopClock: (run: () => void) => run() };

  /** Keeps what it was asked in each turn. */
  class FakeServer {
    readonly turns: string[][] = [];
    private turn: string[] | undefined;

    readonly send = async (sql: string, values: readonly SqlValue[]): Promise<Answer> => {
      if (this.turn === undefined) {
        this.turn = [];
        this.turns.push(this.turn);
      }
      this.turn.push(`${sql.split(' ')[0]} ${values.join(' ')}`);
      await null;
      this.turn = undefined;
      return { columns: ['id'], rows: [[`of ${values[0]}`, values[0] ?? null]], changed: 1 };
    };
  }

  const complete = (id: string) => (tx: Transaction) => {
    const [row] = tx.values(task, id);
    tx.run(finish, null, 'now', id, 'running');
    return [row?.[0], tx.values(dependents, id)[0]?.[0]];
  };

  it('read what they need together, and nothing once more', async () => {
    const server = new FakeServer();
    const works = ['a', 'b', 'c'].map(complete);
    const foresight = await foresee(works, { ...options, send: server.send });
    assert.deepEqual(server.turns, [
      ['SELECT a', 'SELECT b', 'SELECT c'],
      ['SELECT a', 'SELECT b', 'SELECT c'],
    ]);
    server.turns.length = 0;
    for (const work of works) {
      const { value } = await replay(work, { ...options, send: server.send, predicts: true, foresight });
      assert.ok(Array.isArray(value) && value[0] === value[1]);
    }
    assert.deepEqual(server.turns.flat(), [
      'UPDATE  now a running',
      'UPDATE  now b running',
      'UPDATE  now c running',
    ]);
  });

  it('read again what the one before has changed', async () => {
    const server = new FakeServer();
    const works = [complete('a'), complete('a')];
    const foresight = await foresee(works, { ...options, send: server.send });
    server.turns.length = 0;
    for (const work of works)
      await replay(work, { ...options, send: server.send, predicts: true, foresight });
    assert.deepEqual(server.turns.flat(), ['UPDATE  now a running', 'SELECT a', 'UPDATE  now a running']);
  });

  it('do not look ahead to what they will have written', async () => {
    const server = new FakeServer();
    const work = (tx: Transaction) => {
      tx.run(finish, null, 'now', 'a', 'running');
      return tx.values(task, 'a');
    };
    await foresee([work, work], { ...options, send: server.send });
    assert.deepEqual(server.turns, []);
  });

  it('know what the one before has left', async () => {
    const server = new FakeServer();
    const { left } = await replay((tx) => tx.shared?.leave('here'), {
      ...options,
      send: server.send,
      predicts: true,
    });
    const { value } = await replay((tx) => tx.shared?.known, {
      ...options,
      send: server.send,
      predicts: true,
      known: left,
    });
    assert.equal(value, 'here');
  });
});
