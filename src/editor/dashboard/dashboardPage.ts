import * as vscode from 'vscode';
import { workedOn } from '../../client/streamWorkers';
import { commands } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import { QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import type { DashboardChange, DashboardData, Overview } from '../../pages/dashboard/dashboardData';
import type { FromDashboard, ToDashboard } from '../../pages/dashboard/dashboardProtocol';
import { type DashboardStart, translatedTexts } from '../../pages/dashboard/dashboardTexts';
import { changeOf, readDashboard, readOverview } from '../../pages/dashboard/readDashboard';
import { Disposables } from '../shared/disposables';
import { explain } from '../shared/refusal';
import { handleMessages, showPage } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { whyWaitingIn } from '../workspace/taskFacts';

/** Milliseconds. A message for each change would be more than a page can take. */
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

/** The dashboard in an editor tab: answers its questions and sends it what changes. */
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
    this.disposables.add(
      handleMessages(panel.webview, editor, {
        name: 'dashboard',
        load: async () => (await import('./dashboardMessages')).readDashboardMessage,
        handle: (message) => this.handle(message),
      }),
    );
    this.disposables.add({ dispose: () => this.posting.stop() });
    const data: DashboardStart = {
      language: vscode.env.language,
      texts: translatedTexts(vscode.l10n.bundle ?? {}),
      // Sent in the right language already.
      waiting: {},
    };
    showPage(panel.webview, extensionUri, { name: 'dashboard', title: panel.title, data });
    const { access } = editor;
    this.disposables.add(access.onDidChange(() => this.send({ type: 'reset' })));
    this.disposables.add(
      access.whileOpen(({ queue }) => new vscode.Disposable(queue.subscribe((event) => this.onEvent(event)))),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private onEvent(event: QueueEvent): void {
    const change = changeOf(event);
    if (change) this.send(change);
  }

  private send(change: DashboardChange): void {
    // VS Code unloads a hidden page; it reads everything when it is shown again.
    if (!this.panel.visible) return;
    this.changes.push(change);
    this.posting.request();
  }

  private postChanges(): void {
    this.post({ type: 'changes', changes: this.changes });
    this.changes = [];
  }

  private async handle(message: FromDashboard): Promise<void> {
    if (message.type === 'openTask') {
      await vscode.commands.executeCommand(commands.openTask, { taskId: message.taskId });
      return;
    }
    const { id } = message;
    try {
      this.post({ type: 'answer', id, answer: await this.answerTo(message) });
    } catch (error) {
      if (!QueueError.is(error)) this.editor.log.error('The dashboard could not be read', error);
      this.post({ type: 'refused', id, message: explain(error) });
    }
  }

  private async answerTo(
    message: Exclude<FromDashboard, { type: 'openTask' }>,
  ): Promise<DashboardData | Overview> {
    const workspace = await this.currentWorkspace();
    if (!workspace) return nothing;
    const isWorkedOn = await workedOn(workspace.queue);
    const why = (...[task, stream]: WhyWaiting) =>
      whyWaitingIn(workspace, task, stream, isWorkedOn(stream)) ?? '';
    return message.type === 'load'
      ? readDashboard(workspace.queue, message.since, why)
      : readOverview(workspace.queue, why);
  }

  /** Undefined where none is open: this page opens none. */
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
