import { useStage } from './stage';

describe('The page of a task', () => {
  const stage = useStage({ story: true });

  it('opens from a row and says how the task stands', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const queue = await stage().queue();
    const session = await queue.createSession({ name: 'release' });
    const stream = await queue.createStream({ session: session.id, name: 'checks' });
    await queue.enqueue({
      stream: stream.id,
      tool_name: 'run-bash',
      label: 'Build it',
      payload: { script_path: 'scripts/hello.sh' },
    });
    await queue.close();
    await workbench.view('Queue').inlineAction(/Build it/, 'Open Task');
    await workbench.tab('Build it').waitFor();
    await workbench.webview.getByRole('heading', { name: 'Build it' }).waitFor();
    await workbench.webview.getByText('queued', { exact: true }).waitFor();
    await workbench.webview.getByRole('button', { name: 'Run Now' }).click();
    await workbench.webview.getByText('succeeded', { exact: true }).waitFor();
    await workbench.screenshot('task-page');
  });
});
