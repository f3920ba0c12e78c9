/** The words that describe rows. Pure: the translator is passed in, so that it can be tested without an editor. */

import { fromInstant, type Instant } from '../../core/clock';
import { type ShownCounts, shownCounts } from '../../core/counts';
import { Durations } from '../../core/durations';
import { type Limits, limitsIn } from '../../core/limits';
import {
  type AccountRest,
  type Batch,
  exitReason,
  type FailureKind,
  isOfFile,
  isTroubled,
  isUnapproved,
  leftOfBatch,
  type PersonCounts,
  type QueueStatus,
  type Schedule,
  type Session,
  type Stream,
  type Task,
  type TaskCounts,
} from '../../core/model';
import type { ApprovalScope } from '../../core/queue';
import { withLocalTimes } from '../../core/times';
import type { Translator } from '../../core/translator';
import { needsLine } from '../../core/validation';
import { payloadWarningOf, restingReason, restWords } from '../../core/waiting';

export class Labels {
  readonly durations: Durations;

  /** @param language of the durations: an IETF tag, that of the translator */
  constructor(
    private readonly l10n: Translator,
    private readonly language = 'en',
  ) {
    this.durations = new Durations(language);
  }

  /** When a run is late and when it is stopped: `late after 1m 30s, stopped after 3m`. */
  limits(limits: Limits): string {
    return limitsIn(limits, this.l10n, this.durations);
  }

  /** State, then what varies: `queued · 3m`, `running · 12s · 40%`, `failed · exit 2 · 1.2s`. */
  describe(task: Task, now: number): string {
    return [this.stateOf(task), ...this.factsOf(task, now)].filter(Boolean).join(' · ');
  }

  /** The state in a word or two. */
  stateOf(task: Task): string {
    const { l10n } = this;
    switch (task.status) {
      case 'queued':
        if (task.parked) return l10n.t('parked');
        if (isUnapproved(task)) return l10n.t('needs approval');
        return task.question ? l10n.t('needs an answer') : l10n.t('queued');
      case 'running':
        if (task.cancel_requested) return l10n.t('stopping');
        if (task.suspended) return l10n.t('suspended');
        if (task.checking) return l10n.t('checking');
        return task.stale_warned_at === null ? l10n.t('running') : l10n.t('running late');
      case 'succeeded':
        return l10n.t('succeeded');
      case 'failed':
        return this.failureOf(task.failure_kind);
    }
  }

  /** The ways to approve what an agent has queued. @param conversed its conversation is known */
  approvals(conversed: boolean): { title: string; scope: ApprovalScope }[] {
    const { l10n } = this;
    return [
      { title: l10n.t('Approve'), scope: {} },
      { title: l10n.t('Approve and Remember'), scope: { remember: true } },
      ...(conversed ? [{ title: l10n.t('Approve, With Follow-Ups'), scope: { follow_ups: true } }] : []),
    ];
  }

  /** `1 running, 3 queued, 2 failed`, without zeros. */
  counts(counts: TaskCounts): string {
    return this.activity(shownCounts(counts));
  }

  /** The same of counts as they are shown. */
  activity({ running, queued, failed }: Pick<ShownCounts, 'running' | 'queued' | 'failed'>): string {
    const { l10n } = this;
    return [
      running > 0 && l10n.t('{0} running', running),
      queued > 0 && l10n.t('{0} queued', queued),
      failed > 0 && l10n.t('{0} failed', failed),
    ]
      .filter(Boolean)
      .join(', ');
  }

  /** For the status bar: never empty. */
  queueCounts(counts: QueueStatus['counts']): string {
    const counted = this.counts(counts) || this.l10n.t('{0} queued', 0);
    return [counted, this.asked(counts)].filter(Boolean).join(', ');
  }

  private asked({ unapproved, asking }: PersonCounts): string {
    const { l10n } = this;
    return [
      unapproved > 0 && l10n.t('{0} to approve', unapproved),
      asking > 0 && l10n.t('{0} to answer', asking),
    ]
      .filter(Boolean)
      .join(', ');
  }

  /** The badge of the Review view; undefined if nothing waits for a person. */
  badge(counts: QueueStatus['counts']): { value: number; tooltip: string } | undefined {
    const { l10n } = this;
    const { failed } = shownCounts(counts);
    const lines = [
      ...this.waitingStory(counts),
      failed === 1 && l10n.t('1 failed task has not been reviewed'),
      failed > 1 && l10n.t('{0} failed tasks have not been reviewed', failed),
    ].filter(Boolean);
    const value = counts.unapproved + counts.asking + failed;
    return value === 0 ? undefined : { value, tooltip: lines.join('\n') };
  }

