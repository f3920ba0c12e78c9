import * as vscode from 'vscode';
import { commands } from '../../contributions';
import type { Task } from '../../core/model';
import { waitingIn } from '../../core/waiting';
import type { TaskFacts } from '../queue/taskFacts';
import { type IconName, otherIcons, streamIcon, taskIcon } from '../shared/icons';
import { Labels } from '../shared/labels';
import {
  contextWords,
  type DoneNode,
  type MoreNode,
  type QueueNode,
  type SessionNode,
  type StreamNode,
  type TaskNode,
  taskWords,
} from './queueNodes';
import { pageSize } from './queueRows';
import type { ReviewNode, ReviewTaskNode } from './reviewModel';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** Turns rows into what VS Code shows. */
export class QueueItems {
  readonly labels = new Labels(vscode.l10n);

  /** @param isRunnable whether the built-in runner has a command for a task's tool */
  constructor(private readonly isRunnable: (task: Task) => boolean) {}

  itemOf(node: QueueNode): vscode.TreeItem {
    const item = this.plainItem(node);
    item.id = node.id;
    item.contextValue = contextWords(node, this.isRunnable);
    return item;
  }

  /** A row of the Review view: what came of a task, and where. */
  reviewItemOf(node: ReviewNode): vscode.TreeItem {
    if (node.kind === 'more') return moreItem(node);
    const item = this.outcomeItem(node);
    item.id = node.id;
    item.contextValue = taskWords(node.task, this.isRunnable);
    return item;
  }

  /** The part of a row that changes as time goes by; undefined where none does. */
  changingText(node: TaskNode): string {
    return this.labels.describe(node.task, Date.now());
  }

  /**
   * What a row says when the mouse rests on it. Made when asked for.
   * @param more of a task, where it could be read
   */
  tooltipOf(node: QueueNode, more?: TaskFacts): vscode.MarkdownString | undefined {
    switch (node.kind) {
      case 'task':
        return this.taskTooltip(node.task, more);
      case 'stream':
        return facts(node.stream.name, [
          [vscode.l10n.t('State'), this.labels.describeStream(node.stream)],
          [vscode.l10n.t('Done'), this.labels.describeDone(node.stream.counts)],
          [vscode.l10n.t('Options'), this.labels.streamOptions(node.stream)],
          [vscode.l10n.t('Instructions'), node.stream.instructions],
          [vscode.l10n.t('ID'), node.stream.id],
        ]);
      case 'session':
        return facts(node.session.name, [
          [vscode.l10n.t('Description'), node.session.description],
          [vscode.l10n.t('Started'), localTime(node.session.started_at)],
          [vscode.l10n.t('Ended'), node.session.ended_at && localTime(node.session.ended_at)],
          [vscode.l10n.t('ID'), node.session.id],
        ]);
      case 'message':
        return facts(node.text, [['', node.detail]]);
      default:
        return undefined;
    }
  }

  private plainItem(node: QueueNode): vscode.TreeItem {
    switch (node.kind) {
      case 'session':
        return this.sessionItem(node);
      case 'ended':
        return row(vscode.l10n.t('Ended sessions'), String(node.total), otherIcons.endedSessions, Collapsed);
      case 'stream':
        return this.streamItem(node);
      case 'done':
        return this.doneItem(node);
      case 'task':
        return this.taskItem(node);
      case 'more':
        return moreItem(node);
      case 'message':
        return row(node.text, node.detail, otherIcons[node.tone], None);
    }
  }

  private sessionItem({ session, streams }: SessionNode): vscode.TreeItem {
    const description = this.labels.describeSession(session, streams);
    const state = session.status === 'ended' ? Collapsed : Expanded;
    return row(session.name, description, otherIcons.session, state, vscode.l10n.t('Session'));
  }

  private streamItem({ stream }: StreamNode): vscode.TreeItem {
    const description = this.labels.describeStream(stream);
    const state = stream.status === 'ended' ? Collapsed : Expanded;
    return row(stream.name, description, streamIcon(stream), state, vscode.l10n.t('Stream'));
  }

  private doneItem({ parent }: DoneNode): vscode.TreeItem {
    const description = this.labels.describeDone(parent.stream.counts);
    return row(vscode.l10n.t('Done'), description, otherIcons.done, Collapsed);
  }

  private taskItem(node: TaskNode): vscode.TreeItem {
    const { task } = node;
    const item = row(this.labels.nameOf(task), this.changingText(node), taskIcon(task), None);
    if (task.attempts > 0) item.command = onTask(commands.showOutput, vscode.l10n.t('Show Output'), task);
    return item;
  }

  private outcomeItem({ task, streamName }: ReviewTaskNode): vscode.TreeItem {
    const description = this.labels.describeOutcome(task, streamName);
    const item = row(this.labels.nameOf(task), description, taskIcon(task), None, this.labels.stateOf(task));
    item.command = onTask(commands.openTask, vscode.l10n.t('Open Task'), task);
    return item;
  }

  taskTooltip(task: Task, more?: TaskFacts): vscode.MarkdownString {
    const { labels } = this;
    const l10n = vscode.l10n;
    return facts(labels.nameOf(task), [
      [l10n.t('State'), labels.describe(task, Date.now())],
      [l10n.t('Waits'), more?.waiting ?? waitingIn(task, Date.now(), l10n)],
      [l10n.t('Result'), task.result_summary],
      [l10n.t('Error'), task.error],
      [l10n.t('Note'), task.note],
      [l10n.t('Tool'), `${task.tool_name} (${task.task_class}, ${labels.duration(task.timeout * 1000)})`],
      [l10n.t('Attempts'), `${task.attempts} / ${task.max_attempts}`],
      [l10n.t('Git'), more?.git ?? null],
      [l10n.t('Created'), localTime(task.created_at)],
      [l10n.t('Started'), task.started_at && localTime(task.started_at)],
      [l10n.t('Finished'), task.finished_at && localTime(task.finished_at)],
      [l10n.t('ID'), task.id],
    ]);
  }
}

function row(
  label: string,
  description: string,
  icon: IconName,
  state: vscode.TreeItemCollapsibleState,
  role?: string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(
    icon.codicon,
    icon.color ? new vscode.ThemeColor(icon.color) : undefined,
  );
  item.accessibilityInformation = { label: [role, label, description].filter(Boolean).join(', ') };
  return item;
}

function onTask(command: string, title: string, { id }: Task): vscode.Command {
  return { command, title, arguments: [{ taskId: id }] };
}

function moreItem(node: Pick<MoreNode, 'id' | 'hidden'>): vscode.TreeItem {
  const next = Math.min(pageSize, node.hidden);
  const label = vscode.l10n.t('Show {0} more', next);
  const item = row(label, vscode.l10n.t('{0} not shown', node.hidden), otherIcons.more, None);
  item.command = { command: commands.showMore, title: label, arguments: [{ id: node.id }] };
  return item;
}

/** A list of facts as Markdown in which nothing that a task holds is read as Markdown, HTML or a command. */
function facts(title: string, list: readonly (readonly [name: string, value: string | null])[]) {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**').appendText(shorten(title)).appendMarkdown('**');
  for (const [name, value] of list) {
    if (!value) continue;
    text.appendMarkdown('\n\n').appendText(name ? `${name}: ${shorten(value)}` : shorten(value));
  }
  return text;
}

/** A tooltip is no document: long values are cut. */
function shorten(value: string): string {
  return value.length > 600 ? `${value.slice(0, 600)}…` : value;
}

function localTime(instant: string): string {
  return new Date(instant).toLocaleString(vscode.env.language);
}
