import * as vscode from 'vscode';
import { views } from '../contributions';
import { QueueError } from '../core/errors';
import type { Task } from '../core/model';
import type { Queue } from '../core/queue';
import { ArrangeCommands } from './arrangeCommands';
import { AttachQueue } from './attachQueue';
import { ScriptCodeLens } from './codeLens';
import { CommandRunner, showLog } from './commandRunner';
import { Dashboard } from './dashboard';
import { DeleteCommands } from './deleteCommands';
import { Disposables } from './disposables';
import { QueueDrags } from './dragAndDrop';
import { EditorLog } from './editorLog';
import { FirstSteps } from './firstSteps';
import { foldersOf } from './namedFiles';
import { Notifications } from './notifications';
import { OutputDocuments } from './outputDocuments';
import { PayloadFiles } from './payloadFiles';
import { PayloadSchemas } from './payloadSchemas';
import { ProblemMarks } from './problemMarks';
import { QueueAccess } from './queueAccess';
import { QueueCommands } from './queueCommands';
import { isFinished } from './queueNodes';
import { QueueTree } from './queueTree';
import { ReviewCommands } from './reviewCommands';
import { ReviewTree } from './reviewTree';
import { SampleWorkspace } from './sampleWorkspace';
import { ScriptCommands } from './scriptCommands';
import { ScriptShelf } from './scriptShelf';
import { ScriptsTree } from './scriptsTree';
import { StatusBar } from './statusBar';
import { StreamCommands } from './streamCommands';
import { TaskCommands } from './taskCommands';
import { gitHere } from './taskFacts';
import { TaskPages } from './taskPages';
import { RunTerminals } from './terminals';
import { demandTrust } from './trust';
import type { Workplace } from './workplace';
import { WorkplaceOpener } from './workplaceOpener';
import { WorkspaceScripts } from './workspaceScripts';

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
  readonly runner: CommandRunner;
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
    this.runner = new CommandRunner(this.log, (view) => this.selectionIn(view));
    const folder = QueueAccess.firstFolder();
    this.scripts = this.disposables.add(new WorkspaceScripts(folder, this.log));
    this.shelf = new ScriptShelf(context.workspaceState);
    const opener = new WorkplaceOpener(context, this.scripts, this.log, version);
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
  async runNow(place: Workplace, taskId: string): Promise<Task> {
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
  private featuresOf(place: Workplace): Feature[] {
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
    const { workplace } = this.access;
    this.standing?.dispose();
    this.standing = undefined;
    if (!workplace) return;
    this.standing = new Disposables();
    for (const feature of this.featuresOf(workplace)) this.standing.add(feature.register());
  }
}
