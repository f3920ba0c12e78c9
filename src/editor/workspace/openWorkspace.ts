import type * as vscode from 'vscode';
import type { OpenQueue } from '../../client/openQueue';
import type { ConfirmedConfig } from '../../config/confirmedConfig';
import { hasCommand } from '../../core/config';
import type { Task } from '../../core/model';
import type { WatchOutput } from '../../core/queue';
import type { Runner } from '../../runner/runner';
import type { ScriptFolders } from '../../scripts/scriptFolders';

/** An open queue with its configuration and runner, for the first folder, and the scripts of all folders. */
export interface OpenWorkspace {
  readonly folder: vscode.WorkspaceFolder;
  /** The queue's folder. */
  readonly storage: string;
  readonly queue: OpenQueue;
  readonly watchOutput: WatchOutput;
  readonly config: ConfirmedConfig;
  readonly scripts: ScriptFolders;
  readonly runner: Runner;
  /** Closes the queue; runs go on. */
  close(): Promise<void>;
}

/** Whether the built-in runner has a command for a task's tool; false while no queue is open. */
export function isRunnable(workspace: Pick<OpenWorkspace, 'config'> | undefined, task: Task): boolean {
  return workspace !== undefined && hasCommand(workspace.config.current(), task.tool_name);
}
