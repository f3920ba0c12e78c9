/** What a file of browser tests uses: a VS Code server, a browser and a workbench of its own. */

import path from 'node:path';
import type { Page } from 'playwright-core';
import { type Discovery, isProvablyDead, listDiscoveries } from '../../../src/client/discovery';
import { RemoteQueue } from '../../../src/client/remote/remoteQueue';
import { makeTemporaryPlace, type TemporaryPlace } from '../../vscode/sampleWorkspace';
import { type VsCodeServer, writeUserSettings } from '../../vscode/server';
import { emptyQueue } from './emptyQueue';
import { rowActionIsOver } from './rowActions';
import { type ServerKind, SharedServer } from './sharedServer';
import { until } from './until';
import { type View, Workbench } from './workbench';

export interface StageOptions extends ServerKind {
  /** Open no folder. */
  empty?: boolean;
  /** Open this `.code-workspace` file beside the workspace, which `prepare` writes. */
  workspaceFile?: string;
  settings?: Readonly<Record<string, unknown>>;
  /** Each test starts where the previous one ended; if one fails, the rest are skipped. */
  story?: boolean;
  /** Changes the workspace before VS Code sees it. */
  prepare?: (place: TemporaryPlace) => Promise<void>;
}

export class Stage {
  private used = false;

  private constructor(
    readonly place: TemporaryPlace,
    private readonly shared: SharedServer,
    readonly workbench: Workbench,
  ) {}

  static async set(options: StageOptions = {}): Promise<Stage> {
    const shared = await SharedServer.take(options);
    const own = await makeTemporaryPlace('e2e');
    try {
      const place = { ...own, home: shared.home, data: shared.server.data };
      await options.prepare?.(place);
      // The questions about workers would lie over what tests click on.
      const quiet = {
        'sparkq.startWorker': 'never',
        'sparkq.background': 'never',
        // It selects the file that a click has opened, alone, at whatever moment: then others are chosen no more.
        'explorer.autoReveal': false,
      };
      await writeUserSettings(place.data, { ...quiet, ...options.settings });
      const page = await shared.emptyPage();
      const stage = new Stage(place, shared, new Workbench(page));
      const file = options.workspaceFile && path.join(place.root, options.workspaceFile);
      await stage.show(
        page,
        file ? { workspace: file } : { folder: options.empty ? undefined : place.workspace },
      );
      return stage;
    } catch (error) {
      await shared.stop();
      await own.remove();
      throw error;
    }
  }

  get server(): VsCodeServer {
    return this.shared.server;
  }

  /** All open windows, in the order of opening. */
  pages(): Workbench[] {
    return this.shared.context.pages().map((page) => new Workbench(page));
  }

  /** Another window, on the same folder or another one. */
  async openWindow(folder = this.place.workspace): Promise<Workbench> {
    return this.show(await this.shared.context.newPage(), { folder });
  }

  private async show(page: Page, target: { folder?: string; workspace?: string }): Promise<Workbench> {
    await page.goto(this.server.address(target), { waitUntil: 'commit' });
    const workbench = new Workbench(page);
    await workbench.ready();
    if (target.workspace) await listFolders(workbench);
    return workbench;
  }

  /**
   * The queue as any other program sees it, through the owner's HTTP routes: to check what the screen shows, and to
   * enqueue tasks. A new one for each test, because the owner changes with a take-over.
   */
  async queue(): Promise<RemoteQueue> {
    const { url, token, version } = await this.owner();
    return new RemoteQueue({ url, token, version });
  }

  /** The queue as an agent reaches it. */
  async agentQueue(): Promise<RemoteQueue> {
    const { url, agent_token: token = '', version } = await this.owner();
    const caller = { kind: 'agent', via: 'claude', conversation: 'c1' } as const;
    return new RemoteQueue({ url, token, version, caller });
  }

  private owner(): Promise<Discovery> {
    return until('the owner of the queue says where it is', () =>
      listDiscoveries(this.place.home).find((discovery) => !isProvablyDead(discovery)),
    );
  }

