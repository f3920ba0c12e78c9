/** What the extension and the page of a task say to each other. Instants are milliseconds since 1970, sizes bytes. */

/** What a state feels like; word and icon carry the meaning, colour only repeats it. */
export type Tone = 'succeeded' | 'failed' | 'running' | 'waiting' | 'quiet';

/** What the page starts with. */
export interface TaskPageStart {
  texts: TaskPageTexts;
  /** Of the texts, as in `<html lang>`. */
  language: string;
  taskId: string;
}

/** Commands that the page may ask for, on its own task alone. */
export const taskPageCommands = [
  'accept',
  'cancel',
  'claim',
  'complete',
  'copyTaskId',
  'deleteTask',
  'duplicate',
  'editPayload',
  'fail',
  'moveToStream',
  'openAgain',
  'park',
  'requeue',
  'requeueWithNote',
  'restoreTask',
  'runAgain',
  'runTask',
  'showLog',
  'unpark',
] as const;
export type TaskPageCommand = (typeof taskPageCommands)[number];

export interface TaskAction {
  command: TaskPageCommand;
  title: string;
}

export type TaskPageView = TaskView | NoticeView;

/** In place of a task: why there is none to see. */
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
  /** The first is the one that is most likely wanted. */
  actions: TaskAction[];
  progress: { percent: number | null; message: string | null } | null;
  /** Of a reviewer, for this run. */
  note: string | null;
  facts: TaskFact[];
  timing: TaskTiming;
  result: { summary: string; text: string | null } | null;
  error: string | null;
  prompt: string | null;
  /** Indented JSON, or the text as it is where it is no JSON. */
  payload: string;
  /** The newest first. */
  attempts: AttemptView[];
  /** The attempt whose output is shown; 0 where there is none. */
  attempt: number;
}

export interface TaskStateView {
  /** Name of a icon, see `stateIcons`. */
  icon: string;
  word: string;
  tone: Tone;
  /** A sentence: why it is so. */
  why: string | null;
}

export interface TaskFact {
  name: string;
  value: string;
  /** Opens the page of this task. */
  taskId?: string;
}

export interface TaskTiming {
  created: number;
  finished: number | null;
  /** Queued and running by turns, from the beginning; only the last may be open. */
  spans: TimeSpan[];
  /** Seconds after which a run counts as late. */
  timeout: number;
  /** When the run that is under way is ended. */
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
  sizes: Record<OutputStream, number>;
}

export const outputStreams = ['stdout', 'stderr'] as const;
export type OutputStream = (typeof outputStreams)[number];

/** A piece of what an attempt printed. */
export interface OutputPart {
  attempt: number;
  stream: OutputStream;
  /** Takes the place of what is shown, goes after it, or before it. */
  place: 'all' | 'after' | 'before';
  text: string;
  /** Which bytes of the whole the text is. */
  from: number;
  to: number;
  size: number;
  /** Bytes that nobody kept, where they adjoin or lie within this part's neighbourhood. */
  dropped: { from: number; to: number } | null;
  /** Paths in the text that name a file. */
  files: string[];
}

/** What changed in git since the attempt was claimed. */
export interface ChangesView {
  /** Where git stood, in a sentence. */
  story: string | null;
  /** What the list compares, or why there is none. */
  detail: string;
  files: ChangedFile[];
  /** Files that are not listed because there are so many. */
  more: number;
}

export interface ChangedFile {
  path: string;
  /** Where it was before it was renamed. */
  before: string | null;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'untracked';
  /** The status in the person's language. */
  word: string;
}

export type ToTaskPage =
  /** At once for each message of the page: somebody is there. */
  | { type: 'received' }
  | { type: 'view'; view: TaskPageView }
  | { type: 'output'; part: OutputPart }
  | { type: 'files'; known: string[] }
  | { type: 'changes'; changes: ChangesView };

export type FromTaskPage =
  /** The person turned to the page. */
  | { type: 'focused' }
  | { type: 'ready'; attempt: number | null }
  | { type: 'run'; command: TaskPageCommand }
  | { type: 'openTask'; taskId: string }
  | { type: 'openFile'; path: string; line: number; column: number }
  | { type: 'chooseAttempt'; attempt: number }
  | { type: 'showEarlier'; stream: OutputStream; before: number }
  | { type: 'openOutput'; attempt: number }
  | { type: 'openChange'; path: string }
  | { type: 'readChanges' };

/** The page's texts in the person's language; `{0}` stands for a value. */
export interface TaskPageTexts {
  actions: string;
  facts: string;
  note: string;
  timing: string;
  attempts: string;
  changes: string;
  payload: string;
  prompt: string;
  result: string;
  error: string;
  output: string;
  queuedFor: string;
  ranFor: string;
  runningFor: string;
  attemptsTook: string;
  finishedAgo: string;
  notBefore: string;
  timeoutAfter: string;
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
  showEarlier: string;
  notKept: string;
  openAsDocument: string;
  follow: string;
  refresh: string;
  moreFiles: string;
  reading: string;
  stateIs: string;
  unresponsive: string;
  reopen: string;
}
