import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { contextKeys, type FileTarget } from '../../contributions';
import { isOnPath, shimIn, userFoldersOnPath, writeShim } from '../../system/commandLineShim';
import { pickFolder } from '../pickers/folderPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ContextKey } from '../shared/contextKey';
import { confirm, notify } from '../shared/notify';

/** At most this many folders are offered; some people have many on PATH. */
const longestOffer = 6;

/** The key in the global state: the step of the walkthrough stays done. */
const installedKey = 'commandLineInstalled';

/** Writes the `sparkq` command into a folder of the user's choice. */
export class InstallCommandLine {
  private readonly installed = new ContextKey<boolean>(contextKeys.hasCommandLine);

  constructor(
    private readonly extension: vscode.Uri,
    private readonly memory: vscode.Memento,
  ) {}

  register(): vscode.Disposable {
    this.installed.set(this.memory.get<boolean>(installedKey, false));
    return { dispose: () => {} };
  }

  readonly handlers: CommandHandlers = { installCommandLine: (folder) => this.install(folder) };

  /** Answers the written file. */
  private async install(given?: FileTarget): Promise<string> {
    const folder = given?.fsPath ?? (await this.askForFolder());
    const { file, isTaken } = shimIn(folder, process.platform);
    if (isTaken) {
      const title = vscode.l10n.t('Replace');
      await confirm(vscode.l10n.t('Replace {0}?', file), vscode.l10n.t('It is a different program.'), title);
    }
    const facts = {
      extension: this.extension.fsPath,
      editor: process.execPath,
      home: os.homedir(),
    };
    writeShim(file, facts, process.platform);
    this.installed.set(true);
    await this.memory.update(installedKey, true);
    void this.confirmInstalled(folder, file);
    return file;
  }

  private askForFolder(): Promise<string> {
    const title = vscode.l10n.t('Install Command-Line Tool');
    const usual = path.join(os.homedir(), '.local', 'bin');
    const others = userFoldersOnPath(process.env.PATH ?? '', os.homedir(), process.platform);
    const folders = [...new Set([usual, ...others])].slice(0, longestOffer);
    const choices = folders.map((folder) => ({
      label: folder,
      description: this.isFound(folder) ? vscode.l10n.t('on PATH') : vscode.l10n.t('not on PATH'),
      iconPath: new vscode.ThemeIcon('folder'),
      value: folder,
    }));
    return pickFolder({
      title,
      placeHolder: vscode.l10n.t('Select a folder for the sparkq command'),
      choices,
      other: { label: vscode.l10n.t('Other Folder…') },
      dialog: { defaultUri: vscode.Uri.file(os.homedir()) },
    });
  }

  private async confirmInstalled(folder: string, file: string): Promise<void> {
    if (this.isFound(folder)) {
      await notify(
        'information',
        vscode.l10n.t('The sparkq command is available in new terminals: {0}', file),
      );
      return;
    }
    const copy = vscode.l10n.t('Copy Path');
    const answer = await notify(
      'warning',
      vscode.l10n.t(
        '{0} was created, but its folder is not on PATH. Add it, then open a new terminal.',
        file,
      ),
      copy,
    );
    if (answer === copy) await vscode.env.clipboard.writeText(folder);
  }

  private isFound(folder: string): boolean {
    return isOnPath(folder, process.env.PATH ?? '', process.platform);
  }
}
