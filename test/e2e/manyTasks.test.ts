import assert from 'node:assert/strict';
import path from 'node:path';
import { fillQueue } from './support/filledQueue';
import { useStage } from './support/stage';

const count = 10_000;
describe(`A stream of ${count} tasks`, () => {
  const stage = useStage({
    story: true,
    prepare: ({ root, workspace, home }) =>
      fillQueue({ workspace, storage: path.join(root, 'queue'), home, tasks: count }),
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
});
