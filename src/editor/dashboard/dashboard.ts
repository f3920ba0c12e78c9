import * as vscode from 'vscode';
import { readDiscovery } from '../../client/discovery';
import { userFolder } from '../../client/userFolder';
import { commands } from '../../contributions';
import type { CommandHandlers } from '../shared/commandRegistry';
import { EditorRefusal } from '../shared/refusal';
import { pagesFolder } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import type { DashboardPage } from './dashboardPage';

const viewType = 'sparkq.dashboard';

/** The dashboard: one editor tab, which is restored when the window is reloaded, or a page in the browser. */
export class Dashboard implements vscode.WebviewPanelSerializer {
  private shown: { panel: vscode.WebviewPanel; page: DashboardPage } | undefined;
  private opening: Promise<void> | undefined;

  constructor(private readonly editor: EditorContext) {}

  readonly handlers: CommandHandlers = {
    openDashboard: () => this.openOnce(),
    openDashboardInBrowser: () => this.openInBrowser(),
  };

  register(): vscode.Disposable {
    return vscode.Disposable.from(vscode.window.registerWebviewPanelSerializer(viewType, this), {
      dispose: () => this.shown?.page.dispose(),
    });
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    const { DashboardPage } = await loadPage();
    if (this.shown) panel.dispose();
    else this.fill(DashboardPage, panel);
  }

  /** A second call while it is being opened opens nothing else. */
  private openOnce(): Promise<void> {
    this.opening ??= this.open().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async open(): Promise<void> {
    const { DashboardPage } = await loadPage();
    if (this.shown) {
      this.shown.panel.reveal();
      return;
    }
    await closeLeftOver();
    const localResourceRoots = [pagesFolder(this.editor.context.extensionUri)];
    const title = vscode.l10n.t('Dashboard');
    this.fill(
      DashboardPage,
      vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, { localResourceRoots }),
    );
  }

  private fill(Page: typeof DashboardPage, panel: vscode.WebviewPanel): void {
    const page = new Page(this.editor, panel);
    this.shown = { panel, page };
    panel.onDidDispose(() => {
      if (this.shown?.panel === panel) this.shown = undefined;
      page.dispose();
    });
  }

  /** The owner of the queue serves the page. The link lets one browser in, once. */
  private async openInBrowser(): Promise<void> {
    const { storage } = await this.editor.access.demand();
    const owner = readDiscovery(userFolder(), storage);
    if (!owner) throw new EditorRefusal(vscode.l10n.t('The queue is not available right now. Try again.'));
    await demandSameAddress(owner.url);
    const { RemoteQueue } = await import('../../client/remote/remoteQueue');
    const remote = new RemoteQueue({ url: owner.url, token: owner.token, version: this.editor.version });
    try {
      await vscode.env.openExternal(vscode.Uri.parse(await remote.ticketUrl('/dashboard'), true));
    } finally {
      await remote.close();
    }
  }
}

/** The code of the page is not needed before there is one. */
function loadPage(): Promise<typeof import('./dashboardPage')> {
  return import('./dashboardPage');
}

/** Closes tabs without a page: left by an extension host that ended, or not shown since a reload. */
async function closeLeftOver(): Promise<void> {
  const tabs = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    // VS Code adds a prefix to the type.
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewType));
  if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
}

/** The server answers only under its own address. Refuses if the browser would have to use another one. */
async function demandSameAddress(url: string): Promise<void> {
  const inside = vscode.Uri.parse(url, true);
  const outside = await vscode.env.asExternalUri(inside);
  const own = [inside.authority, inside.authority.replace('127.0.0.1', 'localhost')];
  if (outside.scheme === 'http' && own.includes(outside.authority)) return;
  throw new EditorRefusal(
    vscode.l10n.t('Your browser cannot reach the machine that serves the dashboard. Open it in a tab.'),
    { title: vscode.l10n.t('Open Dashboard'), command: commands.openDashboard },
  );
}
