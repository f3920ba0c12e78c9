import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { canonicalStorage, defaultStorage, Registry, sameFolder } from '../../client/registry';
import { userFolder, userFolderPath } from '../../client/userFolder';
import type { DatabasePlace } from '../../config/databasePlace';
import { parseDatabaseUrl, shownServer } from '../../config/databaseUrl';
import { ParsedConfigs } from '../../config/parsedConfigs';
import { settings } from '../../contributions';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { databaseSecret } from '../shared/databaseSecret';
import { suggestedServerOf } from '../shared/refusal';
import type { OpenWorkspace } from './openWorkspace';
import type { WorkspaceScripts } from './workspaceScripts';

/** The value of the setting `sparkq.storage` for the `.sparkq` folder of each workspace. */
const inWorkspace = 'workspace';

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
      const secret = async ({ shown }: DatabasePlace) => databaseSecret(this.context, shown).get();
      return await openWorkspace(loaded, { storage, home, programs, version, log, secret });
    } catch (error) {
      this.log.error('Could not open the queue', error);
      throw notAgreed(error) ?? understandable(error);
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

  /** Whether the folder's queue is registered in another storage folder than this one. */
  isElsewhere(folder: vscode.WorkspaceFolder, storage: string): boolean {
    const present = new Registry(userFolderPath()).find(folder.uri.fsPath)?.storage;
    return present !== undefined && !sameFolder(present, storage);
  }

  private async storageOf(folder: vscode.WorkspaceFolder, home: string): Promise<string> {
    const workspace = folder.uri.fsPath;
    const registry = new Registry(home);
    const known = registry.find(workspace)?.storage;
    return known ?? registry.storageFor(workspace, await this.newStorage(workspace, home));
  }

  /** Where a new queue goes: as the setting says, else to the storage that VS Code has for the workspace. */
  private async newStorage(workspace: string, home: string): Promise<string> {
    const chosen = storageSetting();
    if (chosen !== '') {
      const { storageInFolder } = await import('../../client/storage/movedQueue');
      return storageInFolder(workspace, chosen === inWorkspace ? workspace : chosen);
    }
    const { storageUri } = this.context;
    return storageUri ? canonicalStorage(storageUri.fsPath) : defaultStorage(home, workspace);
  }
}

/** @throws QueueError `invalid_field` for what names no folder */
function storageSetting(): string {
  const chosen = vscode.workspace.getConfiguration().get<string>(settings.storage, '').trim();
  if (chosen === '' || chosen === inWorkspace || path.isAbsolute(chosen)) return chosen;
  throw new QueueError(
    'invalid_field',
    vscode.l10n.t('The setting {0} is neither workspace nor an absolute path: {1}', settings.storage, chosen),
    vscode.l10n.t('Change it in the settings of this machine, then retry.'),
  );
}

/** Where nobody has agreed to the server of sparkq.yml: says so in words that fit into the view, which cuts off a URL. */
function notAgreed(error: unknown): QueueError | undefined {
  const server = suggestedServerOf(error);
  if (server === undefined) return undefined;
  const { servers, database } = parseDatabaseUrl(server);
  const hint = vscode.workspace.isTrusted
    ? vscode.l10n.t('If you know that server, connect: then tasks of others who use it are here, too.')
    : vscode.l10n.t('Nothing connects there until you trust this workspace.');
  const where = servers.map(shownServer).join(', ');
  return new QueueError(
    'forbidden',
    vscode.l10n.t('sparkq.yml has the queue in the database {0} on {1}.', database ?? '', where),
    hint,
    vscode.workspace.isTrusted ? (error as QueueError).details : undefined,
  );
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
