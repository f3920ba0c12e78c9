/** Derives what a task page shows from what the queue knows. Pure: the translator is passed in. */

import { fromInstant, type Instant } from '../../core/clock';
import { cutText } from '../../core/cutText';
import type { Attempt, Stream, Task } from '../../core/model';
import { plainText } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
import type { Translator } from '../../core/translator';
import { payloadWarningOf, waitingIn, warningIn } from '../../core/waiting';
import type {
  AttemptView,
  TaskAction,
  TaskFact,
  TaskPageCommand,
  TaskStateView,
  TaskTiming,
  TaskView,
  TimeSpan,
  Tone,
} from '../../pages/taskPage/taskPageProtocol';
import { failureIcons, statusIcons, taskIcon } from '../shared/icons';
import { indentedOnce } from '../shared/jsonText';
import { Labels } from '../shared/labels';
import { taskContext } from '../views/contextValue';

/** What is known about a task. */
export interface TaskPageFacts {
  task: Task;
  stream: Pick<Stream, 'name'>;
  attempts: readonly Attempt[];
  /** Why it has not started. */
  waiting: string | null;
  /** Names of the tasks that it refers to, by id, without deleted ones. */
  names: ReadonlyMap<string, string>;
  /** The built-in runner has a command for its tool. */
  runnable: boolean;
  /** Whether the workspace is trusted. */
  trusted: boolean;
  /** The attempt whose output is shown; 0 if there is none. */
  attempt: number;
}

/** The page shows at most this many characters of a payload or a result. */
const longestText = 100_000;

export class TaskPageModel {
  private readonly labels: Labels;
  // Both rarely change from one read to the next.
  private readonly payloadText = indentedOnce();
  private readonly resultText = indentedOnce();

  constructor(
    private readonly l10n: Translator,
    language = 'en',
  ) {
    this.labels = new Labels(l10n, language);
  }

  viewOf(facts: TaskPageFacts): TaskView {
    const { task } = facts;
    const { progress, progress_message } = task;
    const moving = task.status === 'running' && (progress !== null || progress_message !== null);
    return {
      kind: 'task',
      id: task.id,
      name: nameOfTask(task),
      state: this.stateOf(facts),
      actions: this.actionsOf(facts),
      progress: moving ? { percent: progress, message: progress_message } : null,
      note: task.note,
      facts: this.factsOf(facts),
      timing: timingOf(facts, this.l10n.t('Timeout: {0}', this.labels.limits(facts.task))),
      result: this.resultOf(task),
      error: task.error === null ? null : this.cut(plainText(task.error)),
      prompt: promptOf(task),
      payload: this.cut(this.payloadText(task.payload)),
      attempts: facts.attempts.map((attempt) => this.attemptOf(attempt)).reverse(),
      attempt: facts.attempt,
    };
  }

  stateOf({ task, waiting }: Pick<TaskPageFacts, 'task' | 'waiting'>): TaskStateView {
    const missing = payloadWarningOf(task);
    const why =
      task.status !== 'queued'
        ? this.whyOf(task)
        : missing
          ? warningIn(missing, this.l10n)
          : (waiting ?? waitingIn(task, Date.now(), this.l10n));
    return { icon: taskIcon(task).codicon, word: this.labels.stateOf(task), tone: toneOf(task), why };
  }

  private whyOf(task: Task): string | null {
    const { l10n } = this;
    const { durations } = this.labels;
    if (task.status === 'running') {
      if (task.cancel_requested) return l10n.t('It is being cancelled.');
      if (task.stale_warned_at === null) return null;
      const [timeout, end] = [durations.exact(task.timeout), durations.exact(task.kill_after)];
      return l10n.t('It has exceeded its timeout of {0}, and will be stopped after {1}.', timeout, end);
    }
    switch (task.failure_kind) {
      case null:
        return null;
      case 'timeout':
        return l10n.t('It was stopped because it took longer than {0}.', durations.exact(task.kill_after));
      case 'lost':
        return l10n.t('The worker stopped responding.');
      case 'interrupted':
        return l10n.t('The run was interrupted because the process that ran it is gone.');
      case 'cancelled':
        return l10n.t('It was cancelled.');
      case 'could_not_start':
        return l10n.t('There was nothing to run, or it could not be started.');
      case 'dependency':
        return l10n.t('A task it depends on failed.');
      default:
        return task.exit_code === null ? null : l10n.t('It exited with code {0}.', task.exit_code);
    }
  }

