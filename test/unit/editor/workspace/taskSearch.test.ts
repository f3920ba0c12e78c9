import assert from 'node:assert/strict';
import { TaskSearch } from '../../../../src/editor/workspace/taskSearch';
import { enqueue, withQueue } from '../../../support/localQueue';

const all = { older_than_days: 0 };

describe('a search for tasks', () => {
  it('goes through the queue first, then through its history, page by page', () =>
    withQueue(async (queue) => {
      for (const label of ['past 1', 'past 2', 'past 3']) {
        const { id } = await enqueue(queue, { label });
        await queue.claimTask(id);
        await queue.complete(id, { result_summary: 'fine' });
      }
      await queue.purge(all);
      for (const label of ['new 1', 'new 2']) await enqueue(queue, { label });
      const search = new TaskSearch(queue, {});
      const labels = async (count: number) => (await search.next(count)).map(({ task }) => task.label);
      assert.deepEqual(await labels(1), ['new 2']);
      assert.deepEqual(await labels(3), ['new 1', 'past 3', 'past 2']);
      assert.ok(search.more);
      assert.deepEqual(await labels(5), ['past 1']);
      assert.equal(search.more, false);
      assert.deepEqual(await labels(5), []);
    }));

  it('knows a task of the history by its stream and its end', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { label: 'broken' });
      await queue.fail(id, { error_message: 'no such file' });
      await queue.purge(all);
      const find = async (query: ConstructorParameters<typeof TaskSearch>[1]) =>
        (await new TaskSearch(queue, query).next(9)).map(({ task, past, streamName }) => [
          task.id,
          task.status,
          past?.error,
          streamName,
        ]);
      const found = [[id, 'failed', 'no such file', 'lane']];
      assert.deepEqual(await find({ q: 'SUCH', status: 'failed', stream: 'lane', since: '1h' }), found);
      assert.deepEqual(await find({ status: 'succeeded' }), []);
      assert.deepEqual(await find({ stream: 'other' }), []);
      assert.deepEqual(await find({ status: 'queued' }), []);
      assert.deepEqual(await find({ batch_id: 'bat_000000000001' }), []);
    }));
});
