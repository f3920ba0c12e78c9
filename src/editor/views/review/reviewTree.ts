import * as vscode from 'vscode';
import { views } from '../../../contributions';
import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { nameOfTask } from '../../../core/taskName';
import { ReviewBadge } from '../../counts/reviewBadge';
import { taskIcon } from '../../shared/icons';
import { labels } from '../../shared/translatedLabels';
import type { LastLook } from '../../workspace/lastLook';
import { isRunnable, type OpenWorkspace } from '../../workspace/openWorkspace';
import type { QueueAccess } from '../../workspace/queueAccess';
import type { QueueCounts } from '../../workspace/queueCounts';
import { taskFactsFor } from '../../workspace/taskFacts';
import { ageText } from '../ageText';
import { taskContext } from '../contextValue';
import { LastRows } from '../lastRows';
import { RowSelection } from '../rowSelection';
import { taskTooltip } from '../tooltip';
import { moreItem, onTaskRow, treeItem } from '../treeItem';
import { MorningSummary } from './morningSummary';
import { ReviewModel, type ReviewNode, type ReviewTaskNode } from './reviewModel';
import { summaryItem, summaryTooltip } from './summaryItems';

/** The Review view: what came while the person was away, then the finished tasks that have not been reviewed. */
export class ReviewTree implements vscode.TreeDataProvider<ReviewNode> {
  private readonly changed = new vscode.EventEmitter<ReviewNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private model: ReviewModel | undefined;
  private readonly last = new LastRows<ReviewNode>();
  private summary: MorningSummary | undefined;
  /** Somebody looks at the view now. */
  private looks = false;
  private view: vscode.TreeView<ReviewNode> | undefined;
  private selected: RowSelection<ReviewNode> | undefined;

  constructor(
    private readonly access: QueueAccess,
    private readonly counts: QueueCounts,
    private readonly lastLook: LastLook,
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
      view.onDidChangeVisibility(() => this.onLook()),
      vscode.window.onDidChangeWindowState(() => this.onLook()),
      // A window that closes is looked at until then.
      new vscode.Disposable(() => this.looks && this.lastLook.stay(Date.now())),
    );
  }

  getTreeItem(node: ReviewNode): vscode.TreeItem {
    if (node.kind === 'more') return moreItem(node);
    if (node.kind !== 'task') return summaryItem(node);
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
    if (node) return node.kind === 'summary' ? [...node.rows] : [];
    if (!this.model) return [];
    try {
      const { model } = this;
      const { rows, old } = await this.last.of(undefined, () => model.rows());
      this.say(old && ageText(old));
      const summary = this.summary?.current;
      return summary ? [summary, ...rows] : rows;
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
    } else if (node.kind !== 'more') item.tooltip = summaryTooltip(node);
    return item;
  }

  /** VS Code asks when a row is revealed, which those of the summary are not. */
  getParent(): undefined {
    return undefined;
  }

  /** The row to review after those of some tasks; see ReviewModel. */
  async rowAfter(taskIds: readonly string[]): Promise<ReviewTaskNode | undefined> {
    return this.model?.rowAfter(taskIds);
  }

  /** Selects a row if the view is shown. */
  async select(row: ReviewTaskNode, focus: boolean): Promise<void> {
    if (this.view?.visible) await this.selected?.select(row, focus);
  }

  /** Shows the view with the row of a task. Answers false if the task has none. */
  async show(taskId: string): Promise<boolean> {
    const row = await this.model?.rowOf(taskId);
    if (row) await this.selected?.select(row, true);
    return row !== undefined;
  }

  /** Sums up what has come since then. Answers whether anything has. @param from wall-clock milliseconds */
  async summarize(from: number): Promise<boolean> {
    this.lastLook.since(from, Date.now());
    await this.summary?.read();
    return this.summary?.current !== undefined;
  }

  dismissSummary(): void {
    this.lastLook.dismiss();
    this.summary?.refresh();
  }

  /** Reads everything again. */
  refresh(): void {
    this.model?.refresh();
    this.summary?.refresh();
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
      () => this.changed.fire(undefined),
      () => this.view?.visible ?? false,
    );
    this.model = model;
    const summary = new MorningSummary(
      queue,
      () => this.lastLook.absence,
      (changed) => {
        if (this.looks) this.lastLook.stay(Date.now());
        this.changed.fire(changed);
      },
      (error) => this.log.error('The summary could not be read', error),
    );
    this.summary = summary;
    this.onLook();
    this.changed.fire(undefined);
    return new vscode.Disposable(() => {
      model.dispose();
      summary.dispose();
      this.model = undefined;
      this.last.forget();
      this.summary = undefined;
      this.changed.fire(undefined);
    });
  }

  /** Notes when the person begins to look at the view or looks away: the view is hidden, or nobody uses the window. */
  private onLook(): void {
    const { focused, active } = vscode.window.state;
    const before = this.looks;
    this.looks = focused && active && (this.view?.visible ?? false) && this.model !== undefined;
    if (before && !this.looks) this.lastLook.stay(Date.now());
    if (!before && this.looks && this.lastLook.arrive(Date.now())) this.summary?.refresh();
  }

  private say(message: string | undefined): void {
    if (this.view) this.view.message = message;
  }
}
