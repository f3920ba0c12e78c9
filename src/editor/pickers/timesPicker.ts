import * as vscode from 'vscode';
import type { Timetable } from '../../store/operations/schedules/steps';
import { ask } from '../shared/inputBox';
import { type Choice, choose, divider } from '../shared/quickPick';
import { problemOf } from '../shared/refusal';

/** Asks at which times of a zone something is to happen; answers a cron expression. */
export async function pickTimes(title: string, zone: string): Promise<string> {
  const { l10n } = vscode;
  // What the queue itself will check them with.
  const timetable = await import('../../config/timetable');
  const common: [label: string, cron: string][] = [
    [l10n.t('Every hour'), '0 * * * *'],
    [l10n.t('Every night at 2'), '0 2 * * *'],
    [l10n.t('Every morning at 7'), '0 7 * * *'],
    [l10n.t('Weekdays at 9'), '0 9 * * 1-5'],
    [l10n.t('Every Monday at 9'), '0 9 * * 1'],
    [l10n.t('The first of every month at 2'), '0 2 1 * *'],
  ];
  const choices: Choice<string | undefined>[] = common.map(([label, cron]) => ({
    label,
    description: cron,
    detail: nextText(timetable, cron, zone),
    value: cron,
  }));
  const cron = await choose(title, l10n.t('When? Times are in the zone {0}.', zone), [
    ...choices,
    divider(''),
    { label: l10n.t('Cron Expression…'), value: undefined, alwaysShow: true },
  ]);
  if (cron !== undefined) return cron;
  const answer = await ask({
    title,
    prompt: l10n.t(
      'Minute, hour, day of the month, month and day of the week, in the zone {0}; or a word such as @daily',
      zone,
    ),
    placeHolder: '*/15 9-17 * * MON-FRI',
    problem: (text) => problemOf(() => timetable.checkTimes(text, zone, Date.now())),
  });
  return answer.trim();
}

function nextText({ nextTime }: Timetable, cron: string, zone: string): string | undefined {
  const next = nextTime(cron, zone, Date.now());
  return next === null ? undefined : vscode.l10n.t('next at {0}', localText(next));
}

/** @param ms wall-clock milliseconds */
export function localText(ms: number): string {
  return new Date(ms).toLocaleString(vscode.env.language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}
