import * as vscode from 'vscode';
import { checkName, checkPayload } from '../../core/validation';
import { problemOf } from './refusal';

/** Questions. Each rejects with a CancellationError when the person looks away. */

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
  const picked = await vscode.window.showQuickPick(choices, {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!picked || !('value' in picked)) throw new vscode.CancellationError();
  return picked.value;
}

/** Asks for any number of choices, at least one. */
export async function chooseSome<T>(
  title: string,
  placeHolder: string,
  choices: readonly Choice<T>[],
): Promise<T[]> {
  const picked = await vscode.window.showQuickPick(choices, {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
    canPickMany: true,
  });
  if (!picked || picked.length === 0) throw new vscode.CancellationError();
  return picked.map(({ value }) => value);
}

export interface ListQuestion<T> {
  title: string;
  placeHolder: string;
  /** Called again after a button was pressed. */
  choices: () => readonly (Choice<T> | Divider)[];
  /** Answers whether the question stays. */
  onButton: (value: T, button: vscode.QuickInputButton) => Promise<boolean>;
}

/** Asks for one of many choices that have buttons. */
export function chooseFrom<T>({ title, placeHolder, choices, onButton }: ListQuestion<T>): Promise<T> {
  const picker = vscode.window.createQuickPick<Choice<T> | Divider>();
  picker.title = title;
  picker.placeholder = placeHolder;
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.keepScrollPosition = true;
  picker.items = choices();
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

export interface Question {
  title: string;
  prompt: string;
  value?: string;
  placeHolder?: string;
  /** What is wrong with an answer, in a sentence; undefined when nothing is. */
  problem?: (answer: string) => string | undefined;
}

/** Asks for a line of text. */
export async function ask({ problem, ...question }: Question): Promise<string> {
  const answer = await vscode.window.showInputBox({
    ...question,
    ignoreFocusOut: true,
    validateInput: problem,
  });
  if (answer === undefined) throw new vscode.CancellationError();
  return answer;
}

/** Asks before something that cannot be taken back. */
export async function confirm(message: string, detail: string, yes: string): Promise<void> {
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, yes);
  if (answer !== yes) throw new vscode.CancellationError();
}

/** What is wrong with the name of a new session or stream. */
export function nameProblem(
  kind: 'session' | 'stream',
  taken: readonly { name: string }[],
): (answer: string) => string | undefined {
  return (answer) =>
    taken.some(({ name }) => name === answer.trim())
      ? vscode.l10n.t('The name {0} is taken.', answer.trim())
      : problemOf(() => checkName(kind, answer));
}

/** What is wrong with an answer that says nothing. */
export function notBlank(sentence: string): (answer: string) => string | undefined {
  return (answer) => (answer.trim() === '' ? sentence : undefined);
}

/** What is wrong with a payload. */
export function payloadProblem(answer: string): string | undefined {
  return problemOf(() => checkPayload(answer, undefined));
}
