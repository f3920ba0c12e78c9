import * as vscode from 'vscode';
import { commands, contextKeys, views } from '../../../contributions';
import { hasCommand } from '../../../core/config';
import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/log';
import { parentOf } from '../../../scripts/paths';
import type { Script } from '../../../scripts/scriptFile';
import type { ScriptFolder, ScriptFolders } from '../../../scripts/scriptFolders';
import { ContextKey } from '../../shared/contextKey';
import { otherIcons } from '../../shared/icons';
import { trustMessage } from '../../shared/trust';
import type { ScriptShelf } from '../../workspace/scriptShelf';
import { onOtherSources, shownSources } from '../../workspace/shownSources';
import { shownPath } from '../../workspace/windowFolders';
import type { LoadedScripts, WorkspaceScripts } from '../../workspace/workspaceScripts';
import { scriptContext } from '../contextValue';
import { tooltip } from '../tooltip';
import { treeItem } from '../treeItem';
import { sourceItem, sourceTooltip } from './sourceItems';
import { type AnyRow, sourceRows } from './sourceRows';

type ScriptsNode = RootNode | FolderNode | ScriptNode | AnyRow | FailureNode;

/** A folder of the window, where that has several. */
interface RootNode {
  readonly kind: 'root';
  readonly path: string;
  readonly rows: readonly ScriptsNode[];
}

interface FolderNode {
  readonly kind: 'folder';
  /** As the paths of its scripts. */
  readonly scriptFolder: string;
  readonly label: string;
  scripts: ScriptNode[];
}

interface ScriptNode {
  readonly kind: 'script';
  readonly scriptPath: string;
  readonly parent: FolderNode | undefined;
  readonly script: Script;
  readonly pinned: boolean;
  /** Problems in its header. */
  readonly problems: readonly string[];
}

interface FailureNode {
  readonly kind: 'failure';
  readonly text: string;
}

/** The Scripts view: the scripts by folder, and what other files name by source; all by folder of the window where it has several. Nothing is read before the view is opened. */
export class ScriptsTree
  implements vscode.TreeDataProvider<ScriptsNode>, vscode.TreeDragAndDropController<ScriptsNode>
{
  readonly dragMimeTypes = ['text/uri-list'];
  readonly dropMimeTypes = [];
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private loaded: LoadedScripts | undefined;
  private rows: ScriptsNode[] | undefined;
  private readonly read = new ContextKey<boolean>(contextKeys.scriptsRead);
  private view: vscode.TreeView<ScriptsNode> | undefined;
  private unsubscribe = () => {};

  constructor(
    private readonly scripts: WorkspaceScripts,
    private readonly shelf: ScriptShelf,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    this.view = vscode.window.createTreeView(views.scripts, {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
      dragAndDropController: this,
    });
    return vscode.Disposable.from(
      this.view,
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire()),
      onOtherSources(() => this.repaint()),
      { dispose: this.shelf.onChange(() => this.repaint()) },
      this.changed,
      { dispose: () => this.unsubscribe() },
    );
  }

  getTreeItem(node: ScriptsNode): vscode.TreeItem {
    switch (node.kind) {
      case 'root':
        return rootItem(node);
      case 'folder':
        return folderItem(node);
      case 'script':
        return this.scriptItem(node);
      case 'failure':
        return treeItem({
          id: 'failure',
          label: vscode.l10n.t('Could not read the scripts'),
          description: node.text,
          icon: otherIcons.failure,
          contextValue: 'failure',
        });
      default:
        return sourceItem(node, (tool) => this.isRunnable(tool));
    }
  }

  /** Scripts are dragged as files. */
  handleDrag(rows: readonly ScriptsNode[], data: vscode.DataTransfer): void {
    const { scripts } = this.loaded ?? {};
    const files = rows.flatMap((row) =>
      scripts && row.kind === 'script'
        ? [vscode.Uri.file(scripts.absolutePath(row.scriptPath)).toString()]
        : [],
    );
    data.set('text/uri-list', new vscode.DataTransferItem(files.join('\r\n')));
  }

  async getChildren(node?: ScriptsNode): Promise<ScriptsNode[]> {
    if (node) return childrenOf(node);
    try {
      const loaded = await this.scripts.loadIfFolder();
      if (!loaded) return [];
      this.follow(loaded);
      this.rows ??= this.rowsOfAll(loaded.scripts);
      this.read.set(true);
      // An empty view says so in its welcome view, which a message would hide.
      if (this.view) this.view.message = this.rows.length > 0 ? trustMessage() : undefined;
      return this.rows;
    } catch (error) {
      this.log.error('Could not read the scripts', error);
      return [{ kind: 'failure', text: messageOf(error) }];
    }
  }

  getParent(node: ScriptsNode): ScriptsNode | undefined {
    const parent = 'parent' in node ? node.parent : undefined;
    return parent ?? this.rows?.find((row) => row.kind === 'root' && row.rows.includes(node));
  }

  resolveTreeItem(item: vscode.TreeItem, node: ScriptsNode): vscode.TreeItem {
    if (node.kind === 'script') item.tooltip = tooltipOf(node);
    else if (node.kind !== 'root' && node.kind !== 'folder' && node.kind !== 'failure')
      item.tooltip = sourceTooltip(node);
    return item;
  }

  private follow(loaded: LoadedScripts): void {
    if (this.loaded === loaded) return;
    this.loaded = loaded;
    const repaint = () => this.repaint();
    const ends = [loaded.scripts.onChange(repaint), loaded.config.onChange(repaint)];
    this.unsubscribe = () => {
      for (const end of ends) end();
    };
  }

  /** By folder of the window where it has several; one without anything to run has no row. */
  private rowsOfAll(scripts: ScriptFolders): ScriptsNode[] {
    const isPinned = (key: string) => this.shelf.isPinned(key);
    const roots = scripts.all().map((folder): RootNode => {
      const named = sourceRows(folder.namedCommands(), folder.notes(), shownSources(), isPinned, folder.root);
      return { kind: 'root', path: folder.path, rows: [...rowsOf(folder, isPinned), ...named] };
    });
    const [only, ...others] = roots;
    return only && others.length === 0 ? [...only.rows] : roots.filter(({ rows }) => rows.length > 0);
  }

  private repaint(): void {
    this.rows = undefined;
    this.changed.fire();
  }

  private isRunnable(tool: string | null): boolean {
    return this.loaded !== undefined && hasCommand(this.loaded.config.current(), tool);
  }

  private scriptItem(node: ScriptNode): vscode.TreeItem {
    const { script, scriptPath, pinned, problems } = node;
    const description = script.description ?? fileName(scriptPath);
    const item = treeItem({
      id: scriptPath,
      label: script.name,
      description,
      icon: problems.length > 0 ? otherIcons.brokenScript : pinned ? otherIcons.pinned : otherIcons.script,
      contextValue: scriptContext(this.isRunnable(script.tool), pinned),
      command: {
        command: commands.openScript,
        title: vscode.l10n.t('Open Script'),
        arguments: [{ scriptPath }],
      },
    });
    const state = pinned ? vscode.l10n.t('pinned') : '';
    const label = [vscode.l10n.t('Script'), script.name, state, description, ...problems];
    item.accessibilityInformation = { label: label.filter(Boolean).join(', ') };
    return item;
  }
}

