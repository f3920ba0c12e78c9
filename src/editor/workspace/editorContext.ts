import type * as vscode from 'vscode';
import type { CommandRegistry } from '../shared/commandRegistry';
import type { EditorLog } from '../shared/editorLog';
import type { QueueAccess } from './queueAccess';
import type { ScriptShelf } from './scriptShelf';
import type { WorkspaceScripts } from './workspaceScripts';

/** What many features need. One that needs only two or three of these is given just them. */
export interface EditorContext {
  readonly context: vscode.ExtensionContext;
  /** Of the extension. */
  readonly version: string;
  readonly log: EditorLog;
  readonly commands: CommandRegistry;
  readonly access: QueueAccess;
  readonly scripts: WorkspaceScripts;
  readonly shelf: ScriptShelf;
}
