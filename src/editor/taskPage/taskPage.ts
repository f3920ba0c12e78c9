import * as vscode from 'vscode';
import { workedOn } from '../../client/streamWorkers';
import { commands, type ScriptTarget, type TaskTarget } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import { mayHaveWorktree, toolOf, verifyOf, worktreeOf } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import { type HistoryTask, isUnapproved, type PlannedRun, type Run, type Task } from '../../core/model';
import { plainText } from '../../core/plainText';
import { nameOfTask, namePartsOf } from '../../core/taskName';
import { findReferences } from '../../pages/taskPage/fileReferences';
import { stateIconUri } from '../../pages/taskPage/stateIcons';
import type {
  ChangesView,
  FromTaskPage,
  TaskPageStart,
  ToTaskPage,
} from '../../pages/taskPage/taskPageProtocol';
import type { TranscribedRun } from '../../runner/transcript/agentTranscript';
import { transcribedRun } from '../../runner/transcript/transcribedRun';
import { TranscriptWords } from '../../runner/transcript/transcriptWords';
import { foldersOf, NamedFiles } from '../documents/namedFiles';
import type { OutputDocuments } from '../documents/outputDocuments';
import { Disposables } from '../shared/disposables';
import { taskIcon } from '../shared/icons';
import { EditorRefusal } from '../shared/refusal';
import { demandTrust } from '../shared/trust';
import { handleMessages, showPage } from '../shared/webviewPage';
import type { EditorContext } from '../workspace/editorContext';
import { recentRuns } from '../workspace/laneEstimates';
import { isRunnable, type OpenWorkspace } from '../workspace/openWorkspace';
import { taskOfPast } from '../workspace/pastTask';
import { whyWaitingIn } from '../workspace/taskFacts';
import type { ChangeComments } from './changeComments';
import { worktreeCommands } from './changeWays';
import { TaskPageGit } from './taskPageGit';
import type { TaskPageModel } from './taskPageModel';
import { deletedNotice, notFoundNotice, taskPageNotice, unreadNotice } from './taskPageNotice';
import { type ReadPart, TaskPageOutput } from './taskPageOutput';
import { taskPageTexts } from './taskPageTexts';
import type { ReadTranscript } from './taskPageTranscript';

/** Milliseconds between two reads: a task's events may come many times a second. */
const readGap = 80;

/** At most this many names in one part of the output are looked up. */
const mostNames = 500;
/** At most so many copies are linked, newest first. */
const mostCopies = 5;

/** Of the tab's icon, in light and dark themes. */
const tabColours = { light: '#424242', dark: '#c5c5c5' };

type FileAsked = Extract<FromTaskPage, { type: 'openFile' }>;
type Approved = Extract<FromTaskPage, { type: 'approve' }>;

/** What the pages are told about one of them. */
export interface TaskPageEvents {
  /** Its panel was closed. */
  closed(): void;
  /** Its panel was shown, hidden, or got or lost the focus. */
  activated(): void;
}

/** The page of one task in a panel, which it may leave to another task's page. */
export class TaskPage implements vscode.Disposable {
  private readonly disposables = new Disposables();
  private readonly reading = new Coalescer(() => this.read(), { gap: readGap });
  private model: TaskPageModel | undefined;
  /** Of the task, if it runs one. */
  private script: string | null = null;
  /** Of the task while it waits. */
  private streamId: string | undefined;
  /** The attempt that the person chose; 0: always the newest. */
  private chosen = 0;
  /** Whether the person wants the output of an agent as it is. */
  private raw = false;
  private output: TaskPageOutput | undefined;
  private changes: TaskPageGit | undefined;
  private runs: { moment: string; read: Promise<readonly Run[]> } | undefined;
  private files: NamedFiles | undefined;
  /** What would start was another than the page showed when a button was pressed. */
  private outdated = false;
  private readonly words = new TranscriptWords(vscode.l10n, vscode.env.language);
  /** Whether the page is loaded and receives messages. */
  private ready = false;

