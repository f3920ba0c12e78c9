import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { gitIn } from '../support/git';
import type { TemporaryPlace } from '../vscode/sampleWorkspace';
import { problemsIn } from './support/accessibility';
import { Keyboard } from './support/keyboard';
import { type StageOf, shareStage, useStage } from './support/stage';
import { TaskPageObject } from './support/taskPageObject';

/** Has the page count the keys that are pressed, without those that are held, and the presses of the mouse. */
const countPresses = `
  const counts = document.documentElement.dataset;
  counts.keys = counts.presses = 0;
  const held = ['Control', 'Alt', 'Shift', 'Meta'];
  addEventListener('keydown', ({ key }) => held.includes(key) || counts.keys++, true);
  addEventListener('mousedown', () => counts.presses++, true);
`;

/** A night's results in the order of the Review view: failures first, the last finished first. */
const failed = Array.from({ length: 5 }, (_, at) => `Failure ${5 - at}`);
const succeeded = Array.from({ length: 12 }, (_, at) => `Success ${12 - at}`);
const note = 'Use the other file';

const reviewByKeyboard = (stage: StageOf) =>
  describe('The review by keyboard', () => {
    shareStage(stage);
    const keyboard = () => new Keyboard(stage().workbench.page);
    const page = () => new TaskPageObject(stage().workbench);
    const heading = (name: string) => stage().workbench.webview.getByRole('heading', { name, exact: true });
    const counted = (name: string) =>
      stage().workbench.page.locator('html').getAttribute(`data-${name}`).then(Number);

    /** A row of the view by all that a screen reader says of it. */
    const spoken = (name: RegExp) => stage().workbench.view('Review').pane.getByRole('treeitem', { name });
    const focused = (name: string | RegExp) =>
      stage()
        .workbench.view('Review')
        .pane.locator('.monaco-list:focus .monaco-list-row.focused', { hasText: name });

    it('finds what came in a night on top, with what waits for a person', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      await queue.createSession({ name: 'night' });
      const stream = await queue.createStream({ session: 'night', name: 'results' });
      for (const label of [...succeeded, ...failed].reverse()) {
        const { task } = await queue.enqueue({
          stream: stream.id,
          tool_name: 'llm-haiku',
          label,
          payload: { prompt: label },
          max_attempts: 1,
        });
        const { lease } = await queue.claimTask(task.id);
        if (label.startsWith('Success'))
          await queue.complete(task.id, { lease, result_summary: `${label} it is` });
        else await queue.fail(task.id, { lease, error_message: `${label} it is` });
      }
      const deploys = await queue.createStream({ session: 'night', name: 'deploys' });
      await queue.pauseStream(deploys.id);
      await queue.updateStream(deploys.id, { working: true });
      for (const label of ['Deploy 1', 'Deploy 2', 'Deploy 3']) {
        const payload = { script_path: 'scripts/hello.sh' };
        await queue.enqueue({ stream: deploys.id, tool_name: 'run-bash', label, payload });
      }
      await queue.close();
      await workbench.view('Review').seeInOrder([/Failure 5/, /Failure 4/]);
      // A night would make it appear by itself.
      await keyboard().command('SparkQ: Show Summary Since...');
      await keyboard().answer('Since when?', '');
      await workbench.view('Review').seeInOrder([/While you were away/, /Failure 5/]);
      for (const name of [
        /^While you were away, since .*, 5 failed, 3 waiting for you, 12 succeeded/,
        /^5 failed, ran .* in all/,
        /^waits for you, 3 tasks of deploys, .*paused/,
        /^12 succeeded, ran .* in all/,
      ]) {
        await spoken(name).waitFor();
      }
      await workbench.screenshot('review-summary');
    });

    it('leads from a count to its rows, and from what waits to its page', async () => {
      const { workbench } = stage();
      await keyboard().focusView('Review');
      await workbench.page.evaluate(countPresses);
      // A key that comes while the list is painted again would move from another row.
      const press = async (key: string, row: string) => {
        await keyboard().press(key);
        await focused(row).waitFor();
      };
      await press('Home', 'While you were away');
      await press('ArrowDown', '5 failed');
      await press('ArrowDown', '3 tasks of deploys');
      await keyboard().press('Enter');
      await heading('Deploy 1').waitFor();
      await press('ArrowDown', '12 succeeded');
      await press('Enter', 'Success 12');
      await press('Home', 'While you were away');
      await press('ArrowDown', '5 failed');
      await press('Enter', 'Failure 5');
    });

    it('previews with Enter, and leaves the focus in the list', async () => {
      const { workbench } = stage();
      await keyboard().press('Enter');
      await heading('Failure 5').waitFor();
      await workbench.view('Review').pane.locator('.monaco-list:focus').waitFor();
      await workbench.screenshot('review-by-keyboard');
    });

    it('requeues one with a note, and goes on', async () => {
      const { workbench } = stage();
      await keyboard().press('Alt+Enter');
      await keyboard().answer('What should the next run do better?', note);
      await heading('Failure 4').waitFor();
      await workbench
        .view('Review')
        .row(/Failure 5/)
        .waitFor({ state: 'detached' });
    });

    it('reviews the others with one key each, in one tab', async () => {
      const { workbench } = stage();
      for (const name of [...failed, ...succeeded].slice(1)) {
        await heading(name).waitFor();
        await focused(name).waitFor();
        assert.equal(await workbench.page.locator('.tabs-container .tab').count(), 1);
        await keyboard().press('Control+Enter');
      }
      // Nine to look around, Enter, Alt+Enter, the note and its Enter, and one for each of the others.
      await workbench
        .view('Review')
        .row(/Success/)
        .waitFor({ state: 'detached' });
      assert.equal(await counted('keys'), 9 + 3 + note.length + 16);
      assert.equal(await counted('presses'), 0);
      await workbench.view('Review').see(/3 tasks of deploys/);
      const queue = await stage().queue();
      const finished = await queue.listTasks({ stream: 'results', limit: 100 });
      await queue.close();
      assert.equal(finished.items.filter(({ accepted }) => accepted).length, 16);
      assert.deepEqual(
        finished.items.filter(({ status }) => status === 'queued').map((task) => [task.label, task.note]),
        [['Failure 5', note]],
      );
    });

    it('lets go of the summary when nothing waits any more, and when it is told to', async () => {
      const { workbench } = stage();
      const queue = await stage().queue();
      await queue.resumeStream('deploys');
      await queue.close();
      await workbench.view('Review').see(/^Deploy 3/);
      await workbench
        .view('Review')
        .row(/While you were away/)
        .waitFor({ state: 'detached' });
      await keyboard().command('SparkQ: Show Summary Since...');
      await keyboard().answer('Since when?', '');
      await spoken(/^3 succeeded, ran .* in all/).waitFor();
      await keyboard().command('SparkQ: Dismiss Summary');
      await workbench
        .view('Review')
        .row(/While you were away/)
        .waitFor({ state: 'detached' });
      await workbench.view('Review').see(/^Deploy 3/);
    });

    it('goes on from the page as well', async () => {
      const { workbench } = stage();
      const queue = await stage().queue();
      for (const label of ['First', 'Second', 'Third']) {
        const { task } = await queue.enqueue({
          stream: 'results',
          tool_name: 'llm-haiku',
          label,
          payload: { prompt: label },
        });
        const { lease } = await queue.claimTask(task.id);
        await queue.complete(task.id, { lease, result_summary: label });
      }
      await queue.close();
      await workbench.view('Review').open(/Third/, page().state('succeeded'));
      await heading('Third').waitFor();
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
      await workbench.webview.getByRole('button', { name: 'Next Unreviewed' }).click();
      await heading('Second').waitFor();
      await workbench.webview.getByRole('button', { name: 'Mark as Reviewed' }).press('Control+Enter');
      await heading('First').waitFor();
      await workbench
        .view('Review')
        .row(/Second/)
        .waitFor({ state: 'detached' });
      await workbench.view('Review').see(/Third/);
    });
  });

