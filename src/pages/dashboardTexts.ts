/** What the dashboard says. The English text is the key under which the editor's translations have it. */

import { waitingSentences } from '../core/waiting';

export const dashboardTexts = {
  title: 'Dashboard',
  range: 'Span of time',
  range1h: '1 hour',
  range6h: '6 hours',
  range24h: '24 hours',
  range7d: '7 days',
  queued: 'Queued',
  running: 'Running',
  failedUnreviewed: 'Failed, not reviewed',
  doneToday: 'Done today',
  doneDetail: '{0} succeeded, {1} failed',
  longest: 'Longest waiting',
  longestIn: '{0} in {1}, for {2}',
  runs: 'Runs',
  runsHint:
    'Arrow keys choose a run, Enter opens its task. Plus and minus zoom, 0 shows all. Shift with an arrow key moves in time, as do Page Up and Page Down.',
  timeline: 'Timeline of runs by stream',
  mouseHint:
    'Drag to zoom in, double-click to show all. Shift with the wheel moves, Ctrl with the wheel zooms.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  earlier: 'Earlier',
  later: 'Later',
  showAll: 'Show all',
  asTable: 'Table',
  throughput: 'Ended runs',
  perHour: 'per hour',
  per5Minutes: 'per 5 minutes',
  per15Minutes: 'per 15 minutes',
  per6Hours: 'per 6 hours',
  throughputSummary: '{0} succeeded, {1} failed.',
  runsSummary: 'Runs: {0}. Failed: {1}. Still running: {2}.',
  waits: 'Time in the queue',
  waitsDetail: 'until a run began',
  durations: 'Durations',
  durationsDetail: 'by script or tool',
  stream: 'Stream',
  script: 'Script or tool',
  task: 'Task',
  outcome: 'Outcome',
  started: 'Started',
  duration: 'Duration',
  median: 'Median',
  p90: '90 %',
  p90Detail: 'Nine of ten took at most this long',
  count: 'Runs',
  time: 'Time',
  succeeded: 'succeeded',
  failed: 'failed',
  timeout: 'timed out',
  couldNotStart: 'could not start',
  interrupted: 'interrupted',
  cancelled: 'cancelled',
  limited: 'put off',
  givenBack: 'given back',
  runningNow: 'running',
  attempt: 'attempt {0}',
  waited: 'waited {0}',
  exitCode: 'exit {0}',
  newestRuns: 'The newest {0} runs of this span are shown.',
  newestRows: 'The newest {0} of {1} runs.',
  noRuns: 'Nothing ran in this span of time.',
  noRunsHint: 'Start a worker on a stream that has queued tasks, or choose a longer span.',
  nothingYet: 'Nothing was queued yet.',
  nothingYetHint:
    'Make a session and a stream, enqueue a script or a prompt, and start a worker: its runs show up here.',
  noneEnded: 'No run ended in this span of time.',
  loading: 'Reading the queue ...',
  problem: 'The queue cannot be read at present: {0}',
  tryAgain: 'Try Again',
  unreachable: 'Its server does not answer. Trying again ...',
  silent: 'SparkQ does not answer this page any more: it may have been restarted. Open the dashboard again.',
  lostTouch: 'The connection to the queue is lost. Open the page again by `sparkq open dashboard`.',
} as const;

export type DashboardTexts = Readonly<Record<keyof typeof dashboardTexts, string>>;

/** The texts in another language, as far as the table of translations has them. */
export function translatedTexts(translations: Readonly<Record<string, string>>): DashboardTexts {
  const entries = Object.entries(dashboardTexts).map(([name, text]) => [name, translations[text] ?? text]);
  return Object.fromEntries(entries) as DashboardTexts;
}

/** What the page starts with. */
export interface DashboardStart {
  language: string;
  texts: DashboardTexts;
  /** What the queue says of tasks that wait, as it says it, with its translation; what is missing stays as it is. */
  waiting: Readonly<Record<string, string>>;
}

/** The part of a table of translations that the page needs to say why a task waits. */
export function translatedWaiting(translations: Readonly<Record<string, string>>): DashboardStart['waiting'] {
  return Object.fromEntries(Object.entries(translations).filter(([text]) => waitingSentences.includes(text)));
}
