import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { noScripts, pickScript, type ScriptButton, targetOf } from '../pickers/scriptPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { EditorRefusal } from '../shared/refusal';
import { namedCommandIds, scriptPaths } from '../shared/targets';
import { type Runnable, type ScriptShelf, shelfKey } from '../workspace/scriptShelf';
import { shownCommands } from '../workspace/shownSources';
import type { WorkspaceScripts } from '../workspace/workspaceScripts';

/** Commands that find, open and pin scripts. */
export class ScriptCommands {
  constructor(
    private readonly scripts: WorkspaceScripts,
    private readonly shelf: ScriptShelf,
  ) {}

  readonly handlers = {
    openScript: (...given) => this.openScript(given),
    searchScripts: () => this.search(),
    pinScript: (...given) => this.pin(given, vscode.l10n.t('Pin Script'), true),
    unpinScript: (...given) => this.pin(given, vscode.l10n.t('Unpin'), false),
  } satisfies CommandHandlers;

  private async openScript(given: readonly unknown[]): Promise<void> {
    const { scripts } = await this.scripts.load();
    const show = (script: string, line?: number) => {
      const file = vscode.Uri.file(scripts.absolutePath(script));
      const selection = line === undefined ? undefined : new vscode.Range(line - 1, 0, line - 1, 0);
      return vscode.window.showTextDocument(file, { preview: true, selection });
    };
    for (const script of scriptPaths(...given)) await show(script);
    for (const id of namedCommandIds(...given)) {
      const named = scripts.namedCommand(id);
      if (named) await show(named.path, named.line_number);
    }
  }

  /** Finds a script by name, description or tag, and opens it; its buttons run or enqueue it. */
  private async search(): Promise<void> {
    const { scripts } = await this.scripts.load();
    const list = scripts.list();
    const named = shownCommands(scripts);
    if (list.length + named.length === 0) throw noScripts();
    const chosen = await pickScript({
      title: vscode.l10n.t('Search Scripts'),
      placeHolder: vscode.l10n.t('Name, description or tag'),
      shelf: this.shelf,
      scripts: list,
      named,
      buttons: [
        button('play', vscode.l10n.t('Run'), commands.runScript),
        button('add', vscode.l10n.t('Enqueue'), commands.enqueueScript),
      ],
    });
    await this.openScript([targetOf(chosen)]);
  }

  private async pin(given: readonly unknown[], title: string, pinned: boolean): Promise<void> {
    const { shelf } = this;
    const { scripts } = await this.scripts.load();
    const keys = [...scriptPaths(...given), ...namedCommandIds(...given)];
    if (keys.length === 0) {
      const fits = (one: Runnable) => shelf.isPinned(shelfKey(one)) !== pinned;
      const [list, named] = [scripts.list().filter(fits), shownCommands(scripts).filter(fits)];
      if (list.length + named.length === 0)
        throw new EditorRefusal(vscode.l10n.t('{0}: no matching script.', title));
      const placeHolder = vscode.l10n.t('Select a script');
      keys.push(shelfKey(await pickScript({ title, placeHolder, shelf, scripts: list, named })));
    }
    await shelf.pin(keys, pinned);
  }
}

/** A button that calls a command on its script. */
function button(icon: string, tooltip: string, command: string): ScriptButton {
  return {
    iconPath: new vscode.ThemeIcon(icon),
    tooltip,
    press: (chosen) => void vscode.commands.executeCommand(command, targetOf(chosen)),
  };
}
