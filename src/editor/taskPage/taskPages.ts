import * as vscode from 'vscode';
import type { OutputDocuments } from '../documents/outputDocuments';
import { pickTask } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { taskIds } from '../shared/targets';
import { pagesFolder } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import { GitFiles } from './gitFiles';
import { TaskPage } from './taskPage';

const viewType = 'sparkq.task';

/** The task pages, at most one per task. They are restored when the window is reloaded. */
export class TaskPages implements vscode.WebviewPanelSerializer {
  private readonly pages = new Map<string, TaskPage>();

  constructor(
    private readonly editor: EditorContext,
    private readonly outputs: OutputDocuments,
  ) {}

  readonly handlers: CommandHandlers = { openTask: (...given) => this.open(given) };

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      new GitFiles(this.editor.access).register(),
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      { dispose: () => vscode.Disposable.from(...this.pages.values()).dispose() },
    );
  }

  /** Closes a page whose state names no task. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { taskOfState } = await import('./taskPageMessages');
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
    const { queue } = await this.editor.access.open();
    const title = vscode.l10n.t('Open Task');
    return (await pickTask(queue, { title, statuses: ['running', 'queued', 'failed', 'succeeded'] })).id;
  }

  private show(taskId: string): void {
    const page = this.pages.get(taskId);
    if (page) {
      page.reveal();
      return;
    }
    const options = {
      enableFindWidget: true,
      localResourceRoots: [pagesFolder(this.editor.context.extensionUri)],
    };
    const panel = vscode.window.createWebviewPanel(viewType, taskId, vscode.ViewColumn.Active, options);
    this.fill(panel, taskId);
  }

  private fill(panel: vscode.WebviewPanel, taskId: string): void {
    const page = new TaskPage(this.editor, this.outputs, panel, taskId);
    this.pages.set(taskId, page);
    panel.onDidDispose(() => {
      this.pages.delete(taskId);
      page.dispose();
    });
  }
}
