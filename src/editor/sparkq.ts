import * as vscode from 'vscode';
import { views } from '../contributions';
import { QueueError } from '../core/errors';
import type { Task } from '../core/model';
import type { Queue } from '../core/queue';
import { ArrangeCommands } from './commands/arrangeCommands';
import { DeleteCommands } from './commands/deleteCommands';
import { QueueCommands } from './commands/queueCommands';
import { ReviewCommands } from './commands/reviewCommands';
import { SampleWorkspace } from './commands/sampleWorkspace';
import { ScriptCommands } from './commands/scriptCommands';
import { StreamCommands } from './commands/streamCommands';
import { TaskCommands } from './commands/taskCommands';
import { Dashboard } from './dashboard/dashboard';
import { ScriptCodeLens } from './documents/codeLens';
import { foldersOf } from './documents/namedFiles';
import { OutputDocuments } from './documents/outputDocuments';
import { PayloadFiles } from './documents/payloadFiles';
import { PayloadSchemas } from './documents/payloadSchemas';
import { ProblemMarks } from './documents/problemMarks';
import { RunTerminals } from './documents/terminals';
import { FirstSteps } from './notifications/firstSteps';
import { Notifications } from './notifications/notifications';
import { StatusBar } from './notifications/statusBar';
import { AttachQueue } from './queue/attachQueue';
import type { OpenWorkspace } from './queue/openWorkspace';
import { QueueAccess } from './queue/queueAccess';
import { gitHere } from './queue/taskFacts';
import { WorkspaceOpener } from './queue/workspaceOpener';
import { WorkspaceScripts } from './queue/workspaceScripts';
import { CommandRegistry, showLog } from './shared/commandRegistry';
import { Disposables } from './shared/disposables';
import { EditorLog } from './shared/editorLog';
import { demandTrust } from './shared/trust';
import { TaskPages } from './taskPage/taskPages';
import { QueueDrags } from './views/dragAndDrop';
import { isFinished } from './views/queueNodes';
import { QueueTree } from './views/queueTree';
import { ReviewTree } from './views/reviewTree';
import { ScriptShelf } from './views/scriptShelf';
import { ScriptsTree } from './views/scriptsTree';

/** What other extensions get from `activate`. */
export interface SparkQApi {
  readonly version: string;
  /** The workspace's queue; made where there is none. */
  queue(): Promise<Queue>;
}

/** Something that a person can see or use; its parts live until the disposable is disposed. */
interface Feature {
  register(): vscode.Disposable;
}

/** The extension: owns whatever is opened, and lists the features. */
export class SparkQ {
  readonly log: EditorLog;
  readonly runner: CommandRegistry;
  readonly access: QueueAccess;
  readonly scripts: WorkspaceScripts;
  readonly shelf: ScriptShelf;
  readonly queueTree: QueueTree;
  readonly reviewTree: ReviewTree;
  readonly api: SparkQApi;
  private readonly disposables = new Disposables();
  private readonly attaching = new AttachQueue(this);
  private outputs: OutputDocuments | undefined;
  private readonly payloads: PayloadFiles;
  /** Features of the queue that is open. */
  private standing: Disposables | undefined;

  constructor(readonly context: vscode.ExtensionContext) {
    const version = String(context.extension.packageJSON.version);
    const channel = this.disposables.add(vscode.window.createOutputChannel('SparkQ', { log: true }));
    this.log = new EditorLog(channel);
    this.runner = new CommandRegistry(this.log, (view) => this.selectionIn(view));
    const folder = QueueAccess.firstFolder();
    this.scripts = this.disposables.add(new WorkspaceScripts(folder, this.log));
    this.shelf = new ScriptShelf(context.workspaceState);
    const opener = new WorkspaceOpener(context, this.scripts, this.log, version);
    this.access = new QueueAccess(folder, opener);
    this.payloads = new PayloadFiles(this.access);
    this.queueTree = new QueueTree(this.access, new QueueDrags(this.access, this.runner), this.log);
    this.reviewTree = new ReviewTree(this.access, this.log);
    this.api = { version, queue: async () => (await this.access.open()).queue };
    this.log.info(`SparkQ ${version}, VS Code ${vscode.version}, folder ${folder?.uri.fsPath ?? 'none'}`);
  }

