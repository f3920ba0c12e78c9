import * as vscode from 'vscode';
import { blob, gitScheme } from '../shared/gitDocuments';
import type { QueueAccess } from '../workspace/queueAccess';

/** What git knows of earlier contents of files, as read-only documents. */
export class GitFiles implements vscode.TextDocumentContentProvider {
  constructor(private readonly access: Pick<QueueAccess, 'workspace'>) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(gitScheme, this);
  }

  /** The fragment is the folder that the path lies in. */
  async provideTextDocumentContent({ path, query, fragment }: vscode.Uri): Promise<string> {
    const folder = this.access.workspace?.runner.folderOf({ cwd: fragment });
    if (query === '' || !folder || !vscode.workspace.isTrusted) return '';
    const { contentOf, fileAt } = await import('../../runner/git/gitChanges');
    const name = path.slice(vscode.Uri.file(fragment).path.length + 1);
    const text = query.startsWith(blob)
      ? await contentOf(folder, query.slice(blob.length))
      : await fileAt(folder, query, name);
    return text ?? vscode.l10n.t('{0} no longer exists at {1}.', name, query);
  }
}