  private actionsOf({ task, runnable, trusted }: TaskPageFacts): TaskAction[] {
    const { l10n } = this;
    const words = new Set(taskContext(task, runnable).split(' '));
    const failed = task.status === 'failed';
    const running = task.status === 'running';
    const offers: [boolean, TaskPageCommand, string][] = [
      [words.has('runnable') && trusted, 'runTask', l10n.t('Run Now')],
      [words.has('unparkable'), 'unpark', l10n.t('Unpark')],
      [words.has('finishable'), 'complete', l10n.t('Complete')],
      [words.has('finishable'), 'fail', l10n.t('Fail')],
      [running && words.has('cancellable'), 'cancel', l10n.t('Cancel')],
      [words.has('reviewable') && !failed, 'accept', l10n.t('Mark as Reviewed')],
      [words.has('done'), 'requeueWithNote', l10n.t('Requeue with Note')],
      [words.has('done'), 'requeue', l10n.t('Requeue')],
      [words.has('repeatable') && trusted, 'runAgain', l10n.t('Run Again')],
      [words.has('reviewable') && failed, 'accept', l10n.t('Mark as Reviewed')],
      [words.has('claimable'), 'claim', l10n.t('Claim')],
      [words.has('editable'), 'editPayload', l10n.t('Edit Payload')],
      [words.has('editable'), 'moveToStream', l10n.t('Move to Stream')],
      [words.has('parkable'), 'park', l10n.t('Park')],
      [words.has('editable'), 'duplicate', l10n.t('Duplicate')],
      [!running && words.has('cancellable'), 'cancel', l10n.t('Cancel')],
      [words.has('output'), 'showOutput', l10n.t('Show Output')],
      [true, 'copyTaskId', l10n.t('Copy ID')],
      [words.has('deletable'), 'deleteTask', l10n.t('Delete')],
    ];
    return offers.filter(([possible]) => possible).map(([, command, title]) => ({ command, title }));
  }

  private factsOf({ task, stream, names }: TaskPageFacts): TaskFact[] {
    const { l10n } = this;
    const fact = (name: string, value: string | number | null): TaskFact[] =>
      value === null ? [] : [{ name, value: String(value) }];
    const link = (name: string, id: string | null): TaskFact[] =>
      id === null ? [] : [{ name, value: names.get(id) ?? id, ...(names.has(id) ? { taskId: id } : {}) }];
    return [
      ...fact(l10n.t('Stream'), stream.name),
      ...fact(l10n.t('Tool'), task.tool_name),
      ...fact(l10n.t('Class'), task.task_class),
      ...fact(l10n.t('Exit code'), task.exit_code),
      ...fact(l10n.t('Attempts'), attemptsOf(task)),
      ...fact(l10n.t('Worker'), task.worker_id),
      ...link(l10n.t('Copy of'), task.retry_of),
      ...task.after.flatMap((id) => link(l10n.t('After'), id)),
      ...fact(l10n.t('Review'), this.reviewOf(task)),
      ...fact(l10n.t('ID'), task.id),
    ];
  }

  private reviewOf(task: Task): string | null {
    const { l10n } = this;
    if (task.status !== 'succeeded' && task.status !== 'failed') return null;
    if (task.reviewed_at === null) return l10n.t('not yet');
    return task.accepted ? l10n.t('reviewed') : l10n.t('not accepted');
  }

  /** The whole result, if it is more than its summary. */
  private resultOf({ result, result_summary }: Task): TaskView['result'] {
    const summary = result_summary ?? result?.trim().split('\n', 1)[0];
    if (!summary) return null;
    return {
      summary: plainText(summary),
      text: result === null || result === summary ? null : this.cut(this.resultText(plainText(result))),
    };
  }