  /** Registers what is there from the start; a queue that exists is opened afterwards. */
  start(): void {
    for (const feature of this.features()) this.disposables.add(feature.register());
    this.disposables.add(this.access.onDidChange(() => this.attend()));
    this.disposables.add(this.watchForQueue());
    // Not within activation, which is over with this turn of the event loop: others are waiting to be activated.
    const looking = setImmediate(() => this.look());
    this.disposables.add({ dispose: () => clearImmediate(looking) });
  }

  /** Lets go of everything. Nothing depends on this being called: it only lets the next window begin sooner. */
  async close(): Promise<void> {
    this.standing?.dispose();
    this.disposables.dispose();
    await this.access.close();
  }

  /** Claims a queued task for the built-in runner and starts it; one that the stream's worker was quicker to start is fine. */
  async runNow(place: OpenWorkspace, taskId: string): Promise<Task> {
    demandTrust();
    const worker_id = await place.runner.workerId();
    const git = await gitHere(place);
    try {
      return place.runner.start(await place.queue.claimTask(taskId, { worker_id, supervised: true, git }))
        .task;
    } catch (error) {
      if (!QueueError.is(error, 'already_claimed')) throw error;
      const task = await place.queue.getTask(taskId);
      if (task.status === 'running' ? task.supervised : isFinished(task)) return task;
      throw error;
    }
  }

  /** Features that live as long as the extension. */
  private features(): Feature[] {
    return [
      this.queueTree,
      this.reviewTree,
      this.attaching,
      this.payloads,
      new ScriptsTree(this.scripts, this.shelf, this.log),
      new ProblemMarks(this.scripts),
      new QueueCommands(this),
      new SampleWorkspace(this),
      new StreamCommands(this),
      new TaskCommands(this),
      new TaskPages(this),
      new Dashboard(this),
      new ArrangeCommands(this),
      new DeleteCommands(this),
      new ReviewCommands(this),
      new ScriptCommands(this),
    ];
  }

  private selectionIn(view: string): readonly unknown[] {
    return view === views.review ? this.reviewTree.selection : this.queueTree.selection;
  }

  /** Opens the output of a task as a document. */
  async showOutput(taskId: string, attempt?: number): Promise<void> {
    await this.access.open();
    await this.outputs?.show(taskId, attempt);
  }

  /** Opens the payload of a queued task in an editor; saving changes the task. */
  async editPayload(task: Task): Promise<void> {
    await this.payloads.show(task);
  }

  /** Features of an open queue; they end with it. */
  private featuresOf(place: OpenWorkspace): Feature[] {
    const { queue, runner, scripts, storage } = place;
    this.outputs = new OutputDocuments(
      queue,
      storage,
      (task) => foldersOf(place, task),
      () => gitHere(place),
      this.log,
    );
    return [
      this.outputs,
      new PayloadSchemas(scripts, place.config),
      new RunTerminals(runner, queue, this.log),
      new StatusBar(queue, this.log),
      new Notifications(queue, this.log),
      new ScriptCodeLens(scripts, place.config),
      new FirstSteps(queue, this.log),
    ];
  }

  private look(): void {
    this.lookNow().catch((error) => this.runner.tell('opening the queue', error, showLog()));
  }

  private async lookNow(): Promise<void> {
    if (!(await this.attaching.offer())) await this.access.look();
  }

  /** The command line may make a queue in this folder; it writes sparkq.yml. */
  private watchForQueue(): vscode.Disposable {
    const folder = QueueAccess.firstFolder();
    if (!folder) return { dispose: () => {} };
    const pattern = new vscode.RelativePattern(folder, 'sparkq.yml');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, true);
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(() => this.look()),
    );
  }

  private attend(): void {
    const { workspace } = this.access;
    this.standing?.dispose();
    this.standing = undefined;
    if (!workspace) return;
    this.standing = new Disposables();
    for (const feature of this.featuresOf(workspace)) this.standing.add(feature.register());
  }
}
