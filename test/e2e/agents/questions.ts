import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';
import { TaskPageObject } from '../support/taskPageObject';

export const questions = (stage: StageOf) =>
  describe('A question of a worker', () => {
    shareStage(stage);

    it('comes first in the review, and is answered from its notification', async () => {
      const { workbench } = stage();
      await stage().beginSession('release');
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'agents' });
      const { task } = await queue.enqueue({
        stream: 'agents',
        tool_name: 'llm-sonnet',
        prompt: 'Tidy up',
        label: 'tidy',
      });
      const done = await queue.enqueue({
        stream: 'agents',
        tool_name: 'llm-sonnet',
        prompt: 'Test',
        label: 'tests',
      });
      const other = await queue.claimTask(done.task.id);
      await queue.fail(done.task.id, { lease: other.lease, error_message: 'two tests fail' });
      const { lease } = await queue.claimTask(task.id);
      await queue.ask(task.id, { lease, text: 'Drop the old table?', choices: ['yes', 'no'] });
      const review = workbench.view('Review');
      await review.see(/^tidy.*needs an answer · agents · Drop the old table\?/);
      await review.seeInOrder([/^tidy/, /^tests/]);
      await workbench.view('Queue').see(/^tidy.*needs an answer/);
      const notice = workbench.notification('tidy asks: Drop the old table?');
      await notice.waitFor();
      await workbench.screenshot('question');
      await notice.getByRole('button', { name: 'Answer...' }).click();
      await workbench.quickInput.choose('Drop the old table?', 'no');
      await review.row(/^tidy/).waitFor({ state: 'detached' });
      const claim = await queue.claimNext('agents');
      assert.equal(claim?.task.note, 'Question: Drop the old table?\nAnswer: no');
      await queue.ask(task.id, { lease: claim.lease, text: 'And the new one?', choices: ['keep', 'drop'] });
      await queue.close();
    });

    it('is answered with a button of the page', async () => {
      const { workbench } = stage();
      const review = workbench.view('Review');
      await workbench.clearNotifications();
      await review.open(/^tidy/, workbench.tab('tidy'));
      const page = workbench.webview;
      await page.getByText('And the new one?').first().waitFor();
      await page.getByRole('button', { name: 'Answer...' }).waitFor();
      await workbench.screenshot('question-page');
      await page.getByRole('button', { name: 'keep' }).click();
      await page.getByText('Answer: keep').waitFor();
      await review.row(/^tidy/).waitFor({ state: 'detached' });
      const queue = await stage().queue();
      const { items } = await queue.listTasks({ status: 'queued' });
      await queue.close();
      assert.deepEqual(
        items.map(({ label, question }) => [label, question]),
        [['tidy', null]],
      );
    });

    it("is answered from its row, in words of one's own", async () => {
      const { workbench } = stage();
      const queue = await stage().queue();
      const claim = await queue.claimNext('agents');
      assert.ok(claim);
      await queue.ask(claim.task.id, { lease: claim.lease, text: 'Which branch?', choices: ['main'] });
      await workbench.view('Review').inlineAction(/^tidy.*Which branch/, 'Answer Question...');
      await workbench.quickInput.choose('Which branch?', 'Another answer...');
      await workbench.quickInput.answer('Which branch?', 'release-2');
      await workbench.view('Review').row(/^tidy/).waitFor({ state: 'detached' });
      const next = await queue.claimNext('agents');
      await queue.close();
      assert.match(next?.task.note ?? '', /Question: Which branch\?\nAnswer: release-2$/);
    });

    it('stands on the way of a prompt to its verified end', async () => {
      const { workbench } = stage();
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'night' });
      const prompt = '1: play question\n2+: write checked.txt it is open\n2+: say It listens now.';
      const { task } = await queue.enqueue({
        stream: 'night',
        tool_name: 'checked',
        prompt,
        label: 'open port',
      });
      await workbench.clearNotifications();
      await workbench.view('Queue').menu(/open port/, 'Open Task');
      const page = workbench.webview;
      await page.getByRole('button', { name: 'Run Now' }).click();
      const transcript = page.getByRole('region', { name: 'Transcript' });
      await transcript.getByText('I need to know the port.').first().waitFor();
      await page.getByRole('button', { name: '8080' }).click();
      await page.getByText('Answer: 8080').first().waitFor();
      await page.getByRole('button', { name: 'Run Now' }).click();
      await transcript.getByText('It listens now.').first().waitFor();
      // Not anywhere on the page: a run has succeeded before it is checked.
      await new TaskPageObject(workbench).state('succeeded').waitFor();
      await transcript
        .getByText(/Done · 4 turns/)
        .last()
        .waitFor();
      await page.getByText('$0.25', { exact: true }).first().waitFor();
      await workbench.screenshot('agent-verified');
      const { status } = await queue.getTask(task.id);
      const checked = await queue.readOutput(task.id, { stream: 'check' });
      await queue.close();
      assert.equal(status, 'succeeded');
      assert.match(checked.text, /it is open/);
    });

    it('is asked of the person who starts a task whose account rests; another way is to wake that', async () => {
      const { workbench } = stage();
      const queue = await stage().queue();
      const prompt = '1: limit try again in 3 hours.\n2: limit try again in 3 hours.\n3+: say Up again.';
      await queue.enqueue({
        stream: 'night',
        tool_name: 'checked',
        prompt,
        label: 'weary',
        verify: ['true'],
      });
      await queue.close();
      const view = workbench.view('Queue');
      await view.menu(/^weary/, 'Run Task Now');
      await view.see(/^weary.*resting until/);
      await view.menu(/^weary/, 'Wake Account');
      await workbench.notification('The account claude no longer rests.').waitFor();
      await workbench.clearNotifications();
      await view.row(/^weary.*resting until/).waitFor({ state: 'detached' });
      await view.menu(/^weary/, 'Run Task Now');
      await view.see(/^weary.*resting until/);
      await view.menu(/^weary/, 'Run Task Now');
      const dialog = workbench.dialog('Start the task anyway?');
      await dialog.getByText(/Account claude rests until/).waitFor();
      await workbench.screenshot('start-anyway');
      await dialog.getByRole('button', { name: 'Start Anyway' }).click();
      await workbench.view('Review').see(/^weary.*Up again\./);
    });
  });
