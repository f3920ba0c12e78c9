import assert from 'node:assert/strict';
import type { QueueEvent } from '../../../../src/core/events';
import type { Batch } from '../../../../src/core/model';
import type { NewTasks, Queue } from '../../../../src/core/queue';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { FakeClock } from '../../../support/fakeClock';
import {
  enqueue,
  enqueueMany,
  openLocalQueue,
  type QueueOfRows,
  refused,
  withQueue,
} from '../../../support/localQueue';

type Rows = QueueOfRows<LocalQueue>;

/** Queues a batch of so many tasks, named 1, 2, 3 ... */
async function batchOf(queue: Rows, count: number, more: Partial<NewTasks> = {}) {
  const tasks = Array.from({ length: count }, (_, at) => ({ tool_name: 'run-bash', label: `${at + 1}` }));
  const answer = await queue.enqueueMany({ stream: 'lane', tasks, ...more });
  return { id: answer.batch_id, ids: answer.tasks.map(({ id }) => id) };
}

async function next(queue: Queue, tools?: string[]): Promise<string | null> {
  return (await queue.claimNext('lane', { tools }))?.task.id ?? null;
}

function succeed(queue: Queue, id: string | null | undefined) {
  return queue.complete(String(id), { result_summary: 'done' });
}

function fail(queue: Queue, id: string | null | undefined) {
  return queue.fail(String(id), { error_message: 'broken' });
}

async function reasonOf(queue: Queue, id: string | undefined) {
  return (await queue.getTask(String(id))).waiting_reason;
}

function countsOf({ counts }: Batch): number[] {
  const { queued, running, succeeded, failed, cancelled } = counts;
  return [queued, running, succeeded, failed, cancelled];
}

