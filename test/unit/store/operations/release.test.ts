import assert from 'node:assert/strict';
import { enqueue, refused, withQueue } from '../../../support/localQueue';

describe('Releasing a claim', () => {
  it('can be repeated with its key, also when the task has been claimed again', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      const first = await queue.releaseClaim(id, lease, { key: 'once' });
      assert.deepEqual([first.status, first.attempts], ['queued', 0]);
      const next = await queue.claimTask(id);
      const again = await queue.releaseClaim(id, lease, { key: 'once' });
      assert.deepEqual([again.id, again.status, again.attempts], [id, 'running', 1]);
      const task = await queue.getTask(id);
      assert.deepEqual([task.status, task.attempts], ['running', 1]);
      await refused(queue.releaseClaim(id, lease), 'lease_superseded');
      await queue.complete(id, { lease: next.lease, result_summary: 'done' });
    }));
});
