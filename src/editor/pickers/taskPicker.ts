import * as vscode from 'vscode';
import type { Task, TaskStatus } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { each } from '../shared/eachTask';
import { taskIcon } from '../shared/icons';
import { type Choice, choose, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { taskIds } from '../shared/targets';
import { labels } from '../shared/translatedLabels';

/** At most this many rows in a picker: nobody reads more. */
const longestList = 200;

/** Which tasks a command offers if it was given none. */
export interface TaskQuestion {
  title: string;
  statuses: readonly TaskStatus[];
  fits?: (task: Task) => boolean;
}

/** The clicked task, whatever else is selected; else the picked one. */
export async function oneTask(
  queue: Queue,
  given: readonly unknown[],
  question: TaskQuestion,
): Promise<Task> {
  const [id] = taskIds(given[0]);
  return id === undefined ? pickTask(queue, question) : queue.getTask(id);
}

/** The ids of all given tasks; else that of the picked one. */
export async function someTasks(
  queue: Queue,
  given: readonly unknown[],
  question: TaskQuestion,
): Promise<string[]> {
  const ids = taskIds(...given);
  return ids.length > 0 ? ids : [(await oneTask(queue, given, question)).id];
}

/** Calls `act` for all given tasks; else for the picked one. A refusal does not stop the others. */
export async function onTasks<T>(
  queue: Queue,
  given: readonly unknown[],
  question: TaskQuestion,
  act: (id: string) => Promise<T>,
): Promise<T[]> {
  return each(await someTasks(queue, given, question), act);
}

/** Asks for a task, even where only one fits. */
export async function pickTask(queue: Queue, question: TaskQuestion): Promise<Task> {
  const { title, statuses, fits = () => true } = question;
  const [streams, ...lists] = await Promise.all([
    everything((page) => queue.listStreams(page)),
    ...statuses.map((status) => fittingTasks(queue, status, fits)),
  ]);
  const streamName = new Map(streams.map(({ id, name }) => [id, name]));
  const choices = lists.flatMap((list, index) => {
    const tasks = list.map((task) => taskChoice(task, streamName.get(task.stream_id)));
    return tasks.length > 0 ? [divider(wordFor(statuses[index])), ...tasks] : [];
  });
  if (choices.length === 0) {
    throw new EditorRefusal(vscode.l10n.t('{0}: no matching task.', title));
  }
  return choose(title, vscode.l10n.t('Select a task'), choices);
}

/** The first tasks that fit. */
async function fittingTasks(
  queue: Queue,
  status: TaskStatus,
  fits: (task: Task) => boolean,
): Promise<Task[]> {
  const fitting: Task[] = [];
  for (let offset = 0; ; offset += longestList) {
    const page = await queue.listTasks({ status, limit: longestList, offset, order: orderOf(status) });
    fitting.push(...page.items.filter(fits));
    if (fitting.length >= longestList || offset + page.items.length >= page.total) break;
    if (page.items.length === 0) break;
  }
  return fitting.slice(0, longestList);
}

function orderOf(status: TaskStatus): 'position' | 'finished' {
  return status === 'queued' || status === 'running' ? 'position' : 'finished';
}

function wordFor(status: TaskStatus | undefined): string {
  const words: Record<TaskStatus, string> = {
    queued: vscode.l10n.t('queued'),
    running: vscode.l10n.t('running'),
    succeeded: vscode.l10n.t('succeeded'),
    failed: vscode.l10n.t('failed'),
  };
  return status ? words[status] : '';
}

function taskChoice(task: Task, streamName: string | undefined): Choice<Task> {
  return {
    label: nameOfTask(task),
    description: [streamName, labels.describe(task, Date.now())].filter(Boolean).join(' · '),
    iconPath: new vscode.ThemeIcon(taskIcon(task).codicon),
    value: task,
  };
}
