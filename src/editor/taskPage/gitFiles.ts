import * as vscode from 'vscode';
import { fileAt, type GitChange } from '../../runner/git/gitChanges';
import type { QueueAccess } from '../workspace/queueAccess';

const scheme = 'sparkq-git';

/** Files of a commit as read-only documents. */
export class GitFiles implements vscode.TextDocumentContentProvider {
  constructor(private readonly access: Pick<QueueAccess, 'workspace'>) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const folder = this.access.workspace?.folder;
    if (uri.query === '' || !folder || !vscode.workspace.isTrusted) return '';
    const text = await fileAt(folder.uri.fsPath, uri.query, uri.path.slice(1));
    return text ?? vscode.l10n.t('{0} no longer exists at {1}.', uri.path.slice(1), uri.query);
  }
}

/**
 * Opens a diff of a file.
 * @param to null: the working tree
 */
export async function openChange(
  folder: vscode.WorkspaceFolder,
  change: Pick<GitChange, 'path' | 'before' | 'status'>,
  from: string,
  to: string | null,
): Promise<void> {
  const file = vscode.Uri.joinPath(folder.uri, change.path);
  if (change.status === 'untracked') {
    // Not as text: it may be a picture.
    await vscode.commands.executeCommand('vscode.open', file, { preview: true });
    return;
  }
  const left = atCommit(change.before ?? change.path, change.status === 'added' ? '' : from);
  const now = to === null ? file : atCommit(change.path, to);
  const right = change.status === 'deleted' ? atCommit(change.path, '') : now;
  const title = `${change.path.split('/').at(-1)} (${from.slice(0, 7)} ↔ ${to?.slice(0, 7) ?? vscode.l10n.t('now')})`;
  await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
}

/** @param commit '' for a file that does not exist */
function atCommit(name: string, commit: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${name}`, query: commit });
}
