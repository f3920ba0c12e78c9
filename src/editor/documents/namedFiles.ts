import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Task } from '../../core/model';
import type { OpenWorkspace } from '../workspace/openWorkspace';

/**
 * The file that a program's output names; undefined where there is none.
 * @param folders what a relative name may be relative to, in the order in which they are tried
 */
export async function existingFile(
  name: string,
  folders: readonly string[],
): Promise<vscode.Uri | undefined> {
  // To look for a file on a server that the output names would tell that server who looks.
  if (/^[/\\]{2}/.test(name)) return undefined;
  for (const folder of folders) {
    const file = vscode.Uri.file(path.resolve(folder, name));
    try {
      const { type } = await vscode.workspace.fs.stat(file);
      if (type & vscode.FileType.File) return file;
    } catch {
      // Output names many things that look like files; one that is not there is simply none.
    }
  }
  return undefined;
}

/** What a run's output may name files relative to: the folder that it ran in, and the workspace. */
export function foldersOf({ folder, config }: OpenWorkspace, task: Task): string[] {
  const payload: unknown = task.payload_json;
  const asked: unknown =
    typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'cwd') : undefined;
  const own = typeof asked === 'string' ? asked : config.current().tools[task.tool_name]?.cwd;
  const workspace = folder.uri.fsPath;
  return own ? [path.resolve(workspace, own), workspace] : [workspace];
}

/** Of many names those of files; each is looked up once for as long as this lives, and again when it is opened. */
export class NamedFiles {
  private readonly known = new Map<string, Promise<vscode.Uri | undefined>>();

  constructor(private readonly folders: readonly string[]) {}

  find(name: string): Promise<vscode.Uri | undefined> {
    return existingFile(name, this.folders);
  }

  /** Those of the names that are files. */
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