  /** What waits for a person before it can start, a line each. */
  private waitingStory({ unapproved, asking }: QueueStatus['counts']): string[] {
    const { l10n } = this;
    return [
      unapproved === 1 && l10n.t('1 task waits for approval'),
      unapproved > 1 && l10n.t('{0} tasks wait for approval', unapproved),
      asking === 1 && l10n.t('1 task waits for an answer'),
      asking > 1 && l10n.t('{0} tasks wait for an answer', asking),
    ].filter((line) => line !== false);
  }

  queueTooltip(counts: QueueStatus['counts'], resting: readonly AccountRest[] = []): string {
    const { queued, running, failed, finished } = shownCounts(counts);
    const story = this.l10n.t(
      'SparkQ: {0} queued, {1} running, {2} failed and not reviewed; {3} finished in all. Click to show the queue.',
      queued,
      running,
      failed,
      finished,
    );
    return [story, ...this.waitingStory(counts), ...resting.map((rest) => this.rest(rest))].join('\n');
  }

  /** `claude: resting until 20:01 (5-hour limit)`. */
  rest(rest: AccountRest): string {
    const words = restWords(restingReason(rest, ''), Date.now(), this.l10n) ?? '';
    return `${rest.account}: ${words}`;
  }

  describeStream(stream: Stream): string {
    const { l10n } = this;
    const state = stream.status === 'ended' ? l10n.t('ended') : stream.paused ? l10n.t('paused') : '';
    const worker = stream.working && stream.status === 'active' ? l10n.t('worker on') : '';
    const counts = this.counts(stream.counts) || l10n.t('nothing queued');
    return [state, counts, this.asked(stream.counts), worker, this.stuckWord(stream)]
      .filter(Boolean)
      .join(' · ');
  }

  /** How long a stream will take until it is empty, where it moves and that is known. */
  leftOfStream({ status, paused, working, counts }: Stream, ms: number | undefined): string {
    if (ms === undefined || status === 'ended' || paused || !(working || counts.running > 0)) return '';
    return this.l10n.t('{0} left', this.about(ms));
  }

  /** `about 40m`: to the minute, then to five, then to the hour. */
  about(ms: number): string {
    const minutes = ms / 60_000;
    const step = minutes < 10 ? 1 : minutes < 120 ? 5 : 60;
    const rounded = Math.max(1, step * Math.round(minutes / step));
    return this.l10n.t('about {0}', this.durations.duration(rounded * 60_000));
  }

  /** Why nothing of it runs although its worker may be on. */
  private stuckWord({ waiting_reason: reason }: Stream): string {
    const { l10n } = this;
    switch (reason?.code) {
      case 'blocked':
        return l10n.t('blocked: {0} has no command', reason.values.tool ?? '');
      case 'blocked_unconfirmed':
      case 'unconfirmed_tool':
        return l10n.t('{0} not confirmed', reason.values.tool ?? '');
      case 'outside_worker':
        return l10n.t('for an outside worker');
      default:
        return (reason && restWords(reason, Date.now(), l10n)) ?? '';
    }
  }

  /** The name of a batch. */
  batchName({ label, counts }: Batch): string {
    const size = batchSize(counts);
    return label ?? (size === 1 ? this.l10n.t('1 task') : this.l10n.t('{0} tasks', size));
  }

  /** How far it is: `▰▱▱▱▱ 316/1000 · 4 running, 680 queued, 4 failed`. */
  describeBatch(batch: Batch): string {
    return `${barOf(batch)} ${this.batchStory(batch)}`;
  }

  /** The same without the bar. */
  batchStory(batch: Batch): string {
    const { l10n } = this;
    const { counts, stopped_at: stopped } = batch;
    const { queued, running, failed, cancelled } = counts;
    const size = batchSize(counts);
    const parts = [
      running > 0 && l10n.t('{0} running', running),
      queued > 0 && l10n.t('{0} queued', queued),
      failed > 0 && l10n.t('{0} failed', failed),
      cancelled > 0 && l10n.t('{0} cancelled', cancelled),
    ].filter(Boolean);
    const stop = stopped !== null && queued > 0 && l10n.t('stopped after failures');
    return [`${size - leftOfBatch(batch)}/${size}`, parts.join(', '), stop].filter(Boolean).join(' · ');
  }

  /** The limits of a batch. */
  batchOptions({ parallelism, stop_after }: Batch): string {
    const { l10n } = this;
    return [
      parallelism !== null && l10n.t('{0} at once', parallelism),
      stop_after !== null &&
        (stop_after === 1 ? l10n.t('stops after 1 failure') : l10n.t('stops after {0} failures', stop_after)),
    ]
      .filter(Boolean)
      .join(', ');
  }

