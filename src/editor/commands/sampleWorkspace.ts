import * as os from 'node:os';
import * as vscode from 'vscode';
import type { FileTarget } from '../../contributions';
import type { CommandRegistry } from '../shared/commandRegistry';
import { type Choice, choose } from '../shared/prompts';
import { writeSample } from './sampleFolder';

/** Writes a small workspace to try SparkQ on, and opens it in a window of its own. */
export class SampleWorkspace {
  constructor(
    private readonly commands: CommandRegistry,
    private readonly extension: vscode.Uri,
  ) {}

  register(): vscode.Disposable {
    return this.commands.register({ openSampleWorkspace: (parent) => this.open(parent) });
  }

  private async open(given?: FileTarget): Promise<string> {
    const parent = given?.fsPath ?? (await this.askForParent());
    const sample = vscode.Uri.joinPath(this.extension, 'media', 'sample');
    const folder = await writeSample(sample.fsPath, parent);
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(folder), {
      forceNewWindow: true,
    });
    return folder;
  }

  private async askForParent(): Promise<string> {
    const title = vscode.l10n.t('Open Sample Workspace');
    const choices: Choice<string | undefined>[] = [
      {
        label: vscode.l10n.t('In the temporary folder'),
        description: os.tmpdir(),
        iconPath: new vscode.ThemeIcon('folder'),
        value: os.tmpdir(),
      },
      {
        label: vscode.l10n.t('In another folder…'),
        iconPath: new vscode.ThemeIcon('folder-opened'),
        value: undefined,
      },
    ];
    const chosen = await choose(title, vscode.l10n.t('Where should the sample be created?'), choices);
    if (chosen !== undefined) return chosen;
    const [folder] =
      (await vscode.window.showOpenDialog({
        title,
        openLabel: vscode.l10n.t('Create Sample Here'),
        canSelectFiles: false,
        canSelectFolders: true,
      })) ?? [];
    if (!folder) throw new vscode.CancellationError();
    return folder.fsPath;
  }
}
