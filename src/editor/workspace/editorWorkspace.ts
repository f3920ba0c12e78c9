import * as vscode from 'vscode';
import type { QueueRole } from '../../client/openQueue';
import { openQueue } from '../../client/openQueue';
import type { OpenQueueOptions } from '../../client/options';
import { Registry, realPathOf } from '../../client/registry';
import { Confirmations } from '../../config/confirmations';
import { ConfirmedConfig } from '../../config/confirmedConfig';
import type { Log } from '../../core/log';
import { everything } from '../../core/paging';
import type { Queue, WatchOutput } from '../../core/queue';
import { hookCaller } from '../../runner/hookCaller';
import { Runner } from '../../runner/runner';
import { StreamWorkers } from '../../runner/streamWorker/streamWorkers';
import { OutputFollower } from '../../store/outputFollower';
import { notify } from '../shared/notify';
import type { OpenWorkspace } from './openWorkspace';
import { otherFolders } from './windowFolders';
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
  /** The password of a server, if VS Code has one. */
  secret: OpenQueueOptions['secret'];
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
  const { catalogue } = loaded;
  const { storage, home, programs, log, version, secret } = options;
  const realPath = realPathOf(workspace);
  const config = new ConfirmedConfig(loaded.config, new Confirmations(home, realPath), {
    log,
    trusted: () => vscode.workspace.isTrusted,
    follow: true,
  });
  const queue = await openQueue({
    storage,
    workspace: realPath,
    role: 'editor',
    config,
    scripts: catalogue,
    programs,
    log,
    version,
    home,
    secret,
    serve: true,
    hooks: hookCaller({ config, workspace, storage, log, allowed: () => vscode.workspace.isTrusted }),
    port: config.current().server.port ?? undefined,
  });
  const registry = new Registry(home);
  const admit = () => admitFolders(registry, workspace, log);
  await admit();
  const runner = new Runner({
    queue,
    storage,
    workspace,
    otherFolders: () => registry.otherFolders(workspace),
    config,
    programs,
    home,
    log,
  });
  let allowedHere = vscode.workspace.isTrusted;
  const allowed = () => allowedHere;
  const streamWorkers = new StreamWorkers({ queue, runner, storage, config, log, allowed });
  const followRole = (role: QueueRole) => {
    log.info(`This window is ${role} of the queue in ${storage}`);
    if (role !== 'owner') return;
    runner.adopt().catch((error) => log.error('Running tasks could not be taken over', error));
  };
  followRole(queue.role());
  const subscriptions = vscode.Disposable.from(
    { dispose: queue.onDidChangeRole(followRole) },
    vscode.workspace.onDidChangeWorkspaceFolders(admit),
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      config.refresh();
      await admit();
      await confirmWork(queue).catch((error) => log.error('The streams could not be read', error));
      allowedHere = true;
      await streamWorkers.refresh();
    }),
  );
  streamWorkers.start().catch((error) => log.error('The stream workers could not be started', error));
  let closing: Promise<void> | undefined;
  const close = async () => {
    subscriptions.dispose();
    streamWorkers.dispose();
    runner.dispose();
    config.dispose();
    await queue.close();
  };
  const watchOutput: WatchOutput = (...args) => new OutputFollower(storage, ...args);
  return { ...loaded, config, storage, queue, watchOutput, runner, close: () => (closing ??= close()) };
}

/** Lets tasks come from the folders that are open in this window, once they are trusted, which all are at once. */
async function admitFolders(registry: Registry, workspace: string, log: Log): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  try {
    const folders = otherFolders().map(({ uri }) => uri.fsPath);
    await registry.addFolders(workspace, folders);
  } catch (error) {
    log.error('Tasks cannot run in the other folders of this window', error);
  }
}

/**
 * Trusting a folder is no wish to run at once what is queued in it: streams that are to have a worker have it only once a
 * person agrees.
 */
async function confirmWork(queue: Queue): Promise<void> {
  const streams = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
  const working = streams.filter((stream) => stream.working);
  if (working.length === 0) return;
  const yes = vscode.l10n.t('Start Worker');
  const answer = await notify('information', vscode.l10n.t('Start working on what is queued here?'), yes);
  if (answer === yes) return;
  for (const { id } of working) await queue.updateStream(id, { working: false });
}
