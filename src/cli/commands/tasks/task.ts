/** `sparkq task`: shows one task in full. */

import type { Command } from '@commander-js/extra-typings';
import { costIn, tokensIn, type UsageSum, usageOfTask } from '../../../accounts/usage';
import { originText } from '../../../client/plannedRuns';
import { workedOn } from '../../../client/streamWorkers';
import { userFolderPath } from '../../../client/userFolder';
import type { Instant } from '../../../core/clock';
import { Durations } from '../../../core/durations';
import { taskJson } from '../../../core/exactJson';
import { gitStoryOf } from '../../../core/gitStory';
import { limitsIn } from '../../../core/limits';
import {
  type Attempt,
  detailOutputBytes,
  isUnapproved,
  type Stream,
  type Task,
  type TaskDetail,
} from '../../../core/model';
import { indented, oneLine, plainText } from '../../../core/plainText';
import { type OutputName, outputNames, type Queue } from '../../../core/queue';
import { localText } from '../../../core/times';
import { english } from '../../../core/translator';
import { needsLine } from '../../../core/validation';
import { type Waiting, whyWaitingHere } from '../../../core/waiting';
import { runNoteText } from '../../../runner/worktrees/runNotes';
import { commandText } from '../../../system/shellWords';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument } from '../../terminal/options';
import { paintStatus } from '../../terminal/streams';

/** Of the files that it changed; the others are only counted. */
const mostFilesShown = 20;

export function addTask(program: Command, context: CommandContext): void {
  program
    .command('task')
    .description('show one task in full')
    .addArgument(taskArgument)
    .addHelpText('after', example(`sparkq task ${sampleId}`))
    .action((id) =>
      context.withQueue(async (queue) => {
        const found = await queue.getTask(id);
        const [stream, attempts, now] = await Promise.all([
          queue.getStream(found.stream_id),
          queue.listAttempts(found.id),
          context.gitFacts(found.payload_json),
        ]);
        const task = { ...found, ...(await waitingHere(context, queue, found, stream)) };
        const { name, instructions } = stream;
        const outputs = context.json
          ? []
          : await Promise.all(outputNames.map((stream) => outputLines(queue, found, stream)));
        context.answer(
          { ...taskJson(task), stream: { id: stream.id, name, instructions }, tries: attempts },
          [
            ...taskLines(task, name, gitStoryOf(task, attempts, now), usageOfTask(attempts)),
            ...noteLines(attempts.find(({ number }) => number === task.attempts)),
            ...changeLines(attempts.find(({ number }) => number === task.attempts)),
            ...outputs.flat(),
          ],
        );
      }),
    );
}

/** Why it waits, as far as this machine knows. */
async function waitingHere(
  context: CommandContext,
  queue: Queue,
  task: Task,
  stream: Stream,
): Promise<Waiting> {
  const target = context.find();
  if ('url' in target || task.waiting === null) return task;
  const present = (await workedOn(queue))(stream);
  const { readResources } = await import('../../../runner/machine/resourceFile');
  const { whyWaitsFor } = await import('../../../runner/machine/resourceState');
  const { storage } = target;
  const machine = whyWaitsFor(readResources(userFolderPath(context.env)), { storage, task: task.id });
  return whyWaitingHere(task, stream, { present, machine }, Date.now());
}

