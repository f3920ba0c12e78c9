import * as vscode from 'vscode';
import type { FileChange } from '../../core/model';
import { hasContent, idOfFile } from '../../runner/git/gitChanges';
import { blob, gitScheme } from '../shared/gitDocuments';
import { EditorRefusal } from '../shared/refusal';

/** What a change is shown with. */
export interface Comparison {
  /** The commit at the first moment. */
  commit: string;
  /** Compare with the file as it is now, not as it was at the end. */
  live: boolean;
}

/**
 * Opens a diff of a file; resolves with its documents.
 * @throws EditorRefusal where nobody knows what the file contained at the end
 */
export async function openChange(
  folder: vscode.Uri,
  change: FileChange,
  comparison: Comparison,
): Promise<vscode.Uri[]> {
  const right = await rightOf(folder, change, comparison.live);
  if (change.status === 'untracked') {
    // Not as text: it may be a picture.
    await vscode.commands.executeCommand('vscode.open', right, { preview: true });
    return [right];
  }
  const { l10n } = vscode;
  const [left, from] = await leftOf(folder, change, comparison.commit);
  const to = comparison.live ? l10n.t('now') : l10n.t('end');
  const title = `${change.path.split('/').at(-1)} (${from} ↔ ${to})`;
  await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
  return [left, right];
}

/** The two documents of a change; undefined where there is none, or nobody knows any more what it contained. */
export interface ChangeDocuments {
  path: string;
  left: vscode.Uri | undefined;
  right: vscode.Uri | undefined;
}

/**
 * Opens the diffs of all files in one editor; resolves with the documents of those that are shown.
 * @throws EditorRefusal if none can be shown
 */
export async function openChanges(
  folder: vscode.Uri,
  changes: readonly FileChange[],
  comparison: Comparison,
  title: string,
): Promise<ChangeDocuments[]> {
  const documents = await Promise.all(changes.map((change) => documentsOf(folder, change, comparison)));
  const known = documents.filter((one) => one !== undefined);
  if (known.length === 0)
    throw new EditorRefusal(vscode.l10n.t('What the files contained is not known any more.'));
  const rows = known.map(({ path, left, right }) => [vscode.Uri.joinPath(folder, path), left, right]);
  await vscode.commands.executeCommand('vscode.changes', title, rows);
  return known;
}

async function documentsOf(
  folder: vscode.Uri,
  change: FileChange,
  { commit, live }: Comparison,
): Promise<ChangeDocuments | undefined> {
  const { path, status } = change;
  try {
    const right = status === 'deleted' ? undefined : await rightOf(folder, change, live);
    const isNew = status === 'added' || status === 'untracked';
    const left = isNew ? undefined : (await leftOf(folder, change, commit))[0];
    return { path, left, right };
  } catch (error) {
    if (error instanceof EditorRefusal) return undefined;
    throw error;
  }
}

/** The document of the content before, and its name in the title. */
async function leftOf(
  folder: vscode.Uri,
  { path, before, status, from }: FileChange,
  commit: string,
): Promise<[vscode.Uri, string]> {
  const name = before ?? path;
  const short = commit.slice(0, 7);
  if (status === 'added') return [document(folder, name, ''), short];
  if (from !== null && (await hasContent(folder.fsPath, from))) {
    return [document(folder, name, blob + from), short];
  }
  // It had changes that were not committed, so git has no copy of what the run found.
  return [document(folder, name, commit), vscode.l10n.t('{0}, with earlier changes', short)];
}

async function rightOf(
  folder: vscode.Uri,
  { path, status, to }: FileChange,
  live: boolean,
): Promise<vscode.Uri> {
  const { l10n } = vscode;
  const file = vscode.Uri.joinPath(folder, path);
  if (status === 'deleted') return document(folder, path, '');
  if (live || (to !== null && (await idOfFile(folder.fsPath, path)) === to)) return file;
  if (to !== null && (await hasContent(folder.fsPath, to))) return document(folder, path, blob + to);
  throw new EditorRefusal(
    to === null
      ? l10n.t('What {0} contained at the end is not known.', path)
      : l10n.t('{0} has changed since the end, and git has no copy of it as it was then.', path),
    { title: l10n.t('Open File'), command: 'vscode.open', arguments: [file] },
  );
}

/** @param query a commit, or `blob=` and an id; empty for a file that does not exist */
function document(folder: vscode.Uri, name: string, query: string): vscode.Uri {
  // With the path of the file as it is now: an editor of several diffs takes another path for a renamed file.
  const { path } = vscode.Uri.joinPath(folder, name);
  return vscode.Uri.from({ scheme: gitScheme, path, query, fragment: folder.fsPath });
}
