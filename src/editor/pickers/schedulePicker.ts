import * as vscode from 'vscode';
import type { Schedule } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { scheduleIcon } from '../shared/icons';
import { choose } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { scheduleIds } from '../shared/targets';
import { labels } from '../shared/translatedLabels';

export interface ScheduleQuestion {
  title: string;
  /** All by default. */
  fits?: (schedule: Schedule) => boolean;
}

/** The ids of all given schedules; else that of the picked one. */
export async function someSchedules(
  queue: Queue,
  given: readonly unknown[],
  { title, fits = () => true }: ScheduleQuestion,
): Promise<string[]> {
  const ids = scheduleIds(...given);
  if (ids.length > 0) return ids;
  const [all, streams] = await Promise.all([
    everything((page) => queue.listSchedules(page)),
    everything((page) => queue.listStreams(page)),
  ]);
  const schedules = all.filter(fits);
  if (schedules.length === 0) throw new EditorRefusal(vscode.l10n.t('{0}: no matching schedule.', title));
  const choices = schedules.map((schedule) => ({
    label: `$(${scheduleIcon(schedule).codicon}) ${nameOfTask(schedule)}`,
    description: labels.describeSchedule(
      schedule,
      streams.find(({ id }) => id === schedule.stream_id),
      Date.now(),
    ),
    detail: `${schedule.cron} (${schedule.zone})`,
    value: schedule.id,
  }));
  return [await choose(title, vscode.l10n.t('Select a schedule'), choices)];
}
