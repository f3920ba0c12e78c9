/** The codicon of each state. Shape and word carry the meaning; colour only repeats it. */

import {
  type Batch,
  type FailureKind,
  isBatchOver,
  isTroubled,
  isUnapproved,
  type Schedule,
  type Stream,
  type Task,
  type TaskStatus,
} from '../../core/model';
import { isStuck } from '../../core/waiting';

export interface IconName {
  readonly codicon: string;
  /** Id of a theme colour. */
  readonly color?: string;
}

export const statusIcons: Readonly<Record<TaskStatus, IconName>> = {
  queued: { codicon: 'circle-large-outline' },
  running: { codicon: 'loading~spin', color: 'charts.blue' },
  succeeded: { codicon: 'pass', color: 'testing.iconPassed' },
  failed: { codicon: 'error', color: 'testing.iconFailed' },
};

export const failureIcons: Readonly<Record<FailureKind, IconName>> = {
  error: statusIcons.failed,
  timeout: { codicon: 'watch', color: 'testing.iconFailed' },
  lost: { codicon: 'debug-disconnect', color: 'testing.iconFailed' },
  interrupted: { codicon: 'debug-disconnect', color: 'testing.iconFailed' },
  cancelled: { codicon: 'circle-slash', color: 'testing.iconSkipped' },
  could_not_start: { codicon: 'warning', color: 'testing.iconErrored' },
  denied: { codicon: 'circle-slash', color: 'testing.iconSkipped' },
  dependency: { codicon: 'git-pull-request-closed', color: 'testing.iconSkipped' },
  limited: { codicon: 'history', color: 'testing.iconSkipped' },
  stalled: { codicon: 'watch', color: 'testing.iconFailed' },
  budget: { codicon: 'credit-card', color: 'testing.iconFailed' },
  auth: { codicon: 'key', color: 'testing.iconErrored' },
  verify: { codicon: 'beaker-stop', color: 'testing.iconFailed' },
};

/** A task that waits until a person unparks it. */
export const parkedIcon: IconName = { codicon: 'debug-pause', color: 'testing.iconSkipped' };

/** A task that waits for a person to approve it. */
export const unapprovedIcon: IconName = { codicon: 'shield', color: 'list.warningForeground' };

/** A task that waits for the answer to its question. */
export const questionIcon: IconName = { codicon: 'question', color: 'list.warningForeground' };

/** A run whose processes are stopped. */
export const suspendedIcon: IconName = { codicon: 'debug-pause', color: 'charts.blue' };

/** A run that exceeded its timeout; it is ended at its deadline. */
export const staleIcon: IconName = { codicon: 'watch', color: 'list.warningForeground' };

export function taskIcon(
  task: Pick<
    Task,
    'status' | 'failure_kind' | 'parked' | 'approval' | 'question' | 'stale_warned_at' | 'suspended'
  >,
): IconName {
  if (task.status === 'failed' && task.failure_kind) return failureIcons[task.failure_kind];
  if (task.status === 'queued' && task.parked) return parkedIcon;
  if (isUnapproved(task)) return unapprovedIcon;
  if (task.question) return questionIcon;
  if (task.suspended) return suspendedIcon;
  if (task.status === 'running' && task.stale_warned_at !== null) return staleIcon;
  return statusIcons[task.status];
}

export function streamIcon(
  stream: Pick<Stream, 'status' | 'paused' | 'working' | 'counts' | 'waiting_reason'>,
): IconName {
  if (stream.status === 'ended') return { codicon: 'archive' };
  if (stream.paused) return { codicon: 'debug-pause' };
  if (stream.counts.running > 0) return { codicon: 'play-circle', color: 'charts.blue' };
  const codicon = stream.working ? 'play-circle' : 'list-ordered';
  return isStuck(stream) ? { codicon, color: 'list.warningForeground' } : { codicon };
}

export function batchIcon(batch: Pick<Batch, 'counts' | 'stopped_at'>): IconName {
  if (isBatchOver(batch)) return batch.counts.failed > 0 ? statusIcons.failed : statusIcons.succeeded;
  if (batch.stopped_at !== null) return { codicon: 'debug-pause', color: 'list.warningForeground' };
  return batch.counts.running > 0 ? { codicon: 'tasklist', color: 'charts.blue' } : { codicon: 'tasklist' };
}

export function scheduleIcon(schedule: Schedule): IconName {
  if (schedule.paused) return { codicon: 'debug-pause' };
  return isTroubled(schedule)
    ? { codicon: 'warning', color: 'list.warningForeground' }
    : { codicon: 'clock' };
}

export const otherIcons = {
  session: { codicon: 'layers' },
  schedules: { codicon: 'calendar' },
  endedSessions: { codicon: 'archive' },
  done: { codicon: 'checklist' },
  day: { codicon: 'calendar' },
  root: { codicon: 'root-folder' },
  folder: { codicon: 'folder' },
  script: { codicon: 'file-code' },
  pinned: { codicon: 'pinned' },
  brokenScript: { codicon: 'warning', color: 'list.warningForeground' },
  source: { codicon: 'package' },
  namedCommand: { codicon: 'terminal' },
  onlyHere: { codicon: 'window', color: 'disabledForeground' },
  more: { codicon: 'ellipsis' },
  summary: { codicon: 'inbox' },
  waiting: { codicon: 'bell', color: 'list.warningForeground' },
  loading: { codicon: 'loading~spin' },
  failure: { codicon: 'error', color: 'errorForeground' },
} as const satisfies Record<string, IconName>;
