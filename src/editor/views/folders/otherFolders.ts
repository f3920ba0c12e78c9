import * as vscode from 'vscode';
import type { MachineQueue } from '../../../client/machineQueues';
import { Registry, sameFolder } from '../../../client/registry';
import { watchRegistry } from '../../../client/registryWatch';
import { userFolderPath } from '../../../client/userFolder';
import { contextKeys, views } from '../../../contributions';
import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { isFolder } from '../../../system/folders';
import { ContextKey } from '../../shared/contextKey';
import { otherIcons } from '../../shared/icons';
import { treeItem } from '../treeItem';

/** Milliseconds after which what the other queues do is asked anew while the view is visible. */
const interval = 5_000;

interface FailureRow {
  readonly failure: string;
}
type FolderRow = MachineQueue | FailureRow;

/**
 * The Other Folders view: what the queues of this user's other folders are doing. It is hidden where there are none, and
 * asks them nothing before it is visible.
 */
export class OtherFolders implements vscode.TreeDataProvider<FolderRow> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly home = userFolderPath();
  private readonly present = new ContextKey<boolean>(contextKeys.otherFolders);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly folder: vscode.WorkspaceFolder | undefined,
    private readonly version: string,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const view = vscode.window.createTreeView(views.folders, { treeDataProvider: this });
    // Not within activation, for which other extensions wait.
    const looking = setImmediate(() => this.look());
    return vscode.Disposable.from(
      view,
      this.changed,
      view.onDidChangeVisibility(({ visible }) => this.onVisibility(visible)),
      watchRegistry(this.home, () => this.look()),
      {
        dispose: () => {
          clearImmediate(looking);
          clearInterval(this.timer);
        },
      },
    );
  }

  getTreeItem(row: FolderRow): vscode.TreeItem | Promise<vscode.TreeItem> {
    if (!('failure' in row)) return loadItems().then(({ folderItem }) => folderItem(row));
    return treeItem({
      id: 'failure',
      label: vscode.l10n.t('Could not read the queues of other folders'),
      description: row.failure,
      icon: otherIcons.failure,
      contextValue: 'failure',
    });
  }

  async getChildren(row?: FolderRow): Promise<FolderRow[]> {
    if (row) return [];
    try {
      const { MachineQueues } = await import('../../../client/machineQueues');
      const queues = await new MachineQueues(this.home, this.version).read();
      return queues.filter(({ folder }) => folder !== null && this.isOther(folder));
    } catch (error) {
      this.log.error('Could not read the queues of other folders', error);
      return [{ failure: messageOf(error) }];
    }
  }

  private onVisibility(visible: boolean): void {
    clearInterval(this.timer);
    if (!visible) return;
    this.changed.fire();
    this.timer = setInterval(() => this.changed.fire(), interval);
  }

  /** Shows the view where another folder has a queue. */
  private look(): void {
    try {
      const others = new Registry(this.home).list().some(({ workspace }) => this.isOther(workspace));
      this.present.set(others);
    } catch (error) {
      this.log.debug(`Other folders could not be looked for: ${messageOf(error)}`);
    }
  }

  private isOther(folder: string): boolean {
    return isFolder(folder) && !(this.folder && sameFolder(folder, this.folder.uri.fsPath));
  }
}

function loadItems(): Promise<typeof import('./folderItems')> {
  return import('./folderItems');
}
