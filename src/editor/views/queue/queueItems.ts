import * as vscode from 'vscode';
import { isBatchOver, isOfFile, type Stream, type Task } from '../../../core/model';
import { nameOfTask } from '../../../core/taskName';
import { waitingIn } from '../../../core/waiting';
import { batchIcon, otherIcons, scheduleIcon, streamIcon, taskIcon } from '../../shared/icons';
import { labels } from '../../shared/translatedLabels';
import type { TaskFacts } from '../../workspace/taskFacts';
import {
  batchContext,
  doneContext,
  scheduleContext,
  sessionContext,
  streamContext,
  taskContext,
} from '../contextValue';
import { localTime, taskTooltip, tooltip } from '../tooltip';
import { moreItem, onTaskRow, showMoreItem, treeItem } from '../treeItem';
import type { FoundNode, QueueNode } from './queueNodes';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
const { l10n } = vscode;

/**
 * A row of the Queue view as VS Code shows it.
 * @param isRunnable whether the built-in runner has a command for a task's tool
 * @param left milliseconds until a stream is empty, if that is known
 */
export function queueItem(
  node: QueueNode,
  isRunnable: (task: Task) => boolean,
  left?: number,
): vscode.TreeItem {
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
    case 'schedules':
      return treeItem({
        id,
        label: l10n.t('Schedules'),
        description: String(node.total),
        icon: otherIcons.schedules,
        state: Expanded,
        contextValue: 'schedules',
      });
    case 'schedule':
      return treeItem({
        id,
        role: l10n.t('Schedule'),
        label: nameOfTask(node.schedule),
        description: labels.describeSchedule(node.schedule, node.stream, Date.now()),
        icon: scheduleIcon(node.schedule),
        contextValue: scheduleContext(node.schedule),
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
        description: streamText(node.stream, left),
        icon: streamIcon(node.stream),
        state: node.stream.status === 'ended' ? Collapsed : Expanded,
        contextValue: streamContext(node.stream),
      });
    case 'batch':
      return treeItem({
        id,
        role: l10n.t('Batch'),
        label: labels.batchName(node.batch),
        description: labels.describeBatch(node.batch),
        spoken: labels.batchStory(node.batch),
        icon: batchIcon(node.batch),
        state: isBatchOver(node.batch) ? None : Collapsed,
        contextValue: batchContext(node.batch),
      });
    case 'done':
      return treeItem({
        id,
        label: l10n.t('Done'),
        description: labels.describeDone(node.parent.stream.counts),
        icon: otherIcons.done,
        state: Collapsed,
        contextValue: doneContext(node.parent.stream),
      });
    case 'day':
      return treeItem({
        id,
        label: labels.day(node.day, Date.now()),
        description: `${node.children.length}${node.partial ? '+' : ''}`,
        icon: otherIcons.day,
        state: Expanded,
        contextValue: 'day',
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
    case 'found':
      return foundItem(node, isRunnable);
    case 'foundMore':
      return showMoreItem(id, l10n.t('Show More'));
    case 'more':
      return moreItem(node);
    case 'message':
      return treeItem({
        id,
        label: node.text,
        description: node.detail,
        icon: otherIcons[node.tone],
        contextValue: [
          node.tone,
          ...(node.loss ? ['loss'] : []),
          ...(node.suggested ? ['suggested'] : []),
        ].join(' '),
      });
  }
}

/** A task of the history can only be opened. */
function foundItem({ id, task, streamName, past }: FoundNode, isRunnable: (task: Task) => boolean) {
  return treeItem({
    id,
    role: past ? l10n.t('history') : undefined,
    label: nameOfTask(task),
    description: [streamName, changingText(task), past && l10n.t('history')].filter(Boolean).join(' · '),
    icon: taskIcon(task),
    contextValue: past ? 'past' : taskContext(task, isRunnable(task)),
    command: onTaskRow(task),
  });
}

/** The text of a stream's row, which changes with time. @param left as of queueItem */
export function streamText(stream: Stream, left: number | undefined): string {
  return [labels.describeStream(stream), labels.leftOfStream(stream, left)].filter(Boolean).join(' · ');
}

/** The text of a task's row that changes with time. */
export function changingText(task: Task): string {
  return labels.describe(task, Date.now());
}

/**
 * The tooltip of a row.
 * @param more about a task, if it could be read
 * @param left milliseconds until a stream is empty, if that is known
 */
export function queueTooltip(
  node: QueueNode,
  more?: TaskFacts,
  left?: number,
): vscode.MarkdownString | undefined {
  switch (node.kind) {
    case 'task':
    case 'found':
      return taskTooltip(node.task, more);
    case 'stream':
      return tooltip(node.stream.name, [
        [l10n.t('State'), labels.describeStream(node.stream)],
        [l10n.t('Left'), left === undefined ? null : labels.about(left)],
        [l10n.t('Waits'), waitingIn(node.stream, Date.now(), l10n)],
        [l10n.t('Done'), labels.describeDone(node.stream.counts)],
        [l10n.t('Options'), labels.streamOptions(node.stream)],
        [l10n.t('Instructions'), node.stream.instructions],
        [l10n.t('ID'), node.stream.id],
      ]);
    case 'batch':
      return tooltip(labels.batchName(node.batch), [
        [l10n.t('State'), labels.batchStory(node.batch)],
        [l10n.t('Options'), labels.batchOptions(node.batch)],
        [l10n.t('Created'), localTime(node.batch.created_at)],
        [l10n.t('ID'), node.batch.id],
      ]);
    case 'session':
      return tooltip(node.session.name, [
        [l10n.t('Description'), node.session.description],
        [l10n.t('Started'), localTime(node.session.started_at)],
        [l10n.t('Ended'), localTime(node.session.ended_at)],
        [l10n.t('ID'), node.session.id],
      ]);
    case 'schedule': {
      const { schedule, stream } = node;
      return tooltip(nameOfTask(schedule), [
        [l10n.t('Times'), `${schedule.cron} (${schedule.zone})`],
        [l10n.t('Next'), localTime(schedule.next_at) ?? (schedule.paused ? l10n.t('paused') : null)],
        [l10n.t('Last'), localTime(schedule.last_at)],
        [l10n.t('Outcome'), labels.outcomeOfSchedule(schedule)],
        [l10n.t('Error'), schedule.last_error],
        [l10n.t('Stream'), stream?.name ?? null],
        [l10n.t('Worker'), stream ? labels.workerOf(stream) : null],
        [l10n.t('Options'), labels.scheduleOptions(schedule)],
        [l10n.t('Source'), isOfFile(schedule) ? `sparkq.yml: schedules.${schedule.name}` : null],
        [l10n.t('ID'), schedule.id],
      ]);
    }
    case 'message':
      return tooltip(node.text, [['', node.detail]]);
    default:
      return undefined;
  }
}
