import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../../vscode/browser';
import { inRepository } from '../../vscode/root';
import { problemsIn } from '../support/accessibility';
import { dashboardAddress, MadeUpQueue } from '../support/dashboardServer';
import { picturesWanted } from '../support/picturesWanted';
import { longestWait } from '../support/until';

const hour = 3_600_000;
/** Milliseconds of processor time that 10,000 runs should cost at most; a busy machine takes longer. */
const goal = 300;
/** How often a page is loaded to find out what that takes. */
const rounds = 5;

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
    context.setDefaultTimeout(longestWait);
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
    it(`opens with a ticket, follows its policy, and is accessible: ${name}`, () =>
      withPage(new MadeUpQueue(300, 20 * hour), options, async (page) => {
        await page.getByText('Migrate the users').waitFor();
        if (name === 'german') {
          await page.getByText('Die Abarbeitung der Spur api wurde noch nicht gestartet.').waitFor();
        }
        if (picturesWanted) {
          await page.screenshot({
            path: inRepository('screenshots', `dashboard-${name}.png`),
            fullPage: true,
          });
        }
        assert.deepEqual(await problemsIn(page), []);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(wide <= 0, `${wide} pixels too wide`);
        if (name !== 'dark') return;
        for (const table of await page.getByRole('button', { name: 'Table' }).all()) await table.click();
        await page.getByRole('columnheader', { name: 'Outcome' }).waitFor();
        assert.deepEqual(await problemsIn(page), []);
      }));
  }

  it('has room for long names on a narrow page', () => {
    const queue = new MadeUpQueue(20, hour);
    queue.waiting = 'migrate_the_users_'.repeat(10);
    return withPage(queue, { viewport: { width: 280, height: 900 } }, async (page) => {
      await page.getByText(/^(migrate_the_users_){3}/).waitFor();
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(wide <= 0, `${wide} pixels too wide`);
    });
  });

  it('reports that the server is gone', async () => {
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

  it('says what to do if nothing ran', () =>
    withPage(new MadeUpQueue(0, hour), {}, async (page) => {
      await page.getByText('Nothing has been queued yet.').waitFor();
      assert.deepEqual(await problemsIn(page), []);
    }));

  it('follows changes, and stays responsive with a thousand changes per second', () => {
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

  it('draws 10,000 runs without an element for each, and says what they cost', async () => {
    const few = await load(new MadeUpQueue(20, 23 * hour), 'Runs: 20.');
    const many = await load(new MadeUpQueue(10_000, 23 * hour), 'Runs: 10,000.');
    const cost = many.busy - few.busy;
    console.log(
      `      10,000 runs: ${cost} ms of processor time (goal: ${goal}), drawn ${many.drawn} ms after they were read`,
    );
    // A picture is one canvas; what stands around it does not grow with the runs.
    assert.ok(many.elements <= few.elements + 50, `${few.elements}, then ${many.elements} elements`);
    assert.ok(many.pictures <= 5, `drawn ${many.pictures} times`);
  });

  /**
   * Medians of loading a page: milliseconds that its thread was busy and from reading the runs to their picture, how many
   * elements it has, and how often it drew.
   */
  async function load(queue: MadeUpQueue, shown: string) {
    const busy: number[] = [];
    const elements: number[] = [];
    const pictures: number[] = [];
    const drawn: number[] = [];
    await withPage(queue, { reducedMotion: 'reduce' }, async (page) => {
      await page.addInitScript(noteTimes);
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
      for (let round = 0; round < rounds; round += 1) {
        // From here on it is counted anew.
        await page.reload();
        await page.getByText(shown).waitFor();
        drawn.push((await page.waitForFunction(timeToDraw).then((handle) => handle.jsonValue())) as number);
        elements.push(await page.evaluate<number>('document.querySelectorAll("*").length'));
        pictures.push(await page.evaluate<number>('times.drawn.length'));
        const { metrics } = await devtools.send('Performance.getMetrics');
        busy.push((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000);
      }
    });
    return {
      busy: median(busy),
      drawn: median(drawn),
      elements: median(elements),
      pictures: median(pictures),
    };
  }
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

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
