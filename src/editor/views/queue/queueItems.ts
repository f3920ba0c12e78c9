import * as vscode from 'vscode';
import type { Task } from '../../../core/model';
import { nameOfTask } from '../../../core/taskName';
import { waitingIn } from '../../../core/waiting';
import { otherIcons, streamIcon, taskIcon } from '../../shared/icons';
import { labels } from '../../shared/translatedLabels';
import type { TaskFacts } from '../../workspace/taskFacts';
import { sessionContext, streamContext, taskContext } from '../contextValue';
import { localTime, taskTooltip, tooltip } from '../tooltip';
import { moreItem, onTaskRow, treeItem } from '../treeItem';
import type { QueueNode } from './queueNodes';

const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
const { l10n } = vscode;

/**
 * A row of the Queue view as VS Code shows it.
 * @param isRunnable whether the built-in runner has a command for a task's tool
 */
export function queueItem(node: QueueNode, isRunnable: (task: Task) => boolean): vscode.TreeItem {
  const { id } = node;
  switch (node.kind) {
    case 'session':
      return treeItem({
        id,
        role: l10n.t('Session'),
        label: node.session.name,
        description: labels.describeSession(node.session, node.streams),
        icon: otherIcons.session,
        state: node.session.status === 'ended' ? Collapsed : Expanded,
        contextValue: sessionContext(node.session),
      });
    case 'ended':
      return treeItem({
        id,
        label: l10n.t('Ended sessions'),
        description: String(node.total),
        icon: otherIcons.endedSessions,
        state: Collapsed,
        contextValue: 'ended',
      });
    case 'stream':
      return treeItem({
        id,
        role: l10n.t('Stream'),
        label: node.stream.name,
        description: labels.describeStream(node.stream),
        icon: streamIcon(node.stream),
        state: node.stream.status === 'ended' ? Collapsed : Expanded,
        contextValue: streamContext(node.stream),
      });
    case 'done':
      return treeItem({
        id,
        label: l10n.t('Done'),
        description: labels.describeDone(node.parent.stream.counts),
        icon: otherIcons.done,
        state: Collapsed,
        contextValue: 'done',
      });
    case 'task':
      return treeItem({
        id,
        label: nameOfTask(node.task),
        description: changingText(node.task),
        icon: taskIcon(node.task),
        contextValue: taskContext(node.task, isRunnable(node.task)),
        command: onTaskRow(node.task),
      });
    case 'more':
      return moreItem(node);
    case 'message':
      return treeItem({
        id,
        label: node.text,
        description: node.detail,
        icon: otherIcons[node.tone],
        contextValue: node.tone,
      });
  }
}

/** The text of a task's row that changes with time. */
export function changingText(task: Task): string {
  return labels.describe(task, Date.now());
}

/**
 * The tooltip of a row.
 * @param more about a task, if it could be read
 */
export function queueTooltip(node: QueueNode, more?: TaskFacts): vscode.MarkdownString | undefined {
  switch (node.kind) {
    case 'task':
      return taskTooltip(node.task, more);
    case 'stream':
      return tooltip(node.stream.name, [
        [l10n.t('State'), labels.describeStream(node.stream)],
        [l10n.t('Waits'), waitingIn(node.stream, Date.now(), l10n)],
        [l10n.t('Done'), labels.describeDone(node.stream.counts)],
        [l10n.t('Options'), labels.streamOptions(node.stream)],
        [l10n.t('Instructions'), node.stream.instructions],
        [l10n.t('ID'), node.stream.id],
      ]);
    case 'session':
      return tooltip(node.session.name, [
        [l10n.t('Description'), node.session.description],
        [l10n.t('Started'), localTime(node.session.started_at)],
        [l10n.t('Ended'), localTime(node.session.ended_at)],
        [l10n.t('ID'), node.session.id],
      ]);
    case 'message':
      return tooltip(node.text, [['', node.detail]]);
    default:
      return undefined;
  }
}
