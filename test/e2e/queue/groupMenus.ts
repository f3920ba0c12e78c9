import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

export const groupMenus = (stage: StageOf) =>
  describe('The menus of groups', () => {
    shareStage(stage);

    it('enqueue all scripts of a folder as a batch', async () => {
      const { workbench } = stage();
      await stage().beginSession('release');
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'checks' });
      await workbench.view('Scripts').menu(/^scripts\/reports/, 'Enqueue Folder');
      await workbench.quickInput.choose('Select a stream', 'checks');
      await workbench.view('Queue').see(/^scripts\/reports.*queued/);
      await workbench.screenshot('enqueued-folder');
      const { items } = await queue.listTasks({ stream: 'checks' });
      const { items: batches } = await queue.listBatches({});
      await queue.close();
      assert.deepEqual(
        items.map(({ batch_id }) => batch_id),
        items.map(() => batches[0]?.id),
      );
      assert.ok(items.length > 0);
    });

    it('review, requeue and delete what has finished in a stream', async () => {
      const { workbench } = stage();
      const [view, review] = [workbench.view('Queue'), workbench.view('Review')];
      const queue = await stage().queue();
      await queue.cancelBatch((await queue.listBatches({})).items[0]?.id ?? '');
      for (const label of ['good', 'bad']) {
        const { task } = await queue.enqueue({
          stream: 'checks',
          tool_name: 'llm-sonnet',
          prompt: label,
          label,
        });
        const { lease } = await queue.claimTask(task.id);
        if (label === 'good') await queue.complete(task.id, { lease, result_summary: 'done' });
        else await queue.fail(task.id, { lease, error_message: 'no' });
      }
      await view.see(/^Done.*3 finished/);
      await view.menu(/^Done/, 'Requeue All Failed');
      await workbench
        .dialog('Copies go to the end of the stream')
        .getByRole('button', { name: 'Requeue' })
        .click();
      await view.see(/^bad.*queued/);
      await review.row(/^bad/).waitFor({ state: 'detached' });
      await review.see(/^good/);
      await view.menu(/^Done/, 'Set All in Stream to Reviewed');
      await review.row(/^good/).waitFor({ state: 'detached' });
      await view.menu(/^Done/, 'Delete All Finished');
      await workbench.dialog('They can be restored').getByRole('button', { name: 'Delete' }).click();
      await view.row(/^Done/).waitFor({ state: 'detached' });
      const { items } = await queue.listTasks({ stream: 'checks' });
      await queue.close();
      assert.deepEqual(
        items.map(({ label, status }) => [label, status]),
        [['bad', 'queued']],
      );
    });
  });
