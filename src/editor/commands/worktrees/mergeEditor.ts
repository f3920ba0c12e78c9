import * as vscode from 'vscode';
import type { Conflict } from '../../../runner/worktrees/settling';
import type { UndoFile } from '../../../runner/worktrees/undoing';
import { blob, gitScheme } from '../../shared/gitDocuments';

/** A content of the file, by git's id; null where there is none. */
interface Side {
  id: string | null;
  title: string;
}

/**
 * Shows a file that somebody has changed since a run as a merge of both: what lies there now, and what lay there before the
 * run. Both come from what the run left. Nothing is changed until a person accepts it.
 */
export async function openUndoMerge(top: string, { path, now, before, after }: UndoFile): Promise<void> {
  const { l10n } = vscode;
  const sides = [
    { id: now, title: l10n.t('Now') },
    { id: before, title: l10n.t('Before the Run') },
  ] as const;
  await openMerge(top, path, after, ...sides);
}

/** Shows a file with conflicts. @param name whose changes are merged */
export async function openConflict(
  top: string,
  { path, base, ours, theirs }: Conflict,
  name: string,
): Promise<void> {
  const file = vscode.Uri.joinPath(vscode.Uri.file(top), path);
  // Its merge editor has a button that stages the result.
  if (isKnownToGit(file)) await vscode.commands.executeCommand('git.openMergeEditor', file);
  else {
    const title = vscode.l10n.t('Current Branch');
    await openMerge(top, path, base, { id: ours, title }, { id: theirs, title: name });
  }
}

async function openMerge(
  top: string,
  path: string,
  base: string | null,
  left: Side,
  right: Side,
): Promise<void> {
  const output = vscode.Uri.joinPath(vscode.Uri.file(top), path);
  const content = (id: string | null) =>
    output.with({ scheme: gitScheme, query: id === null ? '' : blob + id, fragment: top });
  if (left.id === null || right.id === null || base === null) {
    // There are no three texts to merge.
    await vscode.commands.executeCommand('vscode.open', left.id === null ? content(right.id) : output);
    return;
  }
  await vscode.commands.executeCommand('_open.mergeEditor', {
    base: content(base),
    input1: { uri: content(left.id), title: left.title },
    input2: { uri: content(right.id), title: right.title },
    output,
  });
}

interface GitExtension {
  enabled: boolean;
  getAPI(version: 1): { getRepository(uri: vscode.Uri): unknown };
}

/** VS Code's own extension for git does nothing for a file of a repository that it has not opened. */
function isKnownToGit(file: vscode.Uri): boolean {
  const git = vscode.extensions.getExtension<GitExtension>('vscode.git');
  return Boolean(git?.isActive && git.exports.enabled && git.exports.getAPI(1).getRepository(file));
}
