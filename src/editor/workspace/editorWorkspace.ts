import * as vscode from 'vscode';
import type { QueueRole } from '../../client/openQueue';
import { openQueue } from '../../client/openQueue';
import { realPathOf } from '../../client/registry';
import type { Log } from '../../core/log';
import { Runner } from '../../runner/runner';
import { StreamWorkers } from '../../runner/streamWorker/streamWorkers';
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

/**
 * Opens the queue in a storage folder, with what runs its tasks: runs are adopted while this window owns the queue,
 * streams are worked on while the workspace is trusted.
 */
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
  const streamWorkers = new StreamWorkers({ queue, runner, storage, config, log, allowed });
  const followRole = (role: QueueRole) => {
    log.info(`This window is ${role} of the queue in ${storage}`);
    if (role !== 'owner') return;
    runner.adopt().catch((error) => log.error('Running tasks could not be taken over', error));
  };
  followRole(queue.role());
  const subscriptions = vscode.Disposable.from(
    { dispose: queue.onDidChangeRole(followRole) },
    vscode.workspace.onDidGrantWorkspaceTrust(() => void streamWorkers.refresh()),
  );
  streamWorkers.start().catch((error) => log.error('The stream workers could not be started', error));
  let closing: Promise<void> | undefined;
  const close = async () => {
    subscriptions.dispose();
    streamWorkers.dispose();
    runner.dispose();
    await queue.close();
  };
  return { ...loaded, storage, queue, runner, close: () => (closing ??= close()) };
}
