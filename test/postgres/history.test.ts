/** The history of a queue that several hosts have. */

import assert from 'node:assert/strict';
import { defaultConfig, fixedConfig } from '../../src/core/config';
import type { LocalQueue } from '../../src/store/localQueue';
import { nextEvent, refused } from '../support/localQueue';
import { withHosts } from '../support/postgres/hosts';

const all = { older_than_days: 0 };

describe('the history of several hosts', () => {
  /** Has failed, as a task with a script. */
  const failed = async (queue: LocalQueue, error_message: string) => {
    const payload = '{"script_path": "scripts/构建.sh", "n": 1.10}';
    const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', payload });
    await queue.fail(task.id, { error_message });
    return task.id;
  };
  const idsOf = async (queue: LocalQueue, filter: Parameters<LocalQueue['listHistory']>[0] = {}) =>
    (await queue.listHistory(filter)).tasks.map(({ id }) => id);

  it('is one, whoever purges, and each hears of that', () =>
    withHosts(async (first, second) => {
      const one = await failed(first, 'a Needle');
      const { payload, payload_json, error } = await first.getTask(one);
      const heard = [first, second].map((host) => nextEvent(host, 'reset'));
      assert.equal((await first.purge(all)).purged, 1);
      const [here, there] = await Promise.all(heard);
      assert.equal(here?.id, there?.id);
      assert.equal((await second.purge(all)).purged, 0);
      const two = await failed(second, 'it broke');
      // At the same time, each task goes once.
      const both = await Promise.all([first.purge(all), second.purge(all)]);
      assert.equal(
        both.reduce((sum, { purged }) => sum + purged, 0),
        1,
      );
      for (const host of [first, second]) {
        const { tasks } = await host.listHistory();
        assert.deepEqual(
          tasks.map(({ id }) => id),
          [two, one],
        );
        const [, last] = tasks;
        assert.deepEqual([last?.payload, last?.payload_json, last?.error], [payload, payload_json, error]);
        assert.deepEqual(await idsOf(host, { q: 'NEEDLE' }), [one]);
        assert.deepEqual(await idsOf(host, { q: '1.10', script: '构建.sh', failed: true, stream: 'lane' }), [
          two,
          one,
        ]);
        assert.deepEqual(await idsOf(host, { status: 'succeeded' }), []);
        assert.deepEqual(await idsOf(host, { since: '1h' }), [two, one]);
      }
      await second.eraseHistory(two);
      assert.deepEqual(await idsOf(first), [one]);
      await refused(first.eraseHistory(two), 'not_found');
    }));

  it('is read page by page', () =>
    withHosts(async (first, second) => {
      const tasks = Array.from({ length: 7 }, () => ({ tool_name: 'run-bash' }));
      const { batch_id: batch } = await first.enqueueMany({ stream: 'lane', tasks });
      await first.cancelBatch(batch);
      await first.purge(all);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await second.listHistory({ limit: 3, cursor });
        found.push(...page.tasks.map(({ id }) => id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      assert.equal(new Set(found).size, 7);
      assert.equal(found.length, 7);
    }));

  it('is kept within its limits, the newest part of it', () => {
    const archive = { ...defaultConfig.archive, max_mb: 0.008 };
    return withHosts(
      async (first, second) => {
        const ids: string[] = [];
        for (let count = 0; count < 6; count++) {
          ids.push(await failed(first, 'x'.repeat(2_000)));
          await first.purge(all);
        }
        const kept = await idsOf(second);
        assert.ok(kept.length > 0 && kept.length < ids.length, `${kept.length} are left`);
        assert.deepEqual(kept, ids.slice(-kept.length).reverse());
      },
      { config: fixedConfig({ ...defaultConfig, archive }) },
    );
  });
});
