/**
 * The times that a cron expression means in a time zone. Loaded only where there are schedules, or sparkq.yml is parsed.
 *
 * Where clocks are set forward, a time that they skip comes as soon as they show a later one; where they are set back, a
 * time that they show twice comes once, the first time. Times at an interval (`*` or a step) come as often as they are shown.
 */

import { Cron } from 'croner';
import { cutText } from '../core/cutText';
import { messageOf, QueueError } from '../core/errors';
import { invalid } from '../core/refusals';

/** Characters of an invalid value that a message quotes. */
const quoted = 80;
const example =
  'Give minute, hour, day of the month, month and day of the week: 0 2 * * * is every day at 2:00, */15 * * * * every quarter of an hour.';

/** Expressions in use at the same time; making one takes a while. */
const mostKept = 500;
const kept = new Map<string, Cron>();

/** @throws QueueError `invalid_field` for an expression that means no time, or a zone that is not known */
export function checkTimes(cron: string, zone: string, now: number): void {
  if (nextTime(cron, zone, now) === null)
    throw invalid('cron', cron, 'There is no such day. Give another day or month.');
}

/** The first time after `after`; null if there is none. Wall-clock milliseconds. @throws QueueError `invalid_field` */
export function nextTime(cron: string, zone: string, after: number): number | null {
  return timesOf(cron, zone).nextRun(new Date(after))?.getTime() ?? null;
}

/** The last time until `until`, which may be one itself; null if there is none. @throws QueueError `invalid_field` */
export function lastTime(cron: string, zone: string, until: number): number | null {
  const [time] = timesOf(cron, zone).previousRuns(1, new Date(Math.floor(until / 1000) * 1000 + 1000));
  return time?.getTime() ?? null;
}

function timesOf(cron: string, zone: string): Cron {
  const key = `${zone} ${cron}`;
  let times = kept.get(key);
  if (times === undefined) {
    times = parse(cron, zone);
    if (kept.size >= mostKept) kept.clear();
    kept.set(key, times);
  }
  return times;
}

function parse(cron: string, zone: string): Cron {
  const fields = cron.trim().split(/\s+/);
  const isWord = fields.length === 1 && cron.trim().startsWith('@');
  if (fields.length !== 5 && !isWord) throw invalid('cron', cutText(cron, quoted), example);
  checkZone(zone);
  try {
    return new Cron(fields.join(' '), {
      mode: '5-part',
      timezone: zone,
      // As cron does: 30 2,14 * * * is not an interval.
      fixedTimeRule: 'no-wildcard',
    });
  } catch (error) {
    const reason = messageOf(error)
      .replace(/^\w+: /, '')
      .replace(/\.$/, '');
    throw new QueueError('invalid_field', `Invalid cron: ${cutText(cron, quoted)}: ${reason}`, example);
  }
}

function checkZone(zone: string): void {
  // An offset is no zone: it knows no summer time. Some versions of Node take one all the same.
  const known = !/^[+-]/.test(zone) && zone !== '' && isKnown(zone);
  if (!known)
    throw invalid(
      'zone',
      cutText(zone, quoted),
      'Give the name of a time zone such as Europe/Berlin or UTC.',
    );
}

function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
