import * as os from 'node:os';
import * as vscode from 'vscode';
import type { FileTarget } from '../../contributions';
import { pickFolder } from '../pickers/folderPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { writeSample } from './sampleFolder';

/** Creates a small workspace for trying SparkQ, and opens it in a new window. */
export class SampleWorkspace {
  constructor(private readonly extension: vscode.Uri) {}

  readonly handlers = { openSampleWorkspace: (parent) => this.open(parent) } satisfies CommandHandlers;

  private async open(given?: FileTarget): Promise<string> {
    const parent = given?.fsPath ?? (await askForParent());
    const sample = vscode.Uri.joinPath(this.extension, 'media', 'sample');
    const folder = await writeSample(sample.fsPath, parent);
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(folder), {
      forceNewWindow: true,
    });
    return folder;
  }
}

function askForParent(): Promise<string> {
  const folder = os.tmpdir();
  return pickFolder({
    title: vscode.l10n.t('Open Sample Workspace'),
    placeHolder: vscode.l10n.t('Where should the sample be created?'),
    choices: [
      {
        label: vscode.l10n.t('In the temporary folder'),
        description: folder,
        iconPath: new vscode.ThemeIcon('folder'),
        value: folder,
      },
    ],
    other: { label: vscode.l10n.t('In another folder…') },
    dialog: { openLabel: vscode.l10n.t('Create Sample Here') },
  });
}
