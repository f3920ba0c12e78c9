import * as vscode from 'vscode';
import { commands, contextKeys, views } from '../../contributions';
import { hasCommand } from '../../core/config';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Script } from '../../scripts/scriptFile';
import type { ScriptShelf } from '../queue/scriptShelf';
import type { LoadedScripts, WorkspaceScripts } from '../queue/workspaceScripts';
import { ManagedContextKey } from '../shared/managedContextKey';
import { trustMessage } from '../shared/trust';
import { ScriptDrags } from './dragAndDrop';

type ScriptsNode = FolderNode | ScriptNode | FailureNode;

interface FolderNode {
  readonly kind: 'folder';
  /** Relative to the workspace. */
  readonly path: string;
  scripts: ScriptNode[];
}

interface ScriptNode {
  readonly kind: 'script';
  readonly scriptPath: string;
  readonly parent: FolderNode | undefined;
  readonly script: Script;
  readonly pinned: boolean;
  /** What is wrong with its header. */
  readonly problems: readonly string[];
}

interface FailureNode {
  readonly kind: 'failure';
  readonly text: string;
}

/** The Scripts view: the workspace's scripts by folder. Nothing is read before the view is opened. */
export class ScriptsTree implements vscode.TreeDataProvider<ScriptsNode> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private loaded: LoadedScripts | undefined;
  private rows: ScriptsNode[] | undefined;
  private readonly read = new ManagedContextKey<boolean>(contextKeys.scriptsRead);
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
      dragAndDropController: new ScriptDrags<ScriptsNode>(),
    });
    return vscode.Disposable.from(
      this.view,
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire()),
      { dispose: this.shelf.onChange(() => this.repaint()) },
      this.changed,
      { dispose: () => this.unsubscribe() },
    );
  }

  getTreeItem(node: ScriptsNode): vscode.TreeItem {
    switch (node.kind) {
      case 'folder':
        return folderItem(node);
      case 'script':
        return this.scriptItem(node);
      case 'failure': {
        const item = new vscode.TreeItem(vscode.l10n.t('Could not read the scripts'));
        item.description = node.text;
        item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground'));
        item.contextValue = 'failure';
        return item;
      }
    }
  }

  async getChildren(node?: ScriptsNode): Promise<ScriptsNode[]> {
    if (node) return node.kind === 'folder' ? node.scripts : [];
    try {
      const loaded = await this.scripts.loadIfFolder();
      if (!loaded) return [];
      this.follow(loaded);
      this.rows ??= rowsOf(loaded, (path) => this.shelf.isPinned(path));
      this.read.set(true);
      // An empty view says it in its welcome text: a message would hide that.
      if (this.view) this.view.message = this.rows.length > 0 ? trustMessage() : undefined;
      return this.rows;
    } catch (error) {
      this.log.error('Could not read the scripts', error);
      return [{ kind: 'failure', text: messageOf(error) }];
    }
  }

  getParent(node: ScriptsNode): ScriptsNode | undefined {
    return node.kind === 'script' ? node.parent : undefined;
  }

  resolveTreeItem(item: vscode.TreeItem, node: ScriptsNode): vscode.TreeItem {
    if (node.kind === 'script') item.tooltip = tooltipOf(node);
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

  private repaint(): void {
    this.rows = undefined;
    this.changed.fire();
  }

  private scriptItem(node: ScriptNode): vscode.TreeItem {
    const { script } = node;
    const item = new vscode.TreeItem(script.name);
    const isRunnable = this.loaded && hasCommand(this.loaded.config.current(), script.tool);
    item.id = node.scriptPath;
    item.description = script.description ?? fileName(node.scriptPath);
    item.iconPath =
      node.problems.length > 0
        ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
        : new vscode.ThemeIcon(node.pinned ? 'pinned' : 'file-code');
    item.contextValue = [
      'script',
      isRunnable ? 'runnable' : '',
      node.pinned ? 'unpinnable' : 'pinnable',
    ].join(' ');
    item.command = {
      command: commands.openScript,
      title: vscode.l10n.t('Open Script'),
      arguments: [{ scriptPath: node.scriptPath }],
    };
    const pinned = node.pinned ? vscode.l10n.t('pinned') : '';
    const label = [vscode.l10n.t('Script'), script.name, pinned, item.description, ...node.problems];
    item.accessibilityInformation = { label: label.filter(Boolean).join(', ') };
    return item;
  }
}

/** Folders with their scripts, pinned ones first. */
function rowsOf({ scripts }: LoadedScripts, isPinned: (path: string) => boolean): ScriptsNode[] {
  const problems = scripts.problems();
  const folders = new Map<string, FolderNode>();
  const top: ScriptNode[] = [];
  const list = scripts.list();
  const pinnedFirst = [true, false].flatMap((pinned) => list.filter(({ path }) => isPinned(path) === pinned));
  for (const script of pinnedFirst) {
    const slash = script.path.lastIndexOf('/');
    const folder = slash < 0 ? undefined : folderOf(folders, script.path.slice(0, slash));
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
  const sorted = [...folders.values()].sort((a, b) => a.path.localeCompare(b.path));
  return [...sorted, ...top];
}

function folderOf(folders: Map<string, FolderNode>, path: string): FolderNode {
  const known = folders.get(path) ?? { kind: 'folder', path, scripts: [] };
  folders.set(path, known);
  return known;
}

function folderItem(node: FolderNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.path, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `${node.path}/`;
  item.iconPath = new vscode.ThemeIcon('folder');
  item.contextValue = 'folder';
  return item;
}

function tooltipOf({ script, problems }: ScriptNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**').appendText(script.name).appendMarkdown('**');
  const facts: (readonly [string, string | null])[] = [
    ['', script.description],
    [vscode.l10n.t('File'), script.path],
    [vscode.l10n.t('Inputs'), script.inputs],
    [vscode.l10n.t('Outputs'), script.outputs],
    [vscode.l10n.t('Tags'), script.tags.join(', ')],
    [vscode.l10n.t('Tool'), script.tool],
    ...problems.map((problem) => [vscode.l10n.t('Problem'), problem] as const),
  ];
  for (const [name, value] of facts) {
    if (value) text.appendMarkdown('\n\n').appendText(name ? `${name}: ${value}` : value);
  }
  return text;
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}
