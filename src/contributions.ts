/**
 * What the extension contributes, by id and type. A unit test holds these tables against package.json, both ways.
 */

/** A task, a stream, a session or a script as a command is given it: a row of a view, or a plain object. */
export interface TaskTarget {
  taskId: string;
}
export interface StreamTarget {
  streamId: string;
}
export interface SessionTarget {
  sessionId: string;
}
export interface ScriptTarget {
  /** Relative to the workspace, with `/`. */
  scriptPath: string;
}
/** A file as VS Code's menus and CodeLenses pass it (a `vscode.Uri`). */
export interface FileTarget {
  readonly scheme: string;
  readonly fsPath: string;
}

export const commands = {
  accept: 'sparkq.accept',
  acceptStream: 'sparkq.acceptStream',
  attachQueue: 'sparkq.attachQueue',
  backUp: 'sparkq.backUp',
  cancel: 'sparkq.cancel',
  claim: 'sparkq.claim',
  complete: 'sparkq.complete',
  copyTaskId: 'sparkq.copyTaskId',
  createQueue: 'sparkq.createQueue',
  deleteTask: 'sparkq.deleteTask',
  duplicate: 'sparkq.duplicate',
  duplicateAndEdit: 'sparkq.duplicateAndEdit',
  editPayload: 'sparkq.editPayload',
  endSession: 'sparkq.endSession',
  endStream: 'sparkq.endStream',
  enqueue: 'sparkq.enqueue',
  enqueueScript: 'sparkq.enqueueScript',
  fail: 'sparkq.fail',
  installCommandLine: 'sparkq.installCommandLine',
  moveDown: 'sparkq.moveDown',
  moveToStream: 'sparkq.moveToStream',
  moveUp: 'sparkq.moveUp',
  newSession: 'sparkq.newSession',
  newStream: 'sparkq.newStream',
  openAgain: 'sparkq.openAgain',
  openDashboard: 'sparkq.openDashboard',
  openDashboardInBrowser: 'sparkq.openDashboardInBrowser',
  openSampleWorkspace: 'sparkq.openSampleWorkspace',
  openScript: 'sparkq.openScript',
  openTask: 'sparkq.openTask',
  park: 'sparkq.park',
  pauseStream: 'sparkq.pauseStream',
  pinScript: 'sparkq.pinScript',
  refresh: 'sparkq.refresh',
  requeue: 'sparkq.requeue',
  requeueWithNote: 'sparkq.requeueWithNote',
  restoreTask: 'sparkq.restoreTask',
  resumeStream: 'sparkq.resumeStream',
  runAgain: 'sparkq.runAgain',
  runScript: 'sparkq.runScript',
  runTask: 'sparkq.runTask',
  searchScripts: 'sparkq.searchScripts',
  showLog: 'sparkq.showLog',
  showMore: 'sparkq.showMore',
  showOutput: 'sparkq.showOutput',
  startWorker: 'sparkq.startWorker',
  stopWorker: 'sparkq.stopWorker',
  streamOptions: 'sparkq.streamOptions',
  unpark: 'sparkq.unpark',
  unpinScript: 'sparkq.unpinScript',
} as const;

export type CommandName = keyof typeof commands;

/** Commands of a view's menu get the clicked row and, where several are selected, all selected rows. */
type OnRows<T> = [target?: T, selected?: readonly unknown[]];

/** What each command may be given. Whatever is left out is asked for. */
export interface CommandArguments {
  accept: OnRows<TaskTarget>;
  acceptStream: OnRows<StreamTarget>;
  attachQueue: [storage?: FileTarget];
  backUp: [file?: FileTarget];
  cancel: OnRows<TaskTarget>;
  claim: OnRows<TaskTarget>;
  complete: OnRows<TaskTarget>;
  copyTaskId: OnRows<TaskTarget>;
  createQueue: [];
  deleteTask: OnRows<TaskTarget>;
  duplicate: OnRows<TaskTarget>;
  duplicateAndEdit: OnRows<TaskTarget>;
  editPayload: OnRows<TaskTarget>;
  endSession: OnRows<SessionTarget>;
  endStream: OnRows<StreamTarget>;
  enqueue: OnRows<StreamTarget>;
  enqueueScript: [...OnRows<ScriptTarget | FileTarget>, stream?: StreamTarget];
  fail: OnRows<TaskTarget>;
  installCommandLine: [folder?: FileTarget];
  moveDown: OnRows<TaskTarget>;
  moveToStream: OnRows<TaskTarget>;
  moveUp: OnRows<TaskTarget>;
  newSession: [];
  newStream: OnRows<SessionTarget>;
  openAgain: [];
  openDashboard: [];
  openDashboardInBrowser: [];
  openSampleWorkspace: [parent?: FileTarget];
  openScript: OnRows<ScriptTarget | FileTarget>;
  openTask: OnRows<TaskTarget>;
  park: OnRows<TaskTarget>;
  pauseStream: OnRows<StreamTarget>;
  pinScript: OnRows<ScriptTarget | FileTarget>;
  refresh: [];
  requeue: OnRows<TaskTarget>;
  requeueWithNote: OnRows<TaskTarget>;
  restoreTask: OnRows<TaskTarget>;
  resumeStream: OnRows<StreamTarget>;
  runAgain: OnRows<TaskTarget>;
  runScript: OnRows<ScriptTarget | FileTarget>;
  runTask: OnRows<TaskTarget>;
  searchScripts: [];
  showLog: [];
  showMore: [row: { readonly id: string }];
  showOutput: OnRows<TaskTarget>;
  startWorker: OnRows<StreamTarget>;
  stopWorker: OnRows<StreamTarget>;
  streamOptions: OnRows<StreamTarget>;
  unpark: OnRows<TaskTarget>;
  unpinScript: OnRows<ScriptTarget | FileTarget>;
}

/** Commands without a palette entry: they need a row to act on. */
export const rowCommands: readonly CommandName[] = ['openScript', 'showMore'];

export const viewContainer = 'sparkq';

export const views = {
  queue: 'sparkq.queue',
  review: 'sparkq.review',
  scripts: 'sparkq.scripts',
} as const;

export const settings = {
  codeLens: 'sparkq.codeLens',
  notifications: 'sparkq.notifications',
  systemNotifications: 'sparkq.systemNotifications',
  terminal: 'sparkq.terminal',
} as const;

export const contextKeys = {
  /** Where the opening of the queue stands: a QueueState. */
  state: 'sparkq.state',
  /** The workspace's scripts have been looked for. */
  scriptsRead: 'sparkq.scriptsRead',
  /** Absolute paths of the workspace's scripts. */
  scriptPaths: 'sparkq.scriptPaths',
  /** Those of them that can be run here: their tool has a command. */
  runnablePaths: 'sparkq.runnablePaths',
  /** What a person has done already: the steps of the walkthrough end with these. */
  hasTasks: 'sparkq.hasTasks',
  hasFinished: 'sparkq.hasFinished',
  hasReviewed: 'sparkq.hasReviewed',
  hasCommandLine: 'sparkq.hasCommandLine',
} as const;

/** `none`: nothing was queued in this folder yet; `noFolder` and `virtual`: nothing can be. */
export const queueStates = ['noFolder', 'virtual', 'none', 'opening', 'open', 'failed'] as const;
export type QueueState = (typeof queueStates)[number];
