/** Derives what a task page shows from what the queue knows. Pure: the translator is passed in. */

import { costIn, tokensIn, usageOfTask } from '../../accounts/usage';
import { checkOf, commandOf, originText } from '../../client/plannedRuns';
import { fromInstant, type Instant } from '../../core/clock';
import { cutText } from '../../core/cutText';
import {
  type Attempt,
  isCalledOff,
  type PlannedRun,
  type Run,
  type Stream,
  type Task,
  type TaskDetail,
  type WorktreeKind,
} from '../../core/model';
import { plainText, printable } from '../../core/plainText';
import { nameOfTask, namePartsOf } from '../../core/taskName';
import type { Translator } from '../../core/translator';
import { payloadWarningOf, waitingIn, warningIn } from '../../core/waiting';
import type {
  ApprovalView,
  AttemptView,
  LastRun,
  LastRuns,
  ReviewKey,
  TaskAction,
  TaskFact,
  TaskPageCommand,
  TaskStateView,
  TaskTiming,
  TaskView,
  TimeSpan,
  Tone,
} from '../../pages/taskPage/taskPageProtocol';
import { commandText } from '../../system/shellWords';
import { failureIcons, questionIcon, statusIcons, taskIcon } from '../shared/icons';
import { indentedOnce } from '../shared/jsonText';
import { errorOf, Labels } from '../shared/labels';
import { lastErrorLines } from '../shared/lastLines';
import { taskContext } from '../views/contextValue';
import { commandOfTask } from '../workspace/taskCommand';
import { runsOf, tookOf, usualDuration, workOf } from '../workspace/usualDurations';

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
  /** Whether an agent ran it. */
  transcribed?: boolean;
  /** The end of its output. */
  output?: Pick<TaskDetail, 'stdout' | 'stderr' | 'check'>;
  /** Runs of the last weeks, last first. */
  runs?: readonly Run[];
  /** Its copies that are still there. */
  copies?: readonly Pick<Task, 'id' | 'created_at'>[];
  /** What checks it: its own check, or that of its tool. */
  verify?: readonly string[] | null;
  /** Where its run is to work, as long as it has not begun. */
  worktree?: WorktreeKind;
  /** What it would start, if that waits for approval. */
  planned?: PlannedRun;
  /** The person has tried to approve something else, that it would have started before. */
  outdated?: boolean;
  /** When it went to the history, if it is there. */
  purgedAt?: Instant;
}

/** The page shows at most this many characters of a payload or a result. */
const longestText = 100_000;
/** The page begins with so many lines of the output of a failed run. */
const mostLines = 10;
/** The page shows at most so many runs of the same work. */
const mostBars = 20;

export class TaskPageModel {
  private readonly labels: Labels;
  // Both rarely change from one read to the next.
  private readonly payloadText = indentedOnce();
  private readonly resultText = indentedOnce();

  constructor(
    private readonly l10n: Translator,
    private readonly language = 'en',
  ) {
    this.labels = new Labels(l10n, language);
  }

  viewOf(facts: TaskPageFacts): TaskView {
    const { task } = facts;
    const { progress, progress_message } = task;
    const error = errorOf(task);
    const moving = task.status === 'running' && (progress !== null || progress_message !== null);
    return {
      kind: 'task',
      id: task.id,
      name: nameOfTask(task),
      state: this.stateOf(facts),
      gone: this.goneOf(facts),
      actions: this.actionsOf(facts),
      progress: moving ? { percent: progress, message: progress_message } : null,
      approval: facts.planned ? this.approvalOf(facts, facts.planned) : null,
      question: questionOf(task),
      note: task.note,
      facts: this.factsOf(facts),
      lastRuns: this.lastRunsOf(facts),
      timing: timingOf(facts, this.l10n.t('Timeout: {0}', this.labels.limits(facts.task))),
      result: this.resultOf(task),
      error: error === null ? null : this.cut(plainText(error)),
      lastLines: facts.output ? lastErrorLines({ ...task, ...facts.output }, mostLines) : null,
      prompt: textIn(task, 'prompt'),
      payload: this.cut(this.payloadText(task.payload)),
      attempts: facts.attempts.map((attempt) => this.attemptOf(attempt)).reverse(),
      attempt: facts.attempt,
      transcribed: facts.transcribed ?? false,
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
      if (task.suspended) return l10n.t('Its processes are stopped, and its time limits stand still.');
      if (task.checking) return l10n.t('Its program has succeeded, and is being checked.');
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
      case 'denied':
        return l10n.t('A person did not approve it.');
      case 'could_not_start':
        return l10n.t('There was nothing to run, or it could not be started.');
      case 'dependency':
        return l10n.t('A task it depends on failed.');
      case 'stalled':
        return l10n.t('The agent was silent for too long, and was stopped.');
      case 'budget':
        return l10n.t('The agent had used up its budget.');
      case 'auth':
        return l10n.t('The agent was not logged in.');
      case 'verify':
        return l10n.t('It succeeded, but what verifies it failed.');
      default:
        return task.exit_code === null ? null : l10n.t('It exited with code {0}.', task.exit_code);
    }
  }

