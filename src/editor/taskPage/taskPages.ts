import * as vscode from 'vscode';
import { contextKeys, taskPageType } from '../../contributions';
import type { OutputDocuments } from '../documents/outputDocuments';
import { pickTask } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ContextKey } from '../shared/contextKey';
import { isBackground, taskIds } from '../shared/targets';
import { pagesFolder } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import type { ChangeComments } from './changeComments';
import { GitFiles } from './gitFiles';
import type { TaskPage } from './taskPage';

/** The key of the previewed task in the workspace state: its panel is one again after a reload. */
const previewKey = 'previewedTask';

/**
 * The task pages, at most one per task. Like a preview editor, one panel shows whichever task was opened last, until it
 * is kept open. All are restored when the window is reloaded.
 */
export class TaskPages implements vscode.WebviewPanelSerializer {
  private readonly pages = new Map<string, TaskPage>();
  /** The page that the next task replaces. */
  private preview: TaskPage | undefined;
  private readonly previewActive = new ContextKey<boolean>(contextKeys.previewActive);

  constructor(
    private readonly editor: EditorContext,
    private readonly outputs: OutputDocuments,
    private readonly comments: ChangeComments,
  ) {}

  readonly handlers: CommandHandlers = {
    openTask: (...given) => this.open(given),
    keepTaskOpen: () => this.setPreview(undefined),
  };

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      new GitFiles(this.editor.access).register(),
      vscode.window.registerWebviewPanelSerializer(taskPageType, this),
      { dispose: () => vscode.Disposable.from(...this.pages.values()).dispose() },
    );
  }

  /** Closes a page whose state names no task. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const [{ taskOfState }, { TaskPage }] = await Promise.all([import('./taskPageMessages'), loadPage()]);
    const taskId = taskOfState(state);
    if (taskId === undefined || this.pages.has(taskId)) return panel.dispose();
    const page = this.fill(TaskPage, panel, taskId);
    const previewed = this.editor.context.workspaceState.get<string>(previewKey);
    if (previewed === taskId && !this.preview) this.setPreview(page);
  }

  private async open(given: readonly unknown[]): Promise<void> {
    const ids = taskIds(...given);
    if (ids.length === 0) ids.push(await this.ask());
    const { TaskPage } = await loadPage();
    const [only, ...others] = ids;
    if (only !== undefined && others.length === 0) this.show(TaskPage, only, isBackground(given[0]));
    // Several at once are there to stay.
    else for (const id of ids) this.keep(TaskPage, id);
  }

  private async ask(): Promise<string> {
    const { queue } = await this.editor.access.demand();
    const title = vscode.l10n.t('Open Task');
    return (await pickTask(queue, { title, statuses: ['running', 'queued', 'failed', 'succeeded'] })).id;
  }

  /** Shows a task on its own page if it has one, else on the preview. */
  private show(Page: typeof TaskPage, taskId: string, preserveFocus: boolean): void {
    const page = this.pages.get(taskId);
    const panel = page?.panel ?? this.takePanel() ?? this.newPanel(taskId, preserveFocus);
    if (!page) this.setPreview(this.fill(Page, panel, taskId));
    panel.reveal(undefined, preserveFocus);
  }

  /** The panel of the preview, which is over. */
  private takePanel(): vscode.WebviewPanel | undefined {
    if (!this.preview) return undefined;
    const { panel, taskId } = this.preview;
    this.preview.dispose();
    this.pages.delete(taskId);
    return panel;
  }

  private keep(Page: typeof TaskPage, taskId: string): void {
    const page = this.pages.get(taskId);
    if (page && page === this.preview) this.setPreview(undefined);
    if (page) page.panel.reveal();
    else this.fill(Page, this.newPanel(taskId, false), taskId);
  }

  private newPanel(taskId: string, preserveFocus: boolean): vscode.WebviewPanel {
    const options = {
      enableFindWidget: true,
      localResourceRoots: [pagesFolder(this.editor.context.extensionUri)],
    };
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus };
    return vscode.window.createWebviewPanel(taskPageType, taskId, place, options);
  }

  private fill(Page: typeof TaskPage, panel: vscode.WebviewPanel, taskId: string): TaskPage {
    const page = new Page(this.editor, this.outputs, this.comments, panel, taskId, {
      closed: () => {
        this.pages.delete(taskId);
        if (this.preview === page) this.setPreview(undefined);
      },
      activated: () => this.showPreviewActive(),
    });
    this.pages.set(taskId, page);
    return page;
  }

  private setPreview(page: TaskPage | undefined): void {
    this.preview = page;
    void this.editor.context.workspaceState.update(previewKey, page?.taskId);
    this.showPreviewActive();
  }

  private showPreviewActive(): void {
    this.previewActive.set(this.preview?.panel.active ?? false);
  }
}

/** The code of a page is not needed before there is one. */
function loadPage(): Promise<typeof import('./taskPage')> {
  return import('./taskPage');
}
