/**
 * A VS Code server and a browser, shared by the test files of this process, one after the other: starting both, and
 * compiling the workbench in the browser, takes longer than many tests. Each file starts with a new window, its own
 * settings and empty storage.
 */

import { rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { withMachineLock } from '../../provision/machineLock';
import { type PackagedExtension, packagedExtension } from '../../support/packagedExtension';
import { launchProfile } from '../../vscode/browser';
import { copyExtension, installExtension, installPackage } from '../../vscode/installed';
import { inRepository } from '../../vscode/root';
import { userFolder, VsCodeServer } from '../../vscode/server';
import { longestWait, until } from './until';
import { Workbench } from './workbench';

/** Properties of the server: files that need different ones use different servers. */
export interface ServerKind {
  /** VS Code asks whether the folder is to be trusted. */
  workspaceTrust?: boolean;
  /** Folders of other extensions to install. */
  extensions?: readonly string[];
  /** The extension is installed from its package by VS Code's own installer; else its current build is used. */
  packaged?: boolean;
}

/** VS Code hides its notifications after 10 to 15 s, which on a busy machine is only a few steps of a test. */
const lastingNotifications = `
  const { setTimeout } = window;
  window.setTimeout = (call, ms, ...given) => setTimeout(call, ms >= 10_000 && ms <= 15_000 ? 60_000 : ms, ...given);
`;

/** What a window stores; not what the browser has loaded and compiled for it, which the next window is to find. */
const storageTypes = 'cookies,file_systems,indexeddb,local_storage';

const viewport = { width: 1280, height: 800 };

export class SharedServer {
  private constructor(
    private readonly key: string,
    private readonly root: string,
    readonly server: VsCodeServer,
    readonly context: BrowserContext,
  ) {}

  /** This process's server of this kind, or a new one. */
  static async take({ workspaceTrust = false, extensions = [], packaged = false }: ServerKind) {
    const key = JSON.stringify({ workspaceTrust, extensions, packaged });
    return servers().get(key) ?? SharedServer.start(key, { workspaceTrust, extensions, packaged });
  }

  private static async start(key: string, kind: Required<ServerKind>): Promise<SharedServer> {
    const root = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-server-')));
    const data = path.join(root, 'vscode');
    await fs.mkdir(data);
    for (const folder of kind.extensions) await copyExtension(data, folder);
    if (kind.packaged) await installPackage(data, (await packagedOnce()).file);
    else await installExtension(data);
    const [server, context] = await Promise.all([
      VsCodeServer.start({
        data,
        env: {
          SPARKQ_HOME: path.join(root, 'home'),
          // Each window has an extension host, which need not compile again what one before it has.
          NODE_COMPILE_CACHE: path.join(root, 'compiled'),
        },
        workspaceTrust: kind.workspaceTrust,
      }),
      launchProfile(path.join(root, 'browser'), { viewport, reducedMotion: 'reduce' }),
    ]);
    // Mocha ends its worker processes without notice; servers and browsers then end on their own.
    process.once('exit', () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
    context.setDefaultTimeout(longestWait);
    await context.addInitScript(lastingNotifications);
    const shared = new SharedServer(key, root, server, context);
    servers().set(key, shared);
    return shared;
  }

  /** For SPARKQ_HOME: nothing touches the queues of whoever runs the tests. */
  get home(): string {
    return path.join(this.root, 'home');
  }

  /** An empty page for the first window; that of the previous file if there is one. */
  async emptyPage(): Promise<Page> {
    const [page = await this.context.newPage()] = this.context.pages();
    return page;
  }

  /** Closes every window and clears the storage for the next file. */
  async release(): Promise<void> {
    const [kept, ...others] = this.context.pages();
    for (const page of others) await new Workbench(page).close();
    await kept?.goto('about:blank');
    await until(
      'the extension hosts have ended',
      async () => (await this.server.extensionHosts()).length === 0,
    );
    if (kept) {
      await kept.setViewportSize(viewport);
      const browser = await this.context.newCDPSession(kept);
      const origin = `http://${this.server.authority}`;
      await browser.send('Storage.clearDataForOrigin', { origin, storageTypes });
      await browser.detach();
    }
    const stored = ['workspaceStorage', 'globalStorage', 'History', 'settings.json'];
    const user = userFolder(this.server.data);
    for (const folder of [this.home, ...stored.map((name) => path.join(user, name))]) {
      await fs.rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  }

  /** Ends the server; no other file gets it. */
  async stop(): Promise<void> {
    servers().delete(this.key);
    await this.context.close();
    await this.server.stop();
    await fs.rm(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Of the processes that run test files in parallel, one builds the package and the others reuse it. */
function packagedOnce(): Promise<PackagedExtension> {
  return withMachineLock(`sparkq-package-${inRepository()}`, packagedExtension);
}

/** The servers of this process. Each test file is a bundle with its own modules. */
function servers(): Map<string, SharedServer> {
  const everywhere = globalThis as { sparkqServers?: Map<string, SharedServer> };
  everywhere.sparkqServers ??= new Map();
  return everywhere.sparkqServers;
}
