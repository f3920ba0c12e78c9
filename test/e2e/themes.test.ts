import assert from 'node:assert/strict';
import { problemsIn } from './support/accessibility';
import { useStage } from './support/stage';

const themes = [
  { label: 'Dark Modern', cssClass: 'vs-dark', name: 'dark' },
  { label: 'Light Modern', cssClass: 'vs', name: 'light' },
  { label: 'Dark High Contrast', cssClass: 'hc-black', name: 'high-contrast' },
];

describe('Every theme', () => {
  const stage = useStage();

  it('shows tasks of every state', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const queue = await stage().queue();
    const session = await queue.createSession({
      name: 'release 2.0',
      description: 'Everything before Friday',
    });
    const api = await queue.createStream({ session: session.id, name: 'api' });
    const docs = await queue.createStream({ session: session.id, name: 'docs' });
    const add = async (stream: string, label: string) =>
      (await queue.enqueue({ stream, tool_name: 'llm-sonnet', label, prompt: label })).task.id;
    const done = await add(api.id, 'Design the routes');
    const failed = await add(api.id, 'Migrate the users');
    const running = await add(api.id, 'Write the handlers');
    await add(api.id, 'Write the tests');
    await add(docs.id, 'Describe the routes');
    await add(docs.id, 'Write the changelog');
    await queue.claimTask(done);
    await queue.complete(done, { result_summary: 'Twelve routes' });
    await queue.claimTask(failed);
    const stderr = 'Reading users.csv\nRow 17 has no id\nThe old table has no ids\n';
    await queue.fail(failed, { error_message: 'exit 1: The old table has no ids', stderr });
    const { lease } = await queue.claimTask(running);
    await queue.heartbeat(running, { lease, progress: 40, message: 'three of eight' });
    await queue.pauseStream(docs.id);
    await queue.close();

    const view = workbench.view('Queue');
    await view.expand('Done');
    await view.see(/Migrate the users.*failed/);
    await view.see(/Write the handlers.*40%/);
    await workbench.widenSideBar(150);
    await workbench.command('SparkQ: Show Summary Since...');
    await workbench.quickInput.answer('Since when?', '12h');
    await workbench.view('Review').see(/2 tasks of docs/);
    for (const { label, cssClass, name } of themes) {
      await workbench.useTheme(label, cssClass);
      await workbench.screenshot(`theme-${name}`);
    }
    await workbench.view('Review').menu(/Migrate the users/, 'Open Task');
    await workbench.webview.getByRole('heading', { name: 'Last lines of its output' }).waitFor();
    for (const { label, cssClass, name } of themes) {
      await workbench.useTheme(label, cssClass);
      await workbench.screenshot(`task-page-failed-${name}`);
    }
    assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
  });

  for (const { label, cssClass, name } of themes) {
    it(`takes the main path in ${label}`, async () => {
      const { workbench } = stage();
      await workbench.useTheme(label, cssClass);
      await workbench.openContainer('SparkQ');
      const queue = workbench.view('Queue');
      const review = workbench.view('Review');
      await workbench.command('SparkQ: Enqueue Script');
      await workbench.quickInput.choose('Select a script', 'Hello');
      await workbench.quickInput.answer('(optional)', name);
      await workbench.quickInput.choose('Select a stream', 'api');
      await queue.inlineAction(/Hello.*queued/, 'Run Task Now');
      await review.see(new RegExp(`Hello.*Hello, ${name}!`));
      await workbench.screenshot(`main-path-${name}`);
      await review.inlineAction(new RegExp(`Hello.*Hello, ${name}!`), 'Mark as Reviewed');
      await review.row(new RegExp(`Hello.*Hello, ${name}!`)).waitFor({ state: 'detached' });
    });
  }
});
