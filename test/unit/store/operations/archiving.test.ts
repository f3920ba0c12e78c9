import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fixedConfig } from '../../../../src/core/config';
import { nodeFiles } from '../../../../src/store/engine/files';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { FakeClock } from '../../../support/fakeClock';
import { FaultyFiles } from '../../../support/faultyFiles';
import {
  configWith,
  enqueue,
  enqueueMany,
  openLocalQueue,
  refused,
  withQueue,
} from '../../../support/localQueue';
import { afterArchived, archiveLines } from '../archiveLines';

const day = 24 * 60 * 60 * 1000;
const all = { older_than_days: 0 };

async function finished(queue: LocalQueue): Promise<string> {
  const { id } = await enqueue(queue, { payload: '{"n": 1970670598291982290}', label: '构建' });
  await complete(queue, id);
  return id;
}

async function complete(queue: LocalQueue, id: string): Promise<void> {
  const { lease } = await queue.claimTask(id);
  await queue.complete(id, { result_summary: 'all well', lease, stdout: 'out' });
}

const idsIn = (storage: string) =>
  Object.values(archiveLines(storage)).flatMap((lines) => lines.map(({ id }) => id));

describe('What a purge takes', () => {
  it('goes into the archive with its attempts and the sizes of its output', () =>
    withQueue(
      async (queue, lane, storage) => {
        const { id } = await enqueue(queue, {
          payload: '{"n": 1970670598291982290}',
          max_attempts: 2,
          label: '构建',
        });
        const { lease } = await queue.claimTask(id);
        await queue.fail(id, { lease, error_message: 'first' });
        await complete(queue, id);
        const task = await queue.getTask(id);
        const attempts = await queue.listAttempts(id);
        assert.equal((await queue.purge(all)).purged, 1);
        const [line, ...others] = Object.values(archiveLines(storage)).flat();
        assert.ok(line);
        assert.deepEqual(others, []);
        const { attempts: archived, purged_at: at, stream_name, session_id, session_name, ...row } = line;
        assert.deepEqual(archived, attempts);
        assert.deepEqual(
          archived.map(({ outcome, error, stdout_size }) => [outcome, error, stdout_size]),
          [
            ['error', 'first', 0],
            ['succeeded', null, 3],
          ],
        );
        assert.deepEqual([stream_name, session_id, session_name], [lane.name, lane.session_id, 'work']);
        assert.ok(at >= (task.finished_at ?? ''));
        const { payload, ...rest } = row;
        assert.equal(payload, '{"n": 1970670598291982290}');
        assert.deepEqual(rest, Object.fromEntries(Object.keys(rest).map((key) => [key, task[key as 'id']])));
      },
      { config: fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 })) },
    ));

  it('is a deleted task only without a line', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue, _lane, storage) => {
        const id = await finished(queue);
        const purged = await finished(queue);
        await queue.deleteTask(id);
        await clock.timerSet(day);
        clock.jump(8 * day);
        clock.advance(day);
        await clock.timerSet(day);
        await refused(queue.undeleteTask(id), 'not_found');
        await queue.purge(all);
        assert.deepEqual(idsIn(storage), [purged]);
      },
      { clock },
    );
  });

  it('stays in the queue if its line is not on the disk', () => {
    const files = new FaultyFiles(nodeFiles);
    return withQueue(
      async (queue, _lane, storage) => {
        const id = await finished(queue);
        for (const operation of ['open', 'write', 'datasync'] as const) {
          const { hits } = files;
          files.inject({ operation, at: 1, forever: true, code: 'ENOSPC', short: operation === 'write' });
          await refused(queue.purge(all), 'storage_failed', /^The history .*\.jsonl could not be written/);
          files.heal();
          assert.ok(files.hits > hits, operation);
          assert.equal((await queue.getTask(id)).status, 'succeeded');
        }
        assert.equal((await queue.purge(all)).purged, 1);
        const [name = ''] = readdirSync(path.join(storage, 'archive'));
        const lines = readFileSync(path.join(storage, 'archive', name), 'utf8').split('\n');
        // Half a line, after which the next ones begin anew.
        const whole = lines.filter((line) => line.startsWith(`{"id":"${id}"`) && line.endsWith('}'));
        assert.equal(whole.length, 2);
      },
      { files },
    );
  });

  it('has its line and its row if the process ends in between', () => {
    const files = new FaultyFiles(nodeFiles);
    return withQueue(
      async (queue, _lane, storage) => {
        const id = await finished(queue);
        await queue.status();
        // The second is that of the journal.
        files.inject({ operation: 'datasync', at: 2, forever: false, code: 'EIO' });
        await refused(queue.purge(all), 'storage_failed');
        assert.equal(files.hits, 1);
        assert.equal((await queue.getTask(id)).id, id);
        assert.deepEqual(idsIn(storage), [id]);
        assert.ok(existsSync(path.join(storage, 'output', `${id}-1.stdout`)));
        assert.equal((await queue.purge(all)).purged, 1);
        assert.deepEqual(idsIn(storage), [id, id]);
      },
      { files },
    );
  });

  it('is looked at again as it goes: what has changed since it was archived stays', () => {
    let meanwhile = async () => {};
    const files = afterArchived(() => meanwhile());
    return withQueue(
      async (queue, _lane, storage) => {
        const [reviewed, needed, deleted, other] = [
          await finished(queue),
          await finished(queue),
          await finished(queue),
          await finished(queue),
        ];
        meanwhile = async () => {
          meanwhile = async () => {};
          await queue.reviewTask(reviewed, { accepted: false });
          await enqueue(queue, { after: [needed] });
          await queue.deleteTask(deleted);
        };
        const first = await queue.purge(all);
        assert.deepEqual(first.tasks, [other]);
        assert.equal((await queue.getTask(needed)).id, needed);
        assert.equal((await queue.undeleteTask(deleted)).id, deleted);
        assert.deepEqual((await queue.purge(all)).tasks.sort(), [reviewed, deleted].sort());
        const lines = Object.values(archiveLines(storage)).flat();
        assert.deepEqual(
          lines.filter(({ id }) => id === reviewed).map(({ accepted }) => accepted),
          [null, false],
        );
      },
      { files },
    );
  });

  it('goes into the file of its month and of its owner', () => {
    const clock = new FakeClock(Date.parse('2026-01-31T23:59:59Z'));
    return withQueue(
      async (queue, _lane, storage) => {
        const first = await finished(queue);
        await queue.purge(all);
        clock.jump(1000);
        const second = await finished(queue);
        await queue.purge(all);
        await queue.close();
        const next = await openLocalQueue(storage, { clock });
        const third = await finished(next);
        await next.purge(all);
        const { generation } = next;
        await next.close();
        const files = Object.entries(archiveLines(storage));
        assert.deepEqual(
          files.map(([name, lines]) => [name, lines.map(({ id }) => id)]),
          [
            [`2026-01.${queue.generation}.jsonl`, [first]],
            [`2026-02.${queue.generation}.jsonl`, [second]],
            [`2026-02.${generation}.jsonl`, [third]],
          ],
        );
      },
      { clock },
    );
  });

  it('is all that there is, in steps, of every stream', () =>
    withQueue(async (queue, _lane, storage) => {
      await queue.createStream({ session: 'work', name: 'empty' });
      await queue.createStream({ session: 'work', name: 'second' });
      const ids = [
        ...(await enqueueMany(queue, 120)),
        ...(await enqueueMany(queue, 60, { stream: 'second' })),
      ];
      await Promise.all(ids.map((id) => queue.cancel(id)));
      const unreviewed = await finished(queue);
      const large = await enqueue(queue, { payload: { text: 'x'.repeat(600_000) } });
      await queue.cancel(large.id);
      const wanted = [...ids, large.id].sort();
      const dry = await queue.purge({ ...all, keep_unreviewed: true, dry_run: true });
      assert.deepEqual([dry.tasks.sort(), dry.kept_unreviewed], [wanted, 1]);
      const { purged, tasks } = await queue.purge({ ...all, keep_unreviewed: true });
      assert.deepEqual([purged, tasks.sort()], [182 - 1, wanted]);
      assert.deepEqual(idsIn(storage).sort(), wanted);
      assert.deepEqual(
        (await queue.listTasks()).items.map(({ id }) => id),
        [unreviewed],
      );
    }));

  it('is taken once by purges at the same time, and a key has its count', () =>
    withQueue(async (queue, _lane, storage) => {
      const ids = await enqueueMany(queue, 130);
      await Promise.all(ids.map((id) => queue.cancel(id)));
      const key = { key: 'purge' };
      const answers = await Promise.all([queue.purge(all, key), queue.purge(all, key), queue.purge(all)]);
      assert.deepEqual(
        answers.map(({ purged, tasks }) => [purged, tasks.length]),
        [
          [130, 130],
          [130, 0],
          [0, 0],
        ],
      );
      assert.equal(idsIn(storage).length, 130);
    }));

  it('is the rest after an owner that was closed meanwhile', () => {
    let meanwhile = async () => {};
    const files = afterArchived(() => meanwhile());
    return withQueue(
      async (queue, _lane, storage) => {
        const ids = await enqueueMany(queue, 130);
        await Promise.all(ids.map((id) => queue.cancel(id)));
        let closing: Promise<void> | undefined;
        meanwhile = async () => {
          closing ??= queue.close();
        };
        await refused(queue.purge(all, { key: 'purge' }), 'unavailable');
        await closing;
        const next = await openLocalQueue(storage);
        const { total } = await next.listTasks();
        assert.ok(total > 0 && total < 130, `${total} are left`);
        assert.equal((await next.purge(all, { key: 'purge' })).purged, total);
        assert.deepEqual(new Set(idsIn(storage)), new Set(ids));
        await next.close();
      },
      { files },
    );
  });
});
