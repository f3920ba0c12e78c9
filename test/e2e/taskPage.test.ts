import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { TemporaryPlace } from '../vscode/sampleWorkspace';
import { useStage } from './stage';

/** Prints in colours, names a file, changes one, and goes on until it is let go. */
const script = `#!/usr/bin/env bash
# name: Paint
printf '\\033[32mgreen\\033[0m and plain\\n'
printf 'see \\033[36mscripts/hello.sh\\033[0m:\\033[33m9\\033[0m:3, not nowhere/none.ts:4\\n' >&2
echo more >> README.md
echo new > fresh.txt
until [ -e go ]; do sleep 0.1; done
printf '\\033[1;31mred\\033[0m at last\\n'
exit 2
`;

async function prepare({ workspace }: TemporaryPlace): Promise<void> {
  await fs.writeFile(path.join(workspace, 'scripts', 'paint.sh'), script);
  await fs.writeFile(path.join(workspace, '.gitignore'), 'go\n.sparkq\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: workspace });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin');
}

const themes = [
  { label: 'Dark Modern', cssClass: 'vs-dark', name: 'dark' },
  { label: 'Light Modern', cssClass: 'vs', name: 'light' },
  { label: 'Dark High Contrast', cssClass: 'hc-black', name: 'high-contrast' },
];

describe('The page of a task', () => {
  const stage = useStage({ story: true, prepare, settings: { 'sparkq.terminal': 'never' } });

  it('opens from a row and says how the task stands', async () => {
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
    await workbench.view('Queue').inlineAction(/Paint the fence/, 'Open Task');
    await workbench.tab('Paint the fence').waitFor();
    const page = workbench.webview;
    await page.getByRole('heading', { name: 'Paint the fence' }).waitFor();
    await page.getByText('queued', { exact: true }).waitFor();
    await page.getByText('No worker has been started on stream checks.').waitFor();
  });

  it('shows in colours what is printed while it is printed', async () => {
    const { workbench, place } = stage();
    const page = workbench.webview;
    await page.getByRole('button', { name: 'Run Now' }).click();
    await page.getByText('running', { exact: true }).first().waitFor();
    const green = page.locator('.ansi-green-fg', { hasText: 'green' });
    await green.waitFor();
    const colourOf = 'element => getComputedStyle(element).color';
    const plain = await page.getByText('and plain').evaluate(colourOf);
    assert.notEqual(await green.evaluate(colourOf), plain);
    await workbench.screenshot('task-page-running');
    await fs.writeFile(path.join(place.workspace, 'go'), '');
    await page.locator('.ansi-red-fg', { hasText: 'red' }).waitFor();
    await page.getByText('It ended with exit code 2.').waitFor();
    await page.getByRole('status').filter({ hasText: 'Paint the fence is now: failed' }).waitFor();
  });

  it('looks like the rest of the editor in every theme', async () => {
    const { workbench } = stage();
    await workbench.page.setViewportSize({ width: 1600, height: 1000 });
    for (const { label, cssClass, name } of themes) {
      await workbench.useTheme(label, cssClass);
      await workbench.webview.getByRole('heading', { name: 'Paint the fence' }).waitFor();
      await workbench.screenshot(`task-page-${name}`);
    }
  });
});