const search = (stage: StageOf) =>
  describe('The search for tasks', () => {
    shareStage(stage);

    before(async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'nightly' });
      const finish = async (label: string, fails: boolean) => {
        const { task } = await queue.enqueue({
          stream: 'nightly',
          tool_name: 'llm-haiku',
          label,
          payload: { prompt: label },
          max_attempts: 1,
        });
        const { lease } = await queue.claimTask(task.id);
        if (fails) await queue.fail(task.id, { lease, error_message: 'no such file' });
        else await queue.complete(task.id, { lease, result_summary: 'fine' });
      };
      await finish('Last month', true);
      await queue.purge({ older_than_days: 0 });
      await finish('Last night', true);
      await finish('Last hour', false);
      await queue.close();
      await workbench.view('Queue').see(/nightly/);
    });

    it('finds while one types, and opens a task of the history that says what is gone', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Find Tasks...');
      await workbench.quickInput.asked('Text, or words such as');
      await workbench.quickInput.input.fill('last state:failed');
      await workbench.quickInput.seeInOrder(['Last night', 'Last month', 'Show these in the Queue view']);
      assert.equal(await workbench.quickInput.option('Last hour').count(), 0);
      await workbench.screenshot('search-picker');
      await workbench.quickInput.option('Last month').click();
      await workbench.webview.getByRole('heading', { name: 'Last month' }).waitFor();
      await workbench.webview.getByText('This task went to the history on').waitFor();
      await workbench.webview.getByText('no such file').first().waitFor();
      await workbench.screenshot('task-page-history');
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
    });

    it('puts a filter on the view, which stays until it is cleared', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await workbench.command('SparkQ: Find Tasks...');
      await workbench.quickInput.asked('Text, or words such as');
      await workbench.quickInput.input.fill('state:failed');
      await workbench.quickInput.option('Show these in the Queue view').click();
      await view.seeInOrder([/Last night.*nightly.*failed/, /Last month.*nightly.*history/]);
      await view.pane.getByText('Only what the filter finds is shown: state:failed').waitFor();
      assert.equal(await view.rows.filter({ hasText: 'Last hour' }).count(), 0);
      await workbench.screenshot('search-filter');
      await workbench.command('SparkQ: Clear Filter of Queue View');
      await view.see(/^nightly/);
      await view.row(/Last month/).waitFor({ state: 'detached' });
      assert.equal(await workbench.offers('SparkQ: Clear Filter of Queue View'), false);
    });
  });