function childrenOf(node: ScriptsNode): ScriptsNode[] {
  if (node.kind === 'root') return [...node.rows];
  if (node.kind === 'folder') return node.scripts;
  return 'children' in node ? [...node.children] : [];
}

/** Folders with their scripts, pinned ones first. */
function rowsOf(root: ScriptFolder, isPinned: (path: string) => boolean): ScriptsNode[] {
  const problems = root.problems();
  const folders = new Map<string, FolderNode>();
  const top: ScriptNode[] = [];
  const list = root.list();
  const pinnedFirst = [true, false].flatMap((pinned) => list.filter(({ path }) => isPinned(path) === pinned));
  for (const script of pinnedFirst) {
    const label = parentOf(root.shortened(script.path));
    const folder = label === '' ? undefined : folderOf(folders, parentOf(script.path), label);
    const node: ScriptNode = {
      kind: 'script',
      scriptPath: script.path,
      parent: folder,
      script,
      pinned: isPinned(script.path),
      problems: problems.filter(({ path }) => path === script.path).map(({ message }) => message),
    };
    (folder?.scripts ?? top).push(node);
  }
  const sorted = [...folders.values()].sort((a, b) => a.scriptFolder.localeCompare(b.scriptFolder));
  return [...sorted, ...top];
}

function folderOf(folders: Map<string, FolderNode>, path: string, label: string): FolderNode {
  const known = folders.get(path) ?? { kind: 'folder', scriptFolder: path, label, scripts: [] };
  folders.set(path, known);
  return known;
}

function rootItem({ path }: RootNode): vscode.TreeItem {
  return treeItem({
    id: `root:${path}`,
    label: shownPath(path),
    description: '',
    icon: otherIcons.root,
    state: vscode.TreeItemCollapsibleState.Expanded,
    contextValue: 'folder',
  });
}

function folderItem({ scriptFolder: path, label }: FolderNode): vscode.TreeItem {
  return treeItem({
    id: `${path}/`,
    label,
    description: '',
    icon: otherIcons.folder,
    state: vscode.TreeItemCollapsibleState.Expanded,
    contextValue: 'scripts',
  });
}

function tooltipOf({ script, problems }: ScriptNode): vscode.MarkdownString {
  return tooltip(script.name, [
    ['', script.description],
    [vscode.l10n.t('File'), shownPath(script.path)],
    [vscode.l10n.t('Inputs'), script.inputs],
    [vscode.l10n.t('Outputs'), script.outputs],
    [vscode.l10n.t('Tags'), script.tags.join(', ')],
    [vscode.l10n.t('Tool'), script.tool],
    ...problems.map((problem) => [vscode.l10n.t('Problem'), problem] as const),
  ]);
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}
