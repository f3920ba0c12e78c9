import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { problemsIn } from '../support/accessibility';
import { picturesWanted } from '../support/picturesWanted';
import { type StageOf, shareStage } from '../support/stage';
import { themes } from '../support/themes';

export const approving = (stage: StageOf) =>
  describe('A plan of an agent', () => {
    shareStage(stage);

    it('waits first in the review, and one notification tells of it', async () => {
      const { workbench } = stage();
      await stage().beginSession('release');
      await workbench.widenSideBar(150);
      const queue = await stage().queue();
      const { id } = await queue.createStream({ session: 'release', name: 'plan' });
      await queue.updateStream(id, { working: true });
      const agent = await stage().agentQueue();
      await agent.enqueueMany({
        stream: 'plan',
        label: 'greet',
        tasks: [
          {
            tool_name: 'run-bash',
            label: 'say hello',
            payload: { script_path: 'scripts/hello.sh', args: ['--all'] },
          },
          {
            tool_name: 'run-command',
            label: 'list it',
            payload: { argv: ['ls', '-l'], env: { LC_ALL: 'C' } },
          },
        ],
      });
      await agent.close();
      const notice = workbench.notification('claude wants to run 2 tasks: say hello, list it');
      await notice.waitFor();
      const review = workbench.view('Review');
      await review.see(/^say hello.*needs approval · plan · claude/);
      await review.see(/^list it.*needs approval/);
      await workbench.page.getByText('2 queued, 2 to approve').first().waitFor();
      await workbench.screenshot('plan-waits');
      assert.equal((await queue.listTasks({ status: 'queued' })).total, 2);
      await queue.close();
    });

    it('is shown in full on the page of each task, which approves only what it shows', async () => {
      const { workbench, place } = stage();
      await workbench.clearNotifications();
      const review = workbench.view('Review');
      await review.open(/^say hello/, workbench.tab('say hello'));
      const page = workbench.webview;
      await page.getByRole('heading', { name: 'What would start' }).waitFor();
      await page
        .getByText(/hello\.sh --all/)
        .first()
        .waitFor();
      for (const theme of picturesWanted ? [...themes].reverse() : themes.slice(0, 1)) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`approval-page-${theme.name}`);
      }
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);

      await appendFile(path.join(place.workspace, 'scripts/hello.sh'), '\necho "and more"\n');
      await page.getByRole('button', { name: 'Approve', exact: true }).click();
      await page.getByText('What would start has changed since it was shown: look again.').waitFor();
      await page.getByText('echo "and more"').waitFor();
      await workbench.screenshot('approval-page-changed');
      const queue = await stage().queue();
      assert.equal((await queue.listTasks({ unapproved: true })).total, 2);
      await queue.close();
    });

    it('is approved as one, runs, and is reviewed', async () => {
      const { workbench } = stage();
      const review = workbench.view('Review');
      await review.inlineAction(/^list it/, 'Approve All of This Plan...');
      await workbench.editorLines.filter({ hasText: 'echo "and more"' }).waitFor();
      await workbench.screenshot('plan-document');
      await workbench.page.getByRole('button', { name: 'Approve', exact: true }).click();
      await review.see(/^say hello.*plan/);
      await review.row(/needs approval/).waitFor({ state: 'detached' });
      await review.see(/^list it/);
      const queue = await stage().queue();
      const { items } = await queue.listTasks({ status: 'succeeded' });
      assert.deepEqual(items.map(({ label }) => label).sort(), ['list it', 'say hello']);
      await review.menu(/^say hello/, 'Mark as Reviewed');
      await review.row(/^say hello/).waitFor({ state: 'detached' });
      await queue.close();
    });

    it('is asked about in full, and denied with a reason that its agent reads', async () => {
      const { workbench } = stage();
      const agent = await stage().agentQueue();
      const { task } = await agent.enqueue({
        stream: 'plan',
        tool_name: 'run-command',
        label: 'remove it',
        payload: { argv: ['rm', '-r', 'scripts'] },
      });
      await workbench.notification('claude wants to run remove it').waitFor();
      const review = workbench.view('Review');
      await review.inlineAction(/^remove it/, 'Approve Task...');
      const question = workbench.dialog('Let “remove it” start?');
      await question.getByText('rm -r scripts').waitFor();
      await workbench.screenshot('approval-question');
      await question.getByRole('button', { name: 'Cancel' }).click();
      await review.inlineAction(/^remove it/, 'Deny Task...');
      await workbench.quickInput.answer(/Why\?/, 'Keep the scripts');
      await workbench
        .view('Review')
        .row(/^remove it/)
        .waitFor({ state: 'detached' });
      const { failure_kind: kind, error } = await agent.getTask(task.id);
      assert.deepEqual([kind, error], ['denied', 'DENIED: Keep the scripts']);
      await agent.close();
    });
  });
