import * as vscode from 'vscode';

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

/** A problem for answers that say nothing. */
export function notBlank(sentence: string): (answer: string) => string | undefined {
  return (answer) => (answer.trim() === '' ? sentence : undefined);
}

/** What is wrong with a payload: it must be a JSON object. */
export function payloadProblem(answer: string): string | undefined {
  try {
    const value: unknown = JSON.parse(answer);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return undefined;
    return vscode.l10n.t('A payload is a JSON object, such as {"script_path": "scripts/hello.sh"}.');
  } catch (error) {
    return vscode.l10n.t('This is not JSON: {0}', error instanceof Error ? error.message : String(error));
  }
}
