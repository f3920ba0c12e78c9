import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import { messageOf, QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import type { DashboardChange, DashboardData, Overview } from '../../pages/dashboard/dashboardData';
import type { FromDashboard, ToDashboard } from '../../pages/dashboard/dashboardProtocol';
import { type DashboardStart, translatedTexts } from '../../pages/dashboard/dashboardTexts';
import { changeOf, readDashboard, readOverview } from '../../pages/dashboard/readDashboard';
import { Disposables } from '../shared/disposables';
import { sentencesOf } from '../shared/refusal';
import { showPage } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { whyWaitingIn } from '../workspace/taskFacts';

/** Milliseconds in which changes are gathered: a message for each would be more than a page can take. */
const gathering = 50;

type WhyWaiting = Parameters<NonNullable<Parameters<typeof readOverview>[1]>>;

const nothing: DashboardData = {
  streams: [],
  queued: 0,
  running: 0,
  failedUnreviewed: 0,
  longest: null,
  runs: [],
  more: false,
};

/** The dashboard in an editor tab: answers what the page asks, and tells it what happens. */
export class DashboardPage implements vscode.Disposable {
  private readonly disposables = new Disposables();
  private changes: DashboardChange[] = [];
  private readonly posting = new Coalescer(() => this.postChanges(), { delay: gathering });

  constructor(
    private readonly editor: Pick<EditorContext, 'access' | 'commands' | 'context' | 'log'>,
    private readonly panel: vscode.WebviewPanel,
  ) {
    const { extensionUri } = editor.context;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    this.disposables.add(panel.webview.onDidReceiveMessage((message) => void this.hear(message)));
    this.disposables.add({ dispose: () => this.posting.stop() });
    const data: DashboardStart = {
      language: vscode.env.language,
      texts: translatedTexts(vscode.l10n.bundle ?? {}),
      // It is told in the right language already.
      waiting: {},
    };
    showPage(panel.webview, extensionUri, { name: 'dashboard', title: panel.title, data });
    const { access } = editor;
    this.disposables.add(access.onDidChange(() => this.tell({ type: 'reset' })));
    this.disposables.add(
      access.whileOpen(({ queue }) => new vscode.Disposable(queue.subscribe((event) => this.note(event)))),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private note(event: QueueEvent): void {
    const change = changeOf(event);
    if (change) this.tell(change);
  }

  private tell(change: DashboardChange): void {
    // A page that is not on the screen does not live: it reads everything when it comes back.
    if (!this.panel.visible) return;
    this.changes.push(change);
    this.posting.request();
  }

  private postChanges(): void {
    this.post({ type: 'changes', changes: this.changes });
    this.changes = [];
  }

  private async hear(value: unknown): Promise<void> {
    // Loaded only now: checking takes a large library, and most windows never show a page.
    const { readDashboardMessage } = await import('./dashboardMessages');
    const message = readDashboardMessage(value);
    if (message === undefined) {
      this.editor.log.warn(`The dashboard said what no page says: ${JSON.stringify(value)}`);
      return;
    }
    this.post({ type: 'received' });
    await this.editor.commands.run(`dashboard: ${message.type}`, () => this.obey(message));
  }

  private async obey(message: FromDashboard): Promise<void> {
    if (message.type === 'openTask') {
      await vscode.commands.executeCommand(commands.openTask, { taskId: message.taskId });
      return;
    }
    const { id } = message;
    try {
      this.post({ type: 'answer', id, answer: await this.answerTo(message) });
    } catch (error) {
      if (!QueueError.is(error)) this.editor.log.error('The dashboard could not be read', error);
      this.post({
        type: 'refused',
        id,
        message: QueueError.is(error) ? sentencesOf(error) : messageOf(error),
      });
    }
  }

  private async answerTo(
    message: Exclude<FromDashboard, { type: 'openTask' }>,
  ): Promise<DashboardData | Overview> {
    const workspace = await this.currentWorkspace();
    if (!workspace) return nothing;
    const why = (...args: WhyWaiting) => whyWaitingIn(workspace, ...args) ?? '';
    return message.type === 'load'
      ? readDashboard(workspace.queue, message.since, why)
      : readOverview(workspace.queue, why);
  }

  /** The open queue; undefined where there is none, which is not for this page to change. */
  private async currentWorkspace(): Promise<OpenWorkspace | undefined> {
    const { access } = this.editor;
    if (access.state === 'opening') return access.open();
    if (access.state === 'failed') throw access.failure;
    return access.workspace;
  }

  private post(message: ToDashboard): void {
    if (!this.disposables.disposed) void this.panel.webview.postMessage(message);
  }
}
