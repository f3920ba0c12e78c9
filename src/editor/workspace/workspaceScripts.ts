import * as vscode from 'vscode';
import type { ConfigFile } from '../../config/configFile';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { ScriptCatalogue } from '../../scripts/catalogue';
import { Disposables } from '../shared/disposables';
import { EditorRefusal } from '../shared/refusal';

/** The configuration of a folder and the scripts found in it. */
export interface LoadedScripts {
  readonly folder: vscode.WorkspaceFolder;
  readonly config: ConfigFile;
  readonly scripts: ScriptCatalogue;
}

/** File changes within this many milliseconds are read together. */
const coalescing = 300;

/**
 * Reads sparkq.yml and the headers of the folder's scripts when they are first needed, and follows the files from then
 * on. It only reads, so it also works in a folder without a queue.
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

  async load(): Promise<LoadedScripts> {
    if (!this.folder) throw new EditorRefusal(vscode.l10n.t('Open a folder first to see its scripts.'));
    this.loading ??= this.read(this.folder).catch((error) => {
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

  private async read(folder: vscode.WorkspaceFolder): Promise<LoadedScripts> {
    const { log } = this;
    // Loaded only now: YAML and its schema take longer than everything else at the start.
    const [{ ConfigFile }, { ScriptCatalogue }] = await Promise.all([
      import('../../config/configFile'),
      import('../../scripts/catalogue'),
    ]);
    const config = this.disposables.add(await ConfigFile.open(folder.uri.fsPath, log));
    const scripts = new ScriptCatalogue({
      workspace: folder.uri.fsPath,
      config,
      log,
      excludes: excludesOf(folder),
    });
    await scripts.refresh();
    this.follow(folder, config, scripts);
    const loaded = { folder, config, scripts };
    this.loaded.fire(loaded);
    return loaded;
  }

  private follow(folder: vscode.WorkspaceFolder, config: ConfigFile, scripts: ScriptCatalogue): void {
    const reload = () =>
      void config.reload().catch((error) => this.log.error('sparkq.yml could not be read', error));
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
    this.disposables.add(watchFiles(folder, 'sparkq.yml', reload));
    this.disposables.add(watchFiles(folder, '**/*', onFile));
    this.disposables.add({ dispose: () => scanning.stop() });
    this.disposables.add(
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