  private approvalOf({ task, outdated, trusted }: TaskPageFacts, run: PlannedRun): ApprovalView {
    const { l10n } = this;
    const fact = (name: string, value: string | null): TaskFact[] =>
      value ? [{ name, value: printable(value) }] : [];
    const changes = task.approval_changes.join(', ');
    return {
      digest: run.digest,
      notice: outdated
        ? l10n.t('What would start has changed since it was shown: look again.')
        : changes
          ? l10n.t('It was approved, and has changed since: {0}.', changes)
          : null,
      facts: [
        ...fact(l10n.t('Command'), commandOf(run)),
        ...fact(l10n.t('Then checks'), checkOf(run)),
        ...fact(l10n.t('Cannot start'), run.problem),
        ...fact(l10n.t('Folder'), run.folder),
        ...fact(
          l10n.t('Environment'),
          Object.entries(run.env)
            .map(([name, value]) => `${name}=${value}`)
            .join('\n'),
        ),
      ],
      texts: [
        ...(run.input === null
          ? []
          : [{ title: l10n.t('Reads from its input'), text: this.cut(printable(run.input)) }]),
        ...run.files.map(({ path, text, bytes }) => ({
          title: l10n.t('File {0}, {1} bytes', path, bytes),
          text: text === null ? null : this.cut(printable(text)),
        })),
      ],
      ways: trusted
        ? this.labels.approvals(task.origin.conversation !== undefined).map(({ title, scope }) => ({
            title,
            remember: scope.remember ?? false,
            follow_ups: scope.follow_ups ?? false,
          }))
        : [],
      plan: trusted && task.batch_id !== null ? l10n.t('Approve All of This Plan') : null,
    };
  }

  private goneOf({ purgedAt }: TaskPageFacts): string | null {
    const { l10n } = this;
    if (purgedAt === undefined) return null;
    const day = new Date(fromInstant(purgedAt)).toLocaleDateString(this.language, { dateStyle: 'long' });
    return l10n.t(
      'This task went to the history on {0}. Its output is gone, and it can be neither requeued nor reviewed; what it was and how it ended is kept.',
      day,
    );
  }

