import assert from 'node:assert/strict';
import { problemsIn } from '../support/accessibility';
import { type StageOf, shareStage } from '../support/stage';
import { themes } from '../support/themes';

export const dashboardInEditor = (stage: StageOf) =>
  describe('The dashboard in the editor', () => {
    shareStage(stage);

    it('opens from the title of the Queue view, and says how to start', async () => {
      const { workbench } = stage();
      const view = await stage().beginSession('release');
      await view.titleAction('Open Dashboard');
      await workbench.tab('Dashboard').waitFor();
      await workbench.webview.getByRole('heading', { name: 'Dashboard' }).waitFor();
      await workbench.webview.getByText('Nothing has been queued yet.').waitFor();
    });

    it('shows a run while it is running', async () => {
      const { workbench } = stage();
      const queue = await stage().queue();
      const stream = await queue.createStream({ session: 'release', name: 'checks' });
      const add = async (label: string) =>
        (await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label, prompt: label })).task.id;
      const first = await add('Check the links');
      await add('Write the changelog');
      const { webview } = workbench;
      await webview.getByText('Check the links').waitFor();
      await queue.claimTask(first);
      await webview.getByText('Runs: 1. Failed: 0. Still running: 1.').waitFor();
      await webview.getByText('Write the changelog').waitFor();
      await queue.fail(first, { error_message: 'Three are broken', exit_code: 1 });
      await webview.getByText('Runs: 1. Failed: 1. Still running: 0.').waitFor();
      await queue.close();
    });

    it('works with the keyboard alone: select a run, have it announced, open its task', async () => {
      const { workbench } = stage();
      const { page, webview } = workbench;
      const timeline = webview.getByRole('application');
      await timeline.focus();
      await page.keyboard.press('+');
      await webview.getByRole('button', { name: 'Show All' }).and(webview.locator(':enabled')).waitFor();
      await page.keyboard.press('0');
      await webview.getByRole('button', { name: 'Show All' }).and(webview.locator(':disabled')).waitFor();
      await page.keyboard.press('ArrowRight');
      await webview
        .locator('[aria-live]')
        .getByText(/^Check the links, failed/)
        .waitFor();
      await page.keyboard.press('Enter');
      await workbench.tab('Check the links').waitFor();
    });

    it('keeps the selected range while another tab is active', async () => {
      const { workbench } = stage();
      const { webview } = workbench;
      await workbench.tab('Dashboard').click();
      await webview.getByLabel('6 hours').check();
      await workbench.tab('Check the links').click();
      await webview.getByRole('heading', { name: 'Check the links' }).waitFor();
      await workbench.tab('Dashboard').click();
      await webview.getByText('Runs: 1.').waitFor();
      assert.ok(await webview.getByLabel('6 hours').isChecked());
    });

    it('comes back when the window is reloaded', async () => {
      const { workbench } = stage();
      await workbench.reload();
      await workbench.webview.getByText('Runs: 1.').waitFor();
    });

    it('says that a browser cannot reach it if another server shows the editor', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Show Dashboard in Browser');
      const told = workbench.notification('Your browser cannot reach the machine');
      await told.getByRole('button', { name: 'Open Dashboard' }).click();
      await told.waitFor({ state: 'detached' });
    });

    for (const theme of themes) {
      it(`is readable in ${theme.label}`, async () => {
        const { workbench } = stage();
        await workbench.useTheme(theme);
        await workbench.webview.getByRole('heading', { name: 'Run duration' }).waitFor();
        await workbench.screenshot(`dashboard-editor-${theme.name}`);
        assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
      });
    }

    it('reports that the extension is gone', async () => {
      const { workbench } = stage();
      const { webview } = workbench;
      await stage().killExtensionHosts();
      await (await stage().queue()).close();
      await webview.getByLabel('7 days').check();
      const unresponsive = webview.getByRole('alert').getByText('SparkQ stopped responding to this page');
      await unresponsive.waitFor();
      await webview.getByText('Runs: 1.').waitFor();
      await workbench.command('SparkQ: Open Dashboard');
      await unresponsive.waitFor({ state: 'detached' });
      await webview.getByText('Runs: 1.').waitFor();
      assert.equal(await workbench.tab('Dashboard').count(), 1);
    });
  });
