import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { waitingFor } from '../../../src/core/waiting';
import { gitIn } from '../../support/git';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { problemsIn } from '../support/accessibility';
import { type StageOf, shareStage } from '../support/stage';
import { TaskPageObject } from '../support/taskPageObject';
import { themes } from '../support/themes';
import type { Workbench } from '../support/workbench';

/** Prints in colours, names a file, changes one, and goes on until it is let go. */
const script = `#!/usr/bin/env bash
# name: Paint
printf '\\033[32mgreen\\033[0m and plain\\n'
printf 'see \\033[36mscripts/hello.sh\\033[0m:\\033[33m9\\033[0m:3, not nowhere/none.ts:4\\n' >&2
echo more >> README.md
echo new > fresh.txt
until [ -e paint ]; do sleep 0.1; done
printf '\\033[1;31mred\\033[0m at last\\n'
exit 2
`;

/** With what is in the workspace by then committed. */
export async function preparePaint({ workspace }: TemporaryPlace): Promise<void> {
  await fs.writeFile(path.join(workspace, 'scripts', 'paint.sh'), script);
  await fs.writeFile(path.join(workspace, '.gitignore'), 'paint\n.sparkq\n');
  const git = (...args: string[]) => gitIn(workspace, ...args);
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin');
}

export const taskPage = (stage: StageOf) =>
  describe('The page of a task', () => {
    shareStage(stage);
    const page = () => new TaskPageObject(stage().workbench);

    after(() => stage().workbench.page.setViewportSize({ width: 1280, height: 800 }));

    it('opens from a row and shows the state of the task', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      const session = await queue.createSession({ name: 'release' });
      const stream = await queue.createStream({ session: session.id, name: 'checks' });
      await queue.enqueue({
        stream: stream.id,
        tool_name: 'run-bash',
        label: 'Paint the fence',
        payload: { script_path: 'scripts/paint.sh' },
      });
      await queue.close();
      await workbench.view('Queue').menu(/Paint the fence/, 'Open Task');
      await workbench.tab('Paint the fence').waitFor();
      await workbench.webview.getByRole('heading', { name: 'Paint the fence' }).waitFor();
      await page().state('queued').waitFor();
      const { waiting } = waitingFor({ code: 'no_worker', values: { stream: 'checks' } }, Date.now());
      await page()
        .content.getByText(waiting ?? '')
        .waitFor();
    });

    it('shows output live and in colour', async () => {
      const { workbench, place } = stage();
      await page().content.getByRole('button', { name: 'Run Now' }).click();
      await page().state('running').waitFor();
      assert.equal(await styleOf(page().turning, 'animationName'), 'none', 'less motion was asked for');
      const green = page().printed('green', 'green');
      await green.waitFor();
      assert.notEqual(
        await styleOf(green, 'color'),
        await styleOf(page().content.getByText('and plain'), 'color'),
      );
      await workbench.screenshot('task-page-running');
      await fs.writeFile(path.join(place.workspace, 'paint'), '');
      await page().printed('red', 'red').waitFor();
      await page().content.getByText('It exited with code 2.').waitFor();
      await page()
        .content.getByRole('status')
        .filter({ hasText: 'Paint the fence is now: failed' })
        .waitFor();
    });

    it('opens a file named in the output at its line', async () => {
      const { workbench } = stage();
      const links = workbench.webview.getByRole('link', { name: 'scripts/hello.sh:9:3' });
      assert.equal(await links.count(), 2, 'in stderr and in the error');
      assert.equal(await workbench.webview.getByRole('link', { name: 'none.ts' }).count(), 0);
      await links.last().click();
      await workbench.tab('hello.sh').waitFor();
      await workbench.editorPosition('Ln 9, Col 3').waitFor();
      await backToPage(workbench);
    });

    it('shows what the run changed in git', async () => {
      const { workbench } = stage();
      const changes = workbench.webview.getByRole('region', { name: 'Git changes' });
      await changes.getByText('untracked: ').waitFor({ state: 'attached' });
      await changes.getByRole('button', { name: 'README.md' }).click();
      await workbench.tab(/README\.md \([0-9a-f]{7} ↔ end\)/).waitFor();
      await workbench.changedLines.getByText('more', { exact: true }).waitFor();
      await backToPage(workbench);
    });

    it('follows every theme, and is accessible', async () => {
      const { workbench } = stage();
      await workbench.clearNotifications();
      await workbench.page.setViewportSize({ width: 1600, height: 1000 });
      for (const theme of themes) {
        await workbench.useTheme(theme);
        await workbench.webview.getByRole('heading', { name: 'Paint the fence' }).waitFor();
        await workbench.screenshot(`task-page-${theme.name}`);
        assert.deepEqual(await problemsIn(await workbench.webviewFrame()), [], theme.label);
      }
    });

    it('works with the keyboard alone', async () => {
      const { workbench } = stage();
      const { keyboard } = workbench.page;
      await workbench.command('View: Close All Editors');
      await workbench.quickInput.openWith('>SparkQ: Open Task', () => keyboard.type('SparkQ: Open Task'));
      await workbench.quickInput.option('SparkQ: Open Task').waitFor();
      await keyboard.press('Enter');
      await workbench.quickInput.asked('Select a task');
      await keyboard.type('Paint');
      await keyboard.press('Enter');
      const requeue = workbench.webview.getByRole('button', { name: 'Requeue', exact: true });
      await requeue.waitFor();
      for (let presses = 0; presses < 10 && !(await hasFocus(requeue)); presses++)
        await keyboard.press('Tab');
      assert.ok(await hasFocus(requeue), 'Tab leads to the button');
      assert.match(await styleOf(requeue, 'outlineStyle'), /solid|auto/);
      await keyboard.press('Enter');
      await workbench.view('Queue').see(/Paint the fence.*queued/);
      assert.ok(await hasFocus(requeue), 'what is drawn anew keeps the focus');
    });

    it('shows the next task in the same tab, until it is kept open', async () => {
      const { workbench } = stage();
      const copy = await workbench.view('Queue').see(/Paint the fence.*queued/);
      await copy.click();
      await page().state('queued').waitFor();
      assert.ok(await hasFocus(workbench.view('Queue').list), 'a click on a row leaves the focus there');
      assert.equal(await workbench.tab('Paint the fence').count(), 1);
      await workbench.screenshot('task-page-preview');
      await page().keepOpen();
    });

    it('links from a copy to the original', async () => {
      const { workbench } = stage();
      await workbench.webview.getByRole('button', { name: 'Paint the fence' }).click();
      await page().state('failed').waitFor();
      assert.equal(await workbench.tab('Paint the fence').count(), 2);
    });

    it('comes back with its tab, even before the task has started', async () => {
      const { workbench } = stage();
      await workbench.tab('Paint the fence').first().click();
      await page().state('queued').waitFor();
      await workbench.tab('Paint the fence').last().click();
      await page().state('failed').waitFor();
    });

    it('comes back after a reload', async () => {
      const { workbench } = stage();
      await workbench.reload();
      await workbench.tab('Paint the fence').first().waitFor();
      await workbench.webview.getByText('It exited with code 2.').waitFor();
      await page().printed('red', 'red').waitFor();
      // Which of the two is replaced by the next task is known again as well.
      await workbench.view('Queue').open(/Paint the fence.*queued/, page().state('queued'));
      await workbench.view('Review').open(/Paint the fence/, page().state('failed'));
      assert.equal(await workbench.tab('Paint the fence').count(), 2);
    });

    it('reports that its task was deleted, and restores it', async () => {
      const { workbench } = stage();
      await workbench.webview.getByRole('button', { name: 'Delete' }).click();
      await workbench.webview.getByRole('heading', { name: 'The task was deleted' }).waitFor();
      await workbench.screenshot('task-page-deleted');
      await workbench.webview.getByRole('button', { name: 'Restore' }).click();
      await workbench.webview.getByText('It exited with code 2.').waitFor();
    });

    it('still works when the extension is gone', async () => {
      const { workbench } = stage();
      await stage().killExtensionHosts();
      await (await stage().queue()).close();
      await workbench.webview.getByRole('button', { name: 'Refresh' }).click();
      await workbench.webview.getByRole('alert').getByText('SparkQ stopped responding').waitFor();
      await workbench.screenshot('task-page-silent');
      await workbench.webview.getByRole('link', { name: 'Reopen Task' }).click();
      await workbench.webview.getByRole('alert').waitFor({ state: 'detached' });
      await workbench.webview.getByText('It exited with code 2.').waitFor();
    });
  });

/** Until a page is there again, nobody hears a key that is pressed in it. */
async function backToPage(workbench: Workbench): Promise<void> {
  await workbench.tab('Paint the fence').click();
  await workbench.webview.getByRole('heading', { name: 'Paint the fence' }).waitFor();
}

/** In a webview, where the keys go. */
async function hasFocus(element: Locator): Promise<boolean> {
  return (await element.evaluate((it) => it.matches(':focus'))) === true;
}

/** What an element looks like in the end. */
function styleOf(element: Locator, property: string): Promise<string> {
  return element.evaluate((it, name) => {
    const { getComputedStyle } = globalThis as unknown as BrowserWindow;
    return getComputedStyle(it)[name] ?? '';
  }, property);
}

interface BrowserWindow {
  getComputedStyle(element: unknown): Record<string, string>;
}
