import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../vscode/browser';
import { inRepository } from '../vscode/root';
import { problemsIn } from './accessibility';
import { dashboardAddress, MadeUpQueue } from './dashboardServer';
import { useStage } from './stage';

const hour = 3_600_000;
/** Milliseconds in which 10,000 runs are to be drawn. */
const goal = 300;

const themes = [
  { label: 'Dark Modern', cssClass: 'vs-dark', name: 'dark' },
  { label: 'Light Modern', cssClass: 'vs', name: 'light' },
  { label: 'Dark High Contrast', cssClass: 'hc-black', name: 'high-contrast' },
];

describe('The dashboard in the editor', () => {
  const stage = useStage({ story: true });

  it('opens from the title of the Queue view, and says how to begin', async () => {
    const { workbench } = stage();
    const view = await stage().beginSession('release');
    await view.titleAction('Open Dashboard');
    await workbench.tab('Dashboard').waitFor();
    await workbench.webview.getByRole('heading', { name: 'Dashboard' }).waitFor();
    await workbench.webview.getByText('Nothing has been queued yet.').waitFor();
  });

  it('shows a run while it goes on', async () => {
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

  it('is used by keyboard alone: choose a run, hear what it is, open its task', async () => {
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

  it('keeps the span that was chosen while another tab is in front', async () => {
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

  it('says that a browser cannot reach it where the editor is shown by another server', async () => {
    const { workbench } = stage();
    await workbench.command('SparkQ: Open Dashboard in Browser');
    const told = workbench.notification('Your browser cannot reach the machine');
    await told.getByRole('button', { name: 'Open Dashboard' }).click();
    await told.waitFor({ state: 'detached' });
  });

  for (const { label, cssClass, name } of themes) {
    it(`is readable in ${label}`, async () => {
      const { workbench } = stage();
      await workbench.useTheme(label, cssClass);
      await workbench.webview.getByRole('heading', { name: 'Run duration' }).waitFor();
      await workbench.screenshot(`dashboard-editor-${name}`);
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
    });
  }

  it('says so when the extension that made it is gone', async () => {
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

describe('The dashboard in a browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  /** The page of a server with such runs, in a window of its own; fails on any error that the browser tells of. */
  async function withPage(
    queue: MadeUpQueue,
    options: BrowserContextOptions,
    use: (page: Page) => Promise<void>,
  ): Promise<void> {
    const server = await queue.serve();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    const told: string[] = [];
    try {
      const page = await context.newPage();
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) told.push(message.text());
      });
      page.on('pageerror', (error) => told.push(String(error)));
      await page.goto(await dashboardAddress(server));
      await page.getByRole('heading', { name: /Dashboard|Übersicht/ }).waitFor();
      await use(page);
      assert.deepEqual(told, []);
    } finally {
      await context.close();
      await server.close();
    }
  }

  const looks: { name: string; options: BrowserContextOptions }[] = [
    { name: 'dark', options: { colorScheme: 'dark' } },
    { name: 'light', options: { colorScheme: 'light' } },
    { name: 'contrast', options: { forcedColors: 'active', reducedMotion: 'reduce' } },
    { name: 'narrow', options: { colorScheme: 'light', viewport: { width: 400, height: 900 } } },
    { name: 'german', options: { locale: 'de-DE', colorScheme: 'dark' } },
  ];
  for (const { name, options } of looks) {
    it(`is entered by a ticket, breaks no rule of its policy, and keeps nobody out: ${name}`, () =>
      withPage(new MadeUpQueue(300, 20 * hour), options, async (page) => {
        await page.getByText('Migrate the users').waitFor();
        if (name === 'german') {
          await page.getByText('Die Abarbeitung der Spur api wurde noch nicht gestartet.').waitFor();
        }
        await page.screenshot({
          path: inRepository('screenshots', `dashboard-${name}.png`),
          fullPage: true,
        });
        assert.deepEqual(await problemsIn(page), []);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(wide <= 0, `${wide} pixels too wide`);
        if (name !== 'dark') return;
        for (const table of await page.getByRole('button', { name: 'Table' }).all()) await table.click();
        await page.getByRole('columnheader', { name: 'Outcome' }).waitFor();
        assert.deepEqual(await problemsIn(page), []);
      }));
  }

  it('has room for long names where there is little', () => {
    const queue = new MadeUpQueue(20, hour);
    queue.waiting = 'migrate_the_users_'.repeat(10);
    return withPage(queue, { viewport: { width: 280, height: 900 } }, async (page) => {
      await page.getByText(/^(migrate_the_users_){3}/).waitFor();
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(wide <= 0, `${wide} pixels too wide`);
    });
  });

  it('says so when the server is gone', async () => {
    const queue = new MadeUpQueue(20, hour);
    const server = await queue.serve();
    const page = await browser.newPage();
    try {
      await page.goto(await dashboardAddress(server));
      await page.getByText('Runs: 20.').waitFor();
      await server.close();
      await page.getByRole('alert').getByText('The server is not responding.').waitFor();
      await page.getByText('Runs: 20.').waitFor();
    } finally {
      await page.close();
      await server.close();
    }
  });

  it('says what to do where nothing ran', () =>
    withPage(new MadeUpQueue(0, hour), {}, async (page) => {
      await page.getByText('Nothing has been queued yet.').waitFor();
      assert.deepEqual(await problemsIn(page), []);
    }));

  it('follows what happens, and goes on to answer when a thousand things happen in a second', () => {
    const queue = new MadeUpQueue(50, hour);
    const later = new MadeUpQueue(4_000, 10_000, 2).runs.map((run, at) => ({
      ...run,
      task_id: `tsk_f${at}`,
    }));
    return withPage(queue, {}, async (page) => {
      await page.getByText('Runs: 50.').waitFor();
      const answered = page.evaluate(async () => {
        const waits: number[] = [];
        for (let n = 0; n < 40; n += 1) {
          const begun = performance.now();
          await new Promise((resolve) => setTimeout(resolve));
          waits.push(performance.now() - begun);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return Math.max(...waits);
      });
      for (let second = 0; second < 40; second += 1) {
        for (const run of later.slice(second * 100, second * 100 + 100)) queue.tell('task.claimed', run);
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 25)));
      }
      await page.getByText('Runs: 4,050.').waitFor();
      console.log(`      longest pause while 4,000 runs came in: ${Math.round(await answered)} ms`);
    });
  });

  it('draws 10,000 runs in less than 300 ms', () =>
    withPage(new MadeUpQueue(10_000, 23 * hour), { reducedMotion: 'reduce' }, async (page) => {
      await page.addInitScript(noteTimes);
      const took: number[] = [];
      for (let round = 0; round < 7; round += 1) {
        await page.reload();
        await page.getByText('Runs: 10,000.').waitFor();
        took.push((await page.waitForFunction(timeToDraw).then((handle) => handle.jsonValue())) as number);
      }
      const median = [...took].sort((a, b) => a - b)[3] ?? Number.NaN;
      const all = took.map((ms) => Math.round(ms)).join(', ');
      console.log(`      10,000 runs from read to drawn: ${Math.round(median)} ms in the middle of ${all}`);
      assert.ok(median < goal, `${median} ms`);
    }));
});

/** Notes when answers have been read, and when pictures were drawn. */
function noteTimes(): void {
  const times = { read: 0, drawn: [] as { startTime: number; duration: number }[] };
  Object.assign(globalThis, { times });
  const { json } = Response.prototype;
  Object.assign(Response.prototype, {
    async json(this: Response) {
      const body = await json.call(this);
      times.read = performance.now();
      return body;
    },
  });
  const observer = new PerformanceObserver((list) =>
    times.drawn.push(...list.getEntriesByName('sparkq:drawn')),
  );
  observer.observe({ type: 'measure' });
}

/** Milliseconds from the last answer to the end of the first picture after it. */
function timeToDraw(): number | undefined {
  const { times } = globalThis as unknown as {
    times: { read: number; drawn: { startTime: number; duration: number }[] };
  };
  const first = times.drawn.find(({ startTime }) => startTime >= times.read);
  return first && first.startTime + first.duration - times.read;
}