const reviewOfChanges = (stage: StageOf) =>
  describe('The review of what a run changed', () => {
    shareStage(stage);

    /** Puts a comment on the line that has the cursor. */
    async function comment(text: string): Promise<void> {
      const { workbench } = stage();
      await workbench.command('Comments: Add Comment on Current Selection');
      const widget = workbench.page
        .locator('.review-widget')
        .filter({ has: workbench.page.locator('.comment-form') });
      await widget.locator('.comment-form .monaco-editor').first().waitFor();
      await workbench.page.keyboard.type(text);
      await widget.getByRole('button', { name: 'Add Comment to Change' }).click();
      await workbench.page.locator('.review-widget .comment-body').getByText(text).waitFor();
    }

    it('opens all changes, and requeues with two comments on lines, which outlast the window', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'lane' });
      await queue.enqueue({
        stream: 'lane',
        tool_name: 'run-bash',
        label: 'Rewrite',
        payload: { script_path: 'scripts/rewrite.sh' },
      });
      await queue.updateStream('lane', { working: true });
      await workbench.view('Review').see(/Rewrite/);
      await queue.updateStream('lane', { working: false });
      await workbench.view('Review').menu(/Rewrite/, 'Open Task');
      const changes = workbench.webview.getByRole('region', { name: 'Git changes' });
      await changes.getByRole('button', { name: 'Open All Changes' }).click();
      await workbench.tab(/Changes of Rewrite/).waitFor();
      const files = workbench.page.locator('.multiDiffEntry');
      await files.getByText('two.txt').first().waitFor();
      assert.equal(await files.getByText('one.txt').count(), 1, 'a changed file is shown as renamed');
      await workbench.screenshot('changes-multi-diff');
      await workbench.tab('Rewrite').first().click();
      for (const [file, text] of [
        ['one.txt', 'Say why'],
        ['two.txt', 'Not here'],
      ] as const) {
        await changes.getByRole('button', { name: file }).click();
        await workbench.tab(new RegExp(file)).waitFor();
        const editors = workbench.page.locator('.editor-group-container.active .monaco-editor');
        // VS Code asks later where comments may be, and looks at the cursor's line when that moves.
        await editors.locator('.comment-range-glyph').first().waitFor({ state: 'attached' });
        await editors.locator('.view-lines').last().click();
        await workbench.page.keyboard.press('End');
        await workbench.page.keyboard.press('Control+Home');
        await comment(text);
        if (file === 'two.txt') await workbench.screenshot('changes-comment');
        await workbench.tab('Rewrite').first().click();
        await workbench.webview.getByRole('heading', { name: 'Rewrite' }).waitFor();
      }
      await queue.close();
      await workbench.reload();
      await changes.getByRole('button', { name: 'Requeue with Comments (2)' }).click();
      await workbench.quickInput.answer('What else should the next run do better?', 'Once more');
      await workbench.view('Queue').see(/Rewrite.*queued/);
      const reopened = await stage().queue();
      const { items } = await reopened.listTasks({ stream: 'lane', status: 'queued' });
      await reopened.close();
      assert.match(items[0]?.note ?? '', /^Once more\none\.txt:1: Say why\ntwo\.txt:1: Not here$/);
      await changes.getByRole('button', { name: /Requeue with Comments/ }).waitFor({ state: 'detached' });
    });
  });

