import * as vscode from 'vscode';
import { EditorRefusal } from './refusal';

/** What a view says above its rows while nothing may run. */
export function trustMessage(): string | undefined {
  if (vscode.workspace.isTrusted) return undefined;
  return vscode.l10n.t('Nothing runs until you trust this workspace.');
}

/** Refuses to run anything where the workspace is not trusted: commands can be called whatever menus show. */
export function demandTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new EditorRefusal(
    vscode.l10n.t('Nothing runs until you trust this workspace, because tasks run the scripts in it.'),
    { title: vscode.l10n.t('Manage Workspace Trust'), command: 'workbench.trust.manage' },
  );
}
