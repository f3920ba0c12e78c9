import * as vscode from 'vscode';
import type { Script } from '../../scripts/scriptFile';
import { type Choice, chooseFrom, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import type { ScriptShelf } from '../workspace/scriptShelf';

/** A button at the end of a row. */
export interface ScriptButton extends vscode.QuickInputButton {
  press(script: Script): void;
}

export interface ScriptQuestion<T> {
  title: string;
  placeHolder: string;
  shelf: ScriptShelf;
  scripts: readonly Script[];
  /** Offered below the scripts. */
  others?: readonly (Choice<T> | Divider)[];
  /** Buttons before the pin button; pressing one closes the picker. */
  buttons?: readonly ScriptButton[];
}

/** Asks for a script. Pinned and recently used ones come first; each row has a button that pins it. */
export function pickScript<T = never>(question: ScriptQuestion<T>): Promise<Script | T> {
  const { title, placeHolder, shelf, scripts, others = [], buttons = [] } = question;
  const pin = { iconPath: new vscode.ThemeIcon('pin'), tooltip: vscode.l10n.t('Pin') };
  const unpin = { iconPath: new vscode.ThemeIcon('pinned'), tooltip: vscode.l10n.t('Unpin') };
  const rowsOf = (label: string, group: readonly Script[], last: vscode.QuickInputButton) =>
    group.length === 0
      ? []
      : [
          divider(label),
          ...group.map((script) => ({ ...scriptChoice(script), buttons: [...buttons, last] })),
        ];
  const choices = (): (Choice<Script | T> | Divider)[] => {
    const { pinned, recent, others: rest } = shelf.groups(scripts);
    return [
      ...rowsOf(vscode.l10n.t('pinned'), pinned, unpin),
      ...rowsOf(vscode.l10n.t('last used'), recent, pin),
      ...rowsOf(vscode.l10n.t('scripts'), rest, pin),
      ...others,
    ];
  };
  return chooseFrom({
    title,
    placeHolder,
    choices,
    onButton: async (value, button) => {
      const script = scripts.find((one) => one === value);
      const pressed = buttons.find((one) => one === button);
      if (script && !pressed) await shelf.pin([script.path], button === pin);
      if (script) pressed?.press(script);
      return pressed === undefined;
    },
  });
}

function scriptChoice(script: Script): Choice<Script> {
  return {
    label: script.name,
    description: script.path,
    detail: [script.description, script.tags.map((tag) => `#${tag}`).join(' ')].filter(Boolean).join('  '),
    iconPath: new vscode.ThemeIcon('file-code'),
    value: script,
  };
}

export function noScripts(): EditorRefusal {
  return new EditorRefusal(
    vscode.l10n.t(
      'No scripts found. Scripts are files in the scripts folder, and files that start with comments such as "# name: Say hello".',
    ),
  );
}
