import * as vscode from 'vscode';
import type { Task, TaskStatus } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { taskIcon } from '../shared/icons';
import { Labels } from '../shared/labels';
import { type Choice, choose, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { taskIds } from '../shared/targets';

/** Rows of a picker; more of them nobody reads. */
const longestList = 200;

const labels = new Labels(vscode.l10n);

/** Which tasks a command offers when it was given none. */
export interface TaskQuestion {
  title: string;
  statuses: readonly TaskStatus[];
  fits?: (task: Task) => boolean;
}

/** The task that was clicked, whatever else is selected, or the answer to a question. */
export async function oneTask(
  queue: Queue,
  given: readonly unknown[],
  question: TaskQuestion,
): Promise<Task> {
  const [id] = taskIds(given[0]);
  return id === undefined ? pickTask(queue, question) : queue.getTask(id);
}

/** The ids of all tasks that the command was given, or of the one that answers a question. */
export async function someTasks(
  queue: Queue,
  given: readonly unknown[],
  question: TaskQuestion,
): Promise<string[]> {
  const ids = taskIds(...given);
  return ids.length > 0 ? ids : [(await oneTask(queue, given, question)).id];
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
    throw new EditorRefusal(vscode.l10n.t('{0}: task not found.', title));
  }
  return choose(title, vscode.l10n.t('Select a task'), choices);
}

/** The first that fit, wherever they stand among those that do not. */
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
