import * as vscode from 'vscode';
import { pickTask } from '../shared/pickers';
import { taskIds } from '../shared/targets';
import { pagesFolder } from '../shared/webviewPage';
import type { SparkQ } from '../sparkq';
import { GitFiles } from './gitFiles';
import { TaskPage } from './taskPage';
import { taskOfState } from './taskPageState';

const viewType = 'sparkq.task';

/** The pages of tasks, at most one for each task; they come back when the window is reloaded. */
export class TaskPages implements vscode.WebviewPanelSerializer {
  private readonly pages = new Map<string, TaskPage>();

  constructor(private readonly sparkq: SparkQ) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.sparkq.runner.register('openTask', (...given) => this.open(given)),
      new GitFiles(this.sparkq.access).register(),
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      this.sparkq.access.onDidChange(() => {
        for (const page of this.pages.values()) page.attend();
      }),
      { dispose: () => vscode.Disposable.from(...this.pages.values()).dispose() },
    );
  }

  /** A page whose state names no task says nothing to anybody: it is closed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const taskId = taskOfState(state);
    if (taskId === undefined || this.pages.has(taskId)) panel.dispose();
    else this.fill(panel, taskId);
  }

  private async open(given: readonly unknown[]): Promise<void> {
    const ids = taskIds(...given);
    if (ids.length === 0) ids.push(await this.ask());
    for (const id of ids) this.show(id);
  }

  private async ask(): Promise<string> {
    const { queue } = await this.sparkq.access.open();
    const title = vscode.l10n.t('Open Task');
    return (await pickTask(queue, title, ['running', 'queued', 'failed', 'succeeded'])).id;
  }

  private show(taskId: string): void {
    const page = this.pages.get(taskId);
    if (page) {
      page.reveal();
      return;
    }
    const options = {
      enableFindWidget: true,
      localResourceRoots: [pagesFolder(this.sparkq.context.extensionUri)],
    };
    const panel = vscode.window.createWebviewPanel(viewType, taskId, vscode.ViewColumn.Active, options);
    this.fill(panel, taskId);
  }

  private fill(panel: vscode.WebviewPanel, taskId: string): void {
    const page = new TaskPage(this.sparkq, panel, taskId);
    this.pages.set(taskId, page);
    panel.onDidDispose(() => {
      this.pages.delete(taskId);
      page.dispose();
    });
  }
}
