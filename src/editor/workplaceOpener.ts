import * as fs from 'node:fs';
import * as os from 'node:os';
import * as vscode from 'vscode';
import { openQueue } from '../client/openQueue';
import type { QueueRole } from '../client/queueKeeper';
import { canonicalStorage, defaultStorage, Registry, realPathOf } from '../client/registry';
import { userFolder, userFolderPath } from '../client/userFolder';
import { QueueError } from '../core/errors';
import type { Log } from '../core/log';
import { Runner } from '../runner/runner';
import { Watchers } from '../runner/watchers';
import { Disposables } from './disposables';
import type { Opener } from './queueAccess';
import type { Workplace } from './workplace';
import type { LoadedScripts, WorkspaceScripts } from './workspaceScripts';

/** Opens the queue of a folder, wherever the user's registry says that its files are. */
export class WorkplaceOpener implements Opener {
  private readonly programs: string;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly scripts: WorkspaceScripts,
    private readonly log: Log,
    private readonly version: string,
  ) {
    this.programs = vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath;
  }

  async hasQueue(folder: vscode.WorkspaceFolder): Promise<boolean> {
    const workspace = folder.uri.fsPath;
    if (fs.existsSync(vscode.Uri.joinPath(folder.uri, 'sparkq.yml').fsPath)) return true;
    const home = userFolderPath(process.env, process.platform, os.homedir());
    return new Registry(home).find(workspace) !== undefined;
  }

  async open(folder: vscode.WorkspaceFolder): Promise<Workplace> {
    try {
      const home = userFolder();
      const loaded = await this.scripts.load();
      const { storageUri } = this.context;
      const workspace = folder.uri.fsPath;
      const own = storageUri ? canonicalStorage(storageUri.fsPath) : defaultStorage(home, workspace);
      const storage = await new Registry(home).storageFor(workspace, own);
      return await this.openStorage(storage, home, loaded);
    } catch (error) {
      this.log.error('The queue could not be opened', error);
      throw understandable(error);
    }
  }

  private async openStorage(storage: string, home: string, loaded: LoadedScripts): Promise<Workplace> {
    const workspace = loaded.folder.uri.fsPath;
    const { config, scripts } = loaded;
    const { programs, log, version } = this;
    const queue = await openQueue({
      storage,
      workspace: realPathOf(workspace),
      role: 'editor',
      config,
      scripts,
      programs,
      log,
      version,
      home,
      serve: true,
      port: config.current().server.port ?? undefined,
    });
    const runner = new Runner({ queue, storage, workspace, config, programs, log });
    const allowed = () => vscode.workspace.isTrusted;
    const watchers = new Watchers({ queue, runner, storage, config, log, allowed });
    const place = new OpenWorkplace({ ...loaded, storage, queue, runner, watchers }, log);
    place.start();
    return place;
  }
}

/** An error of the file system names a path, but not what to do about it. */
function understandable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof QueueError || !('syscall' in error)) return error;
  return new QueueError(
    'storage_failed',
    vscode.l10n.t('The files of the queue cannot be used: {0}', error.message),
    vscode.l10n.t('See that the folder is there and that you may write to it, then open the queue again.'),
    undefined,
    { cause: error },
  );
}

/** Keeps what stands on an open queue going: adopts runs while it owns the queue, works on streams while trusted. */
class OpenWorkplace implements Workplace {
  readonly folder;
  readonly storage;
  readonly queue;
  readonly config;
  readonly scripts;
  readonly runner;
  readonly watchers;
  private readonly disposables = new Disposables();
  private closing: Promise<void> | undefined;

  constructor(
    parts: Omit<Workplace, 'close'>,
    private readonly log: Log,
  ) {
    this.folder = parts.folder;
    this.storage = parts.storage;
    this.queue = parts.queue;
    this.config = parts.config;
    this.scripts = parts.scripts;
    this.runner = parts.runner;
    this.watchers = parts.watchers;
  }

  start(): void {
    this.attendRole(this.queue.role());
    this.disposables.add({ dispose: this.queue.onDidChangeRole((role) => this.attendRole(role)) });
    this.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.watchers.refresh()));
    this.watchers.start().catch((error) => this.log.error('The workers could not be started', error));
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow();
    return this.closing;
  }

  private async closeNow(): Promise<void> {
    this.disposables.dispose();
    this.watchers.dispose();
    this.runner.dispose();
    await this.queue.close();
  }

  private attendRole(role: QueueRole): void {
    this.log.info(`This window is ${role} of the queue in ${this.storage}`);
    if (role !== 'owner') return;
    this.runner.adopt().catch((error) => this.log.error('Running tasks could not be taken over', error));
  }
}