describe('A batch', () => {
  it('is what one call queues, with its id on each task and counts of what became of them', () =>
    withQueue(async (queue, lane) => {
      await enqueue(queue);
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      const { id, ids } = await batchOf(queue, 4, { label: ' 拟合 ' });
      const { items, total } = await queue.listTasks({ batch_id: id });
      assert.deepEqual([items.map((task) => task.id), total], [[...ids].reverse(), 4]);
      assert.ok(items.every(({ batch_id }) => batch_id === id));
      const created = events.find(({ type }) => type === 'batch.created');
      assert.deepEqual(created?.batch, await queue.getBatch(id));
      assert.deepEqual([created?.batch_id, created?.stream_id], [id, lane.id]);
      const [first, second, third] = ids;
      for (const task of [first, second]) await queue.claimTask(String(task));
      await succeed(queue, first);
      await fail(queue, second);
      await queue.cancel(String(third));
      const batch = await queue.getBatch(id);
      assert.deepEqual(countsOf(batch), [1, 0, 1, 1, 1]);
      assert.deepEqual(
        [batch.label, batch.stream_id, batch.parallelism, batch.stop_after, batch.stopped_at],
        ['拟合', lane.id, null, null, null],
      );
    }));

  it('is listed newest first, of a stream, and as long as something is left to do', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const done = await batchOf(queue, 1);
      await queue.claimTask(String(done.ids[0]));
      await succeed(queue, done.ids[0]);
      const open = await batchOf(queue, 1);
      const other = await batchOf(queue, 1, { stream: 'other' });
      const listed = async (filter: Parameters<Queue['listBatches']>[0]) => {
        const { items, total } = await queue.listBatches(filter);
        return [...items.map(({ id }) => id), total];
      };
      assert.deepEqual(await listed({}), [other.id, open.id, done.id, 3]);
      assert.deepEqual(await listed({ limit: 1, offset: 1 }), [open.id, 3]);
      assert.deepEqual(await listed({ stream: 'lane' }), [open.id, done.id, 2]);
      assert.deepEqual(await listed({ stream: 'lane', open: true }), [open.id, 1]);
      await refused(queue.getBatch('bat_000000000000'), 'not_found');
      await refused(queue.getBatch(' tsk_000000000000'), 'not_found');
      assert.equal((await queue.listTasks({ batch_id: 'bat_000000000000' })).total, 0);
    }));

  it('groups its tasks on its stream: single ones are in none, or were moved to another', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const { id, ids } = await batchOf(queue, 3);
      const single = await enqueue(queue);
      await queue.moveTask(String(ids[2]), { stream: 'other' });
      const listed = async (filter: Parameters<Queue['listTasks']>[0]) => {
        const { items, total } = await queue.listTasks({ status: 'queued', order: 'position', ...filter });
        assert.equal(items.length, total);
        return items.map((task) => task.id);
      };
      assert.deepEqual(await listed({ stream: 'lane', single: true }), [single.id]);
      assert.deepEqual(await listed({ stream: 'other', single: true }), [ids[2]]);
      assert.deepEqual(await listed({ stream: 'lane', batch_id: id }), ids.slice(0, 2));
    }));

  it('takes more tasks by later calls, and a repeated call answers its own', () =>
    withQueue(async (queue) => {
      const first = await batchOf(queue, 2, { parallelism: 1 });
      const more = { stream: 'lane', batch: first.id, tasks: [{ tool_name: 'run-bash' }] };
      const added = await queue.enqueueMany(more, { key: 'k/2' });
      const again = await queue.enqueueMany(more, { key: 'k/2' });
      assert.deepEqual(again, { ...added, duplicate: true });
      assert.deepEqual([added.batch_id, added.tasks[0]?.batch_id], [first.id, first.id]);
      assert.deepEqual(countsOf(await queue.getBatch(first.id)), [3, 0, 0, 0, 0]);
      assert.equal(await next(queue), first.ids[0]);
      assert.equal(await next(queue), null);
      assert.equal((await reasonOf(queue, added.tasks[0]?.id))?.code, 'batch_full');
    }));

  it('gives the first call of a key the same batch again, also without its tasks', () =>
    withQueue(
      async (queue) => {
        const input = { stream: 'lane', tasks: [{ tool_name: 'run-bash' }] };
        const { batch_id, tasks } = await queue.enqueueMany(input, { key: 'k/1' });
        await queue.cancel(String(tasks[0]?.id));
        await queue.purge({ older_than_days: 0 });
        const again = await (queue as Queue).enqueueMany(input, { key: 'k/1' });
        assert.deepEqual(again, { tasks: [{ id: tasks[0]?.id }], batch_id, duplicate: true });
        await refused(queue.getBatch(batch_id), 'not_found');
      },
      { clock: new FakeClock() },
    ));

  it('refuses what is none of its business', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const { id } = await batchOf(queue, 1);
      await refused(batchOf(queue, 1, { batch: 'bat_000000000000' }), 'not_found');
      await refused(batchOf(queue, 1, { batch: id, stream: 'other' }), 'conflict');
      await refused(batchOf(queue, 1, { batch: id, parallelism: 2 }), 'invalid_field');
      await refused(batchOf(queue, 1, { parallelism: 0 }), 'invalid_field');
      await refused(batchOf(queue, 1, { stop_after: 1.5 }), 'invalid_field');
      await refused(enqueue(queue, { after_batch: 'bat_000000000000' }), 'not_found');
      await refused(queue.cancelBatch('bat_000000000000'), 'not_found');
      await refused(queue.retryBatch(id), 'wrong_state', /no task of batch bat_\w+ has failed/);
      assert.equal((await queue.listTasks()).total, 1);
    }));

  it('goes with the last of its tasks, and counts those that went before', () =>
    withQueue(
      async (queue) => {
        const { id, ids } = await batchOf(queue, 2);
        await queue.claimTask(String(ids[0]));
        await succeed(queue, ids[0]);
        assert.equal((await queue.purge({ older_than_days: 0 })).purged, 1);
        assert.deepEqual(countsOf(await queue.getBatch(id)), [1, 0, 1, 0, 0]);
        await queue.cancel(String(ids[1]));
        await queue.purge({ older_than_days: 0 });
        assert.equal((await queue.listBatches()).total, 0);
      },
      { clock: new FakeClock() },
    ));

  it('does not count deleted tasks, and counts restored ones', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 2);
      await queue.deleteTask(String(ids[0]));
      assert.deepEqual(countsOf(await queue.getBatch(id)), [1, 0, 0, 0, 0]);
      await queue.undeleteTask(String(ids[0]));
      assert.deepEqual(countsOf(await queue.getBatch(id)), [2, 0, 0, 0, 0]);
    }));

  it('is the same after the queue was opened again', () =>
    withQueue(async (queue, _, folder) => {
      const { id, ids } = await batchOf(queue, 3, { parallelism: 1, stop_after: 1 });
      await fail(queue, await next(queue));
      const before = await queue.getBatch(id);
      assert.notEqual(before.stopped_at, null);
      await queue.close();
      const opened = await openLocalQueue(folder);
      assert.deepEqual(await opened.getBatch(id), before);
      assert.equal((await reasonOf(opened, ids[1]))?.code, 'batch_stopped');
      await opened.close();
    }));
});

