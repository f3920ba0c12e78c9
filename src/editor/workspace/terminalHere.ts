import * as vscode from 'vscode';
import { settings } from '../../contributions';
import { systemShell } from '../../system/shellWords';
import { QueueAccess } from './queueAccess';
import { terminalEnvironment } from './terminalEnvironment';

/** The shell of command lines: the chosen one, else that of the system. */
export function shellHere(): string {
  const chosen = vscode.workspace.getConfiguration().get<string>(settings.shell, '').trim();
  return chosen || systemShell;
}

/**
 * The variables of a new terminal, as far as settings tell.
 * @param folder the path of the folder that it is opened in; by default the first one
 */
export function environmentHere(
  folder = QueueAccess.firstFolder()?.uri.fsPath ?? '',
): Record<string, string> {
  const names = { win32: 'windows', darwin: 'osx' } as Readonly<Record<string, string>>;
  const setting = `terminal.integrated.env.${names[process.platform] ?? 'linux'}`;
  const scope = folder === '' ? undefined : vscode.Uri.file(folder);
  const configured = vscode.workspace
    .getConfiguration(undefined, scope)
    .get<Record<string, unknown>>(setting, {});
  return terminalEnvironment(process.env, configured ?? {}, folder);
}
