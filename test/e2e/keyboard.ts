import assert from 'node:assert/strict';
import { Keyboard } from './support/keyboard';
import { type StageOf, shareStage } from './support/stage';

/** Has the page note whether a button of the mouse was pressed. */
const countMousePresses = `
  document.documentElement.dataset.mousePresses = 0;
  window.addEventListener('mousedown', () => document.documentElement.dataset.mousePresses++, true);
`;

/** In a folder that never had a queue. */
export const mainPathByKeyboard = (stage: StageOf) =>
  describe('The main path without a mouse', () => {
    shareStage(stage);
    const keyboard = () => new Keyboard(stage().workbench.page);

    before(async () => {
      await stage().workbench.page.evaluate(countMousePresses);
    });

    it('leaves nothing behind when a question is dismissed', async () => {
      const { workbench } = stage();
      for (const [command, dismissed] of [
        ['SparkQ: New Session...', 'Name of the session'],
        ['SparkQ: Enqueue Task...', 'What should be done?'],
        ['SparkQ: Run Command...', 'A command to run in'],
      ] as const) {
        await keyboard().command(command);
        await workbench.quickInput.asked(dismissed);
        await keyboard().press('Escape');
        await keyboard().command('SparkQ: Focus on Queue View');
        await workbench.view('Queue').welcome.getByText('This folder has no queue yet').waitFor();
      }
      await keyboard().command('SparkQ: Claim Task');
      await workbench.notification('This folder has no queue yet').waitFor();
    });

    it('enqueues from the palette, and creates what is missing', async () => {
      await keyboard().command('SparkQ: Enqueue Task...');
      await keyboard().choose('What should be done?', 'Hello');
      await keyboard().answer('(optional)', 'SparkQ');
      await stage().workbench.statusItem('queue').getByText('1 queued').waitFor();
      await keyboard().focusView('Queue');
      await keyboard().toRow(/Hello.*queued/);
    });

    it('changes the order', async () => {
      const { workbench } = stage();
      await keyboard().command('SparkQ: Enqueue Task...');
      await keyboard().choose('What should be done?', 'Count lines');
      await workbench.statusItem('queue').getByText('2 queued').waitFor();
      await keyboard().focusView('Queue');
      await keyboard().toRow(/Count lines.*queued/);
      await keyboard().menu('Move Task Up');
      await workbench.view('Queue').seeInOrder([/Count lines.*queued/, /Hello.*queued/]);
    });

    it('enqueues a prompt that nothing here can run, and hears so', async () => {
      const { workbench } = stage();
      await keyboard().command('SparkQ: Enqueue Task...');
      await keyboard().choose('What should be done?', 'llm-haiku');
      await keyboard().answer(/Tool llm-haiku has no command here: the task waits/, 'Write a haiku');
      await workbench.notification('Tool llm-haiku has no command here').waitFor();
      // Nothing behind it waits for it in a stream that the editor has made: the next task runs.
      await workbench.view('Queue').see(/Write a haiku.*for an outside worker/);
    });

    it('focuses the scripts, and enqueues one from its menu', async () => {
      const { workbench } = stage();
      await keyboard().focusView('Scripts');
      await keyboard().toRow('Failing check');
      await keyboard().menu('Enqueue Script');
      await workbench.view('Queue').see(/Failing check.*queued/);
    });

    it('starts the worker from the menu of the stream', async () => {
      const { workbench } = stage();
      await keyboard().focusView('Queue');
      await keyboard().toRow(/^main/);
      await keyboard().menu('Start Worker');
      const review = workbench.view('Review');
      await review.see(/Failing check.*exit 3/);
      await review.see(/Hello.*main/);
      await review.see(/Count lines.*main/);
    });

    it('opens the page of a task with Enter', async () => {
      const { workbench } = stage();
      await keyboard().focusView('Review');
      await keyboard().toRow(/Failing check/);
      await keyboard().press('Enter');
      await workbench.tab(/Failing check/).waitFor();
    });

    it('stops the worker', async () => {
      const { workbench } = stage();
      await keyboard().focusView('Queue');
      await keyboard().toRow(/^main/);
      await keyboard().menu('Stop Worker');
      await workbench
        .view('Queue')
        .row(/^main.*worker on/)
        .waitFor({ state: 'detached' });
    });

    it('reviews one task, and requeues another with a note', async () => {
      const { workbench } = stage();
      const review = workbench.view('Review');
      await keyboard().focusView('Review');
      await keyboard().toRow(/Hello/);
      await keyboard().menu('Mark as Reviewed');
      await review.row(/Hello/).waitFor({ state: 'detached' });
      await keyboard().focusView('Review');
      await keyboard().toRow(/Failing check/);
      await keyboard().menu('Requeue with Note...');
      await keyboard().answer('What should the next run do better?', 'Look first');
      await review.row(/Failing check/).waitFor({ state: 'detached' });
      // No worker is on that could have run it, and failed, again.
      await workbench.view('Queue').see(/Failing check.*queued/);
    });

    it('deletes a task', async () => {
      const { workbench } = stage();
      await keyboard().focusView('Review');
      await keyboard().toRow(/Count lines/);
      await keyboard().menu('Delete Task');
      await workbench
        .view('Review')
        .row(/Count lines/)
        .waitFor({ state: 'detached' });
    });

    it('never used the mouse', async () => {
      const presses = await stage().workbench.page.locator('html').getAttribute('data-mouse-presses');
      assert.equal(presses, '0');
    });
  });