describe('The limit of a batch', () => {
  it('lets so many of its tasks run at once, and others pass', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 5, { parallelism: 2 });
      const behind = await enqueue(queue);
      const claims = await Promise.all(Array.from({ length: 4 }, () => next(queue)));
      assert.deepEqual(claims, [ids[0], ids[1], behind.id, null]);
      assert.deepEqual(await reasonOf(queue, ids[2]), {
        code: 'batch_full',
        values: { batch: id, running: 2, parallelism: 2 },
      });
      assert.equal(await queue.peek('lane'), null);
      await succeed(queue, ids[0]);
      assert.equal((await queue.peek('lane'))?.task.id, ids[2]);
      assert.deepEqual([await next(queue), await next(queue)], [ids[2], null]);
      assert.deepEqual(countsOf(await queue.getBatch(id)), [2, 2, 1, 0, 0]);
    }));

  it('holds for a claim by id as well', () =>
    withQueue(async (queue) => {
      const { ids } = await batchOf(queue, 2, { parallelism: 1 });
      await queue.claimTask(String(ids[1]));
      await refused(queue.claimTask(String(ids[0])), 'not_ready', /runs as many as it may: 1 of 1/);
    }));

  it('serves a waiting worker as soon as a task of the batch has ended, was released, or waits to be tried again', () =>
    withQueue(async (queue) => {
      const { ids } = await batchOf(queue, 4, { parallelism: 1 });
      const ends: ((claim: { task: { id: string }; lease: string }) => Promise<unknown>)[] = [
        ({ task, lease }) => queue.complete(task.id, { lease, result_summary: 'done' }),
        ({ task, lease }) => queue.fail(task.id, { lease, error_message: 'no', retry_after: 3600 }),
        ({ task, lease }) => queue.fail(task.id, { lease, error_message: 'no' }),
      ];
      for (const [at, end] of ends.entries()) {
        const claim = await queue.claimNext('lane');
        assert.ok(claim);
        assert.equal(claim.task.id, ids[at]);
        const waiting = queue.claimNext('lane', { wait: 60 });
        await end(claim);
        const served = await waiting;
        assert.equal(served?.task.id, ids[at + 1]);
        await queue.releaseClaim(String(served?.task.id), String(served?.lease));
      }
    }));

  it('holds for tasks that were moved to another stream, and serves its worker', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const { ids } = await batchOf(queue, 2, { parallelism: 1 });
      await queue.moveTask(String(ids[1]), { stream: 'other' });
      assert.equal(await next(queue), ids[0]);
      const waiting = queue.claimNext('other', { wait: 60 });
      assert.equal((await reasonOf(queue, ids[1]))?.code, 'batch_full');
      await succeed(queue, ids[0]);
      assert.equal((await waiting)?.task.id, ids[1]);
    }));

  it('keeps the order of the lane among several batches and single tasks', () =>
    withQueue(async (queue) => {
      const a = await batchOf(queue, 3, { parallelism: 2 });
      const single = await enqueue(queue);
      const b = await batchOf(queue, 2, { parallelism: 1 });
      await queue.moveTask(String(b.ids[1]), { to: 'front' });
      assert.deepEqual(await Promise.all(Array.from({ length: 5 }, () => next(queue))), [
        b.ids[1],
        a.ids[0],
        a.ids[1],
        single.id,
        null,
      ]);
    }));

  it('holds where a stream passes over tasks of tools that a claimer does not run', () =>
    withQueue(
      async (queue) => {
        const tasks = ['llm', 'run-bash', 'run-bash', 'run-bash'].map((tool_name) => ({ tool_name }));
        const { tasks: rows } = await queue.enqueueMany({ stream: 'lane', tasks, parallelism: 2 });
        const claims = await Promise.all(Array.from({ length: 3 }, () => next(queue, ['run-bash'])));
        assert.deepEqual(claims, [rows[1]?.id, rows[2]?.id, null]);
      },
      {},
      { skip_unrunnable: true },
    ));

  it('says what a task is behind: the last one that starts before it', () =>
    withQueue(async (queue) => {
      const { ids } = await batchOf(queue, 3, { parallelism: 2 });
      const single = await enqueue(queue);
      assert.deepEqual(single.waiting_reason, { code: 'behind', values: { task: ids[1] } });
      await next(queue);
      await next(queue);
      assert.equal((await reasonOf(queue, single.id))?.code, 'no_worker');
    }));

  it('passes over all of a large batch that is full', () =>
    withQueue(async (queue) => {
      const { id } = await batchOf(queue, 100, { parallelism: 1 });
      for (let call = 1; call < 5; call += 1) await batchOf(queue, 100, { batch: id });
      const [first, second] = await enqueueMany(queue, 2);
      assert.notEqual(await next(queue), null);
      assert.deepEqual([await next(queue), await next(queue), await next(queue)], [first, second, null]);
      assert.deepEqual(countsOf(await queue.getBatch(id)), [499, 1, 0, 0, 0]);
    }));
});