const pageOfEarlierWork = (stage: StageOf) =>
  describe('The page of work that has run before', () => {
    shareStage(stage);

    it('shows its last runs, and leads to them and to its copies', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      await queue.createSession({ name: 'work' });
      await queue.createStream({ session: 'work', name: 'lane' });
      for (const label of ['First hello', 'Second hello']) {
        const payload = { script_path: 'scripts/hello.sh' };
        await queue.enqueue({ stream: 'lane', tool_name: 'run-bash', label, payload });
      }
      await queue.updateStream('lane', { working: true });
      await workbench.view('Review').see(/First hello/);
      await workbench.view('Review').see(/Second hello/);
      await workbench.view('Review').menu(/Second hello/, 'Open Task');
      const runs = workbench.webview.getByRole('region', { name: 'Last runs' });
      await runs.getByText('It usually takes').waitFor();
      assert.equal(await runs.getByRole('button', { name: /^succeeded, / }).count(), 2);
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
      await workbench.screenshot('task-page-last-runs');
      await runs.getByRole('button', { name: 'Open Last Run' }).click();
      await workbench.webview.getByRole('heading', { name: 'First hello' }).waitFor();
      const { items } = await queue.listTasks({ stream: 'lane', q: 'First' });
      const [first] = items;
      assert.ok(first);
      const copy = await queue.requeue(first.id);
      await queue.close();
      await workbench.webview.getByRole('button', { name: copy.id }).waitFor();
    });
  });

/** What a run changes is reviewed: the folder is a repository, and has a script that changes it. */
async function prepare({ workspace }: TemporaryPlace): Promise<void> {
  const lines = Array.from({ length: 5 }, (_, at) => `line ${at + 1}`);
  await fs.writeFile(path.join(workspace, 'one.txt'), `${lines.join('\n')}\n`);
  await fs.writeFile(path.join(workspace, '.gitignore'), '.sparkq\n');
  await fs.writeFile(
    path.join(workspace, 'scripts', 'rewrite.sh'),
    '#!/usr/bin/env bash\n# name: Rewrite\necho "line 6" >> one.txt\necho "new" > two.txt\necho rewritten\n',
  );
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '.'],
    ['commit', '--quiet', '--message', 'Begin'],
  ]) {
    gitIn(workspace, ...args);
  }
}

describe('A morning', () => {
  const stage = useStage({ prepare, settings: { 'sparkq.terminal': 'never' } });
  reviewByKeyboard(stage);
  search(stage);
  reviewOfChanges(stage);
  pageOfEarlierWork(stage);
});
