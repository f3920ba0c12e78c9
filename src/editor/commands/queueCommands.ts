import * as vscode from 'vscode';
import type { FileTarget } from '../../contributions';
import { notify } from '../shared/notice';
import type { SparkQ } from '../sparkq';
import { InstallCommandLine } from './installCommandLine';

/** Commands on the queue as a whole. */
export class QueueCommands {
  constructor(private readonly sparkq: SparkQ) {}

  register(): vscode.Disposable {
    const { runner, access, log } = this.sparkq;
    return vscode.Disposable.from(
      runner.register('showLog', () => log.show()),
      runner.register('createQueue', async () => void (await access.open())),
      runner.register('openAgain', () => this.openAgain()),
      runner.register('refresh', () => this.refresh()),
      runner.register('showMore', ({ id }) => this.showMore(id)),
      runner.register('backUp', (file) => this.backUp(file)),
      new InstallCommandLine(this.sparkq).register(),
    );
  }

  /** A queue that is open, but could not be read, is read again. */
  private async openAgain(): Promise<void> {
    await this.sparkq.access.open();
    this.sparkq.queueTree.refresh();
  }

  /** Reads again what the views show, and looks whether the folder has a queue by now. */
  private async refresh(): Promise<void> {
    await this.sparkq.access.look();
    this.sparkq.queueTree.refresh();
    this.sparkq.reviewTree.refresh();
    await this.sparkq.scripts.refresh();
  }

  /** Of two views only the one with such a row shows more. */
  private showMore(rowId: string): void {
    this.sparkq.queueTree.showMore(rowId);
    this.sparkq.reviewTree.showMore(rowId);
  }

  private async backUp(given?: FileTarget): Promise<string> {
    const { queue, folder } = await this.sparkq.access.open();
    const day = new Date().toISOString().slice(0, 10);
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
