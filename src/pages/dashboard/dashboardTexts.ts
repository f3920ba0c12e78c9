/** The dashboard's texts. The English text is the key in the editor's translations. */

import { ownLimits, waitingSentences } from '../../core/waiting';

export const dashboardTexts = {
  title: 'Dashboard',
  range: 'Time range',
  range1h: '1 hour',
  range6h: '6 hours',
  range24h: '24 hours',
  range7d: '7 days',
  queued: 'Queued',
  running: 'Running',
  failedUnreviewed: 'Failed, not reviewed',
  doneToday: 'Runs finished today',
  doneDetail: '{0} succeeded, {1} failed',
  longest: 'Longest waiting',
  longestIn: '{0} in {1}, for {2}',
  runs: 'Runs',
  runsHint:
    'Use the arrow keys to select a run and Enter to open its task. Plus and Minus zoom, 0 shows everything. Shift with an arrow key, Page Up and Page Down move through time.',
  timeline: 'Timeline of runs by stream',
  mouseHint:
    'Drag to zoom in, double-click to show everything. Scroll with Shift to move, with Ctrl to zoom.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  earlier: 'Earlier',
  later: 'Later',
  showAll: 'Show All',
  asTable: 'Table',
  throughput: 'Finished runs',
  perHour: 'per hour',
  per5Minutes: 'per 5 minutes',
  per15Minutes: 'per 15 minutes',
  per6Hours: 'per 6 hours',
  throughputSummary: '{0} succeeded, {1} failed.',
  runsSummary: 'Runs: {0}. Failed: {1}. Still running: {2}.',
  waits: 'Time in the queue',
  waitsDetail: 'until a run started',
  durations: 'Run duration',
  durationsDetail: 'by script, command or tool',
  stream: 'Stream',
  script: 'Script, command or tool',
  task: 'Task',
  outcome: 'Outcome',
  started: 'Started',
  duration: 'Duration',
  median: 'Median',
  p90: '90%',
  p90Detail: 'Nine out of ten took at most this long',
  count: 'Runs',
  time: 'Time',
  succeeded: 'succeeded',
  failed: 'failed',
  timeout: 'timed out',
  couldNotStart: 'could not start',
  interrupted: 'interrupted',
  cancelled: 'cancelled',
  limited: 'rate-limited',
  released: 'released',
  runningNow: 'running',
  attempt: 'attempt {0}',
  waited: 'waited {0}',
  exitCode: 'exit {0}',
  newestRuns: 'Only the {0} most recent runs in this range are shown.',
  newestRows: 'The {0} most recent of {1} runs.',
  noRuns: 'No runs in this time range.',
  noRunsHint: 'Start a worker on a stream with queued tasks, or select a longer range.',
  nothingYet: 'Nothing has been queued yet.',
  nothingYetHint:
    'Create a session and a stream, enqueue a script or a prompt, and start a worker. Its runs appear here.',
  noneEnded: 'No runs finished in this time range.',
  loading: 'Loading the queue…',
  problem: 'The queue cannot be read: {0}',
  tryAgain: 'Try Again',
  unreachable: 'The server is not responding. Retrying…',
  unresponsive: 'SparkQ stopped responding to this page. It may have been restarted. Reopen the dashboard.',
  connectionLost: 'The connection to the queue was lost. Run `sparkq open dashboard` to reopen the page.',
} as const;

export type DashboardTexts = Readonly<Record<keyof typeof dashboardTexts, string>>;

/** The texts in another language; those without a translation stay English. */
export function translatedTexts(translations: Readonly<Record<string, string>>): DashboardTexts {
  const entries = Object.entries(dashboardTexts).map(([name, text]) => [name, translations[text] ?? text]);
  return Object.fromEntries(entries) as DashboardTexts;
}

/** The data that the page starts with. */
export interface DashboardStart {
  language: string;
  texts: DashboardTexts;
  /** Translations of the sentences for waiting reasons; those without one stay English. */
  waiting: Readonly<Record<string, string>>;
}

/** The translations of the sentences for waiting reasons. */
export function translatedWaiting(translations: Readonly<Record<string, string>>): DashboardStart['waiting'] {
  return Object.fromEntries(
    Object.entries(translations).filter(
      ([text]) => waitingSentences.includes(text) || ownLimits.includes(text),
    ),
  );
}
