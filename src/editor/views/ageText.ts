import * as vscode from 'vscode';
import type { KnownRows } from './lastRows';

/** What stands above rows that are older than now. */
export function ageText({ since, unreachable }: NonNullable<KnownRows<object>['old']>): string {
  const time = new Date(since).toLocaleTimeString(vscode.env.language, { timeStyle: 'short' });
  return vscode.l10n.t('As of {0}: no connection to {1}', time, unreachable);
}
