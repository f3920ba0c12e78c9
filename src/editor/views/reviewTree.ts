import * as vscode from 'vscode';
import { views } from '../../contributions';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Queue } from '../../core/queue';
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
  private readonly items = new QueueItems((task) => isRunnable(this.access.workspace, task));
  private model: ReviewModel | undefined;
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
    return vscode.Disposable.from(
      view,
      selected,
      this.changed,
      this.access.whileOpen((workspace) => this.follow(workspace)),
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
        await taskFactsFor(this.access.workspace, node.taskId, this.log),
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

  private follow({ queue }: OpenWorkspace): vscode.Disposable {
    const model = new ReviewModel(
      queue,
      (differs) => this.onModelChange(queue, differs),
      () => this.view?.visible ?? false,
    );
    this.model = model;
    this.onModelChange(queue, true);
    return new vscode.Disposable(() => {
      model.dispose();
      this.model = undefined;
      if (this.view) this.view.badge = undefined;
      this.changed.fire();
    });
  }

  private onModelChange(queue: Queue, differs: boolean): void {
    if (differs) this.changed.fire();
    this.count(queue).catch((error) => this.log.error('The badge could not be counted', error));
  }

  private async count(queue: Queue): Promise<void> {
    const { counts } = await queue.status();
    if (!this.view || !this.model) return;
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
