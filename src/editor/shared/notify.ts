import * as vscode from 'vscode';
import { withoutLinks } from '../../core/plainText';

export type Tone = 'error' | 'warning' | 'information';

const ways = {
  error: vscode.window.showErrorMessage,
  warning: vscode.window.showWarningMessage,
  information: vscode.window.showInformationMessage,
};

/** Shows a notification. Answers the button that was pressed; undefined when it was closed. */
export async function notify(tone: Tone, text: string, ...buttons: string[]): Promise<string | undefined> {
  return ways[tone](withoutLinks(text), ...buttons);
}

/** Asks before something that cannot be undone. Rejects with a CancellationError unless the person agrees. */
export async function confirm(message: string, detail: string, yes: string): Promise<void> {
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, yes);
  if (answer !== yes) throw new vscode.CancellationError();
}
