import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Task } from '../../core/model';
import type { OpenWorkspace } from '../workspace/openWorkspace';

/**
 * The file that a program's output names; undefined if there is none.
 * @param folders that a relative name may be relative to, in the order of trying
 */
export async function existingFile(
  name: string,
  folders: readonly string[],
): Promise<vscode.Uri | undefined> {
  // Looking for a file on a server would reveal to that server who is looking.
  if (/^[/\\]{2}/.test(name)) return undefined;
  for (const folder of folders) {
    const file = vscode.Uri.file(path.resolve(folder, name));
    try {
      const { type } = await vscode.workspace.fs.stat(file);
      if (type & vscode.FileType.File) return file;
    } catch {
      // Many things in an output look like file names.
    }
  }
  return undefined;
}

/** The folders that file names in an output may be relative to: the one it ran in, and the one it comes from. */
export function foldersOf({ folder, config, runner }: OpenWorkspace, task: Task): string[] {
  const payload: unknown = task.payload_json;
  const asked: unknown =
    typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'cwd') : undefined;
  const own = typeof asked === 'string' ? asked : config.current().tools[task.tool_name]?.cwd;
  const home = runner.folderOf(payload);
  return own ? [path.resolve(folder.uri.fsPath, own), home] : [home];
}

/** Finds out which names are files. `existing` looks up each name once, `find` each time. */
export class NamedFiles {
  private readonly known = new Map<string, Promise<vscode.Uri | undefined>>();

  constructor(private readonly folders: readonly string[]) {}

  find(name: string): Promise<vscode.Uri | undefined> {
    return existingFile(name, this.folders);
  }

  /** The names that are files. */
  async existing(names: readonly string[]): Promise<string[]> {
    const files = await Promise.all(names.map((name) => this.lookUpOnce(name)));
    return names.filter((_, index) => files[index] !== undefined);
  }

  private lookUpOnce(name: string): Promise<vscode.Uri | undefined> {
    const found = this.known.get(name) ?? this.find(name);
    this.known.set(name, found);
    return found;
  }
}
