import * as vscode from 'vscode';
import type { ConfigFile } from '../../config/configFile';
import type { ParsedConfigs } from '../../config/parsedConfigs';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { ScriptCatalogue } from '../../scripts/catalogue';
import type { ScriptFolders } from '../../scripts/scriptFolders';
import { Disposables } from '../shared/disposables';
import { EditorRefusal } from '../shared/refusal';
import { isOnDisk, otherFolders } from './windowFolders';

/** The configuration of the first folder, and what was found in the folders of the window. */
export interface LoadedScripts {
  /** The first folder, which has the queue. */
  readonly folder: vscode.WorkspaceFolder;
  readonly config: ConfigFile;
  /** The scripts of the first folder, which programs ask the queue for. */
  readonly catalogue: ScriptCatalogue;
  /** What can be run in all folders. */
  readonly scripts: ScriptFolders;
}

/** File changes within this many milliseconds are read together. */
const coalescing = 300;

/**
 * Reads sparkq.yml and the headers of the scripts in all folders when they are first needed, and follows the files and
 * folders from then on. It only reads, so it also works in a folder without a queue.
 */
export class WorkspaceScripts implements vscode.Disposable {
  private readonly disposables = new Disposables();
  private readonly loaded = this.disposables.add(new vscode.EventEmitter<LoadedScripts>());
  /** Fires once, when the scripts have been read for the first time. */
  readonly onDidLoad = this.loaded.event;
  private loading: Promise<LoadedScripts> | undefined;

  constructor(
    private readonly folder: vscode.WorkspaceFolder | undefined,
    private readonly log: Log,
  ) {}

  /** Undefined if no folder is open. */
  async loadIfFolder(): Promise<LoadedScripts | undefined> {
    return this.folder ? this.load() : undefined;
  }

  /** @param known spares the parser, which takes longer than the rest, where the first text read is known */
  async load(known: ParsedConfigs | null = null): Promise<LoadedScripts> {
    if (!this.folder) throw new EditorRefusal(vscode.l10n.t('Open a folder first to see its scripts.'));
    this.loading ??= this.read(this.folder, known).catch((error) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  /** Reads everything again that has been read. */
  async refresh(): Promise<void> {
    const loaded = await this.loading;
    await loaded?.config.reload();
    await loaded?.scripts.refresh();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async read(folder: vscode.WorkspaceFolder, known: ParsedConfigs | null): Promise<LoadedScripts> {
    const { log } = this;
    // Loaded only now: YAML and its schema take longer than everything else at the start.
    const [{ ConfigFile }, { ScriptFolders }] = await Promise.all([
      import('../../config/configFile'),
      import('../../scripts/scriptFolders'),
    ]);
    const config = this.disposables.add(await ConfigFile.open(folder.uri.fsPath, log, known));
    const reload = () =>
      void config.reload().catch((error) => this.log.error('sparkq.yml could not be read', error));
    this.disposables.add(watchFiles(folder, 'sparkq.yml', reload));
    const first = await this.search(folder, config);
    this.disposables.add(first.following);
    const { catalogue } = first;
    const scripts = new ScriptFolders(folder.uri.fsPath, catalogue, log);
    await this.followFolders(scripts, config);
    const loaded = { folder, config, catalogue, scripts };
    this.loaded.fire(loaded);
    return loaded;
  }

  /** Adds the other folders of the window, those that come later included, and removes those that go. */
  private async followFolders(scripts: ScriptFolders, config: ConfigFile): Promise<void> {
    const present = new Map<string, vscode.Disposable>();
    const add = async (folder: vscode.WorkspaceFolder) => {
      const { catalogue, following } = await this.search(folder, config);
      const { fsPath } = folder.uri;
      // It may have gone meanwhile.
      if (present.has(fsPath) || !otherFolders().some(({ uri }) => uri.fsPath === fsPath)) {
        following.dispose();
        return;
      }
      present.set(fsPath, following);
      scripts.add(fsPath, catalogue);
    };
    const remove = ({ uri: { fsPath } }: vscode.WorkspaceFolder) => {
      present.get(fsPath)?.dispose();
      present.delete(fsPath);
      scripts.remove(fsPath);
    };
    this.disposables.add(
      vscode.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        removed.forEach(remove);
        for (const folder of added.filter(isOnDisk)) {
          add(folder).catch((error) => this.log.error(`Could not search ${folder.uri.fsPath}`, error));
        }
      }),
    );
    this.disposables.add({ dispose: () => vscode.Disposable.from(...present.values()).dispose() });
    await Promise.all(otherFolders().map(add));
  }

  /** Searches a folder for scripts, and follows its files. */
  private async search(
    folder: vscode.WorkspaceFolder,
    config: ConfigFile,
  ): Promise<{ catalogue: ScriptCatalogue; following: vscode.Disposable }> {
    const { ScriptCatalogue } = await import('../../scripts/catalogue');
    const catalogue = new ScriptCatalogue({
      workspace: folder.uri.fsPath,
      config,
      log: this.log,
      excludes: excludesOf(folder),
    });
    await catalogue.refresh();
    return { catalogue, following: this.follow(folder, catalogue) };
  }

  private follow(folder: vscode.WorkspaceFolder, scripts: ScriptCatalogue): vscode.Disposable {
    const paths = new Set<string>();
    const scanning = new Coalescer(
      () => {
        this.rescan(scripts, [...paths]);
        paths.clear();
      },
      { delay: coalescing },
    );
    const onFile = (uri: vscode.Uri) => {
      paths.add(uri.fsPath);
      scanning.request();
    };
    return vscode.Disposable.from(
      watchFiles(folder, '**/*', onFile),
      { dispose: () => scanning.stop() },
      { dispose: () => scripts.dispose() },
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('files.exclude', folder)) this.rescan(scripts);
      }),
    );
  }

  private rescan(scripts: ScriptCatalogue, paths?: string[]): void {
    scripts.refresh(paths).catch((error) => this.log.error('Could not read the scripts', error));
  }
}

/** Calls `changed` for each file that appears, changes or disappears. */
function watchFiles(
  folder: vscode.WorkspaceFolder,
  pattern: string,
  changed: (uri: vscode.Uri) => void,
): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
  const { onDidChange, onDidCreate, onDidDelete } = watcher;
  return vscode.Disposable.from(watcher, onDidChange(changed), onDidCreate(changed), onDidDelete(changed));
}

/** The enabled patterns of the folder's `files.exclude`. */
function excludesOf(folder: vscode.WorkspaceFolder): string[] {
  const patterns = vscode.workspace
    .getConfiguration('files', folder)
    .get<Record<string, unknown>>('exclude', {});
  return Object.keys(patterns).filter((pattern) => patterns[pattern] === true);
}
