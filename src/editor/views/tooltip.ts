import * as vscode from 'vscode';
import { shortened } from '../../core/cutText';
import type { Task } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { payloadWarningOf, waitingIn, warningIn } from '../../core/waiting';
import { errorOf } from '../shared/labels';
import { labels } from '../shared/translatedLabels';
import type { TaskFacts } from '../workspace/taskFacts';

/** Longer values are cut. */
const longestValue = 600;

/** A list of facts. No value in it is interpreted as Markdown, HTML or a command link. */
export function tooltip(
  title: string,
  facts: readonly (readonly [name: string, value: string | null])[],
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**').appendText(shortened(title, longestValue)).appendMarkdown('**');
  for (const [name, value] of facts) {
    if (!value) continue;
    text
      .appendMarkdown('\n\n')
      .appendText(name ? `${name}: ${shortened(value, longestValue)}` : shortened(value, longestValue));
  }
  return text;
}

/** @param more undefined if it could not be read */
export function taskTooltip(task: Task, more: TaskFacts | undefined): vscode.MarkdownString {
  const { l10n } = vscode;
  const missing = payloadWarningOf(task);
  return tooltip(nameOfTask(task), [
    [l10n.t('State'), labels.describe(task, Date.now())],
    [l10n.t('Waits'), more?.waiting ?? waitingIn(task, Date.now(), l10n)],
    [l10n.t('Warning'), missing ? warningIn(missing, l10n) : null],
    [l10n.t('Result'), task.result_summary],
    [l10n.t('Error'), errorOf(task)],
    [l10n.t('Last lines of its output'), more?.lastLines ?? null],
    [l10n.t('Note'), task.note],
    [l10n.t('Tool'), `${task.tool_name} (${task.task_class})`],
    [l10n.t('Timeout'), labels.limits(task)],
    [l10n.t('Attempts'), `${task.attempts} / ${task.max_attempts}`],
    [l10n.t('Cost'), more?.cost ?? null],
    [l10n.t('Git'), more?.git ?? null],
    [l10n.t('Created'), localTime(task.created_at)],
    [l10n.t('Started'), localTime(task.started_at)],
    [l10n.t('Finished'), localTime(task.finished_at)],
    [l10n.t('ID'), task.id],
  ]);
}

export function localTime(instant: string | null): string | null {
  return instant && new Date(instant).toLocaleString(vscode.env.language, { timeZoneName: 'short' });
}
