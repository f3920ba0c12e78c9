/**
 * How long a person waits for the tasks of a large queue in the editor, beyond what VS Code takes for an extension that
 * does nothing: both are installed in each window, and shown one after the other.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { snapshotName, sortNames } from '../src/store/engine/fileNames';
import { fillQueue } from '../test/e2e/support/filledQueue';
import { until } from '../test/e2e/support/until';
import { Workbench } from '../test/e2e/support/workbench';
import { openLocalQueue } from '../test/support/localQueue';
import { launchBrowser } from '../test/vscode/browser';
import { copyExtension, installExtension } from '../test/vscode/installed';
import { inRepository } from '../test/vscode/root';
import { makeTemporaryPlace, type TemporaryPlace } from '../test/vscode/sampleWorkspace';
import { VsCodeServer, writeUserSettings } from '../test/vscode/server';
import { runNode } from './checkout';

/** Milliseconds from the moment a view is shown, which activates its extension, until its rows are drawn, by window. */
export interface EditorStart {
  /** Tasks of the queue. */
  tasks: number;
  sparkq: number[];
  empty: number[];
  /** A Node that does no more than load SQLite and open the database. */
  database: number[];
}

interface ShownView {
  /** The container in the activity bar. */
  container: string;
  view: string;
  /** A selector of the rows that are waited for. */
  row: string;
}

const views: Record<'sparkq' | 'empty', ShownView> = {
  // Below a session and a stream.
  sparkq: { container: 'SparkQ', view: 'Queue', row: '[role="treeitem"][aria-level="3"]' },
  empty: { container: 'Empty', view: 'Empty', row: '[role="treeitem"]' },
};

/** Opens so many windows, one after the other, on a folder whose queue has that many tasks. */
export async function measureEditorStart(tasks: number, windows: number): Promise<EditorStart> {
  const place = await makeTemporaryPlace('bench');
  const { root, workspace, home, data } = place;
  const storage = path.join(root, 'queue');
  const start: EditorStart = { tasks, sparkq: [], empty: [], database: [] };
  // Ended from outside, it still ends what it started: that happens on exit.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  let server: VsCodeServer | undefined;
  let browser: Browser | undefined;
  try {
    await fillQueue({ workspace, storage, home, tasks });
    await makeSnapshot(storage, workspace);
    await installExtensions(place);
    server = await VsCodeServer.start({ data, env: { SPARKQ_HOME: home } });
    browser = await launchBrowser();
    for (let number = 0; number < windows; number++) {
      const order = number % 2 === 0 ? (['empty', 'sparkq'] as const) : (['sparkq', 'empty'] as const);
      const times = await measureWindow(browser, server, workspace, order);
      for (const [index, side] of order.entries()) start[side].push(times[index] ?? Number.NaN);
      start.database.push(await openDatabase(storage));
    }
  } finally {
    await browser?.close();
    await server?.stop();
    await place.remove();
  }
  return start;
}

/** As an owner does once nothing has been written for a while: until then, opening takes longer by the journal. */
async function makeSnapshot(storage: string, workspace: string): Promise<void> {
  const queue = await openLocalQueue(storage, { workspace, limits: { mostJournals: 1 } });
  await queue.close();
}

/** Installs SparkQ such that only its view activates it: what does so at the end of the start would come before that. */
async function installExtensions({ data }: TemporaryPlace): Promise<void> {
  await installExtension(data);
  for (const name of ['empty-view', 'calm']) {
    await copyExtension(data, inRepository('bench', 'extensions', name));
  }
  const extensions = path.join(data, 'extensions');
  const [sparkq = ''] = (await fs.readdir(extensions)).filter((name) => name.startsWith('sparkq.sparkq-'));
  const manifest = path.join(extensions, sparkq, 'package.json');
  const contents = JSON.parse(await fs.readFile(manifest, 'utf8')) as object;
  await fs.writeFile(manifest, JSON.stringify({ ...contents, activationEvents: [] }));
  await writeUserSettings(data, { 'sparkq.startWorker': 'never', 'sparkq.background': 'never' });
}

/** A window that has nothing in memory of the ones before it. */
async function measureWindow(
  browser: Browser,
  server: VsCodeServer,
  folder: string,
  order: readonly (keyof typeof views)[],
): Promise<number[]> {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(server.address({ folder }), { waitUntil: 'commit' });
  const workbench = new Workbench(page);
  await workbench.ready();
  await page.locator('[id="sparkq-bench.calm.calm"]').waitFor({ timeout: 120_000 });
  const times: number[] = [];
  for (const side of order) times.push(await timeUntilRows(workbench, views[side]));
  await workbench.close();
  await context.close();
  await until(
    'the extension host of the window has ended',
    async () => (await server.extensionHosts()).length === 0,
  );
  return times;
}

async function timeUntilRows(workbench: Workbench, { container, view, row }: ShownView): Promise<number> {
  const time = workbench.page.evaluate<number>(watching(view, row));
  await workbench.openContainer(container);
  return time;
}

/** For the page: resolves with the milliseconds from the moment the view is there until such a row of it is drawn. */
const watching = (view: string, row: string) => `new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('The view ${view} has shown no rows for a minute')), 60_000);
  let shown;
  const observer = new MutationObserver(() => {
    const header = document.querySelector('.part.sidebar .pane-header[aria-label^="${view}"]');
    if (!header) return;
    shown ??= performance.now();
    if (!header.closest('.pane').querySelector('${row}')) return;
    observer.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - shown));
  });
  observer.observe(document.body, { subtree: true, childList: true, attributes: true });
})`;

/** Milliseconds that a Node takes to load SQLite and to open the newest snapshot with it. */
async function openDatabase(storage: string): Promise<number> {
  const newest = sortNames(await fs.readdir(storage)).snapshots.at(-1);
  if (newest === undefined) throw new Error(`${storage} has no snapshot`);
  const file = (...parts: string[]) => JSON.stringify(path.resolve(...parts));
  const printed = runNode([
    '-e',
    `
    const { readFileSync } = require('node:fs');
    const start = performance.now();
    const wasmBinary = readFileSync(${file('dist', 'sql-wasm.wasm')});
    require(${file('dist', 'sql-wasm.js')})({ wasmBinary }).then(({ Database }) => {
      new Database(readFileSync(${file(storage, snapshotName(newest))})).exec('SELECT count(*) FROM tasks');
      console.log(performance.now() - start);
    });`,
  ]);
  return Number(printed);
}
