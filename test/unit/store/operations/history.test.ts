import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import { nodeFiles } from '../../../../src/store/engine/files';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { FakeClock } from '../../../support/fakeClock';
import { FaultyFiles } from '../../../support/faultyFiles';
import { enqueue, enqueueMany, refused, withQueue } from '../../../support/localQueue';
import { archiveLines } from '../archiveLines';

const day = 24 * 60 * 60 * 1000;
const all = { older_than_days: 0 };

async function failed(queue: LocalQueue, error_message = 'it broke'): Promise<string> {
  const { id } = await enqueue(queue, { payload: '{"script_path": "scripts/构建.sh", "n": 1.10}' });
  await queue.fail(id, { error_message });
  return id;
}

async function idsOf(
  queue: LocalQueue,
  filter: Parameters<LocalQueue['listHistory']>[0] = {},
): Promise<string[]> {
  return (await queue.listHistory(filter)).tasks.map(({ id }) => id);
}

/** Leaves a line of a task that stays in the queue, as a process does that ends in the middle of a purge. */
async function purgeHalf(queue: LocalQueue, files: FaultyFiles): Promise<void> {
  await queue.status();
  // The second is that of the journal.
  files.inject({ operation: 'datasync', at: 2, forever: false, code: 'EIO' });
  await refused(queue.purge(all), 'storage_failed');
  files.heal();
}

describe('The history', () => {
  it('lists what purges have taken, and nothing that is in the queue', () => {
    const clock = new FakeClock();
    const files = new FaultyFiles(nodeFiles);
    return withQueue(
      async (queue) => {
        assert.deepEqual(await queue.listHistory(), { tasks: [], next_cursor: null });
        const first = await failed(queue, 'a Needle');
        const { waiting, ...task } = await queue.getTask(first);
        assert.equal(waiting, null);
        await queue.purge(all);
        clock.jump(2 * day);
        const second = await failed(queue);
        const { tasks } = await queue.listHistory();
        assert.deepEqual(
          tasks.map(({ id, error, payload, payload_json }) => ({ id, error, payload, payload_json })),
          [{ id: first, error: 'a Needle', payload: task.payload, payload_json: task.payload_json }],
        );
        await purgeHalf(queue, files);
        assert.deepEqual(await idsOf(queue), [first]);
        assert.equal((await queue.getTask(second)).id, second);
        await queue.purge(all);
        assert.deepEqual(await idsOf(queue), [second, first]);
        assert.deepEqual(await idsOf(queue, { q: 'NEEDLE' }), [first]);
        assert.deepEqual(await idsOf(queue, { script: '构建.sh', failed: true }), [second, first]);
        assert.deepEqual(await idsOf(queue, { since: '1d' }), [second]);
        assert.deepEqual(await idsOf(queue, { since: task.created_at }), [second, first]);
      },
      { clock, files },
    );
  });

  it('is read page by page', () =>
    withQueue(async (queue) => {
      const ids = await enqueueMany(queue, 130);
      await Promise.all(ids.map((id) => queue.cancel(id)));
      await queue.purge(all);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await queue.listHistory({ limit: 40, cursor });
        found.push(...page.tasks.map(({ id }) => id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(found.length, 130);
      assert.deepEqual(found.sort(), ids.sort());
      await refused(queue.listHistory({ cursor: 'x' }), 'invalid_field', /^Invalid cursor: x/);
      await refused(queue.listHistory({ limit: 0 }), 'invalid_field');
      await refused(queue.listHistory({ since: 'soon' }), 'invalid_field', /^Invalid since: soon/);
    }));

  it('forgets a task that is erased, once for a key', () =>
    withQueue(async (queue, _lane, storage) => {
      const [gone, kept] = [await failed(queue), await failed(queue)];
      const unknown = await refused(queue.eraseHistory(gone), 'not_found');
      assert.equal(unknown.hint, `It is in the queue: sparkq delete ${gone}`);
      await queue.purge(all);
      await queue.eraseHistory(` ${gone} `, { key: 'erase' });
      await queue.eraseHistory(gone, { key: 'erase' });
      await refused(queue.eraseHistory(kept, { key: 'erase' }), 'conflict');
      assert.deepEqual(await idsOf(queue), [kept]);
      assert.deepEqual(
        Object.values(archiveLines(storage)).flatMap((lines) => lines.map(({ id }) => id)),
        [kept],
      );
      await refused(queue.eraseHistory(gone), 'not_found', `Task ${gone} is not in the history`);
      await refused(queue.eraseHistory('../x'), 'not_found');
    }));

  it('has no line of a deleted task, even if a purge had written one', () => {
    const clock = new FakeClock();
    const files = new FaultyFiles(nodeFiles);
    return withQueue(
      async (queue, _lane, storage) => {
        const [deleted, kept] = [await failed(queue), await failed(queue)];
        await purgeHalf(queue, files);
        await queue.deleteTask(deleted);
        await queue.reviewTask(kept, { accepted: false });
        await clock.timerSet(day);
        clock.jump(8 * day);
        clock.advance(day);
        await clock.timerSet(day);
        await refused(queue.undeleteTask(deleted), 'not_found');
        assert.deepEqual(await idsOf(queue), [kept]);
        const lines = Object.values(archiveLines(storage)).flat();
        assert.deepEqual(new Set(lines.map(({ id }) => id)), new Set([kept]));
      },
      { clock, files },
    );
  });

  it('is as large as sparkq.yml allows', () => {
    const config = fixedConfig({ ...defaultConfig, archive: { keep_days: 30, max_mb: 1 } });
    const clock = new FakeClock();
    return withQueue(
      async (queue, _lane, storage) => {
        const january = await failed(queue);
        await queue.purge(all);
        clock.jump(20 * day);
        const { id: long } = await enqueue(queue, { payload: { text: 'x'.repeat(900_000) } });
        await queue.cancel(long);
        const february = await failed(queue, 'y'.repeat(200_000));
        await queue.purge(all);
        assert.deepEqual(await idsOf(queue), [february]);
        assert.ok(!(await idsOf(queue)).includes(january));
        clock.jump(60 * day);
        await queue.purge(all);
        assert.deepEqual(await idsOf(queue), []);
        assert.ok(!existsSync(path.join(storage, 'archive', `2026-02.${queue.generation}.jsonl`)));
      },
      { clock, config },
    );
  });
});
