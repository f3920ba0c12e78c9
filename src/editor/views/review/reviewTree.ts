import * as vscode from 'vscode';
import { views } from '../../../contributions';
import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { nameOfTask } from '../../../core/taskName';
import { ReviewBadge } from '../../counts/reviewBadge';
import { taskIcon } from '../../shared/icons';
import { labels } from '../../shared/translatedLabels';
import { isRunnable, type OpenWorkspace } from '../../workspace/openWorkspace';
import type { QueueAccess } from '../../workspace/queueAccess';
import type { QueueCounts } from '../../workspace/queueCounts';
import { taskFactsFor } from '../../workspace/taskFacts';
import { taskContext } from '../contextValue';
import { RowSelection } from '../rowSelection';
import { taskTooltip } from '../tooltip';
import { moreItem, onTaskRow, treeItem } from '../treeItem';
import { ReviewModel, type ReviewNode, type ReviewTaskNode } from './reviewModel';

/** The Review view: finished tasks that have not been reviewed. */
export class ReviewTree implements vscode.TreeDataProvider<ReviewNode> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private model: ReviewModel | undefined;
  private view: vscode.TreeView<ReviewNode> | undefined;
  private selected: RowSelection<ReviewNode> | undefined;

  constructor(
    private readonly access: QueueAccess,
    private readonly counts: QueueCounts,
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
      new ReviewBadge(this.counts, view).register(),
      this.access.whileOpen((workspace) => this.follow(workspace)),
    );
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    if (node.kind === 'more') return moreItem(node);
    const { id, task, streamName } = node;
    return treeItem({
      id,
      role: labels.stateOf(task),
      label: nameOfTask(task),
      description: labels.describeOutcome(task, streamName),
      icon: taskIcon(task),
      contextValue: taskContext(task, isRunnable(this.access.workspace, task)),
      command: onTaskRow(task),
    });
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
      const more = await taskFactsFor(this.access.workspace, node.taskId, this.log);
      item.tooltip = taskTooltip(node.task, more);
    }
    return item;
  }

  /** All rows are on one level; VS Code asks when a row is revealed. */
  getParent(): undefined {
    return undefined;
  }

  /** The row to review after those of some tasks; see ReviewModel. */
  async rowAfter(taskIds: readonly string[]): Promise<ReviewTaskNode | undefined> {
    return this.model?.rowAfter(taskIds);
  }

  /** Selects a row if the view is shown. */
  async select(row: ReviewTaskNode, focus: boolean): Promise<void> {
    if (this.view?.visible) await this.view.reveal(row, { select: true, focus });
  }

  /** Reads everything again. */
  refresh(): void {
    this.model?.refresh();
  }

  /** The selected rows. */
  get selection(): readonly ReviewNode[] {
    return this.selected?.rows ?? [];
  }

  showMore(rowId: string): void {
    this.model?.showMore(rowId);
  }

  private follow({ queue }: OpenWorkspace): vscode.Disposable {
    const model = new ReviewModel(
      queue,
      () => this.changed.fire(),
      () => this.view?.visible ?? false,
    );
    this.model = model;
    this.changed.fire();
    return new vscode.Disposable(() => {
      model.dispose();
      this.model = undefined;
      this.changed.fire();
    });
  }

  private say(message: string | undefined): void {
    if (this.view) this.view.message = message;
  }
}
