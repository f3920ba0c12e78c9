import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { QueueEvent } from '../../../../src/core/events';
import type { NewTaskOfMany } from '../../../../src/core/queue';
import { readFrames } from '../../../../src/store/engine/frames';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { enqueue, openLocalQueue, refused, withQueue } from '../../../support/localQueue';

const one: NewTaskOfMany = { tool_name: 'run-bash' };

/** How many frames the journals in a folder have. */
function framesIn(folder: string): number {
  const journals = fs.readdirSync(folder).filter((name) => name.startsWith('journal-'));
  return journals.reduce((sum, name) => {
    const generation = Number(name.split('-')[1]);
    return sum + readFrames(fs.readFileSync(path.join(folder, name)), generation).frames.length;
  }, 0);
}

describe('Enqueueing several tasks', () => {
  it('adds all of them in their order behind the others, in one frame, each with its event', () =>
    withQueue(async (queue, lane, folder) => {
      const first = await enqueue(queue);
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      const before = framesIn(folder);
      const input = Array.from({ length: 100 }, (_, at) => ({ ...one, label: `${at}` }));
      const { tasks, duplicate } = await queue.enqueueMany({ stream: lane.name, tasks: input });
      assert.equal(framesIn(folder), before + 1);
      assert.equal(duplicate, false);
      assert.deepEqual(
        tasks.map(({ label }) => label),
        input.map(({ label }) => label),
      );
      const { items } = await queue.listTasks({ order: 'position' });
      const ids = [first, ...tasks].map(({ id }) => id);
      assert.deepEqual(
        items.map(({ id }) => id),
        ids.slice(0, 100),
      );
      assert.equal(new Set(ids).size, 101);
      assert.deepEqual(
        events.map(({ type, task_id }) => [type, task_id]),
        [...ids.slice(1).map((id) => ['task.created', id]), ['batch.created', undefined]],
      );
      assert.equal((await queue.getStream('lane')).counts.queued, 101);
    }));

  it('lets tasks wait for others of the queue by id, and for earlier ones of the call by key', () =>
    withQueue(async (queue) => {
      const old = await enqueue(queue);
      const { tasks } = await queue.enqueueMany({
        stream: 'lane',
        tasks: [
          { ...one, key: 'build' },
          { ...one, key: '构建', after: [' build ', old.id] },
          { ...one, after: ['构建', 'build', 'build'], after_policy: 'run' },
        ],
      });
      const [build, next, last] = tasks.map(({ id }) => id);
      assert.deepEqual(
        tasks.map(({ after, waiting_reason: reason }) => [after, reason?.code]),
        [
          [[], 'behind'],
          [[build, old.id], 'after_several'],
          [[next, build], 'after_several'],
        ],
      );
      for (const id of [old.id, build, next]) {
        const { lease } = await queue.claimTask(id ?? '');
        await queue.complete(id ?? '', { lease, result_summary: 'done' });
      }
      await queue.claimTask(last ?? '');
    }));

  it('fails those that depend on a failed task, also by way of the call', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await queue.cancel(id);
      const { tasks } = await queue.enqueueMany({
        stream: 'lane',
        tasks: [{ ...one, key: 'a', after: [id] }, { ...one, after: ['a'] }, one],
      });
      assert.deepEqual(
        tasks.map(({ status, failure_kind: kind }) => [status, kind]),
        [
          ['failed', 'dependency'],
          ['failed', 'dependency'],
          ['queued', null],
        ],
      );
    }));

  it('adds none if one is refused, and says which', () =>
    withQueue(async (queue, _, folder) => {
      const big = { ...one, payload: { text: 'x'.repeat(2 * 1024 * 1024) } };
      const own = { ...one, idempotency_key: 'own' };
      const refusals: [NewTaskOfMany[], Parameters<typeof refused>[1], RegExp, number?][] = [
        [[], 'invalid_field', /^Invalid number of tasks: 0$/],
        [Array(101).fill(one), 'invalid_field', /^Invalid number of tasks: 101$/],
        [[one, { ...one, timeout: 0 }], 'invalid_field', /^Invalid timeout: 0 \(task 2 of the call\)$/, 1],
        [[one, one, { ...one, tool_name: ' ' }], 'missing_field', /task 3/, 2],
        [[one, { ...one, tool_name: 'x', known_tool: true }], 'not_found', /^Tool not found: x/, 1],
        [[one, { ...one, after: ['tsk_000000000000'] }], 'not_found', /^Task not found: tsk_0{12}/, 1],
        [[one, { ...one, after: ['nobody'] }], 'not_found', /^Task not found: nobody/, 1],
        [
          [
            { ...one, after: ['b'] },
            { ...one, key: 'b' },
          ],
          'invalid_field',
          /^Invalid after: b/,
          0,
        ],
        [[{ ...one, key: 'a', after: ['a'] }], 'invalid_field', /^Invalid after: a/, 0],
        [
          [
            { ...one, key: 'a' },
            { ...one, key: 'a ' },
          ],
          'invalid_field',
          /^Invalid key: a/,
          1,
        ],
        [[{ ...one, key: 'tsk_000000000000' }], 'invalid_field', /^Invalid key: tsk_/, 0],
        [[{ ...one, key: ' ' }], 'missing_field', /^Key is required/, 0],
        [[one, own], 'invalid_field', /^Invalid idempotency_key: own/, 1],
        [[big, big], 'too_large', /^The sum of all payloads is larger than 4 MB$/],
      ];
      const before = framesIn(folder);
      for (const [tasks, code, message, index] of refusals) {
        const refusal = await refused(
          queue.enqueueMany({ stream: 'lane', tasks }, { key: 'k' }),
          code,
          message,
        );
        assert.equal(refusal.details?.index, index, refusal.message);
      }
      await refused(queue.enqueueMany({ stream: 'nowhere', tasks: [one] }), 'not_found');
      assert.equal(framesIn(folder), before);
      // A refusal uses up no key.
      assert.equal(
        (await queue.enqueueMany({ stream: 'lane', tasks: [one] }, { key: 'k' })).duplicate,
        false,
      );
      await queue.endStream('lane');
      await refused(queue.enqueueMany({ stream: 'lane', tasks: [one] }), 'stream_ended');
      assert.equal((await queue.listTasks()).total, 1);
    }));

  it('happens once for a key: a repeat has the tasks as they stand now, of one that is gone its id', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const first = await openLocalQueue(folder, { clock });
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const input = { stream: 'lane', tasks: [one, one, one] };
      const made = await first.enqueueMany(input, { key: 'k' });
      const [a, b, c] = made.tasks.map(({ id }) => id);
      assert.deepEqual(await first.enqueueMany(input, { key: 'k' }), { ...made, duplicate: true });
      await first.cancel(b ?? '');
      clock.advance(1000);
      await first.purge({ older_than_days: 0 });
      const parked = await first.parkTask(c ?? '');
      await first.close();
      const second = await openLocalQueue(folder, { clock });
      const [again, gone, last] = (await second.enqueueMany(input, { key: 'k' })).tasks;
      assert.equal(again?.id, a);
      assert.deepEqual(gone, { id: b });
      assert.ok(last?.status);
      assert.deepEqual(last, { ...parked, waiting: last.waiting });
      await refused(second.enqueueMany({ ...input, stream: 'other' }, { key: 'k' }), 'conflict');
      await refused(second.enqueue({ stream: 'lane', ...one }, { key: 'k' }), 'conflict');
      assert.equal((await second.listTasks()).total, 2);
      await second.close();
    }));
});
