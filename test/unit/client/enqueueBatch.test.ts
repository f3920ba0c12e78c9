import assert from 'node:assert/strict';
import { cutOff } from '../../../src/cli/commands/tasks/addBatch';
import { enqueueBatch } from '../../../src/client/enqueueBatch';
import { QueueError } from '../../../src/core/errors';
import type { NewTaskOfMany, Queue } from '../../../src/core/queue';
import { refused, withQueue } from '../../support/localQueue';

function commands(count: number): NewTaskOfMany[] {
  return Array.from({ length: count }, (_, at) => ({
    tool_name: 'run-command',
    payload: { argv: ['fit', `${at}`], env: { PATH: '/bin' } },
  }));
}

describe('Queueing a batch in several calls', () => {
  it('keeps one batch with its limits, in order, and a last task that waits for all', () =>
    withQueue(async (queue, lane) => {
      const { batch, tasks, duplicate } = await enqueueBatch(queue, lane, {
        tasks: commands(250),
        label: 'fit {}',
        jobs: 2,
        stopAfter: 5,
        last: { tool_name: 'run-command', payload: { argv: ['merge'] } },
      });
      assert.deepEqual([batch.counts.queued, batch.parallelism, batch.stop_after], [250, 2, 5]);
      assert.deepEqual([batch.label, tasks.length, duplicate], ['fit {}', 250, false]);
      const { items, total } = await queue.listTasks({ order: 'position', limit: 1000 });
      assert.equal(total, 251);
      assert.deepEqual(
        items.map(({ label }) => label),
        [...Array.from({ length: 250 }, (_, at) => `fit ${at}`), 'merge'],
      );
      const last = items.at(-1);
      assert.deepEqual([last?.after_batch, last?.after_policy, last?.batch_id], [batch.id, 'run', null]);
    }));

  it('goes before the others as a whole, in order', () =>
    withQueue(async (queue, lane) => {
      await queue.enqueue({ stream: 'lane', tool_name: 'run-command', payload: { argv: ['before'] } });
      await enqueueBatch(queue, lane, { tasks: commands(120), front: true });
      const { items } = await queue.listTasks({ order: 'position', limit: 1000 });
      assert.deepEqual(
        items.map(({ label }) => label),
        [...Array.from({ length: 120 }, (_, at) => `fit ${at}`), 'before'],
      );
    }));

  it('is completed by a repeat with its key where it was cut off, and queued once', () =>
    withQueue(async (queue, lane) => {
      const input = {
        tasks: commands(250),
        last: { tool_name: 'run-command', payload: { argv: ['merge'] } },
        key: '上传 1',
      };
      let calls = 0;
      const cut = Object.create(queue) as Queue;
      cut.enqueueMany = async (...args) => {
        calls += 1;
        if (calls === 3) throw new QueueError('unavailable', 'The owner has gone', 'Try again');
        return queue.enqueueMany(...args);
      };
      const error = await refused(
        enqueueBatch(cut, lane, input, cutOff),
        'unavailable',
        /\(batch bat_\w+ is not complete\)$/,
      );
      assert.equal(error.hint, "Try again. To queue what is missing, repeat the command with --key '上传 1'");
      assert.equal((await queue.listTasks()).total, 200);
      const { batch } = await enqueueBatch(queue, lane, input);
      const again = await enqueueBatch(queue, lane, input);
      assert.deepEqual([again.duplicate, again.batch], [true, batch]);
      assert.deepEqual([batch.counts.queued, (await queue.listTasks()).total], [250, 251]);
    }));

  it('refuses a repeat for other names', () =>
    withQueue(async (queue, lane) => {
      await enqueueBatch(queue, lane, { tasks: commands(2), key: 'k' });
      await enqueueBatch(queue, lane, {
        tasks: commands(2).map((task) => ({
          ...task,
          payload: { ...Object(task.payload), env: { PATH: '/x' } },
        })),
        key: 'k',
      });
      for (const tasks of [commands(3), commands(3).slice(1)]) {
        await refused(enqueueBatch(queue, lane, { tasks, key: 'k' }), 'conflict');
      }
      assert.equal((await queue.listTasks()).total, 2);
    }));

  it('lets tasks wait for those of earlier calls by their keys', () =>
    withQueue(async (queue, lane) => {
      const tasks = commands(102).map((task, at) => ({ ...task, key: `k${at}` }));
      const waiting = { ...tasks[101], tool_name: 'run-command', after: ['k0', 'k100'] };
      const { tasks: rows } = await enqueueBatch(queue, lane, {
        tasks: [...tasks.slice(0, 101), waiting],
      });
      const last = rows.at(-1);
      assert.deepEqual(last?.status === undefined ? [] : last.after, [rows[0]?.id, rows[100]?.id]);
    }));
});
