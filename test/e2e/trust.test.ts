import assert from 'node:assert/strict';
import { useStage } from './support/stage';

describe('In an untrusted workspace', () => {
  const stage = useStage({
    workspaceTrust: true,
    settings: {
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
  });

  it('nothing runs, and the views say why', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const { welcome } = workbench.view('Queue');
    await welcome.getByText('Nothing runs until you trust this folder').waitFor();
    await welcome.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
    await workbench.screenshot('untrusted');
  });

  it('the palette offers nothing that runs', async () => {
    const { workbench } = stage();
    assert.equal(await workbench.offers('SparkQ: Show Log'), true);
    for (const title of ['Run Script', 'Run Task Now', 'Start Worker']) {
      assert.equal(await workbench.offers(`SparkQ: ${title}`), false, title);
    }
  });

  it('the page of a task offers to run it once the workspace is trusted', async () => {
    const { workbench } = stage();
    const queue = await stage().queue();
    const session = await queue.createSession({ name: 'trusted later' });
    const stream = await queue.createStream({ session: session.id, name: 'checks' });
    const payload = { script_path: 'scripts/hello.sh' };
    await queue.enqueue({ stream: stream.id, tool_name: 'run-bash', label: 'Waits for trust', payload });
    // Anybody who reaches the queue may have asked for a worker.
    await queue.updateStream(stream.id, { working: true });
    await queue.close();
    await workbench.view('Queue').menu(/^Waits for trust/, 'Open Task');
    await workbench.webview.getByRole('heading', { name: 'Waits for trust' }).waitFor();
    await workbench.command('Workspaces: Manage Workspace Trust');
    await workbench.tab('Workspace Trust').waitFor();
    // Beside the page, which goes on to be seen.
    await workbench.command('View: Move Editor into Right Group');
    await workbench.webview
      .getByText('Git changes are not available until you trust this workspace.')
      .waitFor();
    const run = workbench.webview.getByRole('button', { name: 'Run Now' });
    assert.equal(await run.count(), 0);
    await workbench.page
      .locator('.workspace-trust-editor')
      .getByRole('button', { name: 'Trust', exact: true })
      .click();
    await run.waitFor();
    await workbench.notification('Start working on what is queued here?').waitFor();
    await workbench.webview.getByText('Nobody has started it yet.').waitFor();
  });
});
