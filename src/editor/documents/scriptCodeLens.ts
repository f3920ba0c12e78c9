import * as vscode from 'vscode';
import { commands, contextKeys, settings } from '../../contributions';
import { type ConfigSource, hasCommand } from '../../core/config';

import type { Script } from '../../scripts/scriptFile';
import type { ScriptFolders } from '../../scripts/scriptFolders';

/**
 * Offers "Run" and "Enqueue" above the first line of each script, and sets the context keys that say which files are
 * scripts.
 */
export class ScriptCodeLens implements vscode.CodeLensProvider {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(
    private readonly scripts: ScriptFolders,
    private readonly config: ConfigSource,
  ) {}

  register(): vscode.Disposable {
    this.setContextKeys();
    const repaint = () => {
      this.setContextKeys();
      this.changed.fire();
    };
    return vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider({ scheme: 'file' }, this),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(settings.codeLens)) this.changed.fire();
      }),
      this.changed,
      { dispose: this.scripts.onChange(repaint) },
      { dispose: this.config.onChange(repaint) },
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!vscode.workspace.getConfiguration().get<boolean>(settings.codeLens)) return [];
    const script = this.scripts.get(document.uri.fsPath);
    if (!script) return [];
    const top = new vscode.Range(0, 0, 0, 0);
    const lens = (title: string, command: string, tooltip: string) =>
      new vscode.CodeLens(top, { title, command, tooltip, arguments: [document.uri] });
    const run = lens(
      `$(play) ${vscode.l10n.t('Run')}`,
      commands.runScript,
      vscode.l10n.t('Queue this script and run it now'),
    );
    const enqueue = lens(
      `$(add) ${vscode.l10n.t('Enqueue')}`,
      commands.enqueueScript,
      vscode.l10n.t('Add this script to the end of a stream'),
    );
    return hasCommand(this.config.current(), script.tool) ? [run, enqueue] : [enqueue];
  }

  /** The run button and the Explorer's menu test `resourcePath in sparkq.scriptPaths`. */
  private setContextKeys(): void {
    const config = this.config.current();
    const scripts = this.scripts.list();
    const set = (key: string, shown: readonly Script[]) => {
      const paths = shown.map((script) => this.scripts.absolutePath(script.path));
      void vscode.commands.executeCommand('setContext', key, paths);
    };
    set(contextKeys.scriptPaths, scripts);
    set(
      contextKeys.runnablePaths,
      scripts.filter((script) => hasCommand(config, script.tool)),
    );
  }
}
