import assert from 'node:assert/strict';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import type { Origin, PlannedRun } from '../../../../src/core/model';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { type QueueOfRows, withQueue } from '../../../support/localQueue';
import { statementsOf } from '../statementsOf';

type Rows = QueueOfRows<LocalQueue>;

/** Does nothing by itself, such as the daily purge, whose statements would be counted as well. */
const quiet = { role: 'command' } as const;

/** How many statements more the operation takes for each task more. @param prepare makes what it works on */
async function perTask<T>(
  prepare: (queue: Rows, count: number) => Promise<T>,
  operation: (queue: Rows, count: number, prepared: T) => Promise<unknown>,
): Promise<number> {
  const ofMany = (count: number) =>
    withQueue(async (queue) => {
      const prepared = await prepare(queue, count);
      return statementsOf(() => operation(queue, count, prepared));
    }, quiet);
  const few = await ofMany(10);
  return ((await ofMany(60)) - few) / 50;
}

const tasks = (count: number) => Array.from({ length: count }, () => ({ tool_name: 'run-bash' }));

/** So many new tasks; their ids. */
async function added(queue: Rows, count: number, after?: string): Promise<string[]> {
  const { tasks: rows } = await queue.enqueueMany({
    stream: 'lane',
    tasks: tasks(count).map((task) => (after === undefined ? task : { ...task, after: [after] })),
  });
  return rows.map(({ id }) => id);
}

async function finish(queue: Rows, id: string): Promise<void> {
  await queue.claimTask(id);
  await queue.complete(id, { result_summary: 'ok' });
}

describe('What the database is asked', () => {
  let planned = 0;

  it('is one statement for each new task of a call', async () => {
    const asked = await perTask(
      () => Promise.resolve(),
      (queue, count) => added(queue, count),
    );
    assert.equal(asked, 1);
  });

  it('is one statement for each task that a new one waits for: its row', async () => {
    const asked = await perTask(added, (queue, _, after) =>
      queue.enqueue({ stream: 'lane', tool_name: 'run-bash', after }),
    );
    assert.equal(asked, 1);
  });

  it('is one statement for each task that a restored one waits for: its row', async () => {
    const asked = await perTask(
      async (queue, count) => {
        const after = await added(queue, count);
        const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', after });
        await queue.deleteTask(task.id);
        return task.id;
      },
      (queue, _, id) => queue.undeleteTask(id),
    );
    assert.equal(asked, 1);
  });

  it('is less than one for each task that is purged', async () => {
    const asked = await perTask(
      async (queue, count) => {
        for (const id of await added(queue, count)) await finish(queue, id);
      },
      (queue) => queue.purge({ older_than_days: 0 }),
    );
    assert.ok(asked < 1, `${asked}`);
  });

  it('is two statements for each task that waits for the one that ends: its row and that it waits no longer', async () => {
    const asked = await perTask(
      async (queue, count) => {
        const [first = ''] = await added(queue, 1);
        await added(queue, count, first);
        await queue.claimTask(first);
        return first;
      },
      (queue, _, id) => queue.complete(id, { result_summary: 'ok' }),
    );
    assert.equal(asked, 2);
  });

  it('is no more for a queued task whose run is planned than for another one', () =>
    withQueue(
      async (queue) => {
        const asked = async (origin?: Origin) => {
          const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', origin });
          return statementsOf(() => queue.getTask(task.id));
        };
        // Both come after a task.
        await asked();
        const [person, agent] = [await asked(), await asked({ kind: 'agent' })];
        assert.deepEqual([planned, agent], [1, person]);
      },
      {
        ...quiet,
        config: fixedConfig(defaultConfig),
        planner: async () => {
          planned += 1;
          return { digest: 'digest', parts: {} } as PlannedRun;
        },
      },
    ));
});
