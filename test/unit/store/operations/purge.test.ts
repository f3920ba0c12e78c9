import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fromInstant, toInstant } from '../../../../src/core/clock';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import { restoreDatabase } from '../../../../src/store/engine/restore';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { writeOutput } from '../../../../src/store/outputFiles';
import { OwnerLock } from '../../../../src/store/ownership/ownerLock';
import { migrations } from '../../../../src/store/rows/schema';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { enqueue, nextEvent, openLocalQueue, refused, withQueue } from '../../../support/localQueue';
import { KeptLog } from '../../../support/openDatabase';

const day = 24 * 60 * 60 * 1000;

async function finished(queue: LocalQueue): Promise<string> {
  const { id } = await enqueue(queue);
  const { lease } = await queue.claimTask(id);
  await queue.complete(id, { result_summary: 'ok', lease, stdout: 'out' });
  return id;
}

/** Milliseconds, below the limit of a test, so that a failure says what is there. */
const patience = 150_000;

/** Resolves when the folder holds only these; `meanwhile` is called until then. */
async function holdsOnly(folder: string, names: string[], meanwhile = () => {}): Promise<void> {
  const until = performance.now() + patience;
  for (;;) {
    const present = await readdir(folder);
    if (present.sort().join() === names.sort().join()) return;
    assert.ok(performance.now() < until, `${folder} still holds ${present.join(', ')}`);
    meanwhile();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('Purging', () => {
  it('lets others have their turn after each step, also where it only reads', () =>
    withQueue(async (queue) => {
      await Promise.all(Array.from({ length: 300 }, () => finished(queue)));
      let turns = 0;
      let over = false;
      const turn = () => {
        turns += 1;
        if (!over) setImmediate(turn);
      };
      setImmediate(turn);
      assert.equal((await queue.purge({ older_than_days: 0, dry_run: true })).purged, 300);
      over = true;
      assert.ok(turns >= 5, `${turns} turns`);
    }));

  it('removes finished tasks past the age with all their data, or lists what it would remove', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue, _lane, folder) => {
        const old = await finished(queue);
        await queue.reviewTask(old, { accepted: true });
        // Needs no review.
        const failed = await enqueue(queue);
        await queue.cancel(failed.id);
        const unreviewed = await finished(queue);
        const queued = await enqueue(queue);
        clock.jump(3 * day);
        const recent = await finished(queue);
        clock.jump(1000);
        const wanted = { purged: 2, kept_unreviewed: 1, tasks: [old, failed.id] };
        const order = (tasks: string[]) => [...tasks].sort();
        const dry = await queue.purge({ dry_run: true, keep_unreviewed: true });
        assert.deepEqual(
          { ...dry, tasks: order(dry.tasks) },
          { ...wanted, dry_run: true, tasks: order(wanted.tasks) },
        );
        assert.equal((await queue.listTasks()).total, 5);
        const readAgain = nextEvent(queue, 'reset');
        const done = await queue.purge({ keep_unreviewed: true });
        await readAgain;
        assert.deepEqual(
          { ...done, tasks: order(done.tasks) },
          { ...wanted, dry_run: false, tasks: order(wanted.tasks) },
        );
        await refused(queue.getTask(old), 'not_found');
        assert.deepEqual(
          (await queue.listTasks()).items.map(({ id }) => id),
          [recent, queued.id, unreviewed],
        );
        await holdsOnly(path.join(folder, 'output'), [`${recent}-1.stdout`, `${unreviewed}-1.stdout`]);
        const { counts } = await queue.getStream('lane');
        assert.deepEqual([counts.queued, counts.succeeded, counts.failed, counts.unreviewed], [1, 2, 0, 2]);
        assert.deepEqual(await queue.purge({ older_than_days: 0, keep_unreviewed: true }), {
          ...{ purged: 0, kept_unreviewed: 2, dry_run: false, tasks: [] },
        });
        assert.deepEqual(await queue.purge(), {
          ...{ purged: 1, kept_unreviewed: 0, dry_run: false, tasks: [unreviewed] },
        });
        assert.equal((await queue.purge({ older_than_days: 0 })).purged, 1);
        await refused(queue.purge({ older_than_days: -1 }), 'invalid_field');
      },
      { clock },
    );
  });

  it('keeps what a live task depends on or was copied from', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const origin = await finished(queue);
        const copy = await queue.requeue(origin);
        const before = await finished(queue);
        const after = await enqueue(queue, { after: [before] });
        for (const id of [origin, before]) await queue.reviewTask(id, { accepted: false });
        clock.jump(10 * day);
        assert.equal((await queue.purge()).purged, 0);
        await queue.cancel(copy.id);
        await queue.cancel(after.id);
        const { purged, tasks } = await queue.purge();
        assert.deepEqual([purged, tasks.sort()], [2, [origin, before].sort()]);
      },
      { clock },
    );
  });

  it('is automatic: reviewed tasks after 3 days, deleted ones after 7, unreviewed ones never if so configured', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const purge = { ...defaultConfig.purge, unreviewed_after_days: null };
      const config = fixedConfig({ ...defaultConfig, purge });
      const open = () => openLocalQueue(folder, { clock, config });
      let queue = await open();
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'lane' });
      const reviewed = await finished(queue);
      await queue.reviewTask(reviewed, { accepted: true });
      const unreviewed = await finished(queue);
      const deleted = await finished(queue);
      await queue.deleteTask(deleted);
      const outputs = async () => {
        await queue.close();
        clock.jump(4 * day);
        queue = await open();
      };
      await outputs();
      await holdsOnly(path.join(folder, 'output'), [`${unreviewed}-1.stdout`, `${deleted}-1.stdout`]);
      await outputs();
      await holdsOnly(path.join(folder, 'output'), [`${unreviewed}-1.stdout`]);
      assert.equal((await queue.getTask(unreviewed)).status, 'succeeded');
      await queue.close();
      clock.jump(400 * day);
      const last = await open();
      const seen = await finished(last);
      await last.reviewTask(seen, { accepted: true });
      await holdsOnly(path.join(folder, 'output'), [`${unreviewed}-1.stdout`], () => clock.advance(day));
      assert.equal((await last.getTask(unreviewed)).reviewed_at, null);
      assert.equal((await last.getStream('lane')).counts.succeeded, 1);
      await last.close();
    }));

  it('takes unreviewed tasks after 30 days, and announces the first time a day before', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const log = new KeptLog();
      let queue = await openLocalQueue(folder, { clock, log });
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'lane' });
      const first = await finished(queue);
      const nextDay = async () => {
        await clock.timerSet(day);
        clock.advance(day);
        await clock.timerSet(day);
      };
      for (let days = 1; days < 29; days++) await nextDay();
      assert.equal((await queue.status()).unreviewed_purge, null);
      const announced = nextEvent(queue, 'purge.announced');
      await nextDay();
      const { at } = await announced;
      const planned = { at: toInstant(fromInstant(at) + day), tasks: 1 };
      assert.deepEqual((await queue.status()).unreviewed_purge, planned);
      await queue.close();
      queue = await openLocalQueue(folder, { clock, log });
      await clock.timerSet(day);
      assert.deepEqual((await queue.status()).unreviewed_purge, planned);
      assert.equal((await queue.getTask(first)).reviewed_at, null);
      await nextDay();
      await refused(queue.getTask(first), 'not_found');
      assert.equal((await queue.listHistory()).tasks[0]?.id, first);
      assert.equal((await queue.status()).unreviewed_purge, null);
      const second = await finished(queue);
      for (let days = 0; days < 29; days++) await nextDay();
      assert.equal((await queue.getTask(second)).id, second);
      await nextDay();
      await refused(queue.getTask(second), 'not_found');
      const said = log.lines.filter((line) => line.includes('nobody has reviewed'));
      assert.equal(said.length, 1);
      assert.match(
        said[0] ?? '',
        /^warn From .* and their output is deleted: there is 1\. To keep them, set purge\./,
      );
      await queue.close();
    }));

  it('takes unreviewed tasks of an older program only a day after it has said so', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const first = await openLocalQueue(folder, { clock, role: 'command' });
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const ids = [await finished(first), await finished(first)];
      const young = await finished(first);
      await first.reviewTask(young, { accepted: true });
      await first.close();
      clock.jump(400 * day);
      const second = await openLocalQueue(folder, { clock });
      await clock.timerSet(day);
      assert.equal((await second.status()).unreviewed_purge?.tasks, 2);
      assert.deepEqual((await second.listTasks()).items.map(({ id }) => id).sort(), [...ids].sort());
      clock.advance(day);
      await clock.timerSet(day);
      assert.equal((await second.listTasks()).total, 0);
      await second.close();
    }));

  it('removes output without a task, and no other', () =>
    withFolder(async (folder) => {
      const first = await openLocalQueue(folder);
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const id = await finished(first);
      await first.close();
      const stray = { storage: folder, task: 'tsk_000000000000', attempt: 2, stream: 'stderr' as const };
      await writeOutput({ ...stray, limit: 4 }, 'longer than that');
      await writeOutput({ ...stray, stream: 'check', limit: 4 }, 'longer than that');
      const second = await openLocalQueue(folder);
      await holdsOnly(path.join(folder, 'output'), [`${id}-1.stdout`]);
      await second.close();
    }));

  it('keeps the output of a queue that a restore replaced while its files are kept', () =>
    withFolder(async (folder) => {
      const storage = path.join(folder, 'queue');
      const file = path.join(folder, 'backup.db');
      const first = await openLocalQueue(storage);
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      await first.backup(file);
      const id = await finished(first);
      await first.close();
      const acquired = await OwnerLock.acquire({ storage, role: 'restore' });
      assert.ok('lock' in acquired);
      const { lock } = acquired;
      const newestSchema = migrations.at(-1)?.version ?? 0;
      const { generation } = lock;
      const { kept } = await restoreDatabase({ storage, file, programs: 'dist', newestSchema, generation });
      await lock.release();
      const clock = new FakeClock();
      const second = await openLocalQueue(storage, { clock });
      // The first round is over.
      await clock.timerSet(day);
      assert.deepEqual(await readdir(path.join(storage, 'output')), [`${id}-1.stdout`]);
      await rm(kept ?? '', { recursive: true });
      await holdsOnly(path.join(storage, 'output'), [], () => clock.advance(day));
      await second.close();
    }));

  it('repeats daily', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const queue = await openLocalQueue(folder, { clock });
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'lane' });
      const id = await finished(queue);
      await queue.reviewTask(id, { accepted: true });
      await holdsOnly(path.join(folder, 'output'), [], () => clock.advance(day));
      await queue.close();
    }));
});
