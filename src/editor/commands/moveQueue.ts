import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { realPathOf } from '../../client/registry';
import { moveQueueTo } from '../../client/storage/movedQueue';
import { workspaceFolder } from '../../client/storage/workspaceQueue';
import { userFolder } from '../../client/userFolder';
import type { FileTarget } from '../../contributions';
import { whileHeldForMove } from '../../store/ownership/movedTo';
import { inContainer, lastingFolders, outlivesContainer, readMounts } from '../../system/mounts';
import { pathInside } from '../../system/paths';
import { pickFolder } from '../pickers/folderPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { notify } from '../shared/notify';
import type { Choice } from '../shared/quickPick';
import type { QueueAccess } from '../workspace/queueAccess';

/** Moves the files of the folder's queue, to where they outlive a container for example. */
export class MoveQueue {
  private readonly programs: string;

  constructor(
    private readonly access: QueueAccess,
    extension: vscode.Uri,
  ) {
    this.programs = vscode.Uri.joinPath(extension, 'dist').fsPath;
  }

  readonly handlers = {
    moveQueue: (folder) => this.move(folder),
  } satisfies CommandHandlers;

  private async move(given?: FileTarget): Promise<void> {
    const present = await this.access.demand();
    const workspace = realPathOf(present.folder.uri.fsPath);
    const folder = given?.fsPath ?? (await pick(workspace));
    const { storage } = present;
    const { programs } = this;
    const place = { home: userFolder(), workspace, storage, programs };
    const title = vscode.l10n.t('Moving the queue…');
    const moved = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title },
      () =>
        // Before it is closed: other windows and agents would take it over.
        whileHeldForMove(storage, () =>
          this.access.reopen(async () => void (await moveQueueTo(place, folder, { ends: true }))),
        ),
    );
    void notify(
      'information',
      vscode.l10n.t(
        "This folder's queue is in {0} now. The former files are kept until the next start: {1}",
        moved.storage,
        storage,
      ),
    );
  }
}

/** Asks for a folder: that of the workspace, one that outlives this container, or any other. */
function pick(workspace: string): Promise<string> {
  const mounts = inContainer(process.env) ? readMounts() : [];
  const choices: Choice<string | undefined>[] = [
    {
      label: workspaceFolder,
      description: vscode.l10n.t('in this folder; git ignores it'),
      ...(mounts.length > 0 && { detail: fateOf(outlivesContainer(workspace, mounts)) }),
      iconPath: new vscode.ThemeIcon('root-folder'),
      value: workspace,
    },
    ...lastingFolders(mounts)
      .filter((folder) => pathInside(folder, workspace) === null && isWritable(folder))
      .map((folder) => ({
        label: path.basename(folder),
        description: folder,
        detail: fateOf(true),
        iconPath: new vscode.ThemeIcon('archive'),
        value: folder,
      })),
  ];
  return pickFolder({
    title: vscode.l10n.t('Move Queue'),
    placeHolder: vscode.l10n.t("Select where this folder's queue is kept"),
    choices,
    other: {
      label: vscode.l10n.t('Other Folder…'),
      description: vscode.l10n.t('the queue gets a folder of its own in it'),
    },
  });
}

function fateOf(outlives: boolean): string {
  return outlives
    ? vscode.l10n.t('outlives this container')
    : vscode.l10n.t('is gone when this container is rebuilt');
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
