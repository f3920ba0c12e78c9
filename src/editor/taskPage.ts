import * as vscode from 'vscode';
import { commands } from '../contributions';
import { toolOf } from '../core/config';
import { messageOf, QueueError } from '../core/errors';
import type { QueueEvent } from '../core/events';
import type { Task } from '../core/model';
import { shapeAddress } from '../pages/shapes';
import type {
  FromTaskPage,
  NoticeView,
  TaskPageStart,
  TaskPageView,
  ToTaskPage,
} from '../pages/taskPageData';
import { Disposables } from './disposables';
import { taskIcon } from './icons';
import { Labels } from './labels';
import { Repeater } from './repeater';
import type { SparkQ } from './sparkq';
import { whyWaitingIn } from './taskFacts';
import { readTaskPageMessage } from './taskPageMessages';
import { TaskPageModel } from './taskPageModel';
import { taskPageNotice } from './taskPageNotice';
import { taskPageTexts } from './taskPageTexts';
import { showPage } from './webviewPage';
import type { Workplace } from './workplace';

/** Milliseconds between two readings: a task's events may come many times a second. */
const breath = 80;

/** Of the icon in the tab, on light and on dark. */
const tabColours = { light: '#424242', dark: '#c5c5c5' };

/** The page of one task, in a panel of its own. */
export class TaskPage implements vscode.Disposable {
  private readonly labels = new Labels(vscode.l10n);
  private readonly model = new TaskPageModel(vscode.l10n);
  private readonly disposables = new Disposables();
  private readonly reading = new Repeater(() => this.read(), breath);
  private place: Workplace | undefined;
  /** Listens to the queue that is open now. */
  private following: Disposables | undefined;
  /** The page is there, and hears what is said to it. */
  private ready = false;

  constructor(
    private readonly sparkq: SparkQ,
    private readonly panel: vscode.WebviewPanel,
    private readonly taskId: string,
  ) {
    this.disposables.add({ dispose: () => this.following?.dispose() });
    this.disposables.add({ dispose: () => this.reading.stop() });
    this.disposables.add(panel.webview.onDidReceiveMessage((message) => this.hear(message)));
    // A page that is not on the screen does not live: it comes back as a new one, and says so.
    this.disposables.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
      }),
    );
    const start: TaskPageStart = { texts: taskPageTexts(), language: vscode.env.language, taskId };
    showPage(panel.webview, sparkq.context.extensionUri, { name: 'task', title: taskId, data: start });
    this.attend();
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** Follows the queue that is open now. */
  attend(): void {
    const { workplace } = this.sparkq.access;
    if (workplace !== this.place) {
      this.place = workplace;
      this.following?.dispose();
      this.following = new Disposables();
      if (workplace) {
        this.following.add({ dispose: workplace.queue.subscribe((event) => this.onEvent(event)) });
      }
    }
    this.reading.ask();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private onEvent(event: QueueEvent): void {
    if (event.task_id === this.taskId || event.type === 'reset') this.reading.ask();
    // Why a task waits depends on its stream, and on the tasks before it.
    else if (event.stream_id !== undefined && event.stream_id === this.streamId) this.reading.ask();
  }

  private streamId: string | undefined;

  private async read(): Promise<void> {
    const { place } = this;
    try {
      if (place) await this.readFrom(place);
      else this.showNotice(taskPageNotice(this.sparkq.access));
    } catch (error) {
      if (place === this.place) this.tellOf(error);
    }
  }

  private async readFrom(place: Workplace): Promise<void> {
    const task = await place.queue.getTask(this.taskId);
    this.streamId = task.status === 'queued' ? task.stream_id : undefined;
    this.name(task);
    if (!this.ready) return;
    const [stream, attempts, names] = await Promise.all([
      place.queue.getStream(task.stream_id),
      place.queue.listAttempts(task.id),
      this.namesOf(place, [task.retry_of, ...task.after]),
    ]);
    const view = this.model.viewOf({
      task,
      stream,
      attempts,
      names,
      waiting: whyWaitingIn(place, task, stream),
      runnable: Boolean(toolOf(place.config.current(), task.tool_name)?.command),
      trusted: vscode.workspace.isTrusted,
    });
    this.showView(view);
  }

  private async namesOf(
    { queue }: Workplace,
    ids: readonly (string | null)[],
  ): Promise<ReadonlyMap<string, string>> {
    const named = ids.map(async (id): Promise<[string, string][]> => {
      if (id === null) return [];
      try {
        return [[id, this.labels.nameOf(await queue.getTask(id))]];
      } catch (error) {
        // It was deleted: the id says all that is left to say.
        if (QueueError.is(error) && error.code === 'not_found') return [];
        throw error;
      }
    });
    return new Map((await Promise.all(named)).flat());
  }

  private tellOf(error: unknown): void {
    if (QueueError.is(error) && error.code === 'not_found') {
      this.showNotice({
        kind: 'notice',
        busy: false,
        title: vscode.l10n.t('There is no such task'),
        detail: vscode.l10n.t('{0} is not in this queue, or was deleted.', this.taskId),
        actions: [],
      });
      return;
    }
    this.sparkq.log.error(`${this.taskId} could not be read for its page`, error);
    this.showNotice({
      kind: 'notice',
      busy: false,
      title: vscode.l10n.t('The task could not be read'),
      detail: messageOf(error),
      actions: [{ command: 'showLog', title: vscode.l10n.t('Show Log') }],
    });
  }

  private name(task: Task): void {
    const { codicon } = taskIcon(task);
    this.panel.title = this.labels.nameOf(task);
    this.panel.iconPath = {
      light: vscode.Uri.parse(shapeAddress(codicon, tabColours.light)),
      dark: vscode.Uri.parse(shapeAddress(codicon, tabColours.dark)),
    };
  }

  private showNotice(view: NoticeView): void {
    this.showView(view);
  }

  private showView(view: TaskPageView): void {
    this.post({ type: 'view', view });
  }

  private post(message: ToTaskPage): void {
    if (this.ready) void this.panel.webview.postMessage(message);
  }

  private hear(value: unknown): void {
    const message = readTaskPageMessage(value);
    if (message === undefined) {
      this.sparkq.log.warn(`The page of ${this.taskId} said what no page says: ${JSON.stringify(value)}`);
      return;
    }
    void this.sparkq.runner.run(`page: ${message.type}`, () => this.obey(message));
  }

  private async obey(message: FromTaskPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        this.reading.ask();
        return;
      case 'run':
        await vscode.commands.executeCommand(commands[message.command], { taskId: this.taskId });
        return;
      case 'openTask':
        await vscode.commands.executeCommand(commands.openTask, { taskId: message.taskId });
        return;
    }
  }
}
