import * as vscode from 'vscode';
import { contextKeys, views } from '../../../contributions';
import { sleep } from '../../../core/clock';
import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { ContextKey } from '../../shared/contextKey';
import { explain, lossyFileOf, suggestedServerOf } from '../../shared/refusal';
import { parseTaskQuery } from '../../shared/taskQuery';
import { trustMessage } from '../../shared/trust';
import { LaneEstimates } from '../../workspace/laneEstimates';
import { isRunnable, type OpenWorkspace } from '../../workspace/openWorkspace';
import type { QueueAccess } from '../../workspace/queueAccess';
import { taskFactsFor } from '../../workspace/taskFacts';
import { ageText } from '../ageText';
import { LastRows } from '../lastRows';
import { RowSelection } from '../rowSelection';
import { FoundRows } from './foundRows';
import { changingText, queueItem, queueTooltip, streamText } from './queueItems';
import { QueueModel } from './queueModel';
import type { MessageNode, QueueNode } from './queueNodes';

/** Milliseconds for which VS Code waits for the rows of a queue that is being opened, before one says so. */
const openingPatience = 1_000;

/** Milliseconds after which ages and durations are updated while the view is visible. */
const ageInterval = 5_000;

/** The Queue view: session > stream > tasks. */
export class QueueTree implements vscode.TreeDataProvider<QueueNode> {
  private readonly changed = new vscode.EventEmitter<QueueNode | QueueNode[] | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly shownText = new WeakMap<QueueNode, string>();
  /** Rows that the person has collapsed. */
  private readonly collapsed = new WeakSet<QueueNode>();
  private model: QueueModel | undefined;
  private readonly last = new LastRows<QueueNode>();
  private view: vscode.TreeView<QueueNode> | undefined;
  private selected: RowSelection<QueueNode> | undefined;
  private ageTimer: NodeJS.Timeout | undefined;
  /** The day that the rows call today. */
  private today = new Date().toDateString();
  private readonly filtered = new ContextKey<boolean>(contextKeys.filtered);
  private filter: string | undefined;
  private found: FoundRows | undefined;
  private estimates: LaneEstimates | undefined;
  /** VS Code waits for the topmost rows until the queue is open. */
  private awaited = false;

  constructor(
    private readonly access: QueueAccess,
    private readonly drags: vscode.TreeDragAndDropController<QueueNode>,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const view = vscode.window.createTreeView(views.queue, {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
      dragAndDropController: this.drags,
    });
    this.view = view;
    const selected = new RowSelection(view, (row) => this.isShown(row));
    this.selected = selected;
    return vscode.Disposable.from(
      view,
      selected,
      this.changed,
      this.access.whileOpen((workspace) => this.follow(workspace)),
      // While no queue is open, a row says why.
      this.access.onDidChange(() => !this.awaited && this.changed.fire(undefined)),
      view.onDidCollapseElement(({ element }) => this.collapsed.add(element)),
      view.onDidExpandElement(({ element }) => this.collapsed.delete(element)),
      view.onDidChangeVisibility(({ visible }) => this.onVisibility(visible)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire(undefined)),
    );
  }

  getTreeItem(node: QueueNode): vscode.TreeItem {
    const text = this.textOf(node);
    if (text !== undefined) this.shownText.set(node, text);
    return queueItem(node, (task) => isRunnable(this.access.workspace, task), this.leftOf(node));
  }

  async getChildren(node?: QueueNode): Promise<QueueNode[]> {
    if (!node) await this.opened();
    if (!this.model) return node ? [] : this.rowsWithoutQueue();
    try {
      if (this.found && !node) return await this.filteredRows(this.found);
      const { model } = this;
      const { rows, old } = await this.last.of(node, () => model.children(node));
      // An empty view says so in its welcome view, which a message would hide.
      if (!node) this.say(old ? ageText(old) : rows.length > 0 ? trustMessage() : undefined);
      return rows;
    } catch (error) {
      // VS Code would show nothing at all if this threw.
      this.log.error('Could not read the queue', error);
      return [failureRow(vscode.l10n.t('Could not read the queue'), error, node)];
    }
  }

  /**
   * Waits a moment for a queue that is being opened: VS Code would show rows that say so, and read those of the queue up
   * to 200 ms after it is told of them.
   */
  private async opened(): Promise<void> {
    if (this.access.state !== 'opening') return;
    this.awaited = true;
    await Promise.race([this.access.settled(), sleep(openingPatience)]);
    this.awaited = false;
  }

  getParent(node: QueueNode): QueueNode | undefined {
    return node.parent;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: QueueNode): Promise<vscode.TreeItem> {
    const more =
      node.kind === 'task' || (node.kind === 'found' && !node.past)
        ? await taskFactsFor(this.access.workspace, node.taskId, this.log)
        : undefined;
    item.tooltip = queueTooltip(node, more, this.leftOf(node));
    return item;
  }

