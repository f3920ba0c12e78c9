/** What waits for a person's approval, and how it is shown: all that each task would start. */

import { QueueError } from '../core/errors';
import { isId } from '../core/ids';
import { isUnapproved, type Origin, type PlannedRun, type Task } from '../core/model';
import { everything } from '../core/paging';
import { oneLine, printable } from '../core/plainText';
import type { ApprovalScope, Queue } from '../core/queue';
import { nameOfTask } from '../core/taskName';
import type { Translator } from '../core/translator';
import { commandText } from '../system/shellWords';

/** A task with what it would start. */
export interface ShownRun {
  task: Task;
  run: PlannedRun;
}

/** Of each text, so many lines are shown at most. */
const mostLines = 1_000;

/**
 * What the task would start, or each task of the batch, as far as it waits for approval; in the order of their lane.
 * @throws QueueError `wrong_state` if nothing of it waits for that
 */
export async function readUnapproved(queue: Queue, id: string): Promise<ShownRun[]> {
  const tasks = isId(id, 'batch') ? await unapprovedOf(queue, id) : [await queue.getTask(id)];
  const waiting = tasks.filter(isUnapproved);
  if (waiting.length === 0)
    throw new QueueError(
      'wrong_state',
      `Nothing of ${id} waits for approval`,
      'List what does: sparkq tasks --unapproved',
    );
  const shown: ShownRun[] = [];
  for (const task of waiting) shown.push({ task, run: await queue.planRun(task.id) });
  return shown;
}

/**
 * Approves what a person has been shown.
 * @param id as it was read
 * @throws QueueError `changed` if anything of it would start something else by now
 */
export async function approveShown(
  queue: Queue,
  id: string,
  shown: readonly ShownRun[],
  scope: ApprovalScope,
): Promise<void> {
  if (isId(id, 'batch')) {
    const digests = Object.fromEntries(shown.map(({ task, run }) => [task.id, run.digest]));
    await queue.approveBatch(id, { digests, ...scope });
  } else for (const { task, run } of shown) await queue.approve(task.id, { digest: run.digest, ...scope });
}

/** The tasks of a batch that wait for approval, in the order of their lane. @throws QueueError `not_found` */
export async function unapprovedOf(queue: Queue, batch: string): Promise<Task[]> {
  const { id } = await queue.getBatch(batch);
  return everything((page) =>
    queue.listTasks({ ...page, batch_id: id, unapproved: true, order: 'position' }),
  );
}

/**
 * Everything that a person has to see before approving it. What others have written stands behind a bar, so that no
 * line of it looks like one of ours.
 */
export function shownRunLines({ task, run }: ShownRun, l10n: Translator): string[] {
  const fact = (name: string, value: string | null) => (value ? [`  ${name}: ${oneLine(value)}`] : []);
  return [
    `${oneLine(nameOfTask(task))} (${task.id})`,
    ...fact(l10n.t('Queued by'), originText(task.origin, l10n)),
    ...fact(l10n.t('Changed since it was approved'), task.approval_changes.join(', ')),
    ...fact(l10n.t('Tool'), task.tool_name),
    ...fact(l10n.t('Command'), commandOf(run)),
    ...fact(l10n.t('Then checks'), checkOf(run)),
    ...fact(l10n.t('Cannot start'), run.problem),
    ...fact(l10n.t('Folder'), run.folder),
    ...Object.entries(run.env).flatMap(([name, value]) => fact(l10n.t('Environment'), `${name}=${value}`)),
    ...(run.input ? [`  ${l10n.t('Reads from its input')}:`, ...quotedLines(run.input, l10n)] : []),
    ...run.files.flatMap(({ path, text, bytes }) => [
      `  ${l10n.t('File {0}, {1} bytes', oneLine(path), bytes)}:`,
      ...quotedLines(text ?? l10n.t('(missing, or not text)'), l10n),
      ...(text !== null && new TextEncoder().encode(text).length < bytes
        ? [`  ${l10n.t('… only the beginning is shown')}`]
        : []),
    ]),
  ].map(printable);
}

/** The command line for people to read; null where there is none. */
export function commandOf({ command }: Pick<PlannedRun, 'command'>): string | null {
  return command && commandText(command);
}

/** What checks it afterwards, for people to read; null where nothing does. */
export function checkOf({ check }: Pick<PlannedRun, 'check'>): string | null {
  return check && commandText(check);
}

/** Who queued it: `agent claude, conversation c1`. */
export function originText({ kind, via, conversation, task }: Origin, l10n: Translator): string {
  const who = kind === 'agent' ? l10n.t('an agent') : kind === 'run' ? l10n.t('a run') : l10n.t('a person');
  return [
    via === undefined ? who : `${who} (${via})`,
    conversation !== undefined && l10n.t('conversation {0}', conversation),
    task !== undefined && l10n.t('task {0}', task),
  ]
    .filter(Boolean)
    .join(', ');
}

function quotedLines(text: string, l10n: Translator): string[] {
  const lines = text.replace(/\n$/, '').split(/\r?\n/);
  const more = lines.length - mostLines;
  return [
    ...lines.slice(0, mostLines).map((line) => `  | ${line}`.trimEnd()),
    ...(more > 0 ? [`  ${l10n.t('… and {0} more lines', more)}`] : []),
  ];
}
