import * as vscode from 'vscode';
import { realPathOf } from '../../client/registry';
import { userFolderPath } from '../../client/userFolder';
import { commands } from '../../contributions';
import type { Log } from '../../core/log';
import { readMounts } from '../../system/mounts';
import { askForFolder, type FolderAnswer } from '../shared/folderAnswer';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { lossesOfRebuild } from './rebuildDecision';

const answerKey = 'rebuild';

/** Says once for a folder that its queue is gone when the container is rebuilt, and offers to keep it. */
export class RebuildNotice {
  constructor(
    private readonly workspace: OpenWorkspace,
    private readonly memory: vscode.Memento,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    this.look().catch((error) =>
      this.log.error('It could not be found out whether the queue outlives the container', error),
    );
    return { dispose: () => {} };
  }

  private async look(): Promise<void> {
    if (this.memory.get<FolderAnswer>(answerKey) !== undefined) return;
    const home = userFolderPath();
    const { queue, userFolder } = lossesOfRebuild({
      remoteName: vscode.env.remoteName,
      mounts: readMounts(),
      storage: realPathOf(this.workspace.storage),
      home: realPathOf(home),
    });
    if (!queue) return;
    // Closing it is an answer, too: it is said once.
    await this.memory.update(answerKey, 'no' satisfies FolderAnswer);
    const alsoLost = userFolder
      ? vscode.l10n.t('So is what you have confirmed and approved for good, in {0}.', home)
      : '';
    const answer = await askForFolder(this.memory, answerKey, {
      question: [
        vscode.l10n.t(
          "When this container is rebuilt, this folder's queue is gone: it is in {0}.",
          this.workspace.storage,
        ),
        alsoLost,
      ]
        .join(' ')
        .trim(),
      yes: vscode.l10n.t('Keep Queue…'),
      no: vscode.l10n.t("Don't Keep"),
    });
    if (answer === 'yes') await vscode.commands.executeCommand(commands.moveQueue);
  }
}
