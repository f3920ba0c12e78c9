import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { canonicalStorage, defaultStorage, Registry } from '../../client/registry';
import { userFolder, userFolderPath } from '../../client/userFolder';
import { ParsedConfigs } from '../../config/parsedConfigs';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import type { OpenWorkspace } from './openWorkspace';
import type { WorkspaceScripts } from './workspaceScripts';

/** Opens a folder's queue. The user's registry knows where its files are. */
export class WorkspaceOpener {
  private readonly programs: string;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly scripts: WorkspaceScripts,
    private readonly log: Log,
    private readonly version: string,
  ) {
    this.programs = vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath;
  }

  /** Whether this folder has a queue or a sparkq.yml. Creates nothing. */
  hasQueue(folder: vscode.WorkspaceFolder): boolean {
    const workspace = folder.uri.fsPath;
    if (fs.existsSync(vscode.Uri.joinPath(folder.uri, 'sparkq.yml').fsPath)) return true;
    return new Registry(userFolderPath()).find(workspace) !== undefined;
  }

  /** Opens the folder's queue; creates it if there is none. */
  async open(folder: vscode.WorkspaceFolder): Promise<OpenWorkspace> {
    try {
      const home = userFolder();
      const loaded = await this.scripts.load(this.parsedConfigs(folder, home));
      const storage = await this.storageOf(folder, home);
      const { programs, version, log } = this;
      // Loaded now, not when VS Code starts, because most of the program depends on it.
      const { openWorkspace } = await import('./editorWorkspace');
      return await openWorkspace(loaded, { storage, home, programs, version, log });
    } catch (error) {
      this.log.error('Could not open the queue', error);
      throw understandable(error);
    }
  }

  /** Lets the folder's queue open without the changes that are missing from its files. */
  async acceptLoss(folder: vscode.WorkspaceFolder): Promise<void> {
    const storage = await this.storageOf(folder, userFolder());
    const { programs, log } = this;
    const { acceptLoss } = await import('../../store/maintenance');
    await acceptLoss({ storage, programs }, log);
  }

  /** Beside those of the command line, which is another build. */
  private parsedConfigs(folder: vscode.WorkspaceFolder, home: string): ParsedConfigs {
    const builtAt = fs.statSync(path.join(this.programs, 'extension.js')).mtimeMs;
    return new ParsedConfigs(
      path.join(home, 'configs', 'editor'),
      folder.uri.fsPath,
      `${this.version} ${builtAt}`,
    );
  }

  private storageOf(folder: vscode.WorkspaceFolder, home: string): Promise<string> {
    const { storageUri } = this.context;
    const workspace = folder.uri.fsPath;
    const own = storageUri ? canonicalStorage(storageUri.fsPath) : defaultStorage(home, workspace);
    return new Registry(home).storageFor(workspace, own);
  }
}

/** Adds what to do to a file system error, which only names a path. */
function understandable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof QueueError || !('syscall' in error)) return error;
  return new QueueError(
    'storage_failed',
    vscode.l10n.t("The queue's files cannot be used: {0}", error.message),
    vscode.l10n.t('Make sure the folder exists and you can write to it, then retry.'),
    undefined,
    { cause: error },
  );
}
