import assert from 'node:assert/strict';
import v8 from 'node:v8';
import vm from 'node:vm';
import type { QueueEvent } from '../../../../src/core/events';
import { silentLog } from '../../../../src/core/log';
import type { Task } from '../../../../src/core/model';
import { EventHub } from '../../../../src/store/rows/eventHub';
import { migrations } from '../../../../src/store/rows/schema';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { enqueue, enqueueMany, openLocalQueue, refused, withQueue } from '../../../support/localQueue';
import { openDatabase } from '../../../support/openDatabase';

/** Publishes the event of a task with a long text there; answers the task, but does not keep it. */
function publishLong(hub: EventHub, part: 'payload' | 'result' | 'result_summary' | 'error'): WeakRef<Task> {
  const task = { payload: '{}', [part]: 'x'.repeat(2_000_000) } as unknown as Task;
  hub.publish([{ type: 'task.created', task }], 'now');
  return new WeakRef(task);
}

function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')();
}

describe('A mutation with a key', () => {
  it('is applied once, however often it is repeated, even concurrently', () =>
    withQueue(async (queue) => {
      const input = { stream: 'lane', tool_name: 'run-bash' };
      const answers = await Promise.all(Array.from({ length: 10 }, () => queue.enqueue(input, { key: 'a' })));
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
      assert.equal((await queue.listTasks()).total, 1);
      const id = answers[0]?.task.id ?? '';
      await queue.deleteTask(id, { key: 'b' });
      await queue.deleteTask(id, { key: 'b' });
      await refused(queue.deleteTask(id, { key: 'c' }), 'not_found');
      const session = await queue.createSession({ name: 's', unique: true }, { key: 'd' });
      assert.deepEqual(await queue.createSession({ name: 's', unique: true }, { key: 'd' }), session);
      assert.deepEqual(await queue.endSession('s', { key: 'e' }), await queue.endSession('s', { key: 'e' }));
      const worker = await queue.registerWorker({ label: 'me', pid: 1 }, { key: 'f' });
      assert.match(worker.worker_id, /^wrk_[0-9a-f]{12}$/);
      assert.deepEqual(await queue.registerWorker({ label: 'me', pid: 1 }, { key: 'f' }), worker);
    }));

  it('is refused when the key belongs to another operation, and a refusal uses up no key', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await refused(queue.requeue(id, { key: 'a' }), 'wrong_state');
      await queue.cancel(id, { key: 'b' });
      await refused(queue.deleteTask(id, { key: 'b' }), 'conflict', /^Idempotency key already used: b/);
      await queue.requeue(id, { key: 'a' });
      assert.equal((await queue.listTasks()).total, 2);
    }));

  it('gets its first answer also from the next owner, for a day', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const first = await openLocalQueue(folder, { clock });
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const input = { stream: 'lane', tool_name: 'run-bash' };
      const answer = await first.enqueue(input, { key: 'a' });
      await first.close();
      const second = await openLocalQueue(folder, { clock });
      assert.deepEqual(await second.enqueue(input, { key: 'a' }), answer);
      clock.advance(25 * 60 * 60 * 1000);
      assert.notEqual((await second.enqueue(input, { key: 'a' })).task.id, answer.task.id);
      await second.close();
    }));

  it('leaves no answer after a day, even if only single commands open the queue', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      for (const key of ['a', 'b', 'c']) {
        const queue = await openLocalQueue(folder, { clock, role: 'command' });
        await queue.createSession({ name: 'work' }, { key });
        await queue.close();
        clock.advance(25 * 60 * 60 * 1000);
      }
      const db = await openDatabase(folder, { migrations, generation: 100 });
      assert.deepEqual(await db.read((reader) => reader.all('SELECT key FROM idempotency')), [{ key: 'c' }]);
      await db.close();
    }));
});

describe('Events', () => {
  it('arrive once each, in order, and only when the change is durable', () =>
    withQueue(async (queue) => {
      const events: QueueEvent[] = [];
      const stop = queue.subscribe((event) => events.push(event));
      const ids = await enqueueMany(queue, 50);
      await Promise.all(ids.map((id) => queue.cancel(id)));
      stop();
      stop();
      await enqueue(queue);
      assert.deepEqual(
        events.map(({ type, task_id: id }) => [type, id]),
        [...ids.map((id) => ['task.created', id]), ...ids.map((id) => ['task.failed', id])],
      );
      const numbers = events.map(({ id }) => Number(id.split('-')[1]));
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => (numbers[0] ?? 0) + index),
      );
      assert.ok(events.every(({ id }) => id.startsWith(`${queue.generation}-`)));
      assert.ok(events.every(({ session_id: session }) => session?.startsWith('ses_')));
    }));

  it('continue where a listener left off, or report that some were missed', () =>
    withQueue(async (queue) => {
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      await enqueueMany(queue, 3);
      const [first, ...rest] = events;
      const resumed: QueueEvent[] = [];
      queue.subscribe((event) => resumed.push(event), first?.id);
      assert.deepEqual(resumed, rest);
      await enqueue(queue);
      assert.deepEqual(resumed.at(-1), events.at(-1));
      const none: QueueEvent[] = [];
      queue.subscribe((event) => none.push(event), events.at(-1)?.id);
      assert.deepEqual(none, []);
      for (const unknown of ['0-1', `${queue.generation}-999999`, 'nonsense', `${queue.generation + 1}-1`]) {
        const missed: QueueEvent[] = [];
        queue.subscribe((event) => missed.push(event), unknown);
        assert.deepEqual(
          missed.map(({ type, id }) => [type, id]),
          [['reset', events.at(-1)?.id]],
        );
      }
    }));

  it('are dropped after a while', () => {
    const hub = new EventHub(3, silentLog);
    for (let round = 0; round < 25_000; round++) hub.publish([{ type: 'config.reloaded' }], 'now');
    const seen: QueueEvent[] = [];
    hub.subscribe((event) => seen.push(event), 'now', '3-15000');
    assert.equal(seen.length, 10_000);
    assert.deepEqual([seen[0]?.id, seen.at(-1)?.id], ['3-15001', '3-25000']);
    const missed: QueueEvent[] = [];
    hub.subscribe((event) => missed.push(event), 'now', '3-14999');
    assert.deepEqual(
      missed.map(({ type }) => type),
      ['reset'],
    );
  });

  for (const part of ['payload', 'result', 'result_summary', 'error'] as const) {
    it(`are dropped earlier if the ${part} of their tasks is long`, () => {
      const hub = new EventHub(1, silentLog);
      for (let round = 0; round < 20; round++) publishLong(hub, part);
      const seen: QueueEvent[] = [];
      hub.subscribe((event) => seen.push(event), 'now', '1-10');
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['reset'],
      );
    });
  }

  it('are freed when they are dropped', async () => {
    const hub = new EventHub(1, silentLog);
    const first = publishLong(hub, 'payload');
    for (let round = 0; round < 20; round++) publishLong(hub, 'payload');
    // What a reference was asked for stays until the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.ok(first.deref() === undefined, 'still in memory');
  });

  it('reach the others when one listener fails', () => {
    const errors: string[] = [];
    const hub = new EventHub(1, { ...silentLog, error: (message) => errors.push(message) });
    const seen: string[] = [];
    hub.subscribe(() => {
      throw new Error('no');
    }, 'now');
    hub.subscribe(({ id }) => seen.push(id), 'now');
    hub.publish([{ type: 'config.reloaded' }], 'now');
    assert.deepEqual([seen, errors.length], [['1-1'], 1]);
  });
});
