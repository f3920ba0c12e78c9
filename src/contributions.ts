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
/** Of something that shows a question, which may have been answered since. */
export interface QuestionTarget extends TaskTarget {
  askedAt: string;
}
export interface StreamTarget {
  streamId: string;
}
/** The finished tasks of a stream. */
export interface DoneTarget {
  doneIn: string;
}
export interface BatchTarget {
  batchId: string;
}
/** The digests of what a person was shown, by task, and how far their approval goes. */
export interface ShownApproval {
  digests: Readonly<Record<string, string>>;
  remember?: boolean;
  follow_ups?: boolean;
}
export interface ScheduleTarget {
  scheduleId: string;
}
export interface SessionTarget {
  sessionId: string;
}
export interface ScriptTarget {
  /** Relative to the workspace, with `/`. */
  scriptPath: string;
}
export interface ScriptFolderTarget {
  /** Relative to the workspace, with `/`. */
  scriptFolder: string;
}
export interface NamedCommandTarget {
  /** What a file of another program names: `npm:packages/app/package.json:build`. */
  namedCommand: string;
}
/** What a keybinding may have queued. */
export interface CommandTarget {
  commandLine?: string;
}
/** A file as VS Code's menus and CodeLenses pass it (a `vscode.Uri`). */
export interface FileTarget {
  readonly scheme: string;
  readonly fsPath: string;
}

export const commands = {
  accept: 'sparkq.accept',
  acceptAndNext: 'sparkq.acceptAndNext',
  acceptLoss: 'sparkq.acceptLoss',
  acceptStream: 'sparkq.acceptStream',
  addComment: 'sparkq.addComment',
  addSchedule: 'sparkq.addSchedule',
  answer: 'sparkq.answer',
  approve: 'sparkq.approve',
  approvePlan: 'sparkq.approvePlan',
  attachQueue: 'sparkq.attachQueue',
  backUp: 'sparkq.backUp',
  branchFromWorktree: 'sparkq.branchFromWorktree',
  cancel: 'sparkq.cancel',
  cancelBatch: 'sparkq.cancelBatch',
  chooseWorktree: 'sparkq.chooseWorktree',
  claim: 'sparkq.claim',
  clearFilter: 'sparkq.clearFilter',
  complete: 'sparkq.complete',
  confirmConfiguration: 'sparkq.confirmConfiguration',
  connectDatabase: 'sparkq.connectDatabase',
  continueRun: 'sparkq.continueRun',
  copyCommand: 'sparkq.copyCommand',
  copyOutput: 'sparkq.copyOutput',
  copyTaskId: 'sparkq.copyTaskId',
  createQueue: 'sparkq.createQueue',
  deleteComment: 'sparkq.deleteComment',
  deleteFinished: 'sparkq.deleteFinished',
  deleteSession: 'sparkq.deleteSession',
  deleteStream: 'sparkq.deleteStream',
  deleteTask: 'sparkq.deleteTask',
  deny: 'sparkq.deny',
  discardWorktree: 'sparkq.discardWorktree',
  dismissSummary: 'sparkq.dismissSummary',
  duplicate: 'sparkq.duplicate',
  duplicateAndEdit: 'sparkq.duplicateAndEdit',
  editPayload: 'sparkq.editPayload',
  emptyStream: 'sparkq.emptyStream',
  endSession: 'sparkq.endSession',
  endStream: 'sparkq.endStream',
  enqueue: 'sparkq.enqueue',
  enqueueEach: 'sparkq.enqueueEach',
  enqueueFolder: 'sparkq.enqueueFolder',
  enqueuePlan: 'sparkq.enqueuePlan',
  enqueueScript: 'sparkq.enqueueScript',
  fail: 'sparkq.fail',
  installCommandLine: 'sparkq.installCommandLine',
  keepTaskOpen: 'sparkq.keepTaskOpen',
  mergeWorktree: 'sparkq.mergeWorktree',
  moveDown: 'sparkq.moveDown',
  moveQueue: 'sparkq.moveQueue',
  moveToStream: 'sparkq.moveToStream',
  moveUp: 'sparkq.moveUp',
  newSession: 'sparkq.newSession',
  newStream: 'sparkq.newStream',
  nextUnreviewed: 'sparkq.nextUnreviewed',
  openAgain: 'sparkq.openAgain',
  openConfiguration: 'sparkq.openConfiguration',
  openDashboard: 'sparkq.openDashboard',
  openDashboardInBrowser: 'sparkq.openDashboardInBrowser',
  openSampleWorkspace: 'sparkq.openSampleWorkspace',
  openScript: 'sparkq.openScript',
  openTask: 'sparkq.openTask',
  openWorktree: 'sparkq.openWorktree',
  park: 'sparkq.park',
  pauseSchedule: 'sparkq.pauseSchedule',
  pauseStream: 'sparkq.pauseStream',
  pinScript: 'sparkq.pinScript',
  refresh: 'sparkq.refresh',
  removeSchedule: 'sparkq.removeSchedule',
  renameSession: 'sparkq.renameSession',
  renameStream: 'sparkq.renameStream',
  requeue: 'sparkq.requeue',
  requeueFailed: 'sparkq.requeueFailed',
  requeueWithComments: 'sparkq.requeueWithComments',
  requeueWithNote: 'sparkq.requeueWithNote',
  requeueWithNoteAndNext: 'sparkq.requeueWithNoteAndNext',
  rerunLast: 'sparkq.rerunLast',
  restoreTask: 'sparkq.restoreTask',
  restoreWorktree: 'sparkq.restoreWorktree',
  resumeSchedule: 'sparkq.resumeSchedule',
  resumeStream: 'sparkq.resumeStream',
  retryBatch: 'sparkq.retryBatch',
  runAgain: 'sparkq.runAgain',
  runCommand: 'sparkq.runCommand',
  runSchedule: 'sparkq.runSchedule',
  runScript: 'sparkq.runScript',
  runTask: 'sparkq.runTask',
  searchScripts: 'sparkq.searchScripts',
  searchTasks: 'sparkq.searchTasks',
  showLog: 'sparkq.showLog',
  setUpAgents: 'sparkq.setUpAgents',
  showInReview: 'sparkq.showInReview',
  showMore: 'sparkq.showMore',
  showOutput: 'sparkq.showOutput',
  showTerminal: 'sparkq.showTerminal',
  showUnconfirmed: 'sparkq.showUnconfirmed',
  startAllWorkers: 'sparkq.startAllWorkers',
  startWorker: 'sparkq.startWorker',
  stopWorker: 'sparkq.stopWorker',
  streamOptions: 'sparkq.streamOptions',
  summarize: 'sparkq.summarize',
  suspendRun: 'sparkq.suspendRun',
  undoRun: 'sparkq.undoRun',
  unpark: 'sparkq.unpark',
  unpinScript: 'sparkq.unpinScript',
  verifyWith: 'sparkq.verifyWith',
  wakeAccount: 'sparkq.wakeAccount',
} as const;

