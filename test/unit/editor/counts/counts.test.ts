import assert from 'node:assert/strict';
import { english } from '../../../../src/core/translator';
import { Labels } from '../../../../src/editor/shared/labels';
import { ReviewModel } from '../../../../src/editor/views/review/reviewModel';
import { readDashboard } from '../../../../src/pages/dashboard/readDashboard';
import { timed } from '../../../../src/pages/dashboard/runModel';
import { doneSince, tallyOf } from '../../../../src/pages/dashboard/runStatistics';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { enqueue, withQueue } from '../../../support/localQueue';

const labels = new Labels(english);

async function failed(queue: LocalQueue, stream: string): Promise<string> {
  const { id } = await enqueue(queue, { stream });
  await queue.claimTask(id);
  await queue.fail(id, { error_message: 'no luck' });
  return id;
}

async function cancelled(queue: LocalQueue, stream: string, claimed: boolean): Promise<void> {
  const { id } = await enqueue(queue, { stream });
  if (claimed) await queue.claimTask(id);
  await queue.cancel(id);
  if (claimed) await queue.fail(id, { error_message: 'stopped' });
}

/** One of each in the stream: two failures, one of them reviewed, both kinds of cancelled tasks, and so on. */
async function fill(queue: LocalQueue, stream: string): Promise<void> {
  await failed(queue, stream);
  await queue.reviewTask(await failed(queue, stream), { accepted: false });
  await queue.deleteTask(await failed(queue, stream));
  await cancelled(queue, stream, false);
  await cancelled(queue, stream, true);
  const { id } = await enqueue(queue, { stream });
  await queue.claimTask(id);
  await queue.complete(id, { result_summary: 'done' });
  await queue.claimTask((await enqueue(queue, { stream })).id);
  await enqueue(queue, { stream });
}

describe('The counts of tasks', () => {
  it('agree in rows, status bar, badge, tooltips, the Review view and the dashboard', () =>
    withQueue(async (queue) => {
      await queue.createSession({ name: 'over' });
      await queue.createStream({ session: 'work', name: 'ended stream' });
      await queue.createStream({ session: 'over', name: 'of ended session' });
      const names = ['lane', 'ended stream', 'of ended session'];
      for (const name of names) await fill(queue, name);
      await queue.endStream('ended stream');
      await queue.endSession('over');

      const rows = await Promise.all(names.map((name) => queue.getStream(name)));
      assert.deepEqual(
        rows.map((stream) => labels.describeStream(stream)),
        [
          '1 running, 1 queued, 1 failed',
          'ended · 1 running, 1 queued, 1 failed',
          'ended · 1 running, 1 queued, 1 failed',
        ],
      );
      for (const { counts } of rows) {
        assert.equal(labels.describeDone(counts), '5 finished · new: 1 succeeded, 1 failed');
      }
      const { counts } = await queue.status();
      assert.equal(labels.queueCounts(counts), '3 running, 3 queued, 3 failed');
      assert.match(
        labels.queueTooltip(counts),
        /3 queued, 3 running, 3 failed and not reviewed; 15 finished/,
      );
      assert.deepEqual(labels.badge(counts), {
        value: 3,
        tooltip: '3 failed tasks have not been reviewed',
      });
      const review = new ReviewModel(queue, () => {});
      const listed = (await review.rows()).map((row) => (row.kind === 'task' ? row.task.status : row.kind));
      review.dispose();
      assert.deepEqual(listed, [...Array(3).fill('failed'), ...Array(3).fill('succeeded')]);
      const dashboard = await readDashboard(queue, 0);
      assert.deepEqual([dashboard.queued, dashboard.running, dashboard.failedUnreviewed], [3, 3, 3]);
    }));

  it('name what waits for approval in the status bar, the badge and the tooltips', () =>
    withQueue(async (queue) => {
      const agent = { kind: 'agent' } as const;
      await enqueue(queue, { origin: agent });
      const told = async () => {
        const { counts } = await queue.status();
        return [labels.queueCounts(counts), labels.badge(counts), labels.queueTooltip(counts).split('\n')[1]];
      };
      const one = '1 task waits for approval';
      assert.deepEqual(await told(), ['1 queued, 1 to approve', { value: 1, tooltip: one }, one]);
      await failed(queue, 'lane');
      await enqueue(queue, { origin: agent });
      await queue.deleteTask((await enqueue(queue, { origin: agent })).id);
      await enqueue(queue);
      const two = '2 tasks wait for approval';
      const tooltip = `${two}\n1 failed task has not been reviewed`;
      assert.deepEqual(await told(), ['3 queued, 1 failed, 2 to approve', { value: 3, tooltip }, two]);
    }));

  it('name what waits for an answer there as well', () =>
    withQueue(async (queue) => {
      const ask = async () => {
        const { id } = await enqueue(queue);
        const { lease } = await queue.claimTask(id);
        await queue.ask(id, { lease, text: 'Which one?' });
        const { counts } = await queue.status();
        return [labels.queueCounts(counts), labels.badge(counts), labels.queueTooltip(counts).split('\n')[1]];
      };
      const one = '1 task waits for an answer';
      assert.deepEqual(await ask(), ['1 queued, 1 to answer', { value: 1, tooltip: one }, one]);
      const two = '2 tasks wait for an answer';
      assert.deepEqual(await ask(), ['2 queued, 2 to answer', { value: 2, tooltip: two }, two]);
    }));

  it('have no cancelled task among the failed ones, other than in the API', () =>
    withQueue(async (queue) => {
      await cancelled(queue, 'lane', false);
      await cancelled(queue, 'lane', true);
      const { counts } = await queue.getStream('lane');
      assert.equal(counts.failed, 2);
      assert.equal((await queue.status()).counts.by_failure_kind.cancelled, 2);
      assert.equal(labels.counts(counts), '');
      assert.equal(labels.describeDone(counts), '2 finished');
      const { counts: all } = await queue.status();
      assert.equal(labels.queueCounts(all), '0 queued');
      assert.equal(labels.badge(all), undefined);
      const runs = (await readDashboard(queue, 0)).runs.map(timed);
      assert.equal(runs.length, 1);
      assert.deepEqual(doneSince(runs, 0), { succeeded: 0, failed: 0 });
      assert.equal(tallyOf(runs).failed, 0);
    }));
});
