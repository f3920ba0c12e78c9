import * as vscode from 'vscode';
import { commands, contextKeys, settings } from '../contributions';
import type { ScriptCatalogue } from '../scripts/catalogue';

/** Offers "Run" and "Enqueue" above the first line of each script, and tells menus which files are scripts. */
export class ScriptCodeLens implements vscode.CodeLensProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly scripts: ScriptCatalogue) {}

  register(): vscode.Disposable {
    this.tellMenus();
    const unsubscribe = this.scripts.onChange(() => {
      this.tellMenus();
      this.changed.fire();
    });
    return vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider({ scheme: 'file' }, this),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(settings.codeLens)) this.changed.fire();
      }),
      this.changed,
      { dispose: unsubscribe },
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!vscode.workspace.getConfiguration().get(settings.codeLens, true)) return [];
    const script = this.scripts.get(document.uri.fsPath);
    if (!script) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const lens = (title: string, command: string, tooltip: string) =>
      new vscode.CodeLens(top, { title, command, tooltip, arguments: [document.uri] });
    return [
      lens(
        `$(play) ${vscode.l10n.t('Run')}`,
        commands.runScript,
        vscode.l10n.t('Queue this script and run it now'),
      ),
      lens(
        `$(add) ${vscode.l10n.t('Enqueue')}`,
        commands.enqueueScript,
        vscode.l10n.t('Put this script at the end of a stream'),
      ),
    ];
  }

  /** `resourcePath in sparkq.scriptPaths` is what the run button and the Explorer's menu ask. */
  private tellMenus(): void {
    const paths = this.scripts.list().map((script) => this.scripts.absolutePath(script));
    void vscode.commands.executeCommand('setContext', contextKeys.scriptPaths, paths);
  }
}
