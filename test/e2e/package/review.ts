import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

const script = (file: string, label: string) => ({
  tool_name: file.endsWith('.py') ? 'run-python' : 'run-bash',
  label,
  payload: { script_path: `scripts/${file}` },
});

export const review = (stage: StageOf) =>
  describe('The review', () => {
    shareStage(stage);

    it('lists finished tasks, failures first, with their outcome', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      await workbench.view('Queue').welcome.getByRole('button', { name: 'New Session' }).click();
      await workbench.quickInput.answer('Name of the session', 'release');
      await workbench.view('Queue').see('release');
      await workbench.view('Review').welcome.getByText('Nothing to review').waitFor();
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'checks' });
      for (const [file, label] of [
        ['failing.sh', 'Failing check'],
        ['hello.sh', 'Hello'],
        ['count_lines.py', 'Count lines'],
      ] as const) {
        await queue.enqueue({ stream: 'checks', ...script(file, label) });
      }
      await queue.updateStream('checks', { working: true });
      await queue.close();
      const review = workbench.view('Review');
      await review.see(/Count lines.*checks/);
      await review.see(/Hello.*checks · Hello, world!/);
      await review.see(/Failing check.*exit 3 · .*checks/);
      await workbench.view('Queue').inlineAction(/^checks/, 'Stop Worker');
      assert.match(await review.rows.first().innerText(), /Failing check/);
      await workbench.activity('SparkQ').locator('.badge-content', { hasText: '1' }).waitFor();
      await workbench.widenSideBar(160);
      await workbench.screenshot('review');
    });

    it('passes a note to the next run', async () => {
      const { workbench } = stage();
      const review = workbench.view('Review');
      await review.inlineAction(/Failing check/, 'Requeue with Note');
      await workbench.quickInput.answer('What should the next run do better?', 'Look at the target first');
      await workbench.view('Queue').see(/Failing check.*queued/);
      await review.row(/Failing check/).waitFor({ state: 'detached' });
      const queue = await stage().queue();
      const { items } = await queue.listTasks({ stream: 'checks', q: 'Failing' });
      await queue.close();
      assert.equal(items[0]?.note, 'Look at the target first');
      assert.equal(items[0]?.retry_of, items[1]?.id);
      assert.equal(items[1]?.accepted, false);
    });

    it('removes reviewed tasks, one at a time and by stream', async () => {
      const { workbench } = stage();
      const review = workbench.view('Review');
      await review.inlineAction(/Hello/, 'Mark as Reviewed');
      await review.row(/Hello/).waitFor({ state: 'detached' });
      await review.menu(/Count lines/, 'Set All in Stream to Reviewed');
      await review.welcome.getByText('Nothing to review').waitFor();
      await workbench.screenshot('review-empty');
    });
  });
