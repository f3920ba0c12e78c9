import * as vscode from 'vscode';
import { commands, type PageTarget } from '../../contributions';
import type { Task } from '../../core/model';
import { type IconName, otherIcons } from '../shared/icons';
import { pageSize } from './queue/queueRows';

/** A row of a view. */
export interface Row {
  id: string;
  label: string;
  description: string;
  icon: IconName;
  contextValue: string;
  /** What a screen reader says before the label. */
  role?: string;
  /** What a screen reader says in place of the description. */
  spoken?: string;
  /** None by default, for a row without children. */
  state?: vscode.TreeItemCollapsibleState;
  command?: vscode.Command;
}

export function treeItem({ icon, role, label, state, spoken, ...row }: Row): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.iconPath = new vscode.ThemeIcon(
    icon.codicon,
    icon.color ? new vscode.ThemeColor(icon.color) : undefined,
  );
  item.accessibilityInformation = {
    label: [role, label, spoken ?? row.description].filter(Boolean).join(', '),
  };
  return Object.assign(item, row);
}

/** The row at the end of a list that is not shown in full. */
export function moreItem({ id, hidden }: { id: string; hidden: number }): vscode.TreeItem {
  const label = vscode.l10n.t('Show {0} more', Math.min(pageSize, hidden));
  return showMoreItem(id, label, vscode.l10n.t('{0} not shown', hidden));
}

/** A row that has its list show more. */
export function showMoreItem(id: string, label: string, description = ''): vscode.TreeItem {
  return treeItem({
    id,
    label,
    description,
    icon: otherIcons.more,
    contextValue: 'more',
    command: { command: commands.showMore, title: label, arguments: [{ id }] },
  });
}

/** A click on a task's row opens its page, and leaves the focus in the list. */
export function onTaskRow({ id }: Task): vscode.Command {
  const target: PageTarget = { taskId: id, preserveFocus: true };
  return { command: commands.openTask, title: vscode.l10n.t('Open Task'), arguments: [target] };
}