describe('A batch that stops after failures', () => {
  it('starts no more of its tasks, keeps them, and says so', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 5, { stop_after: 2 });
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      const running = [await next(queue), await next(queue), await next(queue)];
      await fail(queue, running[0]);
      assert.equal((await queue.getBatch(id)).stopped_at, null);
      await fail(queue, running[1]);
      const stopped = await queue.getBatch(id);
      assert.notEqual(stopped.stopped_at, null);
      const said = events.filter(({ type }) => type === 'batch.updated');
      assert.deepEqual(
        said.map(({ batch }) => batch),
        [stopped],
      );
      assert.equal(await next(queue), null);
      assert.deepEqual(await reasonOf(queue, ids[3]), { code: 'batch_stopped', values: { batch: id } });
      await refused(queue.claimTask(String(ids[3])), 'not_ready');
      await succeed(queue, running[2]);
      assert.deepEqual(countsOf(await queue.getBatch(id)), [2, 0, 1, 2, 0]);
    }));

  it('does not count cancelled tasks, those of a failed dependency, or attempts that are tried again', () =>
    withQueue(async (queue) => {
      const one = { tool_name: 'run-bash' };
      const { batch_id: id, tasks } = await queue.enqueueMany({
        stream: 'lane',
        stop_after: 2,
        tasks: [{ ...one, key: 'a' }, { ...one, after: ['a'] }, { ...one, max_attempts: 2 }, one, one],
      });
      await queue.cancel(String(tasks[3]?.id));
      await fail(queue, await next(queue));
      await fail(queue, await next(queue));
      const batch = await queue.getBatch(id);
      assert.deepEqual([batch.stopped_at, countsOf(batch)], [null, [2, 0, 0, 2, 1]]);
    }));

  it('goes on with a retry, and stops again after as many failures', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 4, { stop_after: 1 });
      await fail(queue, await next(queue));
      const waiting = queue.claimNext('lane', { wait: 60 });
      const retried = await queue.retryBatch(id);
      assert.deepEqual([retried.stopped_at, countsOf(retried)[3]], [null, 0]);
      const claim = await waiting;
      assert.equal(claim?.task.id, ids[1]);
      await fail(queue, claim?.task.id);
      assert.notEqual((await queue.getBatch(id)).stopped_at, null);
      assert.equal(await next(queue), null);
    }));
});

