import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import { QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import type { Task } from '../../core/model';
import { plainText } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
import { findReferences } from '../../pages/taskPage/fileReferences';
import { stateIconUri } from '../../pages/taskPage/stateIcons';
import type { FromTaskPage, TaskPageStart, ToTaskPage } from '../../pages/taskPage/taskPageProtocol';
import { foldersOf, NamedFiles } from '../documents/namedFiles';
import type { OutputDocuments } from '../documents/outputDocuments';
import { Disposables } from '../shared/disposables';
import { taskIcon } from '../shared/icons';
import { EditorRefusal } from '../shared/refusal';
import { showPage } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import { isRunnable, type OpenWorkspace } from '../workspace/openWorkspace';
import { whyWaitingIn } from '../workspace/taskFacts';
import { TaskPageGit } from './taskPageGit';
import type { TaskPageModel } from './taskPageModel';
import { goneNotice, taskPageNotice, unreadNotice } from './taskPageNotice';
import { type ReadPart, TaskPageOutput } from './taskPageOutput';
import { taskPageTexts } from './taskPageTexts';

/** Milliseconds between two readings: a task's events may come many times a second. */
const readGap = 80;

/** Names of one piece of output that are looked up at most. */
const mostNames = 500;

/** Of the icon in the tab, on light and on dark. */
const tabColours = { light: '#424242', dark: '#c5c5c5' };

type FileAsked = Extract<FromTaskPage, { type: 'openFile' }>;

/** The page of one task, in a panel of its own. */
export class TaskPage implements vscode.Disposable {
  private readonly disposables = new Disposables();
  private readonly reading = new Coalescer(() => this.read(), { gap: readGap });
  private model: TaskPageModel | undefined;
  /** Of the task while it waits. */
  private streamId: string | undefined;
  /** The attempt that the person chose to see; 0: the newest, whichever that is. */
  private chosen = 0;
  private output: TaskPageOutput | undefined;
  private changes: TaskPageGit | undefined;
  private files: NamedFiles | undefined;
  /** The page is there, and hears what is said to it. */
  private ready = false;

  constructor(
    private readonly editor: EditorContext,
    private readonly outputs: OutputDocuments,
    private readonly panel: vscode.WebviewPanel,
    private readonly taskId: string,
  ) {
    this.disposables.add({ dispose: () => this.reading.stop() });
    this.disposables.add(panel.webview.onDidReceiveMessage((message) => void this.hear(message)));
    // A page that is not on the screen does not live: it comes back as a new one, and says so.
    this.disposables.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.rest();
      }),
    );
    this.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.onTrust()));
    const start: TaskPageStart = { texts: taskPageTexts(), language: vscode.env.language, taskId };
    showPage(panel.webview, editor.context.extensionUri, {
      name: 'task',
      title: taskId,
      data: start,
      commands: [commands.openTask],
    });
    this.disposables.add(editor.access.whileOpen((workspace) => this.follow(workspace)));
    // While no queue is open, the page says why.
    this.disposables.add(editor.access.onDidChange(() => this.reading.request()));
    this.reading.request();
  }

  reveal(): void {
    this.panel.reveal();
  }

  private follow(workspace: OpenWorkspace): vscode.Disposable {
    this.changes = new TaskPageGit(workspace, this.editor.log, (changes) =>
      this.post({ type: 'changes', changes }),
    );
    return vscode.Disposable.from(
      { dispose: workspace.queue.subscribe((event) => this.onEvent(event)) },
      { dispose: () => this.stopOutput() },
      this.changes,
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private rest(): void {
    this.ready = false;
    this.stopOutput();
    this.changes?.forget();
  }

  /** Now the task may be run, and git be asked. */
  private onTrust(): void {
    this.changes?.forget();
    this.reading.request();
  }

  private onEvent(event: QueueEvent): void {
    if (event.task_id === this.taskId || event.type === 'reset') this.reading.request();
    // Which tools have a command decides what can be done.
    else if (event.type === 'config.reloaded') this.reading.request();
    // Why a task waits depends on its stream, and on the tasks before it.
    else if (event.stream_id !== undefined && event.stream_id === this.streamId) this.reading.request();
  }

  private async read(): Promise<void> {
    const { access } = this.editor;
    const { workspace } = access;
    try {
      if (workspace) await this.readFrom(workspace).catch((error) => this.tellOf(workspace, error));
      else this.post({ type: 'view', view: taskPageNotice(access) });
    } catch (error) {
      // Of a queue that was let go of meanwhile nothing can be read.
      if (workspace !== access.workspace) return;
      this.editor.log.error(`${this.taskId} could not be read for its page`, error);
      this.post({ type: 'view', view: unreadNotice(error) });
    }
  }

  private async readFrom(workspace: OpenWorkspace): Promise<void> {
    const task = await workspace.queue.getTask(this.taskId);
    this.streamId = task.status === 'queued' ? task.stream_id : undefined;
    this.name(task);
    if (!this.ready) return;
    this.model ??= await makeModel();
    const [stream, attempts, names] = await Promise.all([
      workspace.queue.getStream(task.stream_id),
      workspace.queue.listAttempts(task.id),
      this.namesOf(workspace, [task.retry_of, ...task.after]),
    ]);
    this.files ??= new NamedFiles(foldersOf(workspace, task));
    const attempt = attempts.some(({ number }) => number === this.chosen) ? this.chosen : task.attempts;
    const view = this.model.viewOf({
      task,
      stream,
      attempts,
      names,
      waiting: whyWaitingIn(workspace, task, stream),
      runnable: isRunnable(workspace, task),
      trusted: vscode.workspace.isTrusted,
      attempt,
    });
    this.post({ type: 'view', view });
    this.followOutput(workspace, task, attempt);
    this.changes?.attend(task, attempts, attempt);
    await this.tellFiles([view.error, view.result?.text]);
  }

  /** Passes on what the attempt prints; the output of another one takes the place of what was shown. */
  private followOutput({ queue, storage }: OpenWorkspace, task: Task, attempt: number): void {
    if (this.output?.attempt === attempt) this.output.look();
    else {
      this.stopOutput();
      if (attempt === 0) return;
      const { log } = this.editor;
      const take = (part: ReadPart) => this.passOn(part);
      this.output = new TaskPageOutput({ queue, storage, log, take }, task.id, attempt);
    }
  }

  private stopOutput(): void {
    this.output?.dispose();
    this.output = undefined;
  }

  private async passOn(part: ReadPart): Promise<void> {
    const files = (await this.files?.existing(namesIn(part.text))) ?? [];
    this.post({ type: 'output', part: { ...part, files } });
  }

  private async tellFiles(texts: readonly (string | null | undefined)[]): Promise<void> {
    const names = namesIn(texts.filter(Boolean).join('\n'));
    const known = (await this.files?.existing(names)) ?? [];
    if (known.length > 0) this.post({ type: 'files', known });
  }

  private async namesOf(
    { queue }: OpenWorkspace,
    ids: readonly (string | null)[],
  ): Promise<ReadonlyMap<string, string>> {
    const named = ids.map(async (id): Promise<[string, string][]> => {
      if (id === null) return [];
      try {
        return [[id, nameOfTask(await queue.getTask(id))]];
      } catch (error) {
        // It was deleted: the id says all that is left to say.
        if (QueueError.is(error) && error.code === 'not_found') return [];
        throw error;
      }
    });
    return new Map((await Promise.all(named)).flat());
  }

  private async tellOf(workspace: OpenWorkspace, error: unknown): Promise<void> {
    this.stopOutput();
    if (QueueError.is(error) && error.code === 'not_found') {
      const { items } = await workspace.queue.listTasks({ deleted: true, q: this.taskId });
      const restorable = items.some(({ id }) => id === this.taskId);
      this.post({ type: 'view', view: goneNotice(this.taskId, restorable) });
      return;
    }
    throw error;
  }

  private name(task: Task): void {
    if (this.disposables.disposed) return;
    const { codicon } = taskIcon(task);
    this.panel.title = nameOfTask(task);
    this.panel.iconPath = {
      light: vscode.Uri.parse(stateIconUri(codicon, tabColours.light)),
      dark: vscode.Uri.parse(stateIconUri(codicon, tabColours.dark)),
    };
  }

  private post(message: ToTaskPage): void {
    if (this.ready) this.say(message);
  }

  private say(message: ToTaskPage): void {
    if (!this.disposables.disposed) void this.panel.webview.postMessage(message);
  }

  private async hear(value: unknown): Promise<void> {
    // Loaded only now: checking takes a large library, and most windows never show a page.
    const { readTaskPageMessage } = await import('./taskPageMessages');
    const message = readTaskPageMessage(value);
    if (message === undefined) {
      const said = JSON.stringify(value)?.slice(0, 200);
      this.editor.log.warn(`The page of ${this.taskId} said what no page says: ${said}`);
      return;
    }
    this.say({ type: 'received' });
    await this.editor.commands.run(`page: ${message.type}`, () => this.obey(message));
  }

  private async obey(message: FromTaskPage): Promise<void> {
    switch (message.type) {
      case 'focused':
        return;
      case 'ready':
        this.rest();
        this.ready = true;
        this.chosen = message.attempt ?? 0;
        this.reading.request();
        return;
      case 'run':
        await vscode.commands.executeCommand(commands[message.command], { taskId: this.taskId });
        return;
      case 'openTask':
        await vscode.commands.executeCommand(commands.openTask, { taskId: message.taskId });
        return;
      case 'openFile':
        return this.openFile(message);
      case 'chooseAttempt':
        this.chosen = message.attempt;
        this.reading.request();
        return;
      case 'showEarlier':
        return this.output?.readEarlier(message.stream, message.before);
      case 'openOutput':
        return this.outputs.show(this.taskId, message.attempt);
      case 'openChange':
        return this.changes?.open(message.path);
      case 'readChanges':
        this.changes?.readAgain();
        return;
    }
  }

  private async openFile({ path: name, line, column }: FileAsked): Promise<void> {
    const file = await this.files?.find(name);
    if (!file) throw new EditorRefusal(vscode.l10n.t('{0} no longer exists.', name));
    const position = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
    const selection = new vscode.Range(position, position);
    await vscode.window.showTextDocument(file, { selection, preview: true });
  }
}

/** Not before a page is opened: it brings a library along. */
async function makeModel(): Promise<TaskPageModel> {
  const { TaskPageModel } = await import('./taskPageModel');
  return new TaskPageModel(vscode.l10n);
}

/** Names in a text that may be those of files, each once. */
function namesIn(text: string): string[] {
  return [...new Set(findReferences(plainText(text)).map(({ path }) => path))].slice(0, mostNames);
}
