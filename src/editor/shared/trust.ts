import * as vscode from 'vscode';
import { EditorRefusal } from './refusal';

/** The message above a view's rows while the workspace is not trusted. */
export function trustMessage(): string | undefined {
  if (vscode.workspace.isTrusted) return undefined;
  return vscode.l10n.t('Nothing runs until you trust this workspace.');
}

/** Refuses to run anything in an untrusted workspace: commands can be called even when no menu shows them. */
export function demandTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new EditorRefusal(
    vscode.l10n.t('Nothing runs until you trust this workspace, because tasks run the scripts in it.'),
    { title: vscode.l10n.t('Manage Workspace Trust'), command: 'workbench.trust.manage' },
  );
}
