import * as path from 'node:path';
import * as vscode from 'vscode';
import { hasQueue, Registry, type RegistryEntry, realPathOf, sameFolder } from '../../client/registry';
import { unknownQueueIn } from '../../client/storage/workspaceQueue';
import { userFolder, userFolderPath } from '../../client/userFolder';
import type { FileTarget } from '../../contributions';
import { pathInside } from '../../system/paths';
import { pickFolder } from '../pickers/folderPicker';
import type { CommandHandlers, CommandRegistry } from '../shared/commandRegistry';
import { confirm, notify } from '../shared/notify';
import { type Choice, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { QueueAccess } from '../workspace/queueAccess';

/** The key of the offered queue in the workspace state: each is offered once. */
const offeredKey = 'attachOffered';

/** Attaches a queue to the folder: the one it had under an earlier path, the one that came with it, or any other. */
export class AttachQueue {
  constructor(
    private readonly access: QueueAccess,
    private readonly commands: CommandRegistry,
    private readonly workspaceState: vscode.Memento,
    /** The dist folder. */
    private readonly programs: string,
  ) {}

  readonly handlers: CommandHandlers = { attachQueue: (storage) => this.attachQueue(storage) };

  /**
   * Offers a folder the queue that it had where it was before, or that is in it and not known here, once. Answers whether the question is open: until it is answered, no queue is
   * opened automatically.
   */
  async offer(): Promise<boolean> {
    const folder = QueueAccess.firstFolder();
    if (!folder) return false;
    const registry = new Registry(userFolderPath());
    if (registry.find(folder.uri.fsPath)) return false;
    const moved = registry.findMoved(folder.uri.fsPath);
    const storage = moved?.storage ?? unknownQueueIn(folder.uri.fsPath, registry);
    if (storage === undefined || this.workspaceState.get<string>(offeredKey) === storage) return false;
    await this.workspaceState.update(offeredKey, storage);
    const question = moved
      ? vscode.l10n.t('This folder used to be {0}, and its queue still exists. Attach it?', moved.workspace)
      : vscode.l10n.t(
          'This folder contains a queue that is not known on this machine, in {0}. It may come from somebody else. Attach it? What is queued in it waits for your approval.',
          storage,
        );
    // Not awaited: the question stays open until it is answered.
    void this.commands.run('attachQueue', () => this.ask(question, storage));
    return true;
  }

  private async ask(question: string, storage: string): Promise<void> {
    const yes = vscode.l10n.t('Attach Queue');
    const answer = await notify('information', question, yes);
    if (answer === yes) await this.attach(storage);
    else await this.access.openExisting();
  }

  private async attachQueue(given?: FileTarget): Promise<void> {
    const folder = QueueAccess.firstFolder();
    // This says why there can be no queue here.
    if (!folder) return void (await this.access.open());
    const storage = given?.fsPath ?? (await this.pick(new Registry(userFolderPath()), folder.uri.fsPath));
    if (!hasQueue(storage)) throw new EditorRefusal(vscode.l10n.t('{0} does not contain a queue.', storage));
    const present = this.access.workspace;
    if (present !== undefined && sameFolder(present.storage, storage)) {
      throw new EditorRefusal(vscode.l10n.t('This folder already uses that queue.'));
    }
    const { total = 0 } = (await present?.queue.listTasks({ limit: 1 })) ?? {};
    if (present && total > 0) {
      await confirm(
        vscode.l10n.t("Replace this folder's queue with another one?"),
        vscode.l10n.t('Its files are kept, and you can attach them again: {0}', present.storage),
        vscode.l10n.t('Attach Queue'),
      );
    }
    await this.attach(storage);
  }

  private async attach(storage: string): Promise<void> {
    const folder = QueueAccess.firstFolder();
    if (!folder) return;
    const home = userFolder();
    const registry = new Registry(home);
    const workspace = realPathOf(folder.uri.fsPath);
    await this.access.reopen(async () => {
      // One that came with the folder may come from anybody.
      const isForeign =
        pathInside(workspace, realPathOf(storage)) !== null && registry.ofStorage(storage) === undefined;
      if (!isForeign) return registry.attach(workspace, storage);
      const { openUnknownQueue } = await import('../../client/storage/movedQueue');
      await openUnknownQueue({ home, workspace, storage, programs: this.programs });
    });
  }

  /** Asks for a queue: this folder's, one whose folder is gone, or any other. */
  private async pick(registry: Registry, folder: string): Promise<string> {
    const title = vscode.l10n.t('Attach Queue');
    const moved = registry.findMoved(folder);
    const gone = registry
      .gone()
      .filter((entry) => entry.storage !== moved?.storage && hasQueue(entry.storage));
    const choices: (Choice<string | undefined> | Divider)[] = [];
    if (moved) choices.push(divider(vscode.l10n.t('this folder, under its earlier path')), choiceOf(moved));
    const unknown = unknownQueueIn(folder, registry);
    if (unknown !== undefined) {
      const found = choiceOf({ workspace: folder, storage: unknown });
      choices.push(divider(vscode.l10n.t('came with this folder, not known on this machine')), found);
    }
    if (gone.length > 0) {
      choices.push(divider(vscode.l10n.t('folders that no longer exist')), ...gone.map(choiceOf));
    }
    return pickFolder({
      title,
      placeHolder: vscode.l10n.t('Select a queue for this folder'),
      choices: [...choices, divider('')],
      other: {
        label: vscode.l10n.t('Other Folder…'),
        description: vscode.l10n.t("a folder that contains a queue's files"),
      },
    });
  }
}

function choiceOf({
  workspace,
  storage,
}: Pick<RegistryEntry, 'workspace' | 'storage'>): Choice<string | undefined> {
  return {
    label: path.basename(workspace),
    description: workspace,
    detail: storage,
    iconPath: new vscode.ThemeIcon('archive'),
    value: storage,
  };
}