  /** Creates the first session from the empty Queue view, as a person does, and returns that view. */
  async beginSession(name: string): Promise<View> {
    await this.workbench.openContainer('SparkQ');
    const view = this.workbench.view('Queue');
    await view.welcome.getByRole('button', { name: 'New Session' }).click();
    await this.workbench.quickInput.answer('Name of the session', name);
    await view.see(name);
    return view;
  }

  /** For the next of those who share the window: the queue is empty, and of what they opened nothing is left. */
  async startOver(): Promise<void> {
    const { workbench, used } = this;
    this.used = true;
    if (!used) return;
    rowActionIsOver(workbench.page);
    const queue = await this.queue();
    await emptyQueue(queue);
    await queue.close();
    await workbench.closeEditors();
    await workbench.clearNotifications();
    await workbench.openContainer('SparkQ');
    await workbench.view('Queue').welcome.getByRole('button', { name: 'New Session' }).waitFor();
  }

  /** Ends the extension hosts without warning, and resolves when VS Code has started others. */
  async killExtensionHosts(): Promise<void> {
    const killed = await this.server.extensionHosts();
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await until('VS Code starts another extension host', async () =>
      (await this.server.extensionHosts()).find((pid) => !killed.includes(pid)),
    );
  }

  /** @param keepServer clear the server and keep it for the next stage */
  async strike({ keepServer = false } = {}): Promise<void> {
    // The next file uses the window, and has modules of its own: it could not end what waits for a question.
    for (const { page } of this.pages()) rowActionIsOver(page);
    if (keepServer) await this.shared.release();
    else await this.shared.stop();
    await this.place.remove();
  }
}

/**
 * Resolves when the Explorer lists the folders of the workspace file. VS Code in a browser may show a file that it has not
 * seen before as one without folders, for as long as the window lives: it begins with the folders in its cache, where there
 * are none yet, and takes them for complete if it has read the file in the meantime. After a reload they are in its cache.
 */
async function listFolders(workbench: Workbench): Promise<void> {
  await workbench.openContainer('Explorer');
  const listed = workbench.explorer.row(/./);
  const emptyView = workbench.page.locator('.part.sidebar .welcome-view-content');
  await until('the Explorer lists the folders', async () => {
    await listed.or(emptyView).first().waitFor();
    if (await listed.isVisible()) return true;
    await workbench.reloadAbruptly();
    return false;
  });
}

// On SIGTERM, too, the tests end the servers they started: that happens on exit.
if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit(143));

/** Answers the stage, which stands only while tests run. */
export type StageOf = () => Stage;

/** Sets a stage before the tests of a `describe` and strikes it after; a test that fails leaves screenshots. */
export function useStage(options: StageOptions = {}): StageOf {
  let stage: Stage | undefined;
  let failed = false;
  before(async () => {
    stage = await Stage.set(options);
  });
  if (options.story) tellStory();
  afterEach(async function () {
    const test = this.currentTest;
    if (test?.state !== 'failed') return;
    failed = true;
    const name = test.fullTitle().replace(/[^a-z0-9]+/gi, '-');
    for (const [index, window] of stage?.pages().entries() ?? []) {
      await window.picture(`failed/${name}${index === 0 ? '' : `-${index + 1}`}`);
    }
  });
  after(async () => {
    await stage?.strike({ keepServer: !failed });
  });
  return () => {
    if (!stage) throw new Error('The stage stands only while tests run.');
    return stage;
  };
}

/** Has the tests of a `describe` tell a story in a window that others use before and after it. */
export function shareStage(stage: StageOf): void {
  before(() => stage().startOver());
  tellStory();
}

/** Once a test of this `describe` has failed, those after it are skipped. */
function tellStory(): void {
  let failed = false;
  beforeEach(function () {
    if (failed) this.skip();
  });
  afterEach(function () {
    failed ||= this.currentTest?.state === 'failed';
  });
}
