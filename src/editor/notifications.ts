import * as vscode from 'vscode';
import { commands, settings } from '../contributions';
import type { QueueEvent } from '../core/events';
import type { Task } from '../core/model';
import type { Queue } from '../core/queue';

export type NotificationChoice = 'all' | 'failures' | 'never';

/** Ends that come within this many milliseconds of each other are told in one notification. */
const groupingTime = 400;

/** Tells a person that tasks ended: one notification for each, one for all where many end together. */
export class Notifications {
  private ended: Task[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly queue: Queue) {}

  register(): vscode.Disposable {
    const unsubscribe = this.queue.subscribe((event) => this.onEvent(event));
    return vscode.Disposable.from({ dispose: unsubscribe }, { dispose: () => clearTimeout(this.timer) });
  }

  private onEvent(event: QueueEvent): void {
    if (!event.task || !wanted(event)) return;
    this.ended.push(event.task);
    this.timer ??= setTimeout(() => {
      const tasks = this.ended;
      this.ended = [];
      this.timer = undefined;
      // Not awaited: a notification stays until the person answers it.
      void this.tell(tasks);
    }, groupingTime);
  }

  private async tell(tasks: readonly Task[]): Promise<void> {
    const [first] = tasks;
    if (!first) return;
    if (tasks.length === 1) return first.status === 'failed' ? tellFailure(first) : tellSuccess(first);
    await tellMany(tasks);
  }
}

/** Whether the settings ask for a notification of this event. A cancelled task is no news to whoever cancelled it. */
function wanted(event: QueueEvent): boolean {
  const choice = vscode.workspace
    .getConfiguration()
    .get<NotificationChoice>(settings.notifications, 'failures');
  if (event.type === 'task.failed') return choice !== 'never' && event.task?.failure_kind !== 'cancelled';
  return event.type === 'task.succeeded' && choice === 'all';
}

async function tellFailure(task: Task): Promise<void> {
  const show = vscode.l10n.t('Show Output');
  const requeue = vscode.l10n.t('Requeue');
  const reason = task.error?.trim().split('\n', 1)[0] ?? vscode.l10n.t('no reason given');
  const text = vscode.l10n.t('{0} failed: {1}', nameOf(task), reason);
  const answer = await vscode.window.showErrorMessage(text, show, requeue);
  if (answer === show) await vscode.commands.executeCommand(commands.showOutput, { taskId: task.id });
  if (answer === requeue) await vscode.commands.executeCommand(commands.requeue, { taskId: task.id });
}

async function tellSuccess(task: Task): Promise<void> {
  const show = vscode.l10n.t('Show Output');
  const text = vscode.l10n.t('{0} succeeded: {1}', nameOf(task), task.result_summary ?? '');
  const answer = await vscode.window.showInformationMessage(text, show);
  if (answer === show) await vscode.commands.executeCommand(commands.showOutput, { taskId: task.id });
}

async function tellMany(tasks: readonly Task[]): Promise<void> {
  const failed = tasks.filter((task) => task.status === 'failed');
  const open = vscode.l10n.t('Show Queue');
  const names = tasks.slice(0, 3).map(nameOf).join(', ');
  const more = tasks.length > 3 ? ', …' : '';
  const text =
    failed.length === tasks.length
      ? vscode.l10n.t('{0} tasks failed: {1}', tasks.length, names + more)
      : vscode.l10n.t('{0} tasks ended, {1} failed: {2}', tasks.length, failed.length, names + more);
  const answer = await (failed.length > 0
    ? vscode.window.showErrorMessage(text, open)
    : vscode.window.showInformationMessage(text, open));
  if (answer === open) await vscode.commands.executeCommand('sparkq.queue.focus');
}

const nameOf = (task: Task) => task.label ?? task.tool_name;
