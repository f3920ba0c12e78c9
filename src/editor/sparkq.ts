import * as vscode from 'vscode';
import { watchRegistry } from '../client/registryWatch';
import { userFolderPath } from '../client/userFolder';
import { type CommandName, commands, featureCommands, views } from '../contributions';
import type { Queue } from '../core/queue';
import { onLeftFile } from '../system/heldFiles';
import { AgentTools } from './agents/agentTools';
import { DefaultTool } from './agents/defaultTool';
import { BackgroundWork } from './background/backgroundWork';
import { AttachQueue } from './commands/attachQueue';
import { EnqueueTasks } from './commands/enqueueTasks';
import { InstallCommandLine } from './commands/installCommandLine';
import type { Documents } from './commands/otherCommands';
import { KeepAwake } from './counts/keepAwake';
import { StatusBar } from './counts/statusBar';
import { WalkthroughSteps } from './counts/walkthroughSteps';
import { Dashboard } from './dashboard/dashboard';
import { ConfigCompletion } from './documents/configCompletion';
import { Diagnostics } from './documents/diagnostics';
import { OutputDocuments } from './documents/outputDocuments';
import { PayloadFiles } from './documents/payloadFiles';
import { PayloadSchemaProvider } from './documents/payloadSchemaProvider';
import { PlanDocuments } from './documents/planDocuments';
import { RunProblems } from './documents/runProblems';
import { RunTerminals } from './documents/runTerminals';
import { ScriptCodeLens } from './documents/scriptCodeLens';
import { UnconfirmedChanges } from './documents/unconfirmedChanges';
import { ConfirmationNotice } from './notifications/confirmationNotice';
import { DatabaseNotice } from './notifications/databaseNotice';
import { Notifications } from './notifications/notifications';
import { PurgeNotice } from './notifications/purgeNotice';
import { RebuildNotice } from './notifications/rebuildNotice';
import { type CommandHandlers, CommandRegistry, openingRemedy } from './shared/commandRegistry';
import { passwordOf } from './shared/databaseSecret';
import { Disposables } from './shared/disposables';
import { editorLog } from './shared/editorLog';
import { ChangeComments } from './taskPage/changeComments';
import { TaskPages } from './taskPage/taskPages';
import { OtherFolders } from './views/folders/otherFolders';
import { QueueDragAndDrop } from './views/queue/queueDragAndDrop';
import { QueueTree } from './views/queue/queueTree';
import { ReviewTree } from './views/review/reviewTree';
import { ScriptsTree } from './views/scripts/scriptsTree';
import type { EditorContext } from './workspace/editorContext';
import { LastLook } from './workspace/lastLook';
import type { OpenWorkspace } from './workspace/openWorkspace';
import { QueueAccess } from './workspace/queueAccess';
import { QueueCounts } from './workspace/queueCounts';
import { ScriptShelf } from './workspace/scriptShelf';
import { WorkspaceOpener } from './workspace/workspaceOpener';
import { WorkspaceScripts } from './workspace/workspaceScripts';

/** What other extensions get from `activate`. */
export interface SparkQApi {
  readonly version: string;
  /** The workspace's queue; made where there is none. */
  queue(): Promise<Queue>;
}

/** Something that a person can see or use. Its parts live until the disposable is disposed. */
interface Feature {
  readonly handlers?: CommandHandlers;
  /** Registers everything but its commands. */
  register?(): vscode.Disposable;
}

/** The extension: creates what its features share, gives each what it uses, and starts them. */
export class SparkQ {
  readonly api: SparkQApi;
  private readonly disposables = new Disposables();
  private readonly editor: EditorContext;
  private readonly queueTree: QueueTree;
  private readonly reviewTree: ReviewTree;
  private readonly counts: QueueCounts;
  private readonly attachQueue: AttachQueue;

  constructor(context: vscode.ExtensionContext) {
    const version = String(context.extension.packageJSON.version);
    const channel = this.disposables.add(vscode.window.createOutputChannel('SparkQ', { log: true }));
    const log = editorLog(channel);
    onLeftFile((message) => log.warn(message));
    const commands = new CommandRegistry(log, (view) => this.selectionIn(view));
    const folder = QueueAccess.firstFolder();
    const scripts = this.disposables.add(new WorkspaceScripts(folder, log));
    const access = new QueueAccess(folder, new WorkspaceOpener(context, scripts, log, version));
    const shelf = new ScriptShelf(context.workspaceState);
    this.editor = { context, version, log, commands, access, scripts, shelf };
    this.queueTree = new QueueTree(access, new QueueDragAndDrop(access, commands), log);
    this.counts = new QueueCounts(access, log);
    this.reviewTree = new ReviewTree(access, this.counts, new LastLook(context.workspaceState), log);
    const programs = vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath;
    this.attachQueue = new AttachQueue(access, commands, context.workspaceState, programs);
    this.api = { version, queue: async () => (await access.open()).queue };
    log.info(`SparkQ ${version}, VS Code ${vscode.version}, folder ${folder?.uri.fsPath ?? 'none'}`);
  }

