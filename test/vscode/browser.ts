/** Headless Chromium, and the workbench in it. */

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core';
import { provisionBrowser } from './provision';
import type { VsCodeServer } from './server';

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch(await launchOptions());
}

/**
 * A browser that keeps what it has loaded and compiled in this folder, for the windows to come. What a browser keeps in
 * memory has no room for the workbench, which each window would then compile again.
 */
export async function launchProfile(folder: string, options: BrowserContextOptions): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...(await launchOptions()), ...options });
}

async function launchOptions(): Promise<LaunchOptions> {
  return {
    executablePath: await provisionBrowser(),
    headless: true,
    args: [
      // Chromium's own sandbox refuses to work for root, which is who runs this in a container.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      // No window of the tests lives long enough to win back what its slowest compiler takes.
      '--js-flags=--no-turbofan',
    ],
  };
}

export interface WorkbenchTarget {
  folder?: string;
  workspace?: string;
  /** Extensions under development, by folder. */
  extensions?: readonly string[];
  /** A module for the extension host to load and `run()` once everything is up. */
  tests?: string;
}

/** Opens a page on the workbench. `prepare` may give the page functions before anything in it runs. */
export async function openWorkbenchPage(
  context: BrowserContext,
  server: VsCodeServer,
  target: WorkbenchTarget,
  prepare?: (page: Page) => Promise<void>,
): Promise<Page> {
  const page = await context.newPage();
  if (target.extensions || target.tests) {
    const options = {
      extensions: target.extensions?.map((folder) => remoteUri(server, folder)),
      extensionTestsPath: target.tests ? remoteUri(server, target.tests) : undefined,
    };
    await page.addInitScript({ content: developmentScript(options) });
  }
  await prepare?.(page);
  await page.goto(server.address(target), { waitUntil: 'commit' });
  return page;
}

function remoteUri(server: VsCodeServer, file: string) {
  return { $mid: 1, scheme: 'vscode-remote', authority: server.authority, path: file };
}

/**
 * The page carries its configuration in a meta element, which the workbench (a module, so it runs after parsing)
 * reads. In between it can be changed. The server's own switch for this also hides every notification.
 */
function developmentScript(options: object): string {
  return `
    document.addEventListener('readystatechange', () => {
      const element = document.getElementById('vscode-workbench-web-configuration');
      if (document.readyState !== 'interactive' || !element) return;
      const configuration = JSON.parse(element.getAttribute('data-settings'));
      Object.assign((configuration.developmentOptions ??= {}), ${JSON.stringify(options)});
      element.setAttribute('data-settings', JSON.stringify(configuration));
    });
  `;
}