  /** `missed · next Sat 2:00 AM · no worker · auth`. @param stream undefined if it is not known */
  describeSchedule(schedule: Schedule, stream: Stream | undefined, now: number): string {
    const { l10n } = this;
    const { paused, next_at: next } = schedule;
    return [
      paused ? l10n.t('paused') : '',
      schedule.unconfirmed ? l10n.t('not confirmed') : '',
      isTroubled(schedule) ? this.outcomeOfSchedule(schedule) : '',
      next === null ? '' : l10n.t('next {0}', this.dayAndTime(next, now)),
      stream && this.workerOf(stream),
      stream?.name,
      isOfFile(schedule) && 'sparkq.yml',
    ]
      .filter(Boolean)
      .join(' · ');
  }

  /** What came of the last time of a schedule; null if none has come yet. */
  outcomeOfSchedule({ last_outcome: outcome }: Schedule): string | null {
    const { l10n } = this;
    switch (outcome) {
      case 'enqueued':
        return l10n.t('queued');
      case 'missed':
        return l10n.t('missed');
      case 'overlap':
        return l10n.t('left out, as the last task had not finished');
      case 'refused':
        return l10n.t('refused');
      case null:
        return null;
    }
  }

  /** Whether anything queued in a stream is worked on. */
  workerOf(stream: Stream): string {
    const { l10n } = this;
    if (stream.status === 'ended') return l10n.t('ended');
    return stream.working ? l10n.t('worker on') : l10n.t('no worker');
  }

  /** What a schedule does that is not usual. */
  scheduleOptions({ missed, overlap }: Schedule): string {
    const { l10n } = this;
    return [
      missed === 'once' && l10n.t('makes up for missed times'),
      overlap === 'queue' && l10n.t('queues behind an unfinished task'),
    ]
      .filter(Boolean)
      .join(', ');
  }

