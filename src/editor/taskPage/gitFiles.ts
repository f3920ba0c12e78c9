import * as vscode from 'vscode';
import type { FileChange } from '../../core/model';
import { contentOf, fileAt, hasContent, idOfFile } from '../../runner/git/gitChanges';
import { EditorRefusal } from '../shared/refusal';
import type { QueueAccess } from '../workspace/queueAccess';

const scheme = 'sparkq-git';
/** Starts the query of a document that shows the content with an id, not a file of a commit. */
const blob = 'blob=';

/** What git knows of earlier contents of files, as read-only documents. */
export class GitFiles implements vscode.TextDocumentContentProvider {
  constructor(private readonly access: Pick<QueueAccess, 'workspace'>) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async provideTextDocumentContent({ path, query }: vscode.Uri): Promise<string> {
    const folder = this.access.workspace?.folder.uri.fsPath;
    if (query === '' || !folder || !vscode.workspace.isTrusted) return '';
    const name = path.slice(1);
    const text = query.startsWith(blob)
      ? await contentOf(folder, query.slice(blob.length))
      : await fileAt(folder, query, name);
    return text ?? vscode.l10n.t('{0} no longer exists at {1}.', name, query);
  }
}

/** What a change is shown with. */
export interface Comparison {
  /** The commit at the first moment. */
  commit: string;
  /** Compare with the file as it is now, not as it was at the end. */
  live: boolean;
}

/**
 * Opens a diff of a file.
 * @throws EditorRefusal where nobody knows what the file contained at the end
 */
export async function openChange(
  folder: vscode.WorkspaceFolder,
  change: FileChange,
  comparison: Comparison,
): Promise<void> {
  const right = await rightOf(folder, change, comparison.live);
  if (change.status === 'untracked') {
    // Not as text: it may be a picture.
    await vscode.commands.executeCommand('vscode.open', right, { preview: true });
    return;
  }
  const { l10n } = vscode;
  const [left, from] = await leftOf(folder, change, comparison.commit);
  const to = comparison.live ? l10n.t('now') : l10n.t('end');
  const title = `${change.path.split('/').at(-1)} (${from} ↔ ${to})`;
  await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
}

/** The document of the content before, and its name in the title. */
async function leftOf(
  folder: vscode.WorkspaceFolder,
  { path, before, status, from }: FileChange,
  commit: string,
): Promise<[vscode.Uri, string]> {
  const name = before ?? path;
  const short = commit.slice(0, 7);
  if (status === 'added') return [document(name, ''), short];
  if (from !== null && (await hasContent(folder.uri.fsPath, from))) {
    return [document(name, blob + from), short];
  }
  // It had changes that were not committed, so git has no copy of what the run found.
  return [document(name, commit), vscode.l10n.t('{0}, with earlier changes', short)];
}

async function rightOf(
  folder: vscode.WorkspaceFolder,
  { path, status, to }: FileChange,
  live: boolean,
): Promise<vscode.Uri> {
  const { l10n } = vscode;
  const file = vscode.Uri.joinPath(folder.uri, path);
  if (status === 'deleted') return document(path, '');
  if (live || (to !== null && (await idOfFile(folder.uri.fsPath, path)) === to)) return file;
  if (to !== null && (await hasContent(folder.uri.fsPath, to))) return document(path, blob + to);
  throw new EditorRefusal(
    to === null
      ? l10n.t('What {0} contained at the end is not known.', path)
      : l10n.t('{0} has changed since the end, and git has no copy of it as it was then.', path),
    { title: l10n.t('Open File'), command: 'vscode.open', arguments: [file] },
  );
}

/** @param query a commit, or `blob=` and an id; empty for a file that does not exist */
function document(name: string, query: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${name}`, query });
}
