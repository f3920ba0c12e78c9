import assert from 'node:assert/strict';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { type QueueOfRows, withQueue } from '../../../support/localQueue';
import { statementsOf } from '../statementsOf';

type Rows = QueueOfRows<LocalQueue>;

/** How many statements more the operation takes for each task more. */
async function perTask(operation: (queue: Rows, count: number) => Promise<unknown>): Promise<number> {
  const ofMany = (count: number) => withQueue((queue) => statementsOf(() => operation(queue, count)));
  const few = await ofMany(10);
  return ((await ofMany(60)) - few) / 50;
}

const tasks = (count: number) => Array.from({ length: count }, () => ({ tool_name: 'run-bash' }));

describe('What the database is asked', () => {
  it('is one statement for each new task of a call', async () => {
    assert.equal(
      await perTask((queue, count) => queue.enqueueMany({ stream: 'lane', tasks: tasks(count) })),
      1,
    );
  });
});