describe('Retrying a batch', () => {
  it('requeues what failed, whose copies take their place, and nothing twice', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 4, { parallelism: 3 });
      const [a, b, c, d] = ids;
      for (const task of [a, b, c]) await queue.claimTask(String(task));
      await succeed(queue, a);
      await fail(queue, b);
      await fail(queue, c);
      await queue.cancel(String(d));
      const first = await queue.retryBatch(id, { key: 'again' });
      assert.deepEqual(countsOf(first), [2, 0, 1, 0, 1]);
      assert.deepEqual(await queue.retryBatch(id, { key: 'again' }), first);
      await refused(queue.retryBatch(id), 'wrong_state');
      const { items } = await queue.listTasks({ batch_id: id, status: 'queued', order: 'position' });
      assert.deepEqual(
        items.map(({ retry_of, label }) => [retry_of, label]),
        [
          [b, '2'],
          [c, '3'],
        ],
      );
      const old = await queue.getTask(String(b));
      assert.deepEqual([old.status, old.batch_id], ['failed', id]);
      await queue.reviewTask(String(b), { accepted: false });
      await queue.deleteTask(String(c));
      assert.deepEqual(countsOf(await queue.getBatch(id)), [2, 0, 1, 0, 1]);
    }));

  it('counts a task that was requeued by itself by its copy, too', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 1);
      await queue.claimTask(String(ids[0]));
      await fail(queue, ids[0]);
      const copy = await queue.requeue(String(ids[0]));
      assert.equal(copy.batch_id, id);
      assert.deepEqual(countsOf(await queue.getBatch(id)), [1, 0, 0, 0, 0]);
      await queue.claimTask(copy.id);
      await succeed(queue, copy.id);
      await queue.requeue(copy.id);
      assert.deepEqual(countsOf(await queue.getBatch(id)), [1, 0, 1, 0, 0]);
    }));

  it('lets copies wait for each other as the tasks did', () =>
    withQueue(async (queue) => {
      const one = { tool_name: 'run-bash' };
      const { batch_id: id } = await queue.enqueueMany({
        stream: 'lane',
        tasks: [
          { ...one, key: 'build' },
          { ...one, after: ['build'] },
        ],
      });
      await fail(queue, await next(queue));
      assert.deepEqual(countsOf(await queue.retryBatch(id)), [2, 0, 0, 0, 0]);
      const build = await next(queue);
      assert.equal(await next(queue), null);
      await succeed(queue, build);
      assert.notEqual(await next(queue), null);
    }));

  it('retries and cancels more than one step', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 100);
      const more = await batchOf(queue, 20, { batch: id });
      await Promise.all([...ids, ...more.ids].map((task) => fail(queue, task)));
      assert.deepEqual(countsOf(await queue.retryBatch(id)), [120, 0, 0, 0, 0]);
      assert.equal((await queue.listTasks({ batch_id: id })).total, 240);
      assert.deepEqual(countsOf(await queue.cancelBatch(id)), [0, 0, 0, 0, 120]);
    }));
});

describe('Cancelling a batch', () => {
  it('cancels what is queued, asks what is running to stop, and leaves other tasks alone', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 3);
      const other = await enqueue(queue);
      await next(queue);
      const batch = await queue.cancelBatch(id);
      assert.deepEqual(countsOf(batch), [0, 1, 0, 0, 2]);
      assert.equal((await queue.getTask(String(ids[0]))).cancel_requested, true);
      assert.deepEqual(await queue.cancelBatch(id), batch);
      assert.equal((await queue.getTask(other.id)).status, 'queued');
    }));

  it('cancels tasks that wait for others of it, and what waits for all of it, instead of starting or failing them', () =>
    withQueue(async (queue) => {
      const one = { tool_name: 'run-bash' };
      const { batch_id: id, tasks } = await queue.enqueueMany({
        stream: 'lane',
        tasks: [
          { ...one, key: 'a' },
          { ...one, after: ['a'] },
        ],
      });
      const then = await enqueue(queue, { after_batch: id, after_policy: 'run' });
      await queue.cancelBatch(id);
      for (const task of [tasks[1]?.id, then.id]) {
        assert.equal((await queue.getTask(String(task))).failure_kind, 'cancelled');
      }
    }));
});

