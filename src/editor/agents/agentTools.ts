import * as vscode from 'vscode';
import type { EditorContext } from '../workspace/editorContext';
import { QueueAccess } from '../workspace/queueAccess';

/** As in package.json. */
export const providerId = 'sparkq';

/** Offers the tools of `sparkq mcp` to the agents of the editor, which start it with the editor's own Node. */
export class AgentTools implements vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeMcpServerDefinitions = this.changed.event;

  constructor(private readonly editor: Pick<EditorContext, 'context' | 'version' | 'access'>) {}

  register(): vscode.Disposable {
    // Editors that are made from an older VS Code lack it.
    const { lm } = vscode as { lm?: Partial<typeof vscode.lm> };
    if (lm?.registerMcpServerDefinitionProvider === undefined) return this.changed;
    return vscode.Disposable.from(
      lm.registerMcpServerDefinitionProvider(providerId, this),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire()),
      this.changed,
    );
  }

  provideMcpServerDefinitions(): vscode.McpStdioServerDefinition[] {
    const folder = QueueAccess.firstFolder();
    if (folder === undefined || !vscode.workspace.isTrusted) return [];
    const { context, version } = this.editor;
    const program = vscode.Uri.joinPath(context.extensionUri, 'dist', 'cli.js').fsPath;
    const server = new vscode.McpStdioServerDefinition(
      'SparkQ',
      process.execPath,
      [program, '--workspace', folder.uri.fsPath, 'mcp'],
      // The folder alone says which queue is meant.
      { ELECTRON_RUN_AS_NODE: '1', SPARKQ_URL: null, SPARKQ_STORAGE: null },
      version,
    );
    server.cwd = folder.uri;
    return [server];
  }

  /** An agent is about to use it: makes the queue where there is none. */
  async resolveMcpServerDefinition(
    server: vscode.McpStdioServerDefinition,
  ): Promise<vscode.McpStdioServerDefinition> {
    await this.editor.access.open();
    return server;
  }
}
