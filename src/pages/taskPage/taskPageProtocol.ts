/** The messages between the extension and the page of a task. Instants are milliseconds since 1970, sizes bytes. */

import type { OutputName } from '../../core/queue';
import type { TranscriptChange } from './transcript';

/** The colour of a state. Word and icon carry the meaning; colour only repeats it. */
export type Tone = 'succeeded' | 'failed' | 'running' | 'waiting' | 'quiet';

/** The data that the page starts with. */
export interface TaskPageStart {
  texts: TaskPageTexts;
  /** The language of the texts, for `<html lang>`. */
  language: string;
  taskId: string;
}

/** Commands that the page may run, on its own task only. */
export const taskPageCommands = [
  'accept',
  'acceptAndNext',
  'answer',
  'branchFromWorktree',
  'cancel',
  'chooseWorktree',
  'claim',
  'complete',
  'continueRun',
  'copyCommand',
  'copyOutput',
  'copyTaskId',
  'approvePlan',
  'deleteTask',
  'deny',
  'discardWorktree',
  'duplicate',
  'editPayload',
  'fail',
  'mergeWorktree',
  'moveToStream',
  'nextUnreviewed',
  'openAgain',
  'openScript',
  'openWorktree',
  'park',
  'requeue',
  'requeueWithComments',
  'requeueWithNote',
  'requeueWithNoteAndNext',
  'restoreTask',
  'restoreWorktree',
  'runAgain',
  'runTask',
  'showLog',
  'showOutput',
  'suspendRun',
  'undoRun',
  'unpark',
  'verifyWith',
] as const;
export type TaskPageCommand = (typeof taskPageCommands)[number];

export interface TaskAction {
  command: TaskPageCommand;
  title: string;
  /** The key that does it and opens the next unreviewed task. */
  key?: ReviewKey;
}

/** Ctrl is Cmd on macOS. */
export const reviewKeys = {
  'Ctrl+Enter': 'acceptAndNext',
  'Alt+Enter': 'requeueWithNoteAndNext',
} as const satisfies Record<string, TaskPageCommand>;
export type ReviewKey = keyof typeof reviewKeys;

export type TaskPageView = TaskView | NoticeView;

/** Shown instead of a task: why there is none. */
export interface NoticeView {
  kind: 'notice';
  busy: boolean;
  title: string;
  detail: string;
  actions: TaskAction[];
}

export interface TaskView {
  kind: 'task';
  id: string;
  name: string;
  state: TaskStateView;
  /** What is gone of a task of the history, in sentences; null for a task of the queue. */
  gone: string | null;
  /** The first is the primary one. */
  actions: TaskAction[];
  progress: { percent: number | null; message: string | null } | null;
  /** What it would start, while it waits for approval. */
  approval: ApprovalView | null;
  /** What its worker asks, and answers to choose from. */
  question: { text: string; choices: string[]; askedAt: string } | null;
  /** The reviewer's note for this run. */
  note: string | null;
  facts: TaskFact[];
  /** Of the same script or command; null if there are no others. */
  lastRuns: LastRuns | null;
  timing: TaskTiming;
  result: { summary: string; text: string | null } | null;
  error: string | null;
  /** The last lines that a failed run printed; null if they say no more than the error. */
  lastLines: string | null;
  prompt: string | null;
  /** Indented JSON, or the plain text if it is not JSON. */
  payload: string;
  /** Newest first. */
  attempts: AttemptView[];
  /** The attempt whose output is shown; 0 if there is none. */
  attempt: number;
  /** Whether it was run by an agent, so that it can be shown as a transcript. */
  transcribed: boolean;
}

/** All that a person has to see before approving a task. */
export interface ApprovalView {
  /** Names what is shown: only that is approved. */
  digest: string;
  /** Why it is to be looked at again, in a sentence. */
  notice: string | null;
  facts: TaskFact[];
  texts: ShownText[];
  ways: ApprovalWay[];
  /** The title of the button that approves the plan that the task is part of; null if it is part of none. */
  plan: string | null;
}

/** What the program reads, or a file of the run. */
export interface ShownText {
  title: string;
  /** Null where it cannot be shown. */
  text: string | null;
}

/** A button that approves. */
export interface ApprovalWay {
  title: string;
  remember: boolean;
  follow_ups: boolean;
}

export interface LastRuns {
  /** How long it usually takes, in a sentence; null if nobody knows. */
  usual: string | null;
  /** Oldest first. */
  runs: LastRun[];
}

export interface LastRun {
  taskId: string;
  started: number;
  /** Milliseconds. */
  took: number;
  tone: Tone;
  /** How it ended. */
  word: string;
}

export interface TaskStateView {
  /** A key of `stateIcons`. */
  icon: string;
  word: string;
  tone: Tone;
  /** The reason for the state, in a sentence. */
  why: string | null;
}

export interface TaskFact {
  name: string;
  value: string;
  /** The task that the value links to. */
  taskId?: string;
}

export interface TaskTiming {
  created: number;
  finished: number | null;
  /** Queued and running in turn, from the start; only the last may be open. */
  spans: TimeSpan[];
  /** When a run is late, and when it is stopped, in words. */
  limits: string;
  /** Seconds after which a run is late; null for never. */
  lateAfter: number | null;
  /** When the current run will be stopped. */
  deadline: number | null;
  notBefore: number | null;
}