describe('A task that waits for a batch', () => {
  it('starts when nothing of it is left to do, whatever came of it, if it may run', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 3);
      const then = await enqueue(queue, { after_batch: id, after_policy: 'run' });
      assert.deepEqual(then.waiting_reason, { code: 'after_batch', values: { batch: id } });
      assert.equal(then.after_batch, id);
      await refused(queue.claimTask(then.id), 'not_ready');
      await succeed(queue, await next(queue));
      await fail(queue, await next(queue));
      const waiting = queue.claimNext('lane', { wait: 60, tools: ['run-bash'] });
      assert.equal((await waiting)?.task.id, ids[2]);
      const last = queue.claimNext('lane', { wait: 60 });
      await succeed(queue, ids[2]);
      assert.equal((await last)?.task.id, then.id);
    }));

  it('is held or fails where tasks of the batch failed, and a retry lets a held one go', () =>
    withQueue(async (queue) => {
      const { id } = await batchOf(queue, 1);
      const held = await enqueue(queue, { after_batch: id, after_policy: 'hold' });
      const failing = await enqueue(queue, { after_batch: id });
      await fail(queue, await next(queue));
      assert.deepEqual(await reasonOf(queue, held.id), { code: 'batch_failed', values: { batch: id } });
      const failed = await queue.getTask(failing.id);
      assert.deepEqual([failed.status, failed.failure_kind], ['failed', 'dependency']);
      await queue.retryBatch(id);
      assert.equal((await reasonOf(queue, held.id))?.code, 'after_batch');
      await succeed(queue, await next(queue));
      assert.equal(await next(queue), held.id);
    }));

  it('may be queued when the batch is over', () =>
    withQueue(async (queue) => {
      const { id } = await batchOf(queue, 1);
      await fail(queue, await next(queue));
      assert.equal((await enqueue(queue, { after_batch: id })).status, 'failed');
      const held = await enqueue(queue, { after_batch: id, after_policy: 'hold' });
      assert.equal(held.waiting_reason?.code, 'batch_failed');
      const run = await enqueue(queue, { after_batch: id, after_policy: 'run' });
      assert.equal(await next(queue), run.id);
    }));

  it('waits for single tasks as well, and does not wait again after a retry', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 1);
      const other = await enqueue(queue);
      const then = await enqueue(queue, { after: [other.id], after_batch: id, after_policy: 'run' });
      await queue.claimTask(String(ids[0]));
      await fail(queue, ids[0]);
      assert.equal((await reasonOf(queue, then.id))?.code, 'after');
      await queue.retryBatch(id);
      await queue.cancel(other.id);
      assert.equal(await next(queue), then.id);
    }));

  it('starts when the last task of the batch is deleted, and waits again where it is restored itself', () =>
    withQueue(async (queue) => {
      const { id, ids } = await batchOf(queue, 1);
      const then = await enqueue(queue, { after_batch: id });
      await queue.deleteTask(then.id);
      assert.equal((await queue.undeleteTask(then.id)).waiting_reason?.code, 'after_batch');
      await queue.deleteTask(String(ids[0]));
      assert.equal(await next(queue), then.id);
    }));

  it('keeps tasks from waiting for each other', () =>
    withQueue(async (queue) => {
      const { id } = await batchOf(queue, 1);
      const then = await enqueue(queue, { after_batch: id });
      const tasks = [{ tool_name: 'run-bash', after: [then.id] }];
      await refused(queue.enqueueMany({ stream: 'lane', batch: id, tasks }), 'conflict');
      await refused(
        queue.enqueueMany({ stream: 'lane', batch: id, tasks: [{ tool_name: 'x', after_batch: id }] }),
        'conflict',
      );
      await batchOf(queue, 1, { batch: id });
      assert.deepEqual(countsOf(await queue.getBatch(id)), [2, 0, 0, 0, 0]);
    }));
});
