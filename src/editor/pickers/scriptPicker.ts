import * as vscode from 'vscode';
import type { NamedCommandTarget, ScriptTarget } from '../../contributions';
import type { Script } from '../../scripts/scriptFile';
import { idOfNamed, type NamedCommand, sourceNames } from '../../scripts/sources/namedCommand';
import { commandLine, sourceTitle } from '../../scripts/sources/sourceTexts';
import { type Choice, choose, chooseFrom, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { type Runnable, type ScriptShelf, shelfKey } from '../workspace/scriptShelf';
import { shownPath } from '../workspace/windowFolders';

/** A button at the end of a row. */
export interface ScriptButton extends vscode.QuickInputButton {
  press(chosen: Runnable): void;
}

export interface ScriptQuestion<T> {
  title: string;
  placeHolder: string;
  shelf: ScriptShelf;
  scripts: readonly Script[];
  /** What other files name, offered below the scripts. */
  named?: readonly NamedCommand[];
  /** Offered below those. */
  others?: readonly (Choice<T> | Divider)[];
  /** Buttons before the pin button; pressing one closes the picker. */
  buttons?: readonly ScriptButton[];
}

/**
 * Asks for a script or a named command. Pinned and recently used ones come first; each row has a button that pins it.
 */
export function pickScript<T = never>(question: ScriptQuestion<T>): Promise<Runnable | T> {
  const { title, placeHolder, shelf, scripts, named = [], others = [], buttons = [] } = question;
  const all: readonly Runnable[] = [...scripts, ...named];
  const pin = { iconPath: new vscode.ThemeIcon('pin'), tooltip: vscode.l10n.t('Pin') };
  const unpin = { iconPath: new vscode.ThemeIcon('pinned'), tooltip: vscode.l10n.t('Unpin') };
  const rowsOf = (label: string, group: readonly Runnable[], last: vscode.QuickInputButton) =>
    group.length === 0
      ? []
      : [divider(label), ...group.map((one) => ({ ...choiceOf(one), buttons: [...buttons, last] }))];
  const choices = (): (Choice<Runnable | T> | Divider)[] => {
    const { pinned, recent, others: rest } = shelf.groups(all);
    const plain = rest.filter((one) => !('source' in one));
    return [
      ...rowsOf(vscode.l10n.t('pinned'), pinned, unpin),
      ...rowsOf(vscode.l10n.t('last used'), recent, pin),
      ...rowsOf(vscode.l10n.t('scripts'), plain, pin),
      ...sourceNames.flatMap((source) => {
        const own = rest.filter((one) => 'source' in one && one.source === source);
        return rowsOf(sourceTitle(source, vscode.l10n), own, pin);
      }),
      ...others,
    ];
  };
  return chooseFrom({
    title,
    placeHolder,
    choices,
    onButton: async (value, button) => {
      const one = all.find((each) => each === value);
      const pressed = buttons.find((each) => each === button);
      if (one && !pressed) await shelf.pin([shelfKey(one)], button === pin);
      if (one) pressed?.press(one);
      return pressed === undefined;
    },
  });
}

/** As the argument of a command. */
export function targetOf(one: Runnable): ScriptTarget | NamedCommandTarget {
  return 'source' in one ? { namedCommand: idOfNamed(one) } : { scriptPath: one.path };
}

function choiceOf(one: Runnable): Choice<Runnable> {
  if ('source' in one)
    return {
      label: one.name,
      description: shownPath(one.folder),
      detail: [commandLine(one), one.description].filter(Boolean).join('  '),
      iconPath: new vscode.ThemeIcon('terminal'),
      value: one,
    };
  return {
    label: one.name,
    description: shownPath(one.path),
    detail: [one.description, one.tags.map((tag) => `#${tag}`).join(' ')].filter(Boolean).join('  '),
    iconPath: new vscode.ThemeIcon('file-code'),
    value: one,
  };
}

/** The folder of a script, relative to the workspace; empty for the workspace itself. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** Asks for a folder with scripts. */
export async function pickScriptFolder(title: string, scripts: readonly Script[]): Promise<string> {
  if (scripts.length === 0) throw noScripts();
  const counts = new Map<string, number>();
  for (const { path } of scripts) counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
  const choices = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([folder, count]) => ({
      label: shownPath(folder) || vscode.l10n.t('workspace folder'),
      description: count === 1 ? vscode.l10n.t('1 script') : vscode.l10n.t('{0} scripts', count),
      value: folder,
    }));
  return choose(title, vscode.l10n.t('Select a folder'), choices);
}

export function noScripts(): EditorRefusal {
  return new EditorRefusal(
    vscode.l10n.t(
      'No scripts found. Scripts are files in the scripts folder, and files that start with comments such as "# name: Say hello".',
    ),
  );
}