  private leftOf(node: QueueNode): number | undefined {
    return node.kind === 'stream' ? this.estimates?.left(node.streamId, Date.now()) : undefined;
  }

  /** What a row says that changes with time. */
  private textOf(node: QueueNode): string | undefined {
    if (node.kind === 'stream') return streamText(node.stream, this.leftOf(node));
    return node.kind === 'task' || node.kind === 'found' ? changingText(node.task) : undefined;
  }

  /** The selected rows. */
  get selection(): readonly QueueNode[] {
    return this.selected?.rows ?? [];
  }

  showMore(rowId: string): void {
    this.found?.showMore(rowId);
    this.model?.showMore(rowId);
  }

  /** Shows only the tasks that this text finds, until it is called with undefined. */
  setFilter(text: string | undefined): void {
    this.filter = text?.trim() || undefined;
    this.filtered.set(this.filter !== undefined);
    if (this.view) this.view.description = this.filter;
    this.search();
    this.changed.fire(undefined);
  }

  /** What was typed to find tasks, while the view shows only these. */
  get filterText(): string | undefined {
    return this.filter;
  }

  private search(): void {
    this.found?.dispose();
    this.found = undefined;
    const queue = this.access.workspace?.queue;
    if (this.filter === undefined || !queue) return;
    const { query } = parseTaskQuery(this.filter, Date.now());
    this.found = new FoundRows(queue, query, () => this.changed.fire(undefined));
  }

  private async filteredRows(found: FoundRows): Promise<QueueNode[]> {
    const rows = await found.read();
    const { l10n } = vscode;
    this.say(
      rows.length > 0
        ? l10n.t('Only what the filter finds is shown: {0}', this.filter ?? '')
        : l10n.t('The filter finds nothing: {0}', this.filter ?? ''),
    );
    return rows;
  }

  /** Reads everything again. */
  refresh(): void {
    this.found?.refresh();
    this.model?.refresh();
  }

  private follow({ queue }: OpenWorkspace): vscode.Disposable {
    const model = new QueueModel(
      queue,
      (nodes) => this.changed.fire(nodes ? [...nodes] : undefined),
      (error) => this.log.error('The Queue view could not be updated', error),
      () => this.view?.visible ?? false,
    );
    this.model = model;
    const estimates = new LaneEstimates(
      queue,
      () => this.repaintAges(),
      (error) => this.log.debug(`How long the lanes will take could not be read: ${messageOf(error)}`),
      () => this.view?.visible ?? false,
    );
    this.estimates = estimates;
    this.search();
    this.onVisibility(this.view?.visible ?? false);
    return new vscode.Disposable(() => {
      model.dispose();
      estimates.dispose();
      this.estimates = undefined;
      this.found?.dispose();
      this.found = undefined;
      this.model = undefined;
      this.last.forget();
      clearInterval(this.ageTimer);
    });
  }

  private rowsWithoutQueue(): QueueNode[] {
    const { failure } = this.access;
    // The full text is shown above the rows, where it wraps; a row would cut it off.
    this.say(failure === undefined ? undefined : explain(failure));
    if (this.access.state === 'opening') {
      return [messageRow('loading', vscode.l10n.t('Opening the queue…'), '')];
    }
    if (this.access.state === 'failed') {
      return [failureRow(vscode.l10n.t('Could not open the queue'), failure)];
    }
    return [];
  }

  /** Whether no ancestor of this row is collapsed. */
  private isShown(row: QueueNode): boolean {
    for (let above = row.parent; above; above = above.parent) if (this.collapsed.has(above)) return false;
    return this.found?.has(row) || (this.model?.has(row) ?? false);
  }

  private onVisibility(visible: boolean): void {
    clearInterval(this.ageTimer);
    if (!visible) return;
    this.estimates?.refresh();
    this.repaintAges();
    this.ageTimer = setInterval(() => this.repaintAges(), ageInterval);
  }

  private repaintAges(): void {
    const today = new Date().toDateString();
    if (today !== this.today) {
      this.today = today;
      this.changed.fire(undefined);
      return;
    }
    const aged = (this.model?.agingRows() ?? []).filter((node) => {
      const shown = this.shownText.get(node);
      return shown !== undefined && shown !== this.textOf(node);
    });
    if (aged.length > 0) this.changed.fire(aged);
  }

  private say(message: string | undefined): void {
    if (this.view) this.view.message = message;
  }
}

function failureRow(text: string, error: unknown, parent?: QueueNode): MessageNode {
  return {
    ...messageRow('failure', text, messageOf(error), parent),
    loss: lossyFileOf(error) !== undefined,
    suggested: suggestedServerOf(error) !== undefined,
  };
}

function messageRow(
  tone: MessageNode['tone'],
  text: string,
  detail: string,
  parent?: QueueNode,
): MessageNode {
  return {
    kind: 'message',
    id: `${parent?.id ?? ''}/${tone}`,
    parent,
    tone,
    loss: false,
    suggested: false,
    text,
    detail,
  };
}
