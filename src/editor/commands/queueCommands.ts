import * as vscode from 'vscode';
import type { FileTarget } from '../../contributions';
import { toInstant } from '../../core/clock';
import { localText } from '../../core/times';
import { offerAgentTools } from '../agents/addedTools';
import type { CommandHandlers } from '../shared/commandRegistry';
import { confirm, notify } from '../shared/notify';
import { EditorRefusal, lossyFileOf } from '../shared/refusal';
import type { QueueTree } from '../views/queue/queueTree';
import type { ReviewTree } from '../views/review/reviewTree';
import type { EditorContext } from '../workspace/editorContext';

/** Commands on the queue as a whole. */
export class QueueCommands {
  constructor(
    private readonly editor: EditorContext,
    private readonly queueTree: QueueTree,
    private readonly reviewTree: ReviewTree,
  ) {}

  readonly handlers = {
    showLog: () => this.editor.log.show(),
    createQueue: async () => void (await this.editor.access.open()),
    openAgain: () => this.openAgain(),
    acceptLoss: () => this.acceptLoss(),
    openConfiguration: () => this.openConfiguration(),
    refresh: () => this.refresh(),
    showMore: ({ id }) => this.showMore(id),
    backUp: (file) => this.backUp(file),
  } satisfies CommandHandlers;

  /** Also reads a queue again that is open but could not be read. */
  private async openAgain(): Promise<void> {
    const { access, scripts } = this.editor;
    // It may have been corrected a moment ago.
    if (access.state === 'failed') await (await scripts.load()).config.reload();
    await access.open();
    this.queueTree.refresh();
  }

  private async acceptLoss(): Promise<void> {
    const { access } = this.editor;
    const file = lossyFileOf(access.failure);
    if (file === undefined)
      throw new EditorRefusal(vscode.l10n.t('No changes are known to be missing from this queue.'));
    await confirm(
      vscode.l10n.t('Open the queue without the missing changes?'),
      vscode.l10n.t(
        'The changes that are missing from {0} will be gone for good: if you have a copy of the file, put it back first. What is left of it is kept in the folder set-aside beside it.',
        file,
      ),
      vscode.l10n.t('Accept Loss'),
    );
    await access.acceptLoss();
  }

  /** A file that is not there opens as a new one with the defaults, which is written once it is saved. */
  private async openConfiguration(): Promise<void> {
    const { folder, config } = await this.editor.scripts.load();
    const file = vscode.Uri.file(config.file);
    if (await exists(file)) {
      const editor = await vscode.window.showTextDocument(file);
      // Not awaited: the question stays open until it is answered.
      void this.editor.commands.run('openConfiguration', () =>
        offerAgentTools(editor.document, this.editor.context.workspaceState),
      );
      return;
    }
    const { defaultConfigText } = await import('../../config/defaultText');
    const { installedAgents } = await import('../../runner/installedAgents');
    const agents = await installedAgents();
    const document = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
    const editor = await vscode.window.showTextDocument(document);
    if (document.getText() !== '') return;
    const text = defaultConfigText({ name: folder.name, agents });
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
  }

  /** Updates the views, and opens the folder's queue if there is one by now. */
  private async refresh(): Promise<void> {
    await this.editor.access.openExisting();
    this.queueTree.refresh();
    this.reviewTree.refresh();
    await this.editor.scripts.refresh();
  }

  /** Only the view that has this row shows more. */
  private showMore(rowId: string): void {
    this.queueTree.showMore(rowId);
    this.reviewTree.showMore(rowId);
  }

  private async backUp(given?: FileTarget): Promise<string> {
    const { queue, folder } = await this.editor.access.demand();
    const day = localText(toInstant(Date.now())).slice(0, 10);
    const chosen =
      given?.fsPath ??
      (
        await vscode.window.showSaveDialog({
          title: vscode.l10n.t('Back Up Queue'),
          defaultUri: vscode.Uri.joinPath(folder.uri, `sparkq-${day}.db`),
          filters: { [vscode.l10n.t('SQLite databases')]: ['db'] },
        })
      )?.fsPath;
    if (chosen === undefined) throw new vscode.CancellationError();
    const { file, bytes } = await queue.backup(chosen);
    void this.offerToReveal(file, bytes);
    return file;
  }

  private async offerToReveal(file: string, bytes: number): Promise<void> {
    const reveal = vscode.l10n.t('Copy Path');
    const size = vscode.l10n.t('{0} KB', Math.ceil(bytes / 1024));
    const answer = await notify(
      'information',
      vscode.l10n.t('The queue was backed up to {0} ({1}).', file, size),
      reveal,
    );
    if (answer === reveal) await vscode.env.clipboard.writeText(file);
  }
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}
