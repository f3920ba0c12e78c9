import * as vscode from 'vscode';
import { openQueue } from '../../client/openQueue';
import type { QueueRole } from '../../client/queueKeeper';
import { realPathOf } from '../../client/registry';
import type { Log } from '../../core/log';
import { Runner } from '../../runner/runner';
import { StreamWorkers } from '../../runner/streamWorker/streamWorkers';
import { Disposables } from '../shared/disposables';
import type { OpenWorkspace } from './openWorkspace';
import type { LoadedScripts } from './workspaceScripts';

export interface EditorWorkspaceOptions {
  /** The queue's folder. */
  storage: string;
  /** The user folder. */
  home: string;
  /** The dist folder. */
  programs: string;
  version: string;
  log: Log;
}

/** Opens the queue in a storage folder, with what runs its tasks. */
export async function openWorkspace(
  loaded: LoadedScripts,
  options: EditorWorkspaceOptions,
): Promise<OpenWorkspace> {
  const workspace = loaded.folder.uri.fsPath;
  const { config, scripts } = loaded;
  const { storage, home, programs, log, version } = options;
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
  const watchers = new StreamWorkers({ queue, runner, storage, config, log, allowed });
  const place = new EditorWorkspace({ ...loaded, storage, queue, runner, watchers }, log);
  place.start();
  return place;
}

/** Keeps what stands on an open queue going: adopts runs while it owns the queue, works on streams while trusted. */
class EditorWorkspace implements OpenWorkspace {
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
    parts: Omit<OpenWorkspace, 'close'>,
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
