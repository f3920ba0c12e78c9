/**
 * The extension's contributions by id and type. A unit test compares these tables with package.json, both ways.
 */

/** A task, stream, session or script as the argument of a command: a row of a view, or a plain object. */
export interface TaskTarget {
  taskId: string;
}
/** Of a click on a row, which keeps the focus in its list. */
export interface PageTarget extends TaskTarget {
  preserveFocus?: boolean;
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
  keepTaskOpen: 'sparkq.keepTaskOpen',
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

/** Commands in a view's menu receive the clicked row and, if several are selected, all selected rows. */
type OnRows<T> = [target?: T, selected?: readonly unknown[]];

/** The arguments of each command. It prompts for those left out. */
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
  keepTaskOpen: [];
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
  openTask: OnRows<PageTarget>;
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

/** Commands that need a row and are not in the palette. */
export const rowCommands: readonly CommandName[] = ['openScript', 'showMore'];

export const viewContainer = 'sparkq';

export const views = {
  queue: 'sparkq.queue',
  review: 'sparkq.review',
  scripts: 'sparkq.scripts',
} as const;

/** The type of the task pages' panels. */
export const taskPageType = 'sparkq.task';

/** Ids of the settings; their types, defaults and scopes are in package.json. */
export const settings = {
  codeLens: 'sparkq.codeLens',
  notifications: 'sparkq.notifications',
  systemNotifications: 'sparkq.systemNotifications',
  terminal: 'sparkq.terminal',
} as const;

export const contextKeys = {
  /** The QueueState. */
  state: 'sparkq.state',
  /** The workspace has been searched for scripts. */
  scriptsRead: 'sparkq.scriptsRead',
  /** Absolute paths of the workspace's scripts. */
  scriptPaths: 'sparkq.scriptPaths',
  /** The task page in front is the one that the next task replaces. */
  previewActive: 'sparkq.previewActive',
  /** Paths of the scripts whose tool has a command. */
  runnablePaths: 'sparkq.runnablePaths',
  /** What the user has already done: these complete the steps of the walkthrough. */
  hasTasks: 'sparkq.hasTasks',
  hasFinished: 'sparkq.hasFinished',
  hasReviewed: 'sparkq.hasReviewed',
  hasCommandLine: 'sparkq.hasCommandLine',
  /** True for a moment when a tab opens that may be the walkthrough. */
  tabOpens: 'sparkq.tabOpens',
} as const;

/** `none`: nothing has been queued in this folder yet; `noFolder` and `virtual`: nothing can be. */
export const queueStates = ['noFolder', 'virtual', 'none', 'opening', 'open', 'failed'] as const;
export type QueueState = (typeof queueStates)[number];
