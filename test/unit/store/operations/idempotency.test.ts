import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import type { QueueEvent } from '../../../../src/core/events';
import { silentLog } from '../../../../src/core/log';
import type { Task } from '../../../../src/core/model';
import { presentTask } from '../../../../src/core/refusals';
import { EventHub } from '../../../../src/store/rows/eventHub';
import { firstVerdict, keyUse, remember } from '../../../../src/store/rows/idempotency';
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

  it('is hashed once, also where a report brings output', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const { lease } = await queue.claimTask(id);
      const report = { lease, result_summary: 'done', stdout: 'out', key: 'report' };
      let hashes = 0;
      const { createHash } = crypto;
      crypto.createHash = (...args) => {
        hashes += 1;
        return createHash(...args);
      };
      try {
        await queue.complete(id, report);
        await queue.complete(id, report);
      } finally {
        crypto.createHash = createHash;
      }
      assert.equal(hashes, 2);
      assert.equal((await queue.getTask(id)).stdout, 'out');
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

  it('gets the first verdict with the row as it stands now, or the id alone once the row is gone', () =>
    withQueue(async (queue) => {
      const input = { stream: 'lane', tool_name: 'run-bash', idempotency_key: 'own' };
      const { task } = await queue.enqueue(input, { key: 'first' });
      await queue.enqueue(input, { key: 'second' });
      const { lease } = await queue.claimTask(task.id);
      await queue.complete(task.id, { lease, result_summary: 'done', key: 'complete' });
      await queue.reviewTask(task.id, { accepted: true }, { key: 'review' });
      const now = await queue.reviewTask(task.id, { accepted: false });
      assert.equal(now.accepted, false);
      const repeats = async () => [
        await queue.enqueue(input, { key: 'first' }),
        await queue.enqueue(input, { key: 'second' }),
        await queue.complete(task.id, { lease, result_summary: 'done', key: 'complete' }),
        await queue.reviewTask(task.id, { accepted: true }, { key: 'review' }),
      ];
      assert.deepEqual(await repeats(), [
        { task: now, duplicate: false },
        { task: now, duplicate: true },
        now,
        now,
      ]);
      const purge = { older_than_days: 0 };
      const purged = await queue.purge(purge, { key: 'purge' });
      assert.deepEqual(purged.tasks, [task.id]);
      assert.deepEqual(await queue.purge(purge, { key: 'purge' }), { ...purged, tasks: [] });
      const gone = { id: task.id };
      assert.deepEqual(await repeats(), [
        { task: gone, duplicate: false },
        { task: gone, duplicate: true },
        gone,
        gone,
      ]);
      assert.throws(() => presentTask(gone), {
        code: 'gone',
        message: new RegExp(`^Task ${task.id} is gone: `),
      });
      assert.equal(presentTask(now), now);
      const rest = { name: 'after' };
      const session = await queue.createSession({ name: 'before' }, { key: 'session' });
      const renamed = await queue.updateSession(session.id, rest, { key: 'rename' });
      assert.deepEqual(await queue.createSession({ name: 'before' }, { key: 'session' }), renamed);
      const stream = await queue.pauseStream('lane', { key: 'pause' });
      await queue.resumeStream('lane');
      assert.deepEqual(await queue.pauseStream('lane', { key: 'pause' }), {
        ...stream,
        ...(await queue.getStream('lane')),
      });
    }));

  it('gets a deleted task as it stands now', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const edited = await queue.editTask(id, { label: 'x' }, { key: 'edit' });
      await queue.deleteTask(id, { key: 'delete' });
      const again = await queue.editTask(id, { label: 'x' }, { key: 'edit' });
      assert.deepEqual([again.label, edited.deleted_at], ['x', null]);
      assert.notEqual(again.deleted_at, null);
    }));

  it('is refused again if it was refused for its lease, whoever holds the task now', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { max_attempts: 3 });
      const { lease } = await queue.claimTask(id, { supervised: true });
      await queue.releaseClaim(id, lease);
      const report = { lease, result_summary: 'late', key: 'late' };
      await refused(queue.complete(id, report), 'lease_superseded');
      await queue.claimTask(id, { worker_id: 'next' });
      await refused(queue.complete(id, report), 'lease_superseded', /next/);
      await refused(queue.complete(id, { ...report, stdout: 'text' }), 'lease_superseded', /next/);
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

  it('leaves nothing after a day, even if only single commands open the queue', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      let last = 0;
      for (const key of ['a', 'b', 'c']) {
        last = clock.now();
        const queue = await openLocalQueue(folder, { clock, role: 'command' });
        await queue.createSession({ name: 'work' }, { key });
        await queue.close();
        clock.advance(25 * 60 * 60 * 1000);
      }
      assert.deepEqual(await keysIn(folder), [last]);
    }));

  it('is forgotten before a day only beyond 20,000 keys, after ten minutes, oldest first', () =>
    withFolder(async (folder) => {
      const minute = 60_000;
      const db = await openDatabase(folder, { migrations });
      const use = (ms: number, from: number, to: number) =>
        db.write((tx) => {
          const change = { tx, ms, keysKept: 0, beforeEnd: (step: () => void) => steps.push(step) };
          const steps: (() => void)[] = [];
          for (let key = from; key < to; key++) {
            remember(change, keyUse(`${key}`, 'test'), { row: null, fact: key });
          }
          for (const step of steps) step();
        });
      const known = (ms: number, ...keys: number[]) =>
        db.read((reader) =>
          keys.filter((key) => firstVerdict(reader, keyUse(`${key}`, 'test'), ms)?.fact === key),
        );
      await use(0, 0, 19_999);
      await use(60 * minute, 19_999, 20_000);
      assert.deepEqual(await known(60 * minute, 0, 19_999), [0, 19_999]);
      await use(61 * minute, 20_000, 20_010);
      assert.deepEqual(await known(61 * minute, 9, 10), [10]);
      await use(69 * minute, 20_010, 41_000);
      assert.deepEqual(await known(69 * minute, 19_998, 19_999, 20_000), [19_999, 20_000]);
      await use(72 * minute, 41_000, 41_300);
      assert.deepEqual(await known(72 * minute, 20_009, 20_010, 41_000), [20_010, 41_000]);
      assert.deepEqual(await known(69 * minute + 24 * 60 * minute, 30_000), [30_000]);
      assert.deepEqual(await known(69 * minute + 24 * 60 * minute + 1, 30_000), []);
      await db.close();
    }));

  it('costs at most 100 bytes, however long it is', () =>
    withFolder(async (folder) => {
      const bytesWith = async (key: (at: number) => string | undefined, name: string) => {
        const storage = path.join(folder, name);
        const queue = await openLocalQueue(storage);
        await queue.createSession({ name: 'work' });
        await queue.createStream({ session: 'work', name: 'lane' });
        const ids = await enqueueMany(queue, 500, { payload: { text: 'x'.repeat(100) } });
        await Promise.all(ids.map((id, at) => queue.claimTask(id, { claim_request_id: key(at) })));
        await Promise.all(ids.map((id, at) => queue.complete(id, { result_summary: 'done', key: key(at) })));
        const { bytes } = await queue.backup(path.join(folder, `${name}.db`));
        await queue.close();
        return bytes;
      };
      const without = await bytesWith(() => undefined, 'without');
      const keyed = await bytesWith((at) => `${at}${'k'.repeat(190)}`, 'keyed');
      const each = (keyed - without) / 1_000;
      assert.ok(each > 0 && each <= 100, `${each} bytes`);
    }));
});

/** When the keys that are kept were used, wall-clock milliseconds. */
async function keysIn(folder: string): Promise<unknown[]> {
  const db = await openDatabase(folder, { migrations, generation: 100 });
  const rows = await db.read((reader) => reader.all('SELECT at FROM keys ORDER BY seq'));
  await db.close();
  return rows.map(({ at }) => at);
}

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