export interface TimeSpan {
  kind: 'queued' | 'running';
  from: number;
  to: number | null;
}

export interface AttemptView {
  number: number;
  worker: string | null;
  started: number;
  finished: number | null;
  outcome: { icon: string; word: string; tone: Tone };
  exitCode: number | null;
  summary: string | null;
  sizes: { stdout: number; stderr: number };
}

/** A part of an attempt's output. */
export interface OutputPart {
  attempt: number;
  stream: OutputName;
  /** Replaces what is shown, or is added after or before it. */
  place: 'all' | 'after' | 'before';
  text: string;
  /** The bytes of the whole output that the text covers. */
  from: number;
  to: number;
  size: number;
  /** Bytes that were dropped in or next to this part. */
  dropped: { from: number; to: number } | null;
  /** Paths in the text that name an existing file. */
  files: string[];
}

/** A part of the transcript of an attempt. */
export interface TranscriptPart {
  attempt: number;
  /** Replaces what is shown, or is added after it. */
  place: 'all' | 'after';
  changes: ShownChange[];
  /** Bytes of the output before the first that the whole transcript tells of. */
  from: number;
  /** Of the whole output. */
  size: number;
  /** Whether what came before can be read on request. */
  earlier: boolean;
  /** Paths in the texts that name an existing file. */
  files: string[];
}

/** A new item comes with what is said of it in the reader's language; null for what speaks for itself. */
export type ShownChange =
  | (Extract<TranscriptChange, { kind: 'new' }> & { words: string | null })
  | Exclude<TranscriptChange, { kind: 'new' }>;

/** What an attempt changed in git. */
export interface ChangesView {
  /** The commits involved, in a sentence. */
  story: string | null;
  /** What the list compares, or why it is empty. */
  detail: string;
  /** What the run did not see, or was not kept of it: sentences. */
  notes: string[];
  files: ChangedFile[];
  /** The number of files that did not fit in the list. */
  more: number;
  /** How many comments are on their lines. */
  comments: number;
  /** What can be done with all of them. */
  ways: TaskAction[];
}

export interface ChangedFile {
  path: string;
  /** The path before it was renamed. */
  before: string | null;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'untracked';
  /** The status in the reader's language. */
  word: string;
}

export type ToTaskPage =
  /** Confirms each message of the page at once. */
  | { type: 'received' }
  | { type: 'view'; view: TaskPageView }
  | { type: 'output'; part: OutputPart }
  | { type: 'transcript'; part: TranscriptPart }
  | { type: 'files'; known: string[] }
  | { type: 'changes'; changes: ChangesView };

/** What the page posts: the message, and the task of the page that sends it. */
export interface SentByTaskPage {
  page: string;
  message: FromTaskPage;
}

export type FromTaskPage =
  /** The page was focused. */
  | { type: 'focused' }
  | { type: 'ready'; attempt: number | null; raw: boolean }
  | { type: 'run'; command: TaskPageCommand }
  | { type: 'answer'; text: string; askedAt: string }
  | { type: 'approve'; digest: string; remember: boolean; follow_ups: boolean }
  | { type: 'openTask'; taskId: string }
  | { type: 'openFile'; path: string; line: number; column: number }
  | { type: 'chooseAttempt'; attempt: number }
  /** Whether the output of an agent is shown as it is, instead of as a transcript. */
  | { type: 'chooseForm'; raw: boolean }
  | { type: 'showEarlier'; stream: OutputName; before: number }
  | { type: 'openOutput'; attempt: number }
  | { type: 'openChange'; path: string }
  | { type: 'openChanges' }
  | { type: 'readChanges' };

/** The page's texts in the reader's language; `{0}` stands for a value. */
export interface TaskPageTexts {
  actions: string;
  facts: string;
  note: string;
  question: string;
  approval: string;
  deny: string;
  notShown: string;
  timing: string;
  attempts: string;
  changes: string;
  payload: string;
  prompt: string;
  result: string;
  error: string;
  lastLines: string;
  output: string;
  queuedFor: string;
  ranFor: string;
  runningFor: string;
  attemptsTook: string;
  finishedAgo: string;
  notBefore: string;
  lateSince: string;
  endsAt: string;
  progress: string;
  attempt: string;
  worker: string;
  started: string;
  duration: string;
  outcome: string;
  exitCode: string;
  summary: string;
  sizes: string;
  showOutputOf: string;
  shown: string;
  outputOf: string;
  noOutput: string;
  noOutputYet: string;
  /** Heading of what checks wrote. */
  check: string;
  showEarlier: string;
  notKept: string;
  openAsDocument: string;
  form: string;
  transcript: string;
  rawOutput: string;
  earlierInDocument: string;
  callOpen: string;
  callOk: string;
  callFailed: string;
  follow: string;
  refresh: string;
  moreFiles: string;
  reading: string;
  stateIs: string;
  unresponsive: string;
  reopen: string;
  keyAndNext: string;
  openChanges: string;
  lastRuns: string;
  openLastRun: string;
  lastRun: string;
  requeueWithComments: string;
}
