import * as vscode from 'vscode';

/** Questions with a list of answers. Each rejects with a CancellationError when the person dismisses it. */

const matching = { matchOnDescription: true, matchOnDetail: true };

export interface Choice<T> extends vscode.QuickPickItem {
  value: T;
}

/** A line between groups of choices. */
export interface Divider extends vscode.QuickPickItem {
  kind: vscode.QuickPickItemKind.Separator;
}

export function divider(label: string): Divider {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

export async function choose<T>(
  title: string,
  placeHolder: string,
  choices: readonly (Choice<T> | Divider)[],
): Promise<T> {
  const picked = await vscode.window.showQuickPick(choices, { title, placeHolder, ...matching });
  if (!picked || !('value' in picked)) throw new vscode.CancellationError();
  return picked.value;
}

/** Asks for any number of choices, at least one unless `orNone`. */
export async function chooseSome<T>(
  title: string,
  placeHolder: string,
  choices: readonly Choice<T>[],
  { orNone = false } = {},
): Promise<T[]> {
  // What is ticked would be lost if the list closed with the focus, which VS Code may move by itself.
  const options = { title, placeHolder, canPickMany: true, ignoreFocusOut: true, ...matching } as const;
  const picked = await vscode.window.showQuickPick(choices, options);
  if (!picked || (picked.length === 0 && !orNone)) throw new vscode.CancellationError();
  return picked.map(({ value }) => value);
}

export interface ListQuestion<T> {
  title: string;
  placeHolder: string;
  /** Called again after each button press. */
  choices: () => readonly (Choice<T> | Divider)[];
  /** Answers whether to keep the list open. */
  onButton: (value: T, button: vscode.QuickInputButton) => Promise<boolean>;
}

/** Asks for one of many choices with buttons. */
export function chooseFrom<T>({ title, placeHolder, choices, onButton }: ListQuestion<T>): Promise<T> {
  const picker = vscode.window.createQuickPick<Choice<T> | Divider>();
  const items = choices();
  Object.assign(picker, { title, placeholder: placeHolder, items, keepScrollPosition: true, ...matching });
  return new Promise((resolve, reject) => {
    const press = async (value: T, button: vscode.QuickInputButton) => {
      if (!(await onButton(value, button))) return picker.hide();
      picker.items = choices();
      picker.activeItems = picker.items.filter((item) => 'value' in item && item.value === value);
    };
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (!chosen || !('value' in chosen)) return;
      resolve(chosen.value);
      picker.hide();
    });
    picker.onDidTriggerItemButton(({ item, button }) => {
      if ('value' in item) press(item.value, button).catch(reject);
    });
    picker.onDidHide(() => {
      reject(new vscode.CancellationError());
      picker.dispose();
    });
    picker.show();
  });
}
