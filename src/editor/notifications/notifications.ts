import * as vscode from 'vscode';
import { commands, type QuestionTarget, settings, views } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import { messageOf } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import type { Log } from '../../core/log';
import { isCalledOff, type Stream, type Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { errorOf } from '../shared/labels';
import { notify, type Tone } from '../shared/notify';
import { labels } from '../shared/translatedLabels';
import { showSystemNotification } from './systemNotification';
import { UnapprovedPlans } from './unapprovedPlans';

/** Milliseconds: events within the first share a notification, and the next one waits for the second. */
const together = 400;
const quiet = 5_000;

export type NotificationChoice = 'all' | 'failures' | 'never';

/** A task event that shows a notification. */
interface TaskNotice {
  kind: 'asked' | 'failed' | 'late' | 'succeeded';
  task: Task;
}

/** A button of a notification. */
interface Action {
  title: string;
  run(): unknown;
}

/** Shows notifications about tasks: one for each, or one for several that come together. */
export class Notifications {
  private notices: TaskNotice[] = [];
  private readonly showing = new Coalescer(
    // Not awaited: the notification stays open until it is answered.
    () => void this.showNotices(),
    { delay: together, gap: quiet },
  );
  private readonly plans = new UnapprovedPlans((tasks) => {
    if (choiceNow() !== 'never') void this.showPlan(tasks);
  });
  private systemFailed = false;

  constructor(
    private readonly queue: Queue,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const unsubscribe = this.queue.subscribe((event) => {
      this.plans.take(event);
      const notice = noticeOf(event);
      if (!notice || !isWanted(notice)) return;
      // Each wants an answer of its own.
      if (notice.kind === 'asked') return void this.showQuestion(notice.task);
      this.notices.push(notice);
      this.showing.request();
    });
    return vscode.Disposable.from(
      { dispose: unsubscribe },
      { dispose: () => this.showing.stop() },
      this.plans,
    );
  }

  private async showNotices(): Promise<void> {
    const { notices } = this;
    const [first] = notices;
    if (!first) return;
    this.notices = [];
    try {
      if (notices.length > 1) await this.showSeveral(notices);
      else if (first.kind === 'failed') await this.showFailure(first.task);
      else if (first.kind === 'late') await this.showLate(first.task);
      else await this.showSuccess(first.task);
    } catch (error) {
      this.log.error('A notification could not be shown', error);
    }
  }

  private async showQuestion(task: Task): Promise<void> {
    const text = vscode.l10n.t('{0} asks: {1}', nameOfTask(task), task.question?.text ?? '');
    const target: QuestionTarget = { taskId: task.id, askedAt: task.question?.asked_at ?? '' };
    const answer = () => vscode.commands.executeCommand(commands.answer, target);
    try {
      await this.show('information', text, [{ title: vscode.l10n.t('Answer...'), run: answer }]);
    } catch (error) {
      this.log.error('A notification could not be shown', error);
    }
  }

  private async showPlan(tasks: readonly Task[]): Promise<void> {
    const [first] = tasks;
    if (!first) return;
    const who = first.origin.via ?? vscode.l10n.t('An agent');
    const changes = first.approval_changes.join(', ');
    const text =
      tasks.length > 1
        ? vscode.l10n.t('{0} wants to run {1} tasks: {2}', who, tasks.length, listOf(tasks))
        : changes
          ? vscode.l10n.t(
              '{0} has changed since it was approved, and waits again: {1}',
              nameOfTask(first),
              changes,
            )
          : vscode.l10n.t('{0} wants to run {1}', who, nameOfTask(first));
    const approve = { title: vscode.l10n.t('Approve...') };
    const actions =
      tasks.length > 1
        ? [
            {
              ...approve,
              run: () => vscode.commands.executeCommand(commands.approvePlan, { batchId: first.batch_id }),
            },
            {
              title: vscode.l10n.t('Show Review'),
              run: () => vscode.commands.executeCommand(`${views.review}.focus`),
            },
          ]
        : [
            onTask(first, approve.title, commands.approve),
            onTask(first, vscode.l10n.t('Open Task'), commands.openTask),
          ];
    try {
      await this.show('information', text, actions);
    } catch (error) {
      this.log.error('A notification could not be shown', error);
    }
  }

  private async showFailure(task: Task): Promise<void> {
    const reason = errorOf(task)?.trim().split('\n', 1)[0] ?? vscode.l10n.t('no reason given');
    const name = nameOfTask(task);
    const paused = await this.pausedBy(task);
    const text = paused
      ? vscode.l10n.t('{0} failed and paused stream {1}: {2}', name, paused.name, reason)
      : vscode.l10n.t('{0} failed: {1}', name, reason);
    // VS Code cuts off more than three buttons.
    const next = paused
      ? {
          title: vscode.l10n.t('Resume'),
          run: () => vscode.commands.executeCommand(commands.resumeStream, { streamId: paused.id }),
        }
      : onTask(task, vscode.l10n.t('Requeue'), commands.requeue);
    await this.show('error', text, [
      onTask(task, vscode.l10n.t('Show Output'), commands.showOutput),
      next,
      dontShowAgain('never'),
    ]);
  }

  private async showLate(task: Task): Promise<void> {
    const text = vscode.l10n.t(
      '{0} has exceeded its timeout of {1}. It will be stopped after {2}.',
      nameOfTask(task),
      labels.durations.exact(task.timeout),
      labels.durations.exact(task.kill_after),
    );
    await this.show('warning', text, [
      onTask(task, vscode.l10n.t('Show Output'), commands.showOutput),
      onTask(task, vscode.l10n.t('Cancel Task'), commands.cancel),
      dontShowAgain('never'),
    ]);
  }

  private async showSuccess(task: Task): Promise<void> {
    const text = vscode.l10n.t('{0} succeeded: {1}', nameOfTask(task), task.result_summary ?? '');
    await this.show('information', text, [
      onTask(task, vscode.l10n.t('Show Output'), commands.showOutput),
      dontShowAgain('failures'),
    ]);
  }

  private async showSeveral(notices: readonly TaskNotice[]): Promise<void> {
    const list = listOf(notices.map(({ task }) => task));
    const failed = notices.filter(({ kind }) => kind === 'failed').length;
    const late = notices.filter(({ kind }) => kind === 'late').length;
    const text =
      failed === notices.length
        ? vscode.l10n.t('{0} tasks failed: {1}', failed, list)
        : late > 0
          ? vscode.l10n.t('{0} tasks failed, {1} exceeded their timeout: {2}', failed, late, list)
          : vscode.l10n.t('{0} tasks finished, {1} failed: {2}', notices.length, failed, list);
    const review = { title: vscode.l10n.t('Show Review'), view: views.review };
    const queue = { title: vscode.l10n.t('Show Queue'), view: views.queue };
    const { title, view } = failed > 0 ? review : queue;
    const tone = failed > 0 ? 'error' : late > 0 ? 'warning' : 'information';
    await this.show(tone, text, [
      { title, run: () => vscode.commands.executeCommand(`${view}.focus`) },
      dontShowAgain(failed + late > 0 ? 'never' : 'failures'),
    ]);
  }

  /** The stream that this failure paused. */
  private async pausedBy(task: Task): Promise<Stream | undefined> {
    if (task.failure_kind === 'dependency') return undefined;
    const stream = await this.queue.getStream(task.stream_id);
    return stream.paused && stream.on_failure === 'pause' && stream.status === 'active' ? stream : undefined;
  }

  private async show(tone: Tone, text: string, actions: readonly Action[]): Promise<void> {
    void this.showOutside(text);
    const titles = actions.map(({ title }) => title);
    const answer = await notify(tone, text, ...titles);
    await actions.find(({ title }) => title === answer)?.run();
  }

  /**
   * A notification of the operating system, if it is turned on, the window is not focused, and it is on the person's
   * machine.
   */
  private async showOutside(text: string): Promise<void> {
    const here = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
    const asked = vscode.workspace.getConfiguration().get<boolean>(settings.systemNotifications);
    if (!asked || !here || vscode.window.state.focused || this.systemFailed) return;
    try {
      await showSystemNotification('SparkQ', text);
    } catch (error) {
      this.systemFailed = true;
      this.log.warn(`This system's notifications cannot be used: ${messageOf(error)}`);
    }
  }
}

function noticeOf({ type, task }: QueueEvent): TaskNotice | undefined {
  if (!task) return undefined;
  // Whoever cancelled a task knows about it.
  if (type === 'task.failed') return isCalledOff(task) ? undefined : { kind: 'failed', task };
  if (type === 'task.asked') return { kind: 'asked', task };
  if (type === 'task.stale') return { kind: 'late', task };
  return type === 'task.succeeded' ? { kind: 'succeeded', task } : undefined;
}

function choiceNow(): NotificationChoice | undefined {
  return vscode.workspace.getConfiguration().get<NotificationChoice>(settings.notifications);
}

function isWanted({ kind }: TaskNotice): boolean {
  const choice = choiceNow();
  return choice === 'all' || (choice === 'failures' && kind !== 'succeeded');
}

/** The names of the first. */
function listOf(tasks: readonly Task[]): string {
  const names = tasks.slice(0, 3).map(nameOfTask);
  return tasks.length > 3 ? `${names.join(', ')}, …` : names.join(', ');
}

function onTask(task: Task, title: string, command: string): Action {
  return { title, run: () => vscode.commands.executeCommand(command, { taskId: task.id }) };
}

/** Changes the setting where it is set, and says how to undo that. */
function dontShowAgain(choice: NotificationChoice): Action {
  return {
    title: vscode.l10n.t("Don't Show Again"),
    async run() {
      const configuration = vscode.workspace.getConfiguration();
      const inWorkspace = configuration.inspect(settings.notifications)?.workspaceValue !== undefined;
      const { Global, Workspace } = vscode.ConfigurationTarget;
      await configuration.update(settings.notifications, choice, inWorkspace ? Workspace : Global);
      const open = vscode.l10n.t('Open Setting');
      const answer = await notify(
        'information',
        vscode.l10n.t('To turn notifications back on, change the setting {0}.', settings.notifications),
        open,
      );
      if (answer === open) {
        await vscode.commands.executeCommand('workbench.action.openSettings', settings.notifications);
      }
    },
  };
}
