import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

export const mainPath = (stage: StageOf) =>
  describe('A day with SparkQ', () => {
    shareStage(stage);

    it('starts with a session', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = workbench.view('Queue');
      await queue.welcome.getByRole('button', { name: 'New Session' }).click();
      await workbench.quickInput.answer('Name of the session', 'api-v2');
      await queue.see('api-v2');
    });

    it('rejects a taken name while it is typed', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: New Session...');
      await workbench.quickInput.asked('Name of the session');
      await workbench.quickInput.input.fill('api-v2');
      await workbench.quickInput.message.filter({ hasText: 'api-v2' }).waitFor();
      await workbench.page.keyboard.press('Escape');
      await workbench.page.keyboard.press('Escape');
    });

    it('continues with a stream', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: New Stream...');
      await workbench.quickInput.answer('Name of the new stream', 'checks');
      await workbench.view('Queue').see('checks');
    });

    it('enqueues a script from its row', async () => {
      const { workbench } = stage();
      await workbench.view('Scripts').inlineAction('Greets you', 'Enqueue Script');
      await workbench.quickInput.choose('Select a stream', 'checks');
      await workbench.view('Queue').see(/Hello.*queued/);
      await workbench.screenshot('queued');
    });

    it('claims a task by hand and completes it', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      await queue.menu(/Hello.*queued/, 'Claim Task');
      await queue.see(/Hello.*running/);
      await workbench.notification('is yours').getByRole('button', { name: 'Complete' }).click();
      await workbench.quickInput.answer('What was done?', 'Greeted by hand');
      await queue.expand('Done');
      await queue.see(/Hello.*succeeded/);
    });

    it('requeues it as a new task', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      await queue.inlineAction(/Hello.*succeeded/, 'Requeue Task');
      await queue.see(/Hello.*queued/);
    });

    it('runs it now, live in a terminal', async () => {
      const { workbench } = stage();
      await workbench.view('Queue').inlineAction(/Hello.*queued/, 'Run Task Now');
      await workbench.terminal.getByText('Hello, world!').first().waitFor();
      await workbench
        .view('Queue')
        .row(/Hello.*queued/)
        .waitFor({ state: 'detached' });
      await workbench.screenshot('ran');
    });

    it('shows its page, and its output as a document from there', async () => {
      const { workbench } = stage();
      const succeeded = workbench.view('Queue').rows.filter({ hasText: /Hello.*succeeded/ });
      // The latest is the first, once both are there.
      await succeeded.nth(1).waitFor();
      await succeeded.first().click();
      await workbench.webview.getByRole('heading', { name: 'Hello', exact: true }).waitFor();
      await workbench.screenshot('page-of-row');
      await workbench.webview.getByRole('button', { name: 'Show Output', exact: true }).click();
      await workbench.editorLines.getByText('Summary:').waitFor();
      await workbench.editorLines.getByText('Hello, world!').first().waitFor();
      await workbench.screenshot('output');
    });

    it('runs a stream with its worker, and reports a failure once', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      await workbench.view('Scripts').inlineAction('Exits with code 3', 'Enqueue Script');
      await workbench.quickInput.choose('Select a stream', 'checks');
      await workbench.view('Scripts').inlineAction('Counts the lines', 'Enqueue Script');
      await workbench.quickInput.choose('Select a stream', 'checks');
      await queue.see(/Count lines.*queued/);
      await queue.inlineAction(/^checks/, 'Start Worker');
      await queue.see(/Failing check.*failed · exit 3/);
      await queue.see(/Count lines.*succeeded/);

      const told = workbench.notification('Failing check failed');
      await told.waitFor();
      assert.equal(await told.count(), 1);
      await workbench.screenshot('failed');
      await told.getByRole('button', { name: 'Show Output' }).click();
      await workbench.editorLines.getByText('no configuration for the target').first().waitFor();
      await workbench.statusItem('queue').getByText('1 failed').waitFor();
    });

    it('stops the worker from its row', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      await queue.inlineAction(/^checks/, 'Stop Worker');
      await queue.row(/^checks.*worker on/).waitFor({ state: 'detached' });
    });

    it('runs a script from its editor', async () => {
      const { workbench } = stage();
      await (await workbench.view('Scripts').see('Disk usage')).click();
      await workbench.tab('disk-usage.sh').waitFor();
      await workbench.page.locator('.codelens-decoration').getByRole('button', { name: 'Run' }).click();
      await workbench.view('Queue').see(/Disk usage.*succeeded/);
    });

    it('stops a running script and everything it started', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      await workbench.view('Scripts').inlineAction('Reports its progress', 'Run Script');
      await queue.see(/Slow build.*running.*step 1/);
      await workbench.screenshot('running');
      await queue.inlineAction(/Slow build.*running/, 'Cancel Task');
      await queue.see(/Slow build.*cancelled/);
    });

    it('finds a script by its tag', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Search Scripts...');
      await workbench.quickInput.asked('Name, description or tag');
      await workbench.quickInput.input.fill('#payload');
      await workbench.screenshot('search');
      await workbench.quickInput.option('Inspect payload').click();
      await workbench.tab('inspect-payload.js').waitFor();
    });

    it('ends a stream, and asks what becomes of its queued tasks', async () => {
      const { workbench } = stage();
      await workbench.view('Scripts').inlineAction('Greets you', 'Enqueue Script');
      await workbench.quickInput.choose('Select a stream', 'checks');
      await workbench.view('Queue').see(/Hello.*queued/);
      const question = '1 task is still queued';
      await workbench.view('Queue').menu(/^checks/, 'End Stream');
      await workbench.quickInput.asked(question);
      await workbench.quickInput.seeInOrder(['Keep Tasks', 'Move Tasks…', 'Cancel Tasks']);
      await workbench.screenshot('end-stream');
      await workbench.page.keyboard.press('Escape');
      await workbench.quickInput.input.waitFor({ state: 'hidden' });
      await workbench.view('Queue').menu(/^checks/, 'End Stream');
      await workbench.quickInput.choose(question, 'Keep Tasks');
      await workbench.view('Queue').see(/^checks.*ended.*1 queued/);
    });

    it('shows a log without errors', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Show Log');
      await workbench.panelLines.getByText('SparkQ').first().waitFor();
      await workbench.screenshot('log');
      assert.doesNotMatch(await workbench.panelLines.innerText(), /\[error\]/);
    });
  });
