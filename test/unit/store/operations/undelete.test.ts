import assert from 'node:assert/strict';
import { FakeClock } from '../../../support/fakeClock';
import { enqueue, enqueueMany, nextEvent, refused, withQueue } from '../../../support/localQueue';

const day = 24 * 60 * 60 * 1000;

describe('Undeleting', () => {
  it('restores a queued task to its position, with its counts', () =>
    withQueue(async (queue) => {
      const [first, second, third] = (await enqueueMany(queue, 3)) as [string, string, string];
      await queue.moveTask(third, { to: 'front' });
      await queue.deleteTask(first);
      const event = nextEvent(queue, 'task.undeleted', first);
      const restored = await queue.undeleteTask(first);
      assert.deepEqual([restored.status, restored.deleted_at], ['queued', null]);
      assert.equal((await event).task?.id, first);
      const { items } = await queue.listTasks({ status: 'queued', order: 'position' });
      assert.deepEqual(
        items.map(({ id }) => id),
        [third, first, second],
      );
      assert.equal((await queue.getStream('lane')).counts.queued, 3);
    }));

  it('restores a finished task with its result, output and review', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      await queue.complete(id, { result_summary: 'built', lease, stdout: 'out\n' });
      await queue.reviewTask(id, { accepted: true });
      const before = await queue.getTask(id);
      await queue.deleteTask(id);
      assert.equal((await queue.getStream('lane')).counts.succeeded, 0);
      await queue.undeleteTask(id);
      const after = await queue.getTask(id);
      assert.deepEqual({ ...after, updated_at: before.updated_at }, before);
      const { counts } = await queue.getStream('lane');
      assert.deepEqual([counts.succeeded, counts.unreviewed], [1, 0]);
    }));

  it('keeps parked tasks parked, and delayed tasks waiting', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const parked = await enqueue(queue);
        await queue.parkTask(parked.id);
        const soon = new Date(clock.now() + 3 * day).toISOString();
        const later = await enqueue(queue, { not_before: soon });
        for (const { id } of [parked, later]) {
          await queue.deleteTask(id);
          await queue.undeleteTask(id);
        }
        assert.equal((await queue.getTask(parked.id)).parked, true);
        assert.equal(await queue.claimNext('lane'), null);
        clock.jump(3 * day);
        assert.equal((await queue.claimNext('lane', { wait: 1 }))?.task.id, later.id);
      },
      { clock },
    );
  });

  it('wakes waiting claimers', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await queue.deleteTask(id);
      const claim = queue.claimNext('lane', { wait: 60 });
      await queue.undeleteTask(id);
      assert.equal((await claim)?.task.id, id);
    }));

  it('is refused for tasks that are not deleted, never existed, or were deleted over a week ago', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const { id } = await enqueue(queue);
        await refused(queue.undeleteTask(id), 'wrong_state', 'Undelete not allowed in queued state');
        const never = 'tsk_000000000000';
        await refused(queue.undeleteTask(never), 'not_found', `Task not found: ${never}`);
        await queue.deleteTask(id);
        clock.jump(7 * day + 1000);
        assert.equal((await queue.listTasks({ deleted: true })).total, 0);
        await refused(queue.undeleteTask(id), 'not_found', `Task not found: ${id}`);
      },
      { clock },
    );
  });

  it('gives a repeat with the same key the same answer', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await queue.deleteTask(id);
      const once = await queue.undeleteTask(id, { key: 'k' });
      assert.deepEqual(await queue.undeleteTask(id, { key: 'k' }), once);
    }));
});

