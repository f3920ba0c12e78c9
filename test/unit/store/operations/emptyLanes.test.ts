import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { QueueEvent } from '../../../../src/core/events';
import type { Queue } from '../../../../src/core/queue';
import {
  enqueue,
  enqueueMany,
  nextEvent,
  openLocalQueue,
  refused,
  withQueue,
} from '../../../support/localQueue';

/** A task that has run. */
async function finish(queue: Queue, stream = 'lane'): Promise<string> {
  const { id } = await enqueue(queue, { stream });
  const claim = await queue.claimTask(id);
  await queue.complete(id, { lease: claim.lease, result_summary: 'ok' });
  return id;
}

const schedule = { stream: 'lane', tool_name: 'run-bash', cron: '0 2 * * *', zone: 'UTC' };

describe('Deleting a stream', () => {
  it('takes an empty one, which is gone from all lists, and tells the listeners', () =>
    withQueue(async (queue, lane) => {
      const told = nextEvent(queue, 'stream.deleted');
      await queue.deleteStream('lane');
      const event = await told;
      assert.deepEqual(
        [event.stream_id, event.session_id, event.stream?.name],
        [lane.id, lane.session_id, 'lane'],
      );
      await refused(queue.getStream(lane.id), 'not_found');
      assert.equal((await queue.listStreams()).total, 0);
      assert.equal((await queue.stats()).streams, 0);
      await refused(queue.deleteStream('lane'), 'not_found', 'Stream not found: lane');
      assert.equal((await queue.listSessions()).total, 1);
    }));

  it('takes an ended one, and leaves its name free', () =>
    withQueue(async (queue, lane) => {
      await queue.endStream('lane');
      await queue.deleteStream(lane.id);
      const again = await queue.createStream({ session: 'work', name: 'lane' });
      assert.notEqual(again.id, lane.id);
    }));

  it('is refused while it has tasks, whatever their state', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await refused(queue.deleteStream('lane'), 'wrong_state', 'Delete not allowed: stream lane has a task');
      await finish(queue);
      const refusal = await refused(
        queue.deleteStream('lane'),
        'wrong_state',
        'Delete not allowed: stream lane has 2 tasks',
      );
      assert.match(refusal.hint ?? '', /sparkq tasks --stream str_.*sparkq stream end/);
      assert.equal((await queue.getTask(id)).status, 'queued');
    }));

  it('is refused while a schedule names it', () =>
    withQueue(async (queue) => {
      const { id } = await queue.createSchedule(schedule);
      const refusal = await refused(
        queue.deleteStream('lane'),
        'wrong_state',
        `Delete not allowed: schedule ${id} queues its task on stream lane`,
      );
      assert.match(refusal.hint ?? '', new RegExp(`sparkq schedule remove ${id}`));
      await queue.removeSchedule(id);
      await queue.deleteStream('lane');
    }));

  it('takes its deleted tasks along, with their output', () =>
    withQueue(async (queue, _, folder) => {
      const ids = [await finish(queue), (await enqueue(queue)).id];
      await queue
        .claimTask(ids[1] as string)
        .then(({ task, lease }) => queue.fail(task.id, { lease, error_message: 'x' }));
      const output = path.join(folder, 'output', `${ids[0]}-1.stdout`);
      await mkdir(path.dirname(output), { recursive: true });
      await writeFile(output, 'text');
      for (const id of ids) await queue.deleteTask(id);
      await queue.deleteStream('lane');
      assert.equal((await queue.listTasks({ deleted: true })).total, 0);
      await refused(queue.undeleteTask(ids[0] as string), 'not_found');
      await queue.close();
      const again = await openLocalQueue(folder);
      try {
        assert.equal((await again.listStreams()).total, 0);
        assert.equal((await again.status()).counts.failed, 0);
      } finally {
        await again.close();
      }
    }));

  it('is refused while a task of another stream needs a deleted one', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const { id } = await enqueue(queue);
      const waiter = await enqueue(queue, { stream: 'other', after: [id] });
      await queue.deleteTask(waiter.id);
      await queue.deleteTask(id);
      await refused(
        queue.deleteStream('lane'),
        'wrong_state',
        `Delete not allowed: stream lane has the deleted task ${id}, which a task of another stream needs`,
      );
      await queue.undeleteTask(id);
      assert.equal((await queue.getTask(id)).status, 'queued');
    }));

  it('happens in one transaction with what empties it', () =>
    withQueue(async (queue, lane) => {
      const { id } = await enqueue(queue);
      const claim = await queue.claimTask(id);
      await queue.fail(id, { lease: claim.lease, error_message: 'x' });
      await Promise.all([queue.deleteTask(id), queue.createStream({ session: 'work', name: 'next' })]);
      await queue.deleteStream(lane.id);
      assert.deepEqual((await queue.status()).counts.by_failure_kind, {});
    }));

  it('is repeated by its key, and refuses nothing then', () =>
    withQueue(async (queue) => {
      await queue.deleteStream('lane', { key: 'k' });
      await queue.createStream({ session: 'work', name: 'lane' });
      const { id } = await enqueue(queue);
      await queue.deleteTask(id);
      await queue.deleteStream('lane', { key: 'k' });
      assert.equal((await queue.listStreams()).total, 1);
      // Nothing of the new one was touched.
      await queue.undeleteTask(id);
      await refused(queue.deleteStream('other', { key: 'k' }), 'conflict');
    }));

  it('answers the repeat of an earlier change with what has become of it', () =>
    withQueue(async (queue) => {
      const { id } = await queue.createStream({ session: 'work', name: 'brief' }, { key: 'make' });
      await queue.deleteStream('brief');
      await refused(
        queue.createStream({ session: 'work', name: 'brief' }, { key: 'make' }),
        'gone',
        `Stream ${id} is gone: the change was made before, and it has been deleted since`,
      );
    }));

  it('lets a worker that waits for its tasks know', () =>
    withQueue(async (queue) => {
      const waiting = queue.claimNext('lane', { wait: 60 });
      await queue.deleteStream('lane');
      await refused(waiting, 'not_found', /^Stream not found/);
    }));

  it('takes a batch of which nothing is left, and passes one with tasks elsewhere on to that stream', () =>
    withQueue(async (queue) => {
      const other = await queue.createStream({ session: 'work', name: 'other' });
      const task = { tool_name: 'run-bash' };
      const empty = await queue.enqueueMany({ stream: 'lane', tasks: [task] });
      const moved = await queue.enqueueMany({ stream: 'lane', tasks: [task, task] });
      const awaited = await queue.enqueueMany({ stream: 'lane', tasks: [task] });
      const waiter = await enqueue(queue, {
        stream: 'other',
        after_batch: awaited.batch_id,
        after_policy: 'run',
      });
      for (const { id } of moved.tasks) await queue.moveTask(id, { stream: 'other' });
      for (const { id } of [...empty.tasks, ...awaited.tasks]) await queue.deleteTask(id);
      await queue.cancel(waiter.id).catch(() => undefined);
      await queue.deleteStream('lane');
      await refused(queue.getBatch(empty.batch_id), 'not_found');
      assert.equal((await queue.getBatch(moved.batch_id)).stream_id, other.id);
      assert.equal((await queue.getBatch(moved.batch_id)).counts.queued, 2);
      assert.equal((await queue.getBatch(awaited.batch_id)).stream_id, other.id);
      const page = await queue.listBatches({ stream: 'other' });
      assert.equal(page.total, 2);
      await queue.cancelBatch(moved.batch_id);
      assert.equal((await queue.getBatch(moved.batch_id)).counts.cancelled, 2);
    }));

  it('does not take long with many deleted tasks', () =>
    withQueue(async (queue) => {
      const ids = await enqueueMany(queue, 300);
      await Promise.all(ids.map((id) => queue.deleteTask(id)));
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      await queue.deleteStream('lane');
      assert.deepEqual(
        events.map(({ type }) => type),
        ['stream.deleted'],
      );
    }));
});

describe('Deleting a session', () => {
  it('takes its empty streams along', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'second' });
      const types: string[] = [];
      queue.subscribe(({ type }) => types.push(type));
      await queue.deleteSession('work', { key: 'k' });
      await queue.deleteSession('work', { key: 'k' });
      assert.deepEqual(types.sort(), ['session.deleted', 'stream.deleted', 'stream.deleted']);
      assert.equal((await queue.listSessions()).total, 0);
      assert.equal((await queue.listStreams()).total, 0);
      await refused(queue.deleteSession('work'), 'not_found', 'Session not found: work');
    }));

  it('is refused, and changes nothing, while one of its streams is not empty', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'second' });
      await enqueue(queue, { stream: 'second' });
      await refused(
        queue.deleteSession('work'),
        'wrong_state',
        'Delete not allowed: stream second has a task',
      );
      assert.equal((await queue.listStreams()).total, 2);
    }));

  it('answers the repeat of an earlier change with what has become of it', () =>
    withQueue(async (queue) => {
      await queue.createSession({ name: 'brief' }, { key: 'make' });
      await queue.deleteSession('brief');
      await refused(queue.createSession({ name: 'brief' }, { key: 'make' }), 'gone', /^Session ses_/);
    }));
});
