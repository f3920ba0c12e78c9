import * as vscode from 'vscode';
import { isId } from '../core/ids';

/** What is wrong with the name of a new session or stream; undefined when nothing is. The queue checks it again. */
export function nameProblem(name: string, taken: readonly string[] = []): string | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return vscode.l10n.t('A name cannot be blank.');
  if (trimmed.length > 200) return vscode.l10n.t('A name has at most 200 characters.');
  if (/\p{Cc}/u.test(trimmed)) return vscode.l10n.t('A name cannot hold control characters.');
  if (trimmed === '.' || trimmed === '..') return vscode.l10n.t('A name cannot be . or ..');
  if (isId(trimmed)) return vscode.l10n.t('A name cannot look like an id.');
  if (taken.includes(trimmed)) return vscode.l10n.t('The name {0} is taken.', trimmed);
  return undefined;
}