  private actionsOf({ task, runnable, trusted, purgedAt }: TaskPageFacts): TaskAction[] {
    const { l10n } = this;
    if (purgedAt !== undefined) return [{ command: 'copyTaskId', title: l10n.t('Copy ID') }];
    const words = new Set(taskContext(task, runnable).split(' '));
    const failed = task.status === 'failed';
    const running = task.status === 'running';
    // What a worker is told about a script changes nothing: it runs again. A prompt is improved by a note.
    const again = failed && words.has('repeatable') && trusted && textIn(task, 'prompt') === null;
    const offers: [boolean, TaskPageCommand, string, ReviewKey?][] = [
      [words.has('answerable'), 'answer', l10n.t('Answer...')],
      [words.has('runnable') && trusted, 'runTask', l10n.t('Run Now')],
      [words.has('unparkable'), 'unpark', l10n.t('Unpark')],
      [words.has('finishable'), 'complete', l10n.t('Complete')],
      [words.has('finishable'), 'fail', l10n.t('Fail')],
      [words.has('suspended'), 'continueRun', l10n.t('Continue')],
      [running && words.has('cancellable'), 'cancel', l10n.t('Cancel')],
      [words.has('suspendable'), 'suspendRun', l10n.t('Suspend')],
      [words.has('reviewable') && !failed, 'accept', l10n.t('Mark as Reviewed'), 'Ctrl+Enter'],
      [again, 'runAgain', l10n.t('Run Again')],
      [words.has('done'), 'requeueWithNote', l10n.t('Requeue with Note'), 'Alt+Enter'],
      [words.has('done'), 'requeue', l10n.t('Requeue')],
      [words.has('repeatable') && trusted && !again, 'runAgain', l10n.t('Run Again')],
      [words.has('reviewable') && failed, 'accept', l10n.t('Mark as Reviewed'), 'Ctrl+Enter'],
      [words.has('done'), 'nextUnreviewed', l10n.t('Next Unreviewed')],
      [words.has('claimable'), 'claim', l10n.t('Claim')],
      [words.has('editable'), 'editPayload', l10n.t('Edit Payload')],
      [words.has('editable'), 'verifyWith', l10n.t('Verify With...')],
      [words.has('placeable'), 'chooseWorktree', l10n.t('Choose Worktree...')],
      [words.has('editable'), 'moveToStream', l10n.t('Move to Stream')],
      [words.has('parkable'), 'park', l10n.t('Park')],
      [words.has('editable'), 'duplicate', l10n.t('Duplicate')],
      [!running && words.has('cancellable'), 'cancel', l10n.t('Cancel')],
      [words.has('output'), 'showOutput', l10n.t('Show Output')],
      [words.has('output'), 'copyOutput', l10n.t('Copy Output')],
      [commandOfTask(task) !== null, 'copyCommand', l10n.t('Copy Command')],
      [namePartsOf(task).script_path !== null, 'openScript', l10n.t('Open Script')],
      [true, 'copyTaskId', l10n.t('Copy ID')],
      [words.has('deletable'), 'deleteTask', l10n.t('Delete')],
    ];
    return offers
      .filter(([possible]) => possible)
      .map(([, command, title, key]) => ({ command, title, ...(key && { key }) }));
  }

  private factsOf(facts: TaskPageFacts): TaskFact[] {
    const { task, stream, attempts, names, copies = [], verify = task.verify, worktree, purgedAt } = facts;
    const { l10n } = this;
    const used = usageOfTask(attempts);
    const fact = (name: string, value: string | number | null): TaskFact[] =>
      value === null ? [] : [{ name, value: String(value) }];
    const link = (name: string, id: string | null): TaskFact[] =>
      id === null ? [] : [{ name, value: names.get(id) ?? id, ...(names.has(id) ? { taskId: id } : {}) }];
    return [
      ...fact(l10n.t('Stream'), stream.name),
      ...fact(l10n.t('Tool'), task.tool_name),
      ...fact(l10n.t('Queued by'), this.originOf(task)),
      ...fact(l10n.t('Class'), task.task_class),
      ...fact(l10n.t('Folder'), textIn(task, 'cwd')),
      ...fact(l10n.t('Shell'), textIn(task, 'shell')),
      ...fact(l10n.t('Environment'), environmentOf(task)),
      ...fact(l10n.t('Verified by'), verify && commandText(verify)),
      ...fact(l10n.t('Worktree'), worktree === undefined ? null : this.worktreeOf(worktree)),
      ...fact(l10n.t('Exit code'), task.exit_code),
      ...fact(l10n.t('Attempts'), attemptsOf(task)),
      ...fact(l10n.t('Cost'), used && costIn(used, l10n)),
      ...fact(l10n.t('Tokens'), used && tokensIn(used, l10n, this.language)),
      ...fact(l10n.t('Host'), task.host),
      ...fact(l10n.t('Worker'), task.worker_id),
      ...link(l10n.t('Copy of'), task.retry_of),
      ...copies.map((copy): TaskFact => ({ name: l10n.t('Copied to'), value: copy.id, taskId: copy.id })),
      ...task.after.flatMap((id) => link(l10n.t('After'), id)),
      ...fact(l10n.t('Review'), this.reviewOf(task, purgedAt)),
      ...fact(l10n.t('ID'), task.id),
    ];
  }

  /** Null for a person who calls without an agent, as is usual. */
  private originOf({ origin, created_by: person }: Task): string | null {
    const by = origin.kind === 'person' && origin.via === undefined ? null : originText(origin, this.l10n);
    return person && by !== null ? this.l10n.t('{0}, for {1}', by, person) : (by ?? person);
  }

  private worktreeOf(kind: WorktreeKind): string {
    const { l10n } = this;
    if (kind === 'none') return l10n.t('None: in the folder itself');
    return kind === 'task' ? l10n.t('Its own') : l10n.t('That of its stream');
  }

