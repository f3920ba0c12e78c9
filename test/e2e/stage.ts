/** What a file of browser tests stands on: a VS Code server, a browser and a workbench, all its own. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { isProvablyDead, listDiscoveries } from '../../src/client/discovery';
import { RemoteQueue } from '../../src/client/remote/remoteQueue';
import { packagedExtension } from '../support/packagedExtension';
import { launchBrowser, openWorkbenchPage } from '../vscode/browser';
import { copyExtension, installExtension, installPackage } from '../vscode/installed';
import { makeTemporaryPlace, type TemporaryPlace } from '../vscode/sampleWorkspace';
import { VsCodeServer } from '../vscode/server';
import { type View, Workbench } from './workbench';

export interface StageOptions {
  /** Open no folder. */
  empty?: boolean;
  /** VS Code asks whether the folder is to be trusted. */
  workspaceTrust?: boolean;
  settings?: Readonly<Record<string, unknown>>;
  /** Each test begins where the one before it ended: when one fails, those after it are left out. */
  story?: boolean;
  /** Folders of other extensions to install. */
  extensions?: readonly string[];
  /** The extension comes out of its package, by VS Code's own installer; else as it is built now. */
  packaged?: boolean;
  /** Changes the workspace before VS Code sees it. */
  prepare?: (place: TemporaryPlace) => Promise<void>;
}

export class Stage {
  private constructor(
    readonly place: TemporaryPlace,
    readonly server: VsCodeServer,
    private readonly browser: Browser,
    private readonly context: BrowserContext,
    readonly workbench: Workbench,
  ) {}

  static async set(options: StageOptions = {}): Promise<Stage> {
    const place = await makeTemporaryPlace('e2e');
    try {
      return await Stage.setIn(place, options);
    } catch (error) {
      await place.remove();
      throw error;
    }
  }

  private static async setIn(place: TemporaryPlace, options: StageOptions): Promise<Stage> {
    await options.prepare?.(place);
    for (const folder of options.extensions ?? []) await copyExtension(place.data, folder);
    if (options.packaged) await installPackage(place.data, (await packagedExtension()).file);
    else await installExtension(place.data);
    const [server, browser] = await Promise.all([
      VsCodeServer.start({
        data: place.data,
        env: { SPARKQ_HOME: place.home },
        workspaceTrust: options.workspaceTrust,
        settings: options.settings,
      }),
      launchBrowser(),
    ]);
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(20_000);
    const folder = options.empty ? undefined : place.workspace;
    const workbench = new Workbench(await openWorkbenchPage(context, server, { folder }));
    const stage = new Stage(place, server, browser, context, workbench);
    await workbench.ready();
    return stage;
  }

  /** Every window that is open now, in the order of opening. */
  pages(): Workbench[] {
    return this.context.pages().map((page) => new Workbench(page));
  }

  /** Another window, on the same folder or another one. */
  async openWindow(folder = this.place.workspace): Promise<Workbench> {
    const page = await openWorkbenchPage(this.context, this.server, { folder });
    const workbench = new Workbench(page);
    await workbench.ready();
    return workbench;
  }

  /**
   * The queue as any other program sees it, through the owner's HTTP routes: to check what the screen says, and to
   * put work in. A new one for each test: a take-over changes where the owner is.
   */
  async queue(): Promise<RemoteQueue> {
    const owner = await until('the owner of the queue says where it is', () =>
      listDiscoveries(this.place.home).find((discovery) => !isProvablyDead(discovery)),
    );
    return new RemoteQueue({ url: owner.url, token: owner.token, version: owner.version });
  }

  /** Makes the first session as a person does, from what the empty Queue view offers, and returns that view. */
  async beginSession(name: string): Promise<View> {
    await this.workbench.openContainer('SparkQ');
    const view = this.workbench.view('Queue');
    await view.welcome.getByRole('button', { name: 'New Session' }).click();
    await this.workbench.quickInput.answer('Name of the session', name);
    await view.see(name);
    return view;
  }

  /** Ends the extension hosts without warning, and resolves when VS Code has started others. */
  async killExtensionHosts(): Promise<void> {
    const killed = await this.server.extensionHosts();
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await until('VS Code starts another extension host', async () =>
      (await this.server.extensionHosts()).find((pid) => !killed.includes(pid)),
    );
  }

  async strike(): Promise<void> {
    await this.context.close();
    await this.browser.close();
    await this.server.stop();
    await this.place.remove();
  }
}

/** Checks until there is a result other than undefined and false: for what is outside the page and cannot be awaited. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    await pause(100);
  }
  throw new Error(`Waited a minute until ${what}`);
}

// Ended from outside, the tests still end the servers that they started: that happens on exit.
if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit(143));

/** Sets a stage before the tests of a `describe` and strikes it after; a test that fails leaves a screenshot. */
export function useStage(options: StageOptions = {}): () => Stage {
  let stage: Stage | undefined;
  before(async function () {
    this.timeout(120_000);
    stage = await Stage.set(options);
  });
  let lost = false;
  beforeEach(function () {
    if (lost) this.skip();
  });
  afterEach(async function () {
    const test = this.currentTest;
    if (test?.state === 'failed') {
      lost = options.story ?? false;
      await stage?.workbench.screenshot(`failed/${test.fullTitle().replace(/[^a-z0-9]+/gi, '-')}`);
    }
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.strike();
  });
  return () => {
    if (!stage) throw new Error('The stage stands only while tests run.');
    return stage;
  };
}
