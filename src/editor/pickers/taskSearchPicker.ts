import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalescer';
import { messageOf } from '../../core/errors';
import { taskStatuses } from '../../core/model';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { taskIcon } from '../shared/icons';
import { isEmptyQuery, parseTaskQuery, type QueryProblem } from '../shared/taskQuery';
import { labels } from '../shared/translatedLabels';
import { type FoundTask, TaskSearch } from '../workspace/taskSearch';

/** Nobody reads more in a picker: the view has the others. */
const most = 50;
/** Milliseconds after the last key. */
const afterTyping = 150;

interface Item extends vscode.QuickPickItem {
  /** Opens the task, or puts what was typed on the view as a filter. */
  taskId?: string;
  filters?: true;
}

/** What the person chose: a task, or what they typed as a filter. */
export type SearchAnswer = { taskId: string } | { filter: string };

/** Searches while the person types. Rejects with a CancellationError when they dismiss it. */
export function searchTasks(queue: Queue, title: string, query: string): Promise<SearchAnswer> {
  const picker = vscode.window.createQuickPick<Item>();
  const filterButton: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('filter'),
    tooltip: vscode.l10n.t('Show in the Queue view'),
  };
  Object.assign(picker, {
    title,
    value: query,
    buttons: [filterButton],
    placeholder: vscode.l10n.t(
      'Text, or words such as {0}',
      'state:failed stream:main script:build.sh since:7d batch:ID',
    ),
    // The search decides what fits, and in which order.
    matchOnDescription: true,
    matchOnDetail: true,
  });
  let searched: string | undefined;
  let hidden = false;
  const show = async () => {
    const { value } = picker;
    if (value === searched) return;
    searched = value;
    picker.busy = true;
    const items = await itemsFor(queue, value);
    // Meanwhile more was typed: it is searched for next.
    if (hidden || value !== picker.value) return;
    picker.items = items;
    picker.busy = false;
  };
  const searching = new Coalescer(show, { delay: afterTyping });
  searching.requestNow();
  return new Promise((resolve, reject) => {
    const answer = (given: SearchAnswer) => {
      resolve(given);
      picker.hide();
    };
    const putFilter = () => {
      if (!isEmptyQuery(parseTaskQuery(picker.value, Date.now()).query)) answer({ filter: picker.value });
    };
    picker.onDidChangeValue(() => searching.request());
    picker.onDidTriggerButton(putFilter);
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (chosen?.filters) putFilter();
      else if (chosen?.taskId !== undefined) answer({ taskId: chosen.taskId });
    });
    picker.onDidHide(() => {
      hidden = true;
      searching.stop();
      reject(new vscode.CancellationError());
      picker.dispose();
    });
    picker.show();
  });
}

async function itemsFor(queue: Queue, text: string): Promise<Item[]> {
  const { query, problem } = parseTaskQuery(text, Date.now());
  if (problem) return [{ label: problemText(problem), alwaysShow: true }];
  try {
    const search = new TaskSearch(queue, query);
    const found = (await search.next(most)).map(taskItem);
    if (found.length === 0) return [{ label: vscode.l10n.t('No task fits.'), alwaysShow: true }];
    if (isEmptyQuery(query)) return found;
    const label = search.more
      ? vscode.l10n.t('Show these and more in the Queue view')
      : vscode.l10n.t('Show these in the Queue view');
    return [...found, { label, iconPath: new vscode.ThemeIcon('filter'), alwaysShow: true, filters: true }];
  } catch (error) {
    return [{ label: vscode.l10n.t('Could not read the queue: {0}', messageOf(error)), alwaysShow: true }];
  }
}

function taskItem({ task, streamName, past }: FoundTask): Item {
  const parts = [streamName, labels.describe(task, Date.now()), past && vscode.l10n.t('history')];
  return {
    label: nameOfTask(task),
    description: parts.filter(Boolean).join(' · '),
    iconPath: new vscode.ThemeIcon(taskIcon(task).codicon),
    alwaysShow: true,
    taskId: task.id,
  };
}

function problemText({ word, value }: QueryProblem): string {
  const { l10n } = vscode;
  if (word === 'state') return l10n.t('state:{0} is none of {1}.', value, taskStatuses.join(', '));
  return l10n.t('{0} is no time such as 7d or 2026-01-31.', `${word}:${value}`);
}
