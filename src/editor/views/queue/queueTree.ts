import * as vscode from 'vscode';
import { views } from '../../../contributions';
import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { explain } from '../../shared/refusal';
import { trustMessage } from '../../shared/trust';
import { isRunnable, type OpenWorkspace } from '../../workspace/openWorkspace';
import type { QueueAccess } from '../../workspace/queueAccess';
import { taskFactsFor } from '../../workspace/taskFacts';
import { RowSelection } from '../rowSelection';
import { changingText, queueItem, queueTooltip } from './queueItems';
import { QueueModel } from './queueModel';
import type { MessageNode, QueueNode, TaskNode } from './queueNodes';

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
  private view: vscode.TreeView<QueueNode> | undefined;
  private selected: RowSelection<QueueNode> | undefined;
  private ageTimer: NodeJS.Timeout | undefined;

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
      this.access.onDidChange(() => this.changed.fire(undefined)),
      view.onDidCollapseElement(({ element }) => this.collapsed.add(element)),
      view.onDidExpandElement(({ element }) => this.collapsed.delete(element)),
      view.onDidChangeVisibility(({ visible }) => this.onVisibility(visible)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire(undefined)),
    );
  }

  getTreeItem(node: QueueNode): vscode.TreeItem {
    if (node.kind === 'task') this.shownText.set(node, changingText(node.task));
    return queueItem(node, (task) => isRunnable(this.access.workspace, task));
  }

  async getChildren(node?: QueueNode): Promise<QueueNode[]> {
    if (!this.model) return node ? [] : this.rowsWithoutQueue();
    try {
      const rows = await this.model.children(node);
      // An empty view says so in its welcome view, which a message would hide.
      if (!node) this.say(rows.length > 0 ? trustMessage() : undefined);
      return rows;
    } catch (error) {
      // VS Code would show nothing at all if this threw.
      this.log.error('Could not read the queue', error);
      return [failureRow(vscode.l10n.t('Could not read the queue'), error, node)];
    }
  }

  getParent(node: QueueNode): QueueNode | undefined {
    return node.parent;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: QueueNode): Promise<vscode.TreeItem> {
    const more =
      node.kind === 'task' ? await taskFactsFor(this.access.workspace, node.taskId, this.log) : undefined;
    item.tooltip = queueTooltip(node, more);
    return item;
  }

  /** The selected rows. */
  get selection(): readonly QueueNode[] {
    return this.selected?.rows ?? [];
  }

  showMore(rowId: string): void {
    this.model?.showMore(rowId);
  }

  /** Reads everything again. */
  refresh(): void {
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
    this.onVisibility(this.view?.visible ?? false);
    return new vscode.Disposable(() => {
      model.dispose();
      this.model = undefined;
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
    return this.model?.has(row) ?? false;
  }

  private onVisibility(visible: boolean): void {
    clearInterval(this.ageTimer);
    if (!visible) return;
    this.repaintAges();
    this.ageTimer = setInterval(() => this.repaintAges(), ageInterval);
  }

  private repaintAges(): void {
    const aged: TaskNode[] = [];
    for (const node of this.model?.taskRows() ?? []) {
      const shown = this.shownText.get(node);
      if (shown !== undefined && shown !== changingText(node.task)) aged.push(node);
    }
    if (aged.length > 0) this.changed.fire(aged);
  }

  private say(message: string | undefined): void {
    if (this.view) this.view.message = message;
  }
}

function failureRow(text: string, error: unknown, parent?: QueueNode): MessageNode {
  return messageRow('failure', text, messageOf(error), parent);
}

function messageRow(
  tone: MessageNode['tone'],
  text: string,
  detail: string,
  parent?: QueueNode,
): MessageNode {
  return { kind: 'message', id: `${parent?.id ?? ''}/${tone}`, parent, tone, text, detail };
}
