import * as vscode from 'vscode';
import { type Choice, choose, type Divider } from '../shared/quickPick';

export interface FolderQuestion {
  title: string;
  placeHolder: string;
  /** Offered before any other folder. */
  choices: readonly (Choice<string | undefined> | Divider)[];
  /** The row that opens the dialog for any other folder. */
  other: vscode.QuickPickItem;
  dialog?: vscode.OpenDialogOptions;
}

/** Asks for a folder, one of the choices or any other. Answers its path. */
export async function pickFolder({
  title,
  placeHolder,
  choices,
  ...question
}: FolderQuestion): Promise<string> {
  const iconPath = new vscode.ThemeIcon('folder-opened');
  const other = { iconPath, ...question.other, value: undefined };
  const chosen = await choose(title, placeHolder, [...choices, other]);
  if (chosen !== undefined) return chosen;
  const options = { title, canSelectFolders: true, canSelectFiles: false, ...question.dialog };
  const [folder] = (await vscode.window.showOpenDialog(options)) ?? [];
  if (!folder) throw new vscode.CancellationError();
  return folder.fsPath;
}
