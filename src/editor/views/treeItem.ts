import * as vscode from 'vscode';
import { commands } from '../../contributions';
import type { Task } from '../../core/model';
import { type IconName, otherIcons } from '../shared/icons';
import { pageSize } from './queue/queueRows';

/** What a row of a view looks like. */
export interface Row {
  id: string;
  label: string;
  description: string;
  icon: IconName;
  contextValue: string;
  /** What a screen reader says of the row before its label. */
  role?: string;
  /** None by default: there are no rows below it. */
  state?: vscode.TreeItemCollapsibleState;
  command?: vscode.Command;
}

export function treeItem({ icon, role, label, state, ...row }: Row): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.iconPath = new vscode.ThemeIcon(
    icon.codicon,
    icon.color ? new vscode.ThemeColor(icon.color) : undefined,
  );
  item.accessibilityInformation = { label: [role, label, row.description].filter(Boolean).join(', ') };
  return Object.assign(item, row);
}

/** Stands for rows that are not shown yet. */
export function moreItem({ id, hidden }: { id: string; hidden: number }): vscode.TreeItem {
  const label = vscode.l10n.t('Show {0} more', Math.min(pageSize, hidden));
  return treeItem({
    id,
    label,
    description: vscode.l10n.t('{0} not shown', hidden),
    icon: otherIcons.more,
    contextValue: 'more',
    command: { command: commands.showMore, title: label, arguments: [{ id }] },
  });
}

/** What a click on a row of a task does. */
export function onTask(command: string, title: string, { id }: Task): vscode.Command {
  return { command, title, arguments: [{ taskId: id }] };
}
