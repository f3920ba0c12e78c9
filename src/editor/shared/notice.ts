import * as vscode from 'vscode';
import { withoutLinks } from '../../core/plainText';

export type Tone = 'error' | 'warning' | 'information';

const ways = {
  error: vscode.window.showErrorMessage,
  warning: vscode.window.showWarningMessage,
  information: vscode.window.showInformationMessage,
};

/** Shows a notification; answers the button that was pressed, undefined when it was closed. */
export async function notify(tone: Tone, text: string, ...buttons: string[]): Promise<string | undefined> {
  return ways[tone](withoutLinks(text), ...buttons);
}
