import * as path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { noScripts, pickScript, type ScriptButton } from '../pickers/scriptPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { EditorRefusal } from '../shared/refusal';
import { scriptPaths } from '../shared/targets';
import type { ScriptShelf } from '../workspace/scriptShelf';
import type { WorkspaceScripts } from '../workspace/workspaceScripts';

/** Commands that find, open and pin scripts. */
export class ScriptCommands {
  constructor(
    private readonly scripts: WorkspaceScripts,
    private readonly shelf: ScriptShelf,
  ) {}

  readonly handlers: CommandHandlers = {
    openScript: (...given) => this.openScript(given),
    searchScripts: () => this.search(),
    pinScript: (...given) => this.pin(given, vscode.l10n.t('Pin Script'), true),
    unpinScript: (...given) => this.pin(given, vscode.l10n.t('Unpin'), false),
  };

  private async openScript(given: readonly unknown[]): Promise<void> {
    const { folder } = await this.scripts.load();
    for (const script of scriptPaths(...given)) {
      const file = vscode.Uri.file(path.resolve(folder.uri.fsPath, script));
      await vscode.window.showTextDocument(file, { preview: true });
    }
  }

  /** Finds a script by name, description or tag, and opens it; its buttons run or enqueue it. */
  private async search(): Promise<void> {
    const { scripts } = await this.scripts.load();
    const list = scripts.list();
    if (list.length === 0) throw noScripts();
    const chosen = await pickScript({
      title: vscode.l10n.t('Search Scripts'),
      placeHolder: vscode.l10n.t('Name, description or tag'),
      shelf: this.shelf,
      scripts: list,
      buttons: [
        button('play', vscode.l10n.t('Run'), commands.runScript),
        button('add', vscode.l10n.t('Enqueue'), commands.enqueueScript),
      ],
    });
    await this.openScript([{ scriptPath: chosen.path }]);
  }

  private async pin(given: readonly unknown[], title: string, pinned: boolean): Promise<void> {
    const { shelf } = this;
    const { scripts } = await this.scripts.load();
    const paths = scriptPaths(...given);
    if (paths.length === 0) {
      const fitting = scripts.list().filter(({ path }) => shelf.isPinned(path) !== pinned);
      if (fitting.length === 0) throw new EditorRefusal(vscode.l10n.t('{0}: no matching script.', title));
      const placeHolder = vscode.l10n.t('Select a script');
      paths.push((await pickScript({ title, placeHolder, shelf, scripts: fitting })).path);
    }
    await shelf.pin(paths, pinned);
  }
}

/** A button that calls a command on its script. */
function button(icon: string, tooltip: string, command: string): ScriptButton {
  return {
    iconPath: new vscode.ThemeIcon(icon),
    tooltip,
    press: ({ path }) => void vscode.commands.executeCommand(command, { scriptPath: path }),
  };
}