  /** `Today`, `Yesterday`, then the weekday, and the date after a week. @param day in local time, as `2026-01-31` */
  day(day: string, now: number): string {
    const { l10n } = this;
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
    const then = new Date(year, month - 1, date);
    const today = new Date(now);
    const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate());
    // Days may be an hour longer or shorter than others.
    const ago = Math.round((midnight.getTime() - then.getTime()) / (24 * 3_600_000));
    if (ago === 0) return l10n.t('Today');
    if (ago === 1) return l10n.t('Yesterday');
    const format: Intl.DateTimeFormatOptions =
      ago > 0 && ago < 7 ? { weekday: 'long' } : { weekday: 'short', day: 'numeric', month: 'short' };
    if (year !== today.getFullYear() && format.month) format.year = 'numeric';
    return new Intl.DateTimeFormat(this.language, format).format(then);
  }

  /** A local time, with its weekday less than six days from now, else with its date. */
  dayAndTime(instant: Instant, now: number): string {
    const ms = fromInstant(instant);
    const near = Math.abs(ms - now) < 6 * 24 * 3_600_000;
    const day = near ? ({ weekday: 'short' } as const) : ({ month: 'short', day: 'numeric' } as const);
    const time = { hour: 'numeric', minute: '2-digit' } as const;
    return new Intl.DateTimeFormat(this.language, { ...day, ...time }).format(ms);
  }

  /** The options that differ from their defaults. */
  streamOptions(stream: Stream): string {
    const { l10n } = this;
    return [
      stream.parallelism > 1 && l10n.t('{0} at once', stream.parallelism),
      stream.on_failure === 'pause' && l10n.t('pauses after a failure'),
      stream.autostart && l10n.t('worker starts automatically'),
      stream.skip_unrunnable && l10n.t('skips tasks for outside workers'),
      stream.max_attempts !== null && l10n.t('{0} attempts', stream.max_attempts),
      needsLine(stream.needs) && l10n.t('needs {0}', needsLine(stream.needs)),
      stream.retry_interrupted && l10n.t('retries interrupted tasks'),
    ]
      .filter(Boolean)
      .join(', ');
  }

  /**
   * Says nothing about tasks, which change often: repainting a row repaints all rows below it.
   * @param streams how many streams are active in the session
   */
  describeSession(session: Session, streams: number): string {
    const { l10n } = this;
    if (session.status === 'ended') return l10n.t('ended');
    if (streams === 0) return l10n.t('no streams yet');
    return streams === 1 ? l10n.t('1 stream') : l10n.t('{0} streams', streams);
  }

  /** `12 finished · new: 7 succeeded, 2 failed`: new are those that nobody has reviewed. */
  describeDone(counts: TaskCounts): string {
    const { l10n } = this;
    const { finished, succeeded, failed } = shownCounts(counts);
    const fresh = [
      succeeded > 0 && l10n.t('{0} succeeded', succeeded),
      failed > 0 && l10n.t('{0} failed', failed),
    ]
      .filter(Boolean)
      .join(', ');
    return [finished > 0 && l10n.t('{0} finished', finished), fresh && l10n.t('new: {0}', fresh)]
      .filter(Boolean)
      .join(' · ');
  }

  /** The outcome of a finished task: `exit 2 · 1.2s · auth · no such file`, `1.2s · auth · 12 tests pass`. */
  describeOutcome(task: Task, streamName: string): string {
    if (isUnapproved(task)) {
      const changes = task.approval_changes.join(', ');
      const changed = changes && this.l10n.t('changed: {0}', changes);
      return [this.stateOf(task), streamName, task.origin.via, changed].filter(Boolean).join(' · ');
    }
    if (task.question)
      return [this.stateOf(task), streamName, task.question.text.split('\n', 1)[0]].join(' · ');
    const failed = task.status === 'failed';
    const exit = task.exit_code ? this.l10n.t('exit {0}', task.exit_code) : null;
    const how = failed && (task.failure_kind !== 'error' || !exit) ? this.stateOf(task) : exit;
    const line = (failed ? errorOf(task) : task.result_summary)?.trim().split('\n', 1)[0];
    const prefix = task.exit_code === null ? '' : `${exitReason(task.exit_code)}: `;
    const story = how === exit && line?.startsWith(prefix) ? line.slice(prefix.length) : line;
    return [how, this.tookOf(task), streamName, story].filter(Boolean).join(' · ');
  }

  /** How long ago `instant` was, without decimals. */
  private age(instant: Instant, now: number): string {
    return this.durations.brief(Math.floor((now - fromInstant(instant)) / 1000) * 1000);
  }

  private tookOf({ started_at, finished_at }: Task): string | null {
    return started_at && finished_at
      ? this.durations.brief(fromInstant(finished_at) - fromInstant(started_at))
      : null;
  }

  private factsOf(task: Task, now: number): (string | null)[] {
    const { l10n } = this;
    if (task.status === 'queued') return [this.age(task.created_at, now), this.stuckWordOf(task)];
    if (task.status === 'running') {
      return [
        task.started_at && this.age(task.started_at, now),
        task.progress !== null ? `${task.progress}%` : null,
        task.progress_message,
        task.host && l10n.t('on {0}', task.host),
      ];
    }
    const exit = task.exit_code ? l10n.t('exit {0}', task.exit_code) : null;
    return [exit, this.tookOf(task), task.finished_at && l10n.t('{0} ago', this.age(task.finished_at, now))];
  }

  private stuckWordOf({ waiting_reason: reason, warnings }: Task): string | null {
    const missing = payloadWarningOf({ warnings });
    if (missing) return missing.code === 'no_script' ? this.l10n.t('no script') : this.l10n.t('no prompt');
    switch (reason?.code) {
      case 'blocked':
      case 'blocked_unconfirmed':
        return this.l10n.t('blocked');
      case 'unconfirmed_tool':
        return this.l10n.t('{0} not confirmed', reason.values.tool ?? '');
      case 'outside_worker':
        return this.l10n.t('for an outside worker');
      case 'host':
      case 'host_absent':
        return this.l10n.t('for {0}', reason.values.host ?? '');
      case 'host_labels':
        return this.l10n.t('for a host with {0}', reason.values.labels ?? '');
      default:
        return reason && restWords(reason, Date.now(), this.l10n);
    }
  }

  /** Why a run failed, in a word or two. */
  failureOf(kind: FailureKind | null): string {
    const { l10n } = this;
    switch (kind) {
      case 'timeout':
        return l10n.t('timed out');
      case 'lost':
        return l10n.t('worker lost');
      case 'interrupted':
        return l10n.t('interrupted');
      case 'cancelled':
        return l10n.t('cancelled');
      case 'could_not_start':
        return l10n.t('could not start');
      case 'denied':
        return l10n.t('denied');
      case 'dependency':
        return l10n.t('dependency failed');
      case 'stalled':
        return l10n.t('stalled');
      case 'budget':
        return l10n.t('budget used up');
      case 'auth':
        return l10n.t('not logged in');
      case 'verify':
        return l10n.t('verification failed');
      default:
        return l10n.t('failed');
    }
  }
}

function batchSize(counts: Batch['counts']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Short, since the counts come after it in a narrow view. */
const barLength = 5;

/** Full only when nothing is left to do. */
function barOf(batch: Batch): string {
  const size = batchSize(batch.counts);
  const over = size - leftOfBatch(batch);
  const full = size === 0 ? 0 : Math.floor((barLength * over) / size);
  return '▰'.repeat(full) + '▱'.repeat(barLength - full);
}

/** Why a task has failed, for people: of a lost worker SparkQ itself has written it, with an instant of UTC. */
export function errorOf({ error, failure_kind: kind }: Pick<Task, 'error' | 'failure_kind'>): string | null {
  return error !== null && kind === 'lost' ? withLocalTimes(error, Date.now()) : error;
}
