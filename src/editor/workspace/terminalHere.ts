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

/** The variables of a new terminal of the workspace, as far as settings tell. */
export function environmentHere(): Record<string, string> {
  const names = { win32: 'windows', darwin: 'osx' } as Readonly<Record<string, string>>;
  const setting = `terminal.integrated.env.${names[process.platform] ?? 'linux'}`;
  const configured = vscode.workspace.getConfiguration().get<Record<string, unknown>>(setting, {});
  return terminalEnvironment(process.env, configured ?? {}, QueueAccess.firstFolder()?.uri.fsPath ?? '');
}