  private lastRunsOf({ task, runs = [] }: TaskPageFacts): LastRuns | null {
    const same = runsOf(workOf(task), runs);
    if (same.every(({ task_id }) => task_id === task.id)) return null;
    const shown = same.slice(0, mostBars).map((run): LastRun => {
      const { word, tone } = this.outcomeOf(run.outcome);
      return {
        taskId: run.task_id,
        started: fromInstant(run.started_at),
        took: tookOf(run) ?? 0,
        tone,
        word,
      };
    });
    return { usual: this.usualOf(task, same), runs: shown.reverse() };
  }

  private usualOf(task: Task, same: readonly Run[]): string | null {
    const { l10n } = this;
    const usual = usualDuration(same);
    if (usual === undefined) return null;
    const takes = l10n.t('It usually takes {0}.', this.labels.durations.duration(usual));
    if (task.status !== 'running' || task.started_at === null) return takes;
    const left = usual - (Date.now() - fromInstant(task.started_at));
    if (left <= 0) return l10n.t('{0} This run takes longer.', takes);
    return l10n.t('{0} About {1} left.', takes, this.labels.durations.brief(left));
  }

  private reviewOf(task: Task, purgedAt: Instant | undefined): string | null {
    const { l10n } = this;
    if (task.status !== 'succeeded' && task.status !== 'failed') return null;
    // One of the history cannot be reviewed any more.
    if (task.reviewed_at === null) return purgedAt === undefined ? l10n.t('not yet') : null;
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
    const failure = attempt.outcome === 'lost' ? attempt.outcome : null;
    return {
      number: attempt.number,
      worker: attempt.worker_id,
      started: fromInstant(attempt.started_at),
      finished: millisecondsOf(attempt.finished_at),
      outcome: this.outcomeOf(attempt.outcome, attempt.tool_name),
      exitCode: attempt.exit_code,
      summary: firstLine(attempt.summary ?? errorOf({ error: attempt.error, failure_kind: failure })),
      sizes: { stdout: attempt.stdout_size, stderr: attempt.stderr_size },
    };
  }

  /** @param standIn the tool that ran it, where that was not the task's own */
  private outcomeOf(outcome: Attempt['outcome'], standIn: string | null = null): AttemptView['outcome'] {
    const shown = this.ownOutcomeOf(outcome);
    return standIn === null ? shown : { ...shown, word: this.l10n.t('{0}, with {1}', shown.word, standIn) };
  }

  private ownOutcomeOf(outcome: Attempt['outcome']): AttemptView['outcome'] {
    const { l10n } = this;
    switch (outcome) {
      case null:
        return { icon: statusIcons.running.codicon, word: l10n.t('running'), tone: 'running' };
      case 'succeeded':
        return { icon: statusIcons.succeeded.codicon, word: l10n.t('succeeded'), tone: 'succeeded' };
      case 'superseded':
        return { icon: failureIcons.lost.codicon, word: l10n.t('too late'), tone: 'quiet' };
      case 'released':
      case 'abandoned':
        return { icon: failureIcons.limited.codicon, word: l10n.t('released'), tone: 'quiet' };
      case 'asked':
        return { icon: questionIcon.codicon, word: l10n.t('asked'), tone: 'quiet' };
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
  return isCalledOff(task) || task.failure_kind === 'dependency' ? 'quiet' : 'failed';
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

function questionOf({ question }: Task): TaskView['question'] {
  if (!question) return null;
  const { text, choices, asked_at: askedAt } = question;
  return { text, choices: [...choices], askedAt };
}

function millisecondsOf(instant: Instant | null): number | null {
  return instant === null ? null : fromInstant(instant);
}

function fieldOf({ payload_json: payload }: Task, name: string): unknown {
  return typeof payload === 'object' && payload !== null && Object.hasOwn(payload, name)
    ? Reflect.get(payload, name)
    : undefined;
}

/** A text of the payload, if it is one. */
function textIn(task: Task, name: string): string | null {
  const text = fieldOf(task, name);
  return typeof text === 'string' && text.trim() !== '' ? text : null;
}

/** Names of the variables that the task brings with it; their values are in the payload. */
function environmentOf(task: Task): string | null {
  const env = fieldOf(task, 'env');
  return (typeof env === 'object' && env !== null && Object.keys(env).join(', ')) || null;
}

function firstLine(text: string | null): string | null {
  return (
    plainText(text ?? '')
      .trim()
      .split('\n', 1)[0] || null
  );
}
