/** Runs tests in the extension host of the server build, with a headless browser as its window. */

import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import { launchBrowser, openWorkbenchPage, type WorkbenchTarget } from './browser';
import { VsCodeServer } from './server';

/** A run of one suite takes far less; a host that hangs must not hang everything. */
const longestRun = 10 * 60_000;

export interface ServerTests extends WorkbenchTarget {
  data: string;
  tests: string;
}

/** The exit code that the extension host ended with. It is 0 also for one that was killed: demand a verdict file. */
export async function runTestsInServer(run: ServerTests): Promise<number> {
  const [server, browser] = await Promise.all([VsCodeServer.start({ data: run.data }), launchBrowser()]);
  const log = createWriteStream(path.join(run.data, 'window.log'));
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    return await new Promise<number>((resolve, reject) => {
      const hung = setTimeout(
        () => reject(new Error(`The tests gave no result within ${longestRun / 60_000} minutes`)),
        longestRun,
      );
      const open = openWorkbenchPage(context, server, run, async (page) => {
        page.once('crash', () => reject(new Error('The page of the workbench crashed')));
        // The workbench calls these two when they exist; its makers' own browser tests stand on them.
        await page.exposeFunction('codeAutomationLog', (level: string, parts: unknown[]) => {
          log.write(`[${level}] ${format(...parts)}\n`);
        });
        await page.exposeFunction('codeAutomationExit', (code: number) => {
          clearTimeout(hung);
          resolve(code);
        });
      });
      open.catch(reject);
    });
  } finally {
    await browser.close();
    await server.stop();
    log.end();
  }
}