describe('Undeleting a task that depends on others', () => {
  it('makes it ready when they have succeeded meanwhile', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const { id } = await enqueue(queue, { after: [first.id] });
      await queue.deleteTask(id);
      await queue.claimTask(first.id);
      await queue.complete(first.id, { result_summary: 'ok' });
      await queue.undeleteTask(id);
      assert.equal((await queue.claimNext('lane'))?.task.id, id);
    }));

  it('keeps it waiting while they have not', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const { id } = await enqueue(queue, { after: [first.id] });
      await queue.deleteTask(id);
      assert.deepEqual((await queue.undeleteTask(id)).waiting_reason, {
        code: 'after',
        values: { task: first.id },
      });
      await queue.claimTask(first.id);
      assert.equal(await queue.claimNext('lane'), null);
      await queue.complete(first.id, { result_summary: 'ok' });
      assert.equal((await queue.claimNext('lane'))?.task.id, id);
    }));

  it('fails it at once when one has failed meanwhile', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const { id } = await enqueue(queue, { after: [first.id] });
      await queue.deleteTask(id);
      await queue.fail(first.id, { error_message: 'x' });
      const restored = await queue.undeleteTask(id);
      assert.deepEqual([restored.status, restored.failure_kind], ['failed', 'dependency']);
      assert.equal((await queue.getStream('lane')).counts.failed, 2);
    }));

  for (const failsFirst of [true, false]) {
    const when = failsFirst ? 'before it was deleted' : 'since';
    it(`waits for the copy of one that failed ${when}, where it is held by a failure`, () =>
      withQueue(async (queue) => {
        const first = await enqueue(queue);
        const { id } = await enqueue(queue, { after: [first.id], after_policy: 'hold' });
        if (failsFirst) await queue.fail(first.id, { error_message: 'x' });
        await queue.deleteTask(id);
        if (!failsFirst) await queue.fail(first.id, { error_message: 'x' });
        const told: string[] = [];
        const stop = queue.subscribe((event) => event.task_id === id && told.push(event.type));
        const copy = await queue.requeue(first.id);
        await queue.claimTask(copy.id);
        await queue.complete(copy.id, { result_summary: 'ok' });
        stop();
        assert.deepEqual(told, []);
        assert.deepEqual((await queue.undeleteTask(id)).after, [copy.id]);
        assert.equal((await queue.claimNext('lane'))?.task.id, id);
      }));
  }

  it('is refused while one of them is also deleted', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const { id } = await enqueue(queue, { after: [first.id] });
      await queue.deleteTask(id);
      await queue.deleteTask(first.id);
      await refused(
        queue.undeleteTask(id),
        'wrong_state',
        `Undelete not allowed while ${first.id}, which ${id} depends on, is deleted`,
      );
      await queue.undeleteTask(first.id);
      assert.deepEqual((await queue.undeleteTask(id)).waiting_reason, {
        code: 'after',
        values: { task: first.id },
      });
    }));

  it('finds them still there after a purge', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const first = await enqueue(queue);
        const { id } = await enqueue(queue, { after: [first.id] });
        await queue.deleteTask(id);
        await queue.fail(first.id, { error_message: 'x' });
        clock.jump(5 * day);
        assert.equal((await queue.purge({ older_than_days: 1 })).purged, 0);
        assert.equal((await queue.undeleteTask(id)).failure_kind, 'dependency');
      },
      { clock },
    );
  });
});

describe('Listing deleted tasks', () => {
  it('returns the last deleted first, and supports the other filters', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const [a, b, c] = (await enqueueMany(queue, 3)) as [string, string, string];
        await queue.cancel(c);
        for (const id of [b, a, c]) {
          clock.jump(1000);
          await queue.deleteTask(id);
        }
        await enqueue(queue);
        const listed = async (more: Parameters<typeof queue.listTasks>[0] = {}) => {
          const { items, total } = await queue.listTasks({ deleted: true, ...more });
          assert.equal(total, items.length);
          return items.map(({ id }) => id);
        };
        assert.deepEqual(await listed(), [c, a, b]);
        assert.deepEqual(await listed({ status: 'queued' }), [a, b]);
        assert.deepEqual(await listed({ stream: 'lane', status: 'failed' }), [c]);
        assert.deepEqual(await listed({ order: 'newest' }), [c, b, a]);
        assert.equal((await queue.listTasks()).total, 1);
      },
      { clock },
    );
  });
});