  /** Registers what is there from the start; a queue that exists is opened afterwards. */
  start(): void {
    const { access, context, log } = this.editor;
    const documents = {
      outputs: new OutputDocuments(access, log),
      payloads: new PayloadFiles(access),
      plans: new PlanDocuments(access),
      terminals: new RunTerminals(access, context.workspaceState, log),
    };
    for (const feature of this.features(documents)) this.disposables.add(this.startFeature(feature));
    this.disposables.add(this.registerOtherCommands(documents));
    this.disposables.add(
      this.editor.access.whileOpen((workspace) =>
        vscode.Disposable.from(...this.featuresOf(workspace).map((feature) => this.startFeature(feature))),
      ),
    );
    this.disposables.add(this.watchForQueue());
    this.disposables.add(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (access.state === 'failed') this.openExisting();
      }),
    );
    // Not within activation, which is over with this turn of the event loop: others are waiting to be activated.
    const opening = setImmediate(() => this.openExisting());
    this.disposables.add({ dispose: () => clearImmediate(opening) });
  }

  /** Ends everything. Nothing depends on this being called: it only lets the next window begin sooner. */
  async close(): Promise<void> {
    this.disposables.dispose();
    await this.editor.access.close();
  }

  /** Features that live as long as the extension. */
  private features({ outputs, payloads, plans, terminals }: Documents): Feature[] {
    const { editor, queueTree, reviewTree, counts } = this;
    const { context, log, scripts, shelf, version } = editor;
    const comments = new ChangeComments(editor.access, context.workspaceState);
    return [
      queueTree,
      reviewTree,
      counts,
      outputs,
      payloads,
      plans,
      this.attachQueue,
      new StatusBar(counts),
      new WalkthroughSteps(counts),
      new ScriptsTree(scripts, shelf, log),
      new OtherFolders(QueueAccess.firstFolder(), version, log),
      new Diagnostics(scripts),
      new ConfigCompletion(context.extensionUri),
      comments,
      new TaskPages(editor, outputs, comments),
      terminals,
      new Dashboard(editor),
      new InstallCommandLine(context.extensionUri, context.globalState),
      new EnqueueTasks(scripts, log),
      new UnconfirmedChanges(editor.access),
      new AgentTools(editor),
      new DefaultTool(editor),
    ];
  }

  /** Features that live as long as a workspace is open. */
  private featuresOf(workspace: OpenWorkspace): Feature[] {
    const { queue, scripts, config } = workspace;
    const { log, context } = this.editor;
    const programs = vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath;
    return [
      new PayloadSchemaProvider(scripts, config),
      new RunProblems(workspace, programs, log),
      new Notifications(queue, log),
      new PurgeNotice(queue, context.workspaceState, log),
      new ConfirmationNotice(config, log),
      new DatabaseNotice(config, this.editor.access),
      new KeepAwake(queue, log),
      new ScriptCodeLens(scripts, config),
      new BackgroundWork(workspace, context.workspaceState, programs, log, async () =>
        passwordOf(context, config.current().database),
      ),
      new RebuildNotice(workspace, context.workspaceState, log),
    ];
  }

  /** The commands of no feature: their code loads with the first one that is run. */
  private registerOtherCommands(documents: Documents): vscode.Disposable {
    const { editor, queueTree, reviewTree } = this;
    const early: readonly string[] = featureCommands;
    const names = (Object.keys(commands) as CommandName[]).filter((name) => !early.includes(name));
    return editor.commands.registerLate(names, async () => {
      const { otherCommands } = await import('./commands/otherCommands');
      return otherCommands(editor, { queueTree, reviewTree }, documents);
    });
  }

  private startFeature(feature: Feature): vscode.Disposable {
    const commands = feature.handlers && this.editor.commands.register(feature.handlers);
    const others = feature.register?.();
    return vscode.Disposable.from(...[commands, others].filter((part) => part !== undefined));
  }

  private selectionIn(view: string): readonly unknown[] {
    return view === views.review ? this.reviewTree.selection : this.queueTree.selection;
  }

  private openExisting(): void {
    const { access, commands } = this.editor;
    const open = async () => {
      if (!(await this.attachQueue.offer())) await access.openExisting();
    };
    open().catch((error) => commands.showError('opening the queue', error, openingRemedy(error)));
  }

  /** The command line may make a queue in this folder: it writes sparkq.yml, or only an entry of the registry. */
  private watchForQueue(): vscode.Disposable {
    const folder = QueueAccess.firstFolder();
    if (!folder) return { dispose: () => {} };
    const pattern = new vscode.RelativePattern(folder, 'sparkq.yml');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, true);
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(() => this.openExisting()),
      watchRegistry(userFolderPath(), () => {
        const { access, log } = this.editor;
        if (access.state === 'none') this.openExisting();
        else
          access.follow().catch((error) => log.error('The queue could not be opened where it is now', error));
      }),
    );
  }
}
