import type * as vscode from 'vscode';

/** A command that was queued from the editor. */
export interface PastCommand {
  line: string;
  /** Relative to the workspace, empty for the workspace itself; absolute in another folder of the window. */
  folder: string;
}

const key = 'commandHistory';
const longest = 50;

/** The commands that were queued in this workspace, the last one first. */
export class CommandHistory {
  constructor(private readonly memory: vscode.Memento) {}

  list(): readonly PastCommand[] {
    return this.memory.get<PastCommand[]>(key, []);
  }

  async add(command: PastCommand): Promise<void> {
    await this.memory.update(key, withFirst(this.list(), command));
  }
}

/** The history with a command at its beginning, each once. */
export function withFirst(history: readonly PastCommand[], first: PastCommand): PastCommand[] {
  const others = history.filter(({ line, folder }) => line !== first.line || folder !== first.folder);
  return [first, ...others].slice(0, longest);
}