export type CommandName = keyof typeof commands;

/** Commands in a view's menu receive the clicked row and, if several are selected, all selected rows. */
type OnRows<T> = [target?: T, selected?: readonly unknown[]];

/** The arguments of each command. It prompts for those left out. */
export interface CommandArguments {
  accept: OnRows<TaskTarget>;
  acceptAndNext: OnRows<TaskTarget>;
  acceptLoss: [];
  acceptStream: OnRows<StreamTarget | DoneTarget>;
  addComment: [reply?: unknown];
  addSchedule: OnRows<StreamTarget>;
  answer: [target?: TaskTarget, text?: string];
  approve: OnRows<TaskTarget>;
  approvePlan: [...OnRows<TaskTarget | BatchTarget>, shown?: ShownApproval];
  attachQueue: [storage?: FileTarget];
  backUp: [file?: FileTarget];
  branchFromWorktree: OnRows<TaskTarget>;
  cancel: OnRows<TaskTarget>;
  cancelBatch: OnRows<BatchTarget>;
  chooseWorktree: OnRows<TaskTarget>;
  claim: OnRows<TaskTarget>;
  clearFilter: [];
  complete: OnRows<TaskTarget>;
  confirmConfiguration: [digest?: string];
  connectDatabase: [];
  continueRun: OnRows<TaskTarget>;
  copyCommand: OnRows<TaskTarget>;
  copyOutput: OnRows<TaskTarget>;
  copyTaskId: OnRows<TaskTarget>;
  createQueue: [];
  deleteComment: [comment?: unknown];
  deleteFinished: OnRows<StreamTarget | DoneTarget>;
  deleteSession: OnRows<SessionTarget>;
  deleteStream: OnRows<StreamTarget>;
  deleteTask: OnRows<TaskTarget>;
  deny: OnRows<TaskTarget | BatchTarget>;
  discardWorktree: OnRows<TaskTarget>;
  dismissSummary: [];
  duplicate: OnRows<TaskTarget>;
  duplicateAndEdit: OnRows<TaskTarget>;
  editPayload: OnRows<TaskTarget>;
  emptyStream: OnRows<StreamTarget>;
  endSession: OnRows<SessionTarget>;
  endStream: OnRows<StreamTarget>;
  enqueue: OnRows<StreamTarget>;
  enqueueEach: OnRows<FileTarget>;
  enqueueFolder: OnRows<ScriptFolderTarget>;
  enqueuePlan: [file?: FileTarget];
  enqueueScript: [...OnRows<ScriptTarget | FileTarget | NamedCommandTarget>, stream?: StreamTarget];
  fail: OnRows<TaskTarget>;
  installCommandLine: [folder?: FileTarget];
  keepTaskOpen: [];
  mergeWorktree: OnRows<TaskTarget>;
  moveDown: OnRows<TaskTarget>;
  moveQueue: [folder?: FileTarget];
  moveToStream: OnRows<TaskTarget>;
  moveUp: OnRows<TaskTarget>;
  newSession: [];
  newStream: OnRows<SessionTarget>;
  nextUnreviewed: OnRows<TaskTarget>;
  openAgain: [];
  openConfiguration: [];
  openDashboard: [];
  openDashboardInBrowser: [];
  openSampleWorkspace: [parent?: FileTarget];
  openScript: OnRows<ScriptTarget | FileTarget | NamedCommandTarget>;
  openTask: OnRows<PageTarget>;
  openWorktree: OnRows<TaskTarget>;
  park: OnRows<TaskTarget>;
  pauseSchedule: OnRows<ScheduleTarget>;
  pauseStream: OnRows<StreamTarget>;
  pinScript: OnRows<ScriptTarget | FileTarget | NamedCommandTarget>;
  refresh: [];
  removeSchedule: OnRows<ScheduleTarget>;
  renameSession: OnRows<SessionTarget>;
  renameStream: OnRows<StreamTarget>;
  requeue: OnRows<TaskTarget>;
  requeueFailed: OnRows<StreamTarget | DoneTarget>;
  requeueWithComments: OnRows<TaskTarget>;
  requeueWithNote: OnRows<TaskTarget>;
  requeueWithNoteAndNext: OnRows<TaskTarget>;
  rerunLast: [];
  restoreTask: OnRows<TaskTarget>;
  restoreWorktree: OnRows<TaskTarget>;
  resumeSchedule: OnRows<ScheduleTarget>;
  resumeStream: OnRows<StreamTarget>;
  retryBatch: OnRows<BatchTarget>;
  runAgain: OnRows<TaskTarget>;
  runCommand: [command?: CommandTarget];
  runSchedule: OnRows<ScheduleTarget>;
  runScript: OnRows<ScriptTarget | FileTarget | NamedCommandTarget>;
  runTask: OnRows<TaskTarget>;
  searchScripts: [];
  searchTasks: [query?: string];
  setUpAgents: [names?: readonly string[]];
  showLog: [];
  showInReview: OnRows<TaskTarget>;
  showMore: [row: { readonly id: string }];
  showOutput: OnRows<TaskTarget>;
  showTerminal: OnRows<TaskTarget>;
  showUnconfirmed: [];
  startAllWorkers: OnRows<SessionTarget>;
  startWorker: OnRows<StreamTarget>;
  stopWorker: OnRows<StreamTarget>;
  streamOptions: OnRows<StreamTarget>;
  summarize: [since?: string];
  suspendRun: OnRows<TaskTarget>;
  undoRun: OnRows<TaskTarget>;
  unpark: OnRows<TaskTarget>;
  unpinScript: OnRows<ScriptTarget | FileTarget | NamedCommandTarget>;
  verifyWith: OnRows<TaskTarget>;
  wakeAccount: OnRows<TaskTarget | StreamTarget>;
}

