import * as vscode from 'vscode';
import { views } from '../../contributions';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { isRunnable, type OpenWorkspace } from '../queue/openWorkspace';
import type { QueueAccess } from '../queue/queueAccess';
import { taskFactsFor } from '../queue/taskFacts';
import { QueueItems } from './queueItems';
import { ReviewModel, type ReviewNode } from './reviewModel';
import { RowSelection } from './rowSelection';

/** The Review view: finished tasks that nobody has looked at. Its badge counts the failures among them. */
export class ReviewTree implements vscode.TreeDataProvider<ReviewNode> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly items = new QueueItems((task) => isRunnable(this.workplace, task));
  private model: ReviewModel | undefined;
  private workplace: OpenWorkspace | undefined;
  private view: vscode.TreeView<ReviewNode> | undefined;
  private selected: RowSelection<ReviewNode> | undefined;

  constructor(
    private readonly access: QueueAccess,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const view = vscode.window.createTreeView(views.review, { treeDataProvider: this, canSelectMany: true });
    this.view = view;
    const selected = new RowSelection(view, (row) => this.model?.has(row) ?? false);
    this.selected = selected;
    this.attend();
    return vscode.Disposable.from(
      view,
      selected,
      this.changed,
      this.access.onDidChange(() => this.attend()),
      { dispose: () => this.release() },
    );
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    return this.items.reviewItemOf(node);
  }

  async getChildren(node?: ReviewNode): Promise<ReviewNode[]> {
    if (node || !this.model) return [];
    try {
      const rows = await this.model.rows();
      this.say(undefined);
      return rows;
    } catch (error) {
      this.log.error('The tasks to review could not be read', error);
      this.say(vscode.l10n.t('Could not read the queue: {0}', messageOf(error)));
      return [];
    }
  }

  async resolveTreeItem(item: vscode.TreeItem, node: ReviewNode): Promise<vscode.TreeItem> {
    if (node.kind === 'task') {
      item.tooltip = this.items.taskTooltip(
        node.task,
        await taskFactsFor(this.workplace, node.taskId, this.log),
      );
    }
    return item;
  }

  /** Reads everything again. */
  refresh(): void {
    this.model?.refresh();
  }

  /** The rows that are selected now. */
  get selection(): readonly ReviewNode[] {
    return this.selected?.rows ?? [];
  }

  showMore(rowId: string): void {
    this.model?.showMore(rowId);
  }

  /** Follows the queue that is open now. */
  private attend(): void {
    const { workspace } = this.access;
    if (workspace === this.workplace) return;
    this.release();
    this.workplace = workspace;
    if (workspace) {
      this.model = new ReviewModel(
        workspace.queue,
        (differs) => this.onModelChange(differs),
        () => this.view?.visible ?? false,
      );
      this.onModelChange(true);
    }
    this.changed.fire();
  }

  private release(): void {
    this.model?.dispose();
    this.model = undefined;
    if (this.view) this.view.badge = undefined;
  }

  private onModelChange(differs: boolean): void {
    if (differs) this.changed.fire();
    this.count().catch((error) => this.log.error('The badge could not be counted', error));
  }

  private async count(): Promise<void> {
    if (!this.view || !this.workplace) return;
    const { counts } = await this.workplace.queue.status();
    const value = counts.failed_unreviewed;
    const tooltip =
      value === 1
        ? vscode.l10n.t('1 failed task has not been reviewed')
        : vscode.l10n.t('{0} failed tasks have not been reviewed', value);
    this.view.badge = value > 0 ? { value, tooltip } : undefined;
  }

  private say(message: string | undefined): void {
    if (this.view) this.view.message = message;
  }
}
