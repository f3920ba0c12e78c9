/**
 * Takes the README's pictures from the real thing: `npm run pictures`. They land in docs/images.
 */

import { mkdir } from 'node:fs/promises';
import { launchBrowser } from '../vscode/browser';
import { inRepository } from '../vscode/root';
import { dashboardAddress, MadeUpQueue } from './support/dashboardServer';
import { Stage } from './support/stage';
import { themes as allThemes } from './support/themes';

const [dark, light] = allThemes;
const themes = [light, dark];

const script = (tool: string, file: string, label: string) => ({
  tool_name: tool,
  label,
  payload: { script_path: `scripts/${file}` },
});

async function main(): Promise<void> {
  const folder = inRepository('docs', 'images');
  await mkdir(folder, { recursive: true });
  await pictureEditor(folder);
  await pictureDashboard(folder);
}

/** As a browser shows it, with a day of runs that are made up. */
async function pictureDashboard(folder: string): Promise<void> {
  const server = await new MadeUpQueue(300, 20 * 3_600_000).serve();
  const browser = await launchBrowser();
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: 1280, height: 1000 };
      const page = await browser.newPage({ viewport, locale: 'en-GB', colorScheme });
      await page.goto(await dashboardAddress(server));
      await page.getByText('Migrate the users').waitFor();
      await page.screenshot({ path: `${folder}/dashboard-${colorScheme}.png` });
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

async function pictureEditor(folder: string): Promise<void> {
  const stage = await Stage.set({ settings: { 'workbench.colorTheme': light.label } });
  try {
    const { workbench } = stage;
    const view = await stage.beginSession('release 2.0');
    const queue = await stage.queue();
    await queue.createStream({ session: 'release 2.0', name: 'checks' });
    const add = (stream: string, task: ReturnType<typeof script>) => queue.enqueue({ stream, ...task });
    await add('checks', script('run-bash', 'hello.sh', 'Hello'));
    await add('checks', script('run-python', 'count_lines.py', 'Count lines'));
    await add('checks', script('run-bash', 'failing.sh', 'Failing check'));
    await add('checks', script('run-bash', 'slow-build.sh', 'Slow build'));
    await add('checks', script('run-bash', 'reports/disk-usage.sh', 'Disk usage'));
    await queue.createStream({ session: 'release 2.0', name: 'writing' });
    const prompt = 'Describe the routes for those who write clients';
    await queue.enqueue({ stream: 'writing', tool_name: 'llm-sonnet', label: 'Describe the routes', prompt });
    await queue.pauseStream('writing');
    await workbench.widenSideBar(130);
    await queue.updateStream('checks', { working: true });
    await view.see(/Slow build.*running/);
    await view.expand('Done');
    await view.see(/Failing check.*failed/);
    await queue.close();
    for (const theme of themes) {
      await workbench.useTheme(theme);
      await workbench.page.screenshot({ path: `${folder}/queue-${theme.name}.png` });
    }
    await (await view.see(/Failing check.*failed/)).click();
    await workbench.webview.getByText('no configuration for the target').first().waitFor();
    await workbench.command('View: Hide Panel');
    await workbench.clearNotifications();
    for (const theme of themes) {
      await workbench.useTheme(theme);
      await workbench.webview.getByText('no configuration for the target').first().waitFor();
      await workbench.page.screenshot({ path: `${folder}/task-${theme.name}.png` });
    }
  } finally {
    await stage.strike();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
