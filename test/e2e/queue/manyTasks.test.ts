import assert from 'node:assert/strict';
import path from 'node:path';
import { fillQueue } from '../support/filledQueue';
import { useStage } from '../support/stage';

const count = 10_000;
describe(`A stream of ${count} tasks`, () => {
  const stage = useStage({
    story: true,
    prepare: ({ root, workspace, home }) =>
      fillQueue({ workspace, storage: path.join(root, 'queue'), home, tasks: count, batch: count }),
  });

  it('is shown in pages, and a change repaints its row', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const view = workbench.view('Queue');
    await view.see(/^lane.*10000 queued/);
    await view.see(/run-bash.*queued/);
    const queue = await stage().queue();
    const { items } = await queue.listTasks({
      stream: 'lane',
      status: 'queued',
      order: 'position',
      limit: 1,
    });
    const [head] = items;
    assert.ok(head);
    const start = performance.now();
    await queue.editTask(head.id, { label: 'renamed' });
    await view.see(/renamed.*queued/);
    console.log(
      `      a row of 10,000 tasks was repainted after ${Math.round(performance.now() - start)} ms`,
    );
    await queue.close();
    await workbench.screenshot('ten-thousand');
  });

  it('still accepts commands', async () => {
    const { workbench } = stage();
    await workbench.command('SparkQ: Claim Task');
    await workbench.quickInput.choose('Select a task', 'renamed');
    await workbench.notification('renamed is yours').waitFor();
  });

  it('has its batch in one row, which follows its tasks, retries what failed and cancels the rest', async () => {
    const { workbench } = stage();
    const view = workbench.view('Queue');
    await view.see(/python fit\.py \{\}.*0\/10000 · 10000 queued/);
    const queue = await stage().queue();
    const claims = await Promise.all(Array.from({ length: 5 }, () => queue.claimNext('sweep')));
    const running = claims.flatMap((claim) => claim ?? []);
    assert.equal(running.length, 4);
    await view.see(/python fit\.py \{\}.*0\/10000 · 4 running, 9996 queued/);
    const [first, second] = running;
    assert.ok(first && second);
    await queue.complete(first.task.id, { lease: first.lease, result_summary: 'fitted' });
    await queue.fail(second.task.id, { lease: second.lease, error_message: 'no data' });
    await view.see(/python fit\.py \{\}.*2\/10000 · 2 running, 9996 queued, 1 failed/);
    await workbench.screenshot('batch');
    await view.inlineAction(/python fit\.py/, 'Retry Batch');
    await view.see(/python fit\.py \{\}.*1\/10000 · 2 running, 9997 queued/);
    await view.inlineAction(/python fit\.py/, 'Cancel Rest of Batch');
    const question = workbench.dialog('Cancel what is left of the batch?');
    await question.getByRole('button', { name: 'Cancel Tasks' }).click();
    await view.see(/python fit\.py \{\}.*9998\/10000 · 2 running, 9997 cancelled/);
    await workbench.screenshot('batch-cancelled');
    await queue.close();
  });
});
