import * as vscode from 'vscode';
import { settings } from '../../contributions';
import type { ScriptFolders } from '../../scripts/scriptFolders';
import { type NamedCommand, type SourceName, sourceNames } from '../../scripts/sources/namedCommand';

/** The sources whose commands are shown. One that the setting does not mention is. */
export function shownSources(): ReadonlySet<SourceName> {
  const switches = vscode.workspace.getConfiguration().get<Record<string, unknown>>(settings.sources, {});
  return new Set(sourceNames.filter((source) => switches[source] !== false));
}

/** What the files of other programs name, of the sources that are shown. */
export function shownCommands(scripts: Pick<ScriptFolders, 'namedCommands'>): NamedCommand[] {
  const shown = shownSources();
  return scripts.namedCommands().filter(({ source }) => shown.has(source));
}

/** Calls back when other sources are to be shown. */
export function onOtherSources(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settings.sources)) listener();
  });
}
