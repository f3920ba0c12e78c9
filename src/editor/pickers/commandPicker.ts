import * as vscode from 'vscode';
import type { PastCommand } from '../workspace/commandHistory';
import { shownPath } from '../workspace/windowFolders';

export interface CommandQuestion {
  title: string;
  history: readonly PastCommand[];
  /** Where a typed command can run, relative to the workspace or absolute: the first one, until the button is pressed. */
  folders: readonly string[];
}

interface CommandItem extends vscode.QuickPickItem {
  command: PastCommand;
}

/** Asks for a command: one that is typed, or one of those before. Rejects with a CancellationError when dismissed. */
export function pickCommand({ title, history, folders }: CommandQuestion): Promise<PastCommand> {
  const picker = vscode.window.createQuickPick<CommandItem>();
  let at = 0;
  const button: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('root-folder'),
    tooltip: vscode.l10n.t('Run in another folder'),
  };
  const typedCommand = () => ({ line: picker.value.trim(), folder: folders[at] ?? '' });
  const show = () => {
    const { line, folder } = typedCommand();
    const typed: CommandItem[] =
      line === ''
        ? []
        : [{ ...itemOf({ line, folder }), iconPath: new vscode.ThemeIcon('play'), alwaysShow: true }];
    const before = history.filter((past) => past.line !== line || past.folder !== folder);
    picker.items = [...typed, ...before.map(itemOf)];
    picker.placeholder = vscode.l10n.t('A command to run in {0}, such as make test', folderName(folder));
  };
  picker.title = title;
  picker.matchOnDescription = true;
  picker.ignoreFocusOut = true;
  picker.buttons = folders.length > 1 ? [button] : [];
  picker.onDidChangeValue(show);
  picker.onDidTriggerButton(() => {
    at = (at + 1) % folders.length;
    show();
  });
  return new Promise((resolve, reject) => {
    picker.onDidAccept(() => {
      // Enter may come before the row of what was typed.
      const command = picker.selectedItems[0]?.command ?? typedCommand();
      if (command.line === '') return;
      resolve(command);
      picker.hide();
    });
    picker.onDidHide(() => {
      reject(new vscode.CancellationError());
      picker.dispose();
    });
    show();
    picker.show();
  });
}

function itemOf(command: PastCommand): CommandItem {
  return { label: command.line, description: shownPath(command.folder), command };
}

function folderName(folder: string): string {
  return shownPath(folder) || vscode.l10n.t('the workspace');
}
