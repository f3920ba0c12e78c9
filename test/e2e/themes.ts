import assert from 'node:assert/strict';
import { problemsIn } from './support/accessibility';
import { picturesWanted } from './support/picturesWanted';
import { type StageOf, shareStage } from './support/stage';
import { themes } from './support/themes';

export const everyTheme = (stage: StageOf) =>
  describe('Every theme', () => {
    shareStage(stage);

    // A task is lost a minute after the last heartbeat of its worker: on a slow machine, in the midst of these tests.
    let stopWorker = async () => {};
    after(() => stopWorker());

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
      const report = () => queue.heartbeat(running, { lease, progress: 40, message: 'three of eight' });
      await report();
      const heartbeats = setInterval(report, 10_000);
      stopWorker = async () => {
        clearInterval(heartbeats);
        await queue.close();
      };
      await queue.pauseStream(docs.id);

      const view = workbench.view('Queue');
      await view.expand('Done');
      await view.see(/Migrate the users.*failed/);
      await view.see(/Write the handlers.*40%/);
      await workbench.widenSideBar(150);
      await workbench.command('SparkQ: Show Summary Since...');
      await workbench.quickInput.answer('Since when?', '12h');
      await workbench.view('Review').see(/2 tasks of docs/);
      await workbench.view('Review').menu(/Migrate the users/, 'Open Task');
      await workbench.webview.getByRole('heading', { name: 'Last lines of its output' }).waitFor();
      for (const theme of picturesWanted ? themes : themes.slice(-1)) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`theme-${theme.name}`);
      }
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
    });

    it('shows the main path', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      const review = workbench.view('Review');
      await workbench.command('SparkQ: Enqueue Script');
      await workbench.quickInput.choose('Select a script', 'Hello');
      await workbench.quickInput.answer('(optional)', 'you');
      await workbench.quickInput.choose('Select a stream', 'api');
      await queue.inlineAction(/Hello.*queued/, 'Run Task Now');
      await review.see(/Hello.*Hello, you!/);
      for (const theme of picturesWanted ? themes : []) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`main-path-${theme.name}`);
      }
      await review.inlineAction(/Hello.*Hello, you!/, 'Mark as Reviewed');
      await review.row(/Hello.*Hello, you!/).waitFor({ state: 'detached' });
    });

    describe('with work that has run before', () => {
      before(async () => {
        const { workbench } = stage();
        await workbench.command('View: Hide Panel');
        const queue = await stage().queue();
        await queue.createSession({ name: 'nightly' });
        const checks = await queue.createStream({ session: 'nightly', name: 'checks' });
        const agents = await queue.createStream({ session: 'nightly', name: 'agents' });
        const check = (label: string) => ({
          stream: checks.id,
          tool_name: 'run-bash',
          label,
          payload: { script_path: 'scripts/hello.sh' },
        });
        const claim = async (label: string) => {
          const { task } = await queue.enqueue(check(label));
          return { id: task.id, lease: (await queue.claimTask(task.id)).lease };
        };
        const gone = await claim('Check the links of spring');
        await queue.fail(gone.id, { lease: gone.lease, error_message: 'exit 1: three are broken' });
        await queue.purge({ older_than_days: 0 });
        for (const [label, fails] of [
          ['Check the links of May', false],
          ['Check the links of June', true],
          ['Check the links of July', false],
        ] as const) {
          const { id, lease } = await claim(label);
          if (fails) await queue.fail(id, { lease, error_message: 'exit 1: one is broken' });
          else await queue.complete(id, { lease, result_summary: 'All links lead somewhere' });
        }
        await claim('Check the links of August');
        await queue.enqueue(check('Check the links of September'));
        const { task: asking } = await queue.enqueue({
          stream: agents.id,
          tool_name: 'llm-sonnet',
          label: 'Tidy the tables',
          prompt: 'Tidy the tables',
        });
        const { lease } = await queue.claimTask(asking.id);
        const text = 'The table "users_old" has 12 rows that nothing refers to.\nShall I drop it?';
        await queue.ask(asking.id, { lease, text, choices: ['Drop it', 'Keep it', 'Ask me again tomorrow'] });
        await queue.close();
      });

      it('shows how long it takes, and what is asked', async () => {
        const { workbench } = stage();
        const view = workbench.view('Queue');
        // Makes room for the lanes of this test.
        await view.collapse('release 2.0');
        await workbench.view('Review').menu(/Check the links of July/, 'Open Task');
        await workbench.webview.getByRole('region', { name: 'Last runs' }).waitFor();
        await workbench.clearNotifications();
        await inEachTheme('task-page-last-runs');
        await view.see(/checks.*about 1m left/);
        await workbench.view('Review').menu(/Tidy the tables/, 'Open Task');
        await workbench.webview.getByRole('button', { name: 'Keep it' }).waitFor();
        await inEachTheme('task-page-question');
      });

      it('shows what is found, and what is gone', async () => {
        const { workbench } = stage();
        await find('Show these in the Queue view');
        await find('Check the links of spring');
        await workbench.webview.getByText('This task went to the history on').waitFor();
        await inEachTheme('filtered-and-gone', async (name) => {
          if (!picturesWanted) return;
          await search();
          await workbench.screenshot(`search-${name}`);
          await workbench.page.keyboard.press('Escape');
        });
      });
    });

    /** Pictures what is shown in each theme, and looks whether anybody can use the page. */
    async function inEachTheme(picture: string, more?: (theme: string) => Promise<void>): Promise<void> {
      const { workbench } = stage();
      for (const theme of themes) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`${picture}-${theme.name}`);
        assert.deepEqual(
          await problemsIn(await workbench.webviewFrame()),
          [],
          `${picture} in ${theme.label}`,
        );
        await more?.(theme.name);
      }
    }

    async function search(): Promise<void> {
      const { quickInput } = stage().workbench;
      await stage().workbench.command('SparkQ: Find Tasks...');
      await quickInput.asked('Text, or words such as');
      await quickInput.input.fill('links state:failed');
      await quickInput.option('Check the links of spring').waitFor();
    }

    async function find(row: string): Promise<void> {
      await search();
      await stage().workbench.quickInput.option(row).click();
    }
  });
