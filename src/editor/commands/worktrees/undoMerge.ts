import * as vscode from 'vscode';
import type { UndoFile } from '../../../runner/worktrees/undoing';
import { blob, gitScheme } from '../../shared/gitDocuments';

/**
 * Shows a file that somebody has changed since a run as a merge of both: what lies there now, and what lay there before the
 * run. Both come from what the run left.
 */
export async function openUndoMerge(top: string, file: UndoFile): Promise<void> {
  const { l10n } = vscode;
  const output = vscode.Uri.joinPath(vscode.Uri.file(top), file.path);
  if (file.now === null || file.before === null || file.after === null) {
    // There are no three texts to merge.
    await vscode.commands.executeCommand(
      'vscode.open',
      file.now === null ? content(top, file, file.before) : output,
    );
    return;
  }
  await vscode.commands.executeCommand('_open.mergeEditor', {
    base: content(top, file, file.after),
    input1: { uri: content(top, file, file.now), title: l10n.t('Now') },
    input2: { uri: content(top, file, file.before), title: l10n.t('Before the Run') },
    output,
  });
}

function content(top: string, file: UndoFile, id: string | null): vscode.Uri {
  const { path } = vscode.Uri.joinPath(vscode.Uri.file(top), file.path);
  return vscode.Uri.from({ scheme: gitScheme, path, query: id === null ? '' : blob + id, fragment: top });
}
