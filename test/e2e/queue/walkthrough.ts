import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

const steps = ['Enqueue a script', 'Run the stream', 'Review the results', 'Connect agents and terminals'];

export const walkthrough = (stage: StageOf) =>
  describe('The walkthrough', () => {
    shareStage(stage);

    it('shows four steps, and which of them was done before', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      const session = await queue.createSession({ name: 'before' });
      const stream = await queue.createStream({ session: session.id, name: 'earlier' });
      await queue.createStream({ session: session.id, name: 'checks' });
      await queue.enqueue({ stream: stream.id, tool_name: 'llm-haiku', label: 'Before', prompt: 'x' });
      await queue.close();
      await workbench.view('Queue').see(/^Before/);
      await workbench.statusItem('queue').getByText('1 queued').waitFor();
      await workbench.command('Welcome: Open Walkthrough...');
      await workbench.quickInput.option('Get Started with SparkQ').click();
      for (const title of steps) await workbench.step(title).waitFor();
      await workbench.stepDone(steps[0] ?? '');
      assert.equal(await workbench.step('').locator('.codicon-getting-started-step-checked').count(), 1);
      await workbench.screenshot('walkthrough');
    });

    it('marks a step as done', async () => {
      const { workbench } = stage();
      const [enqueue = '', work = '', review = '', commandLine = ''] = steps;
      await workbench.step(enqueue).getByRole('button', { name: 'Enqueue Script' }).click();
      await workbench.quickInput.choose('Select a script', 'Hello');
      await workbench.quickInput.answer('(optional)', 'you');
      await workbench.quickInput.choose('Select a stream', 'checks');
      await workbench.stepDone(enqueue);
      const queue = await stage().queue();
      await queue.updateStream('checks', { working: true });
      await workbench.stepDone(work);
      const { items } = await queue.listTasks();
      await queue.reviewTask(items[0]?.id ?? '', { accepted: true });
      await queue.close();
      await workbench.stepDone(review);
      // The pictures are shown where there is room for them.
      await workbench.command('View: Toggle Primary Side Bar Visibility');
      for (const [title, picture] of [
        [enqueue, 'enqueue'],
        [work, 'work'],
        [review, 'review'],
        [commandLine, 'commandLine'],
      ] as const) {
        await workbench.step(title).getByText(title).click();
        await workbench.stepPicture.waitFor();
        await workbench.screenshot(`walkthrough-${picture}`);
      }
    });
  });