function taskLines(task: TaskDetail, stream: string, git: string | null, used: UsageSum | null): string[] {
  const more = task.failure_kind ?? (task.checking ? 'checking' : null);
  const facts: [string, string | number | null][] = [
    ['Label', task.label],
    ['Stream', stream],
    ['Status', more === null ? paintStatus(task.status) : `${paintStatus(task.status)} (${more})`],
    ['Question', questionOf(task)],
    ['Approval', approvalOf(task)],
    ['Waiting', task.waiting],
    ...(task.warnings ?? []).map(({ message }): [string, string] => ['Warning', message]),
    ['Parked', task.parked ? 'yes' : null],
    ['Timeout', limitsIn(task, english, new Durations('en'))],
    ['Needs', needsLine(task.needs) || null],
    ['Verify', task.verify && commandText(task.verify)],
    ['Worktree', task.worktree ?? null],
    ['Host', task.host ?? null],
    ['Attempts', task.max_attempts > 1 ? `${task.attempts} (of ${task.max_attempts})` : task.attempts],
    ['Queued', localText(task.created_at)],
    [
      'Queued by',
      task.origin.kind === 'person' && !task.origin.via
        ? (task.created_by ?? null)
        : [originText(task.origin, english), task.created_by].filter(Boolean).join(', for '),
    ],
    ['Not before', timeOf(task.not_before)],
    ['After', task.after.length === 0 ? null : task.after.join(', ')],
    ['After batch', task.after_batch ?? null],
    ['Batch', task.batch_id ?? null],
    ['Retry of', task.retry_of],
    ['Started', timeOf(task.started_at)],
    ['Deadline', task.status === 'running' ? timeOf(task.deadline) : null],
    ['Finished', timeOf(task.finished_at)],
    ['Progress', task.progress === null ? null : `${task.progress} % ${task.progress_message ?? ''}`.trim()],
    ['Cancel', task.cancel_requested && task.status === 'running' ? 'asked for' : null],
    ['Suspended', task.suspended ? `yes; continue: sparkq continue ${task.id}` : null],
    ['Exit code', task.exit_code],
    ['Cost', used && costIn(used)],
    ['Tokens', used && tokensIn(used)],
    ['Summary', task.result_summary],
    ['Error', task.error],
    ['Git', git],
    ['Reviewed', reviewOf(task)],
    ['Note', task.note],
    ['Payload', task.payload],
  ];
  const lines = facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${`${name}:`.padEnd(12)}${indented(String(value), 12)}`);
  return [oneLine(`Task ${task.id}: ${task.tool_name} (task_class: ${task.task_class})`), ...lines];
}

function approvalOf(task: Task): string | null {
  if (isUnapproved(task)) {
    const changes = task.approval_changes.join(', ');
    return `pending${changes && `, since it has changed: ${changes}`}\nlook at it and approve it: sparkq approve ${task.id}`;
  }
  return task.approval === 'denied' ? 'denied' : null;
}

function questionOf({ id, question }: Task): string | null {
  if (!question) return null;
  const choices = question.choices.map((choice) => `\n- ${choice}`).join('');
  return `${question.text}${choices}\nanswer: sparkq answer ${id} TEXT`;
}

function reviewOf({ reviewed_at, accepted }: Task): string | null {
  if (reviewed_at === null) return null;
  const at = localText(reviewed_at);
  return accepted === null ? at : `${at} (${accepted ? 'accepted' : 'not accepted'})`;
}

function timeOf(instant: Instant | null): string | null {
  return instant && localText(instant);
}

/** What that attempt did not see, and what was not kept of it. */
function noteLines(attempt: Attempt | undefined): string[] {
  const notes = attempt?.git_ended?.notes ?? [];
  const texts = notes.flatMap((note) => runNoteText(note, english) ?? []);
  return texts.length === 0 ? [] : ['', ...texts.map(oneLine)];
}

/** The files that its latest attempt changed, under a heading that says since when. */
function changeLines(attempt: Attempt | undefined): string[] {
  const changes = attempt?.git_ended?.changes;
  if (!changes) return [];
  const shown = changes.files.slice(0, mostFilesShown);
  const more = changes.files.length - shown.length + changes.more;
  if (shown.length + more === 0) return [];
  return [
    '',
    `Changed files, since the ${changes.since === 'start' ? 'start of the run' : 'claim'}:`,
    ...shown.map(({ status, path, before }) =>
      oneLine(`  ${status.padEnd(9)} ${before === null ? path : `${before} -> ${path}`}`),
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** The end of an output, under a heading that says whether it is all of it. */
async function outputLines(queue: Queue, task: TaskDetail, stream: OutputName): Promise<string[]> {
  const text = task[stream] ?? '';
  if (text === '') return [];
  const { size } = await queue.readOutput(task.id, { stream, attempt: task.attempts, limit: 1 });
  const title = { stdout: 'Stdout', stderr: 'Stderr', check: 'Output of its check' }[stream];
  const more = `sparkq output ${task.id}${stream === 'stdout' ? '' : ` --${stream}`}`;
  const cut = size > detailOutputBytes ? ` (the end of ${size} bytes; more: ${more})` : '';
  return ['', `${title}${cut}:`, plainText(text).trimEnd()];
}
