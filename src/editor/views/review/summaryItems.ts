import * as vscode from 'vscode';
import { costIn } from '../../../accounts/usage';
import { commands, type TaskTarget, views } from '../../../contributions';
import { nameOfTask } from '../../../core/taskName';
import { waitingIn } from '../../../core/waiting';
import { otherIcons, statusIcons } from '../../shared/icons';
import { labels } from '../../shared/translatedLabels';
import { tooltip } from '../tooltip';
import { onTaskRow, treeItem } from '../treeItem';
import { type CountRow, ranFor, type SummaryNode, type SummaryRow, type WaitingRow } from './morningSummary';

/** A tooltip names so many tasks. */
const mostNamed = 20;
const { l10n } = vscode;

/** A row of the morning summary as VS Code shows it. */
export function summaryItem(node: SummaryNode | SummaryRow): vscode.TreeItem {
  const { id } = node;
  switch (node.kind) {
    case 'summary':
      return treeItem({
        id,
        label: l10n.t('While you were away'),
        description: [sinceOf(node), ...costOf(node)].join(' · '),
        spoken: [sinceOf(node), ...node.rows.map(storyOf), ...costOf(node)].join(', '),
        icon: otherIcons.summary,
        state: vscode.TreeItemCollapsibleState.Expanded,
        contextValue: 'summary',
      });
    case 'count':
      return treeItem({
        id,
        label: countOf(node),
        description: ranInAll(node),
        icon: statusIcons[node.outcome],
        contextValue: 'count',
        command: onCountRow(node),
      });
    case 'waiting':
      return treeItem({
        id,
        role: l10n.t('waits for you'),
        label: waitingName(node),
        description: waitingIn(node.group.first, Date.now(), l10n) ?? node.group.waiting,
        icon: otherIcons.waiting,
        contextValue: 'waiting',
        command: onTaskRow(node.group.first),
      });
    case 'waitingMore':
      return treeItem({
        id,
        label: storyOf(node),
        description: '',
        icon: otherIcons.more,
        contextValue: 'waiting',
        command: { command: `${views.queue}.focus`, title: l10n.t('Show Queue') },
      });
  }
}

/** Says how long each of the tasks ran, and what each tool with an agent has cost. */
export function summaryTooltip(node: SummaryNode | SummaryRow): vscode.MarkdownString | undefined {
  if (node.kind === 'summary' && node.agents.length > 0)
    return tooltip(
      l10n.t('Cost of agents'),
      node.agents.map((one) => [one.tool, costIn(one, l10n)] as const),
    );
  if (node.kind !== 'count') return undefined;
  const rest = node.tasks.length - mostNamed;
  return tooltip(countOf(node), [
    ...node.tasks.slice(0, mostNamed).map((task) => [nameOfTask(task), durationOf(ranFor(task))] as const),
    ['', rest > 0 ? l10n.t('and {0} more', rest) : null],
  ]);
}

function onCountRow({ tasks: [first] }: CountRow): vscode.Command {
  const target: TaskTarget = { taskId: first?.id ?? '' };
  return { command: commands.showInReview, title: l10n.t('Show in Review'), arguments: [target] };
}

function sinceOf({ absence }: SummaryNode): string {
  return l10n.t('since {0}', labels.dayAndTime(absence.from, Date.now()));
}

/** Of all tools; nothing where none of them has said it. */
function costOf({ agents }: SummaryNode): string[] {
  const known = agents.filter(({ cost_usd: cost }) => cost !== null);
  if (known.length === 0) return [];
  const cost = known.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0).toFixed(2);
  const isAll = agents.every(({ unpriced }) => unpriced === 0);
  return [isAll ? l10n.t('agents cost {0}', `$${cost}`) : l10n.t('agents cost at least {0}', `$${cost}`)];
}

function storyOf(row: SummaryRow): string {
  switch (row.kind) {
    case 'count':
      return countOf(row);
    case 'waiting':
      return l10n.t('{0} waiting for you', row.group.count);
    case 'waitingMore':
      return l10n.t('{0} more waiting for you', row.count);
  }
}

function countOf({ outcome, tasks }: CountRow): string {
  return outcome === 'failed' ? l10n.t('{0} failed', tasks.length) : l10n.t('{0} succeeded', tasks.length);
}

function ranInAll({ tasks }: CountRow): string {
  const ran = tasks.map(ranFor).filter((ms) => ms !== undefined);
  if (ran.length === 0) return l10n.t('did not run');
  const sum = labels.durations.duration(ran.reduce((total, ms) => total + ms, 0));
  return tasks.length === 1 ? l10n.t('ran {0}', sum) : l10n.t('ran {0} in all', sum);
}

function durationOf(ms: number | undefined): string {
  return ms === undefined ? l10n.t('did not run') : labels.durations.duration(ms);
}

function waitingName({ group: { count, first }, streamName }: WaitingRow): string {
  return count === 1 ? nameOfTask(first) : l10n.t('{0} tasks of {1}', count, streamName);
}