/** Commands of what is there from the start; the code of all others is loaded with the first that is run. */
export const featureCommands = [
  'addComment',
  'attachQueue',
  'confirmConfiguration',
  'deleteComment',
  'installCommandLine',
  'keepTaskOpen',
  'openDashboard',
  'openDashboardInBrowser',
  'openTask',
  'requeueWithComments',
  'showUnconfirmed',
] as const satisfies readonly CommandName[];

/** The names of all others. */
export type LateCommand = Exclude<CommandName, (typeof featureCommands)[number]>;

/** Commands that need a row and are not in the palette. */
export const rowCommands: readonly CommandName[] = [
  'addComment',
  'deleteComment',
  'openScript',
  'requeueWithNoteAndNext',
  'showInReview',
  'showMore',
];

export const viewContainer = 'sparkq';

export const views = {
  queue: 'sparkq.queue',
  review: 'sparkq.review',
  scripts: 'sparkq.scripts',
  folders: 'sparkq.folders',
} as const;

/** The comments on what a run has changed. */
export const commentController = 'sparkqChanges';

/** The type of the task pages' panels. */
export const taskPageType = 'sparkq.task';

/** Ids of the settings; their types, defaults and scopes are in package.json. */
export const settings = {
  background: 'sparkq.background',
  codeLens: 'sparkq.codeLens',
  keepAwake: 'sparkq.keepAwake',
  notifications: 'sparkq.notifications',
  sources: 'sparkq.sources',
  shell: 'sparkq.shell',
  startWorker: 'sparkq.startWorker',
  storage: 'sparkq.storage',
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
  /** Something in sparkq.yml waits until a person confirms it. */
  unconfirmed: 'sparkq.unconfirmed',
  /** Another folder of this user has a queue. */
  otherFolders: 'sparkq.otherFolders',
  /** The Queue view shows only what its filter finds. */
  filtered: 'sparkq.filtered',
  /** True for a moment when a tab opens that may be the walkthrough. */
  tabOpens: 'sparkq.tabOpens',
} as const;

/** `none`: nothing has been queued in this folder yet; `noFolder` and `virtual`: nothing can be. */
export const queueStates = ['noFolder', 'virtual', 'none', 'opening', 'open', 'failed'] as const;
export type QueueState = (typeof queueStates)[number];