  constructor(
    private readonly editor: EditorContext,
    private readonly outputs: OutputDocuments,
    private readonly comments: ChangeComments,
    readonly panel: vscode.WebviewPanel,
    readonly taskId: string,
    events: TaskPageEvents,
  ) {
    this.disposables.add({ dispose: () => this.reading.stop() });
    this.disposables.add(
      panel.onDidDispose(() => {
        this.dispose();
        events.closed();
      }),
    );
    this.disposables.add(
      handleMessages(panel.webview, editor, {
        name: `page of ${taskId}`,
        load: async () => {
          const { readTaskPageMessage } = await import('./taskPageMessages');
          return (value) => readTaskPageMessage(value, taskId);
        },
        handle: (message) => this.handle(message),
      }),
    );
    // VS Code unloads a hidden page; when it is shown again, the new one says that it is ready.
    this.disposables.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.stop();
        events.activated();
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

  private follow(workspace: OpenWorkspace): vscode.Disposable {
    const show = (changes: ChangesView) => this.post({ type: 'changes', changes });
    this.changes = new TaskPageGit(workspace, this.editor.log, show, this.comments);
    return vscode.Disposable.from(
      { dispose: workspace.queue.subscribe((event) => this.onEvent(event)) },
      { dispose: () => this.stopOutput() },
      this.changes,
    );
  }

  /** Leaves the panel as it is: it may be another page's by now. */
  dispose(): void {
    this.disposables.dispose();
  }

  private stop(): void {
    this.ready = false;
    this.stopOutput();
    this.changes?.forget();
  }

  /** From now on, the task may be run and git may be asked. */
  private onTrust(): void {
    this.changes?.forget();
    this.reading.request();
  }

  private onEvent(event: QueueEvent): void {
    if (event.task_id === this.taskId || event.type === 'reset') this.reading.request();
    // A copy of it is linked.
    else if (event.task?.retry_of === this.taskId) this.reading.request();
    // Which tools have a command, and which rest, decides what can be done.
    else if (event.type === 'config.reloaded' || event.type === 'tools.updated') this.reading.request();
    // Why a task waits depends on its stream, and on the tasks before it.
    else if (event.stream_id !== undefined && event.stream_id === this.streamId) this.reading.request();
  }

  private async read(): Promise<void> {
    const { access } = this.editor;
    const { workspace } = access;
    try {
      if (workspace) await this.readFrom(workspace).catch((error) => this.onRefusal(workspace, error));
      else this.post({ type: 'view', view: taskPageNotice(access) });
    } catch (error) {
      // The queue was closed meanwhile.
      if (workspace !== access.workspace) return;
      this.editor.log.error(`${this.taskId} could not be read for its page`, error);
      this.post({ type: 'view', view: unreadNotice(error) });
    }
  }

  private async readFrom(workspace: OpenWorkspace): Promise<void> {
    const task = await workspace.queue.getTask(this.taskId);
    this.streamId = task.status === 'queued' ? task.stream_id : undefined;
    this.script = namePartsOf(task).script_path;
    this.showTitle(task);
    if (!this.ready) return;
    this.model ??= await makeModel();
    const [stream, attempts, names, runs, copies, planned, isWorkedOn] = await Promise.all([
      workspace.queue.getStream(task.stream_id),
      workspace.queue.listAttempts(task.id),
      this.namesOf(workspace, [task.retry_of, ...task.after]),
      this.runsAt(workspace, task),
      workspace.queue.listTasks({ retry_of: task.id, limit: mostCopies }),
      isUnapproved(task) ? plannedRun(workspace, task) : undefined,
      workedOn(workspace.queue),
    ]);
    // Another queue was opened meanwhile, and is read next.
    if (workspace !== this.editor.access.workspace) return;
    this.files ??= new NamedFiles(foldersOf(workspace, task));
    const attempt = attempts.some(({ number }) => number === this.chosen) ? this.chosen : task.attempts;
    const config = workspace.config.current();
    const agentOf = (name: string) => toolOf(config, name)?.agent;
    const transcribed = transcribedRun(task, attempts, attempt, agentOf);
    const view = this.model.viewOf({
      task,
      output: task,
      stream,
      attempts,
      names,
      runs,
      copies: copies.items,
      planned,
      verify: verifyOf(task, toolOf(config, task.tool_name)),
      worktree:
        task.attempts === 0 && mayHaveWorktree(config, task.tool_name)
          ? worktreeOf(config, task, stream.worktree ?? null)
          : undefined,
      outdated: this.outdated,
      waiting: whyWaitingIn(workspace, task, stream, isWorkedOn(stream)),
      runnable: isRunnable(workspace, task),
      trusted: vscode.workspace.isTrusted,
      attempt,
      transcribed: transcribed !== null,
    });
    this.post({ type: 'view', view });
    this.followOutput(workspace, task, attempt, this.raw ? null : transcribed);
    this.changes?.update(task, attempts, attempt);
    await this.postFiles([view.error, view.lastLines, view.result?.text]);
  }

  /** The runs of the last weeks, read again when the task has begun or ended: its events may come many times a second. */
  private async runsAt({ queue }: OpenWorkspace, { status, attempts }: Task): Promise<readonly Run[]> {
    const moment = `${status} ${attempts}`;
    if (this.runs?.moment !== moment) this.runs = { moment, read: recentRuns(queue) };
    return this.runs.read;
  }

  /** Shows the output of an attempt, instead of the one that was shown before. */
  private followOutput(
    { queue, watchOutput }: OpenWorkspace,
    task: Task,
    attempt: number,
    transcribed: TranscribedRun | null,
  ): void {
    const { output } = this;
    const same = output?.attempt === attempt && output.transcribed?.agent === transcribed?.agent;
    if (same) output.readNew();
    else {
      this.stopOutput();
      if (attempt === 0) return;
      const { log } = this.editor;
      const take = (part: ReadPart) => this.postOutput(part);
      const takeTranscript = (part: ReadTranscript) => this.postTranscript(attempt, part);
      const host = { queue, watchOutput, log, take, takeTranscript };
      this.output = new TaskPageOutput(host, task.id, attempt, transcribed);
    }
    if (task.status !== 'running' || attempt < task.attempts) this.output?.readEndOfRun();
  }

  private stopOutput(): void {
    this.output?.dispose();
    this.output = undefined;
  }

  private async postOutput(part: ReadPart): Promise<void> {
    const files = (await this.files?.existing(namesIn(part.text))) ?? [];
    this.post({ type: 'output', part: { ...part, files } });
  }

  private async postTranscript(attempt: number, { changes, ...part }: ReadTranscript): Promise<void> {
    const files = (await this.files?.existing(namesIn(textsOf(changes).join('\n')))) ?? [];
    const shown = changes.map((change) =>
      change.kind === 'new' ? { ...change, words: this.words.of(change.item) } : change,
    );
    this.post({ type: 'transcript', part: { attempt, ...part, changes: shown, files } });
  }

  private async postFiles(texts: readonly (string | null | undefined)[]): Promise<void> {
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
        // It was deleted: its id is shown instead.
        if (QueueError.is(error, 'not_found')) return [];
        throw error;
      }
    });
    return new Map((await Promise.all(named)).flat());
  }

  private async onRefusal(workspace: OpenWorkspace, error: unknown): Promise<void> {
    this.stopOutput();
    if (QueueError.is(error, 'not_found')) {
      const past = await this.readPast(workspace);
      if (past) return this.showPast(past);
      const { items } = await workspace.queue.listTasks({ deleted: true, q: this.taskId });
      const restorable = items.some(({ id }) => id === this.taskId);
      this.post({ type: 'view', view: restorable ? deletedNotice() : notFoundNotice(this.taskId) });
      return;
    }
    throw error;
  }

  /** The task as a purge has left it, if it is in the history. */
  private async readPast({ queue }: OpenWorkspace): Promise<HistoryTask | undefined> {
    for (let cursor: string | undefined; ; ) {
      const page = await queue.listHistory({ q: this.taskId, cursor });
      const past = page.tasks.find(({ id }) => id === this.taskId);
      // Others may mention it.
      if (past || page.next_cursor === null) return past;
      cursor = page.next_cursor;
    }
  }

  private async showPast(past: HistoryTask): Promise<void> {
    const task = taskOfPast(past);
    this.showTitle(task);
    if (!this.ready) return;
    this.model ??= await makeModel();
    const view = this.model.viewOf({
      task,
      stream: { name: past.stream_name },
      attempts: past.attempts,
      names: new Map(),
      waiting: null,
      runnable: false,
      trusted: vscode.workspace.isTrusted,
      attempt: 0,
      purgedAt: past.purged_at,
    });
    this.post({ type: 'view', view });
  }

  private showTitle(task: Task): void {
    if (this.disposables.disposed) return;
    const { codicon } = taskIcon(task);
    this.panel.title = nameOfTask(task);
    this.panel.iconPath = {
      light: vscode.Uri.parse(stateIconUri(codicon, tabColours.light)),
      dark: vscode.Uri.parse(stateIconUri(codicon, tabColours.dark)),
    };
  }

  /** What a button of the page acts on. */
  private get target(): TaskTarget & Partial<ScriptTarget> {
    return { taskId: this.taskId, ...(this.script !== null && { scriptPath: this.script }) };
  }

  private post(message: ToTaskPage): void {
    if (this.ready && !this.disposables.disposed) void this.panel.webview.postMessage(message);
  }

  private async handle(message: FromTaskPage): Promise<void> {
    switch (message.type) {
      case 'focused':
        return;
      case 'ready':
        this.stop();
        this.ready = true;
        this.chosen = message.attempt ?? 0;
        this.raw = message.raw;
        this.reading.request();
        return;
      case 'run':
        await vscode.commands.executeCommand(commands[message.command], this.target);
        if (worktreeCommands.has(message.command)) this.changes?.readAgain();
        return;
      case 'answer':
        await vscode.commands.executeCommand(
          commands.answer,
          { ...this.target, askedAt: message.askedAt },
          message.text,
        );
        return;
      case 'approve':
        return this.approve(message);
      case 'openTask':
        await vscode.commands.executeCommand(commands.openTask, { taskId: message.taskId });
        return;
      case 'openFile':
        return this.openFile(message);
      case 'chooseAttempt':
        this.chosen = message.attempt;
        this.reading.request();
        return;
      case 'chooseForm':
        this.raw = message.raw;
        this.reading.request();
        return;
      case 'showEarlier':
        return this.output?.readEarlier(message.stream, message.before);
      case 'openOutput':
        return this.outputs.show(this.taskId, message.attempt);
      case 'openChange':
        return this.changes?.open(message.path);
      case 'openChanges':
        return this.changes?.openAll();
      case 'readChanges':
        this.changes?.readAgain();
        return;
    }
  }

  /** Approves what the page shows. If that has changed, shows what would start now. */
  private async approve({ digest, remember, follow_ups }: Approved): Promise<void> {
    const { queue } = await this.editor.access.demand();
    demandTrust();
    try {
      await queue.approve(this.taskId, { digest, remember, follow_ups });
      this.outdated = false;
    } catch (error) {
      if (!QueueError.is(error, 'changed')) throw error;
      this.outdated = true;
      this.reading.request();
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

/** What a task would start; undefined if somebody has approved it meanwhile. */
async function plannedRun({ queue }: OpenWorkspace, { id }: Task): Promise<PlannedRun | undefined> {
  try {
    return await queue.planRun(id);
  } catch (error) {
    if (QueueError.is(error, 'wrong_state')) return undefined;
    throw error;
  }
}

/** Loaded with the first page, because it needs a library. */
async function makeModel(): Promise<TaskPageModel> {
  const { TaskPageModel } = await import('./taskPageModel');
  return new TaskPageModel(vscode.l10n, vscode.env.language);
}

/** What the agent has said in a part of a transcript. */
function textsOf(changes: ReadTranscript['changes']): string[] {
  return changes.flatMap((change) => {
    const said = change.kind === 'new' ? change.item : change;
    const texts = ['text' in said && said.text, 'output' in said && said.output, 'diff' in said && said.diff];
    return texts.filter((text) => typeof text === 'string');
  });
}

/** What may be names of files in a text, each once. */
function namesIn(text: string): string[] {
  return [...new Set(findReferences(plainText(text)).map(({ path }) => path))].slice(0, mostNames);
}
