import assert from 'node:assert/strict';
import { useStage } from './support/stage';

const steps = ['Enqueue a script', 'Run the stream', 'Review the results', 'Connect agents and terminals'];

describe('The walkthrough', () => {
  const stage = useStage({ story: true });

  it('shows four steps, none of them done', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await workbench.command('Welcome: Open Walkthrough...');
    await workbench.quickInput.option('Get Started with SparkQ').click();
    for (const title of steps) await workbench.step(title).waitFor();
    assert.equal(await workbench.step('').locator('.codicon-getting-started-step-checked').count(), 0);
    await workbench.screenshot('walkthrough');
  });

  it('marks a step as done', async () => {
    const { workbench } = stage();
    const [enqueue = '', work = '', review = '', commandLine = ''] = steps;
    await workbench.step(enqueue).getByRole('button', { name: 'Enqueue Script' }).click();
    await workbench.quickInput.choose('Select a script', 'Hello');
    await workbench.quickInput.answer('Name of the new stream', 'checks');
    await workbench.quickInput.answer('(optional)', 'you');
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
