import * as path from 'node:path';
import * as vscode from 'vscode';
import { relativePath } from '../../scripts/paths';

/** Whether a folder can be searched, and tasks can run in it. */
export function isOnDisk({ uri }: vscode.WorkspaceFolder): boolean {
  return uri.scheme === 'file';
}

/** The folders of the window but the first one, which has the queue. */
export function otherFolders(): vscode.WorkspaceFolder[] {
  const [, ...others] = vscode.workspace.workspaceFolders ?? [];
  return others.filter(isOnDisk);
}

/** The folder that a file comes from, absolute, if it is another one than the first. */
export function otherFolderOf(file: vscode.Uri): string | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(file);
  return folder && isOnDisk(folder) && folder.index > 0 ? folder.uri.fsPath : undefined;
}

/**
 * A path as people read it: after the name of its folder where the window has several.
 * @param file relative to the first folder, or absolute
 */
export function shownPath(file: string): string {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [first] = folders;
  if (folders.length < 2 || !first) return file;
  const uri = vscode.Uri.file(path.resolve(first.uri.fsPath, file));
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const inside = folder && relativePath(folder.uri.fsPath, uri.fsPath);
  return folder ? [folder.name, inside].filter(Boolean).join('/') : file;
}