  private attemptOf(attempt: Attempt): AttemptView {
    return {
      number: attempt.number,
      worker: attempt.worker_id,
      started: fromInstant(attempt.started_at),
      finished: millisecondsOf(attempt.finished_at),
      outcome: this.outcomeOf(attempt.outcome),
      exitCode: attempt.exit_code,
      summary: firstLine(attempt.summary ?? attempt.error),
      sizes: { stdout: attempt.stdout_size, stderr: attempt.stderr_size },
    };
  }

  private outcomeOf(outcome: Attempt['outcome']): AttemptView['outcome'] {
    const { l10n } = this;
    switch (outcome) {
      case null:
        return { icon: statusIcons.running.codicon, word: l10n.t('running'), tone: 'running' };
      case 'succeeded':
        return { icon: statusIcons.succeeded.codicon, word: l10n.t('succeeded'), tone: 'succeeded' };
      case 'superseded':
        return { icon: failureIcons.lost.codicon, word: l10n.t('too late'), tone: 'quiet' };
      case 'released':
        return { icon: failureIcons.limited.codicon, word: l10n.t('released'), tone: 'quiet' };
      case 'limited':
        return { icon: failureIcons.limited.codicon, word: l10n.t('rate-limited'), tone: 'quiet' };
      default:
        return {
          icon: failureIcons[outcome].codicon,
          word: this.labels.failureOf(outcome),
          tone: outcome === 'cancelled' || outcome === 'dependency' ? 'quiet' : 'failed',
        };
    }
  }

  private cut(text: string): string {
    if (text.length <= longestText) return text;
    const shown = cutText(text, longestText);
    return `${shown}\n\n${this.l10n.t('… and {0} more characters', text.length - shown.length)}`;
  }
}

function toneOf(task: Task): Tone {
  if (task.status === 'queued') return task.parked ? 'quiet' : 'waiting';
  if (task.status !== 'failed') return task.status;
  return task.failure_kind === 'cancelled' || task.failure_kind === 'dependency' ? 'quiet' : 'failed';
}

/** Rate-limited attempts do not count, so there can be more than the maximum. */
function attemptsOf({ attempts, max_attempts }: Task): string {
  return attempts > max_attempts ? `${attempts}` : `${attempts} / ${max_attempts}`;
}

/** Spans from the enqueue on: queued until the first attempt, then alternating. */
function timingOf({ task, attempts }: TaskPageFacts, limits: string): TaskTiming {
  const spans: TimeSpan[] = [];
  const finished = millisecondsOf(task.finished_at);
  let since = fromInstant(task.created_at);
  for (const attempt of attempts) {
    const from = fromInstant(attempt.started_at);
    const to = millisecondsOf(attempt.finished_at);
    spans.push({ kind: 'queued', from: since, to: from }, { kind: 'running', from, to });
    since = to ?? from;
  }
  if (task.status === 'queued' || attempts.length === 0) {
    spans.push({ kind: 'queued', from: since, to: finished });
  }
  return {
    created: fromInstant(task.created_at),
    finished,
    spans,
    limits,
    // A run that is stopped before is never late.
    lateAfter: task.kill_after > task.timeout ? task.timeout : null,
    deadline: task.status === 'running' ? millisecondsOf(task.deadline) : null,
    notBefore: task.status === 'queued' ? millisecondsOf(task.not_before) : null,
  };
}

function millisecondsOf(instant: Instant | null): number | null {
  return instant === null ? null : fromInstant(instant);
}

function promptOf({ payload_json }: Task): string | null {
  const prompt: unknown =
    typeof payload_json === 'object' && payload_json !== null
      ? Reflect.get(payload_json, 'prompt')
      : undefined;
  return typeof prompt === 'string' && prompt.trim() !== '' ? prompt : null;
}

function firstLine(text: string | null): string | null {
  return (
    plainText(text ?? '')
      .trim()
      .split('\n', 1)[0] || null
  );
}
