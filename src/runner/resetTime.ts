/** Reads when a limit ends from what tools and agents say of it to people. */

import { nextTime } from '../config/timetable';
import { parseTime } from '../core/times';

/** A time of day that has passed by no more than this is that of today: the limit has just ended. Milliseconds. */
const justPassed = 10 * 60_000;

const zonePart = String.raw`(?:\s*\(([A-Za-z0-9_+\-/]+)\)|\s*\b(UTC|GMT)\b)?`;
const timePart = String.raw`(?:(0?[1-9]|1[0-2])(?::([0-5]\d))?\s*([ap])\.?m\b\.?|([01]?\d|2[0-3]):([0-5]\d)(?!\w)|(24:00)(?!\w))`;
const weekdayPart = String.raw`(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?`;
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const dayPart = String.raw`(?:(${months.join('|')})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?,?\s+)?`;
/** `3pm`, `10:30am (Europe/Berlin)`, `Monday 9am`, `Nov 28, 9am (UTC)`, `Apr 28th, 2026 10:03 PM`. */
const calendar = new RegExp(
  `^(?:(?:at|on)\\s+)?${weekdayPart}${dayPart}(?:at\\s+)?${timePart}${zonePart}`,
  'i',
);

const units = { d: 86_400, h: 3600, m: 60, s: 1 };
const durationPart = String.raw`\d+\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b`;
/** `in 2 days 17 hours 14 minutes`. */
const duration = new RegExp(`^(?:in\\s+)?((?:${durationPart}(?:\\s*,|\\s+and\\b)?\\s*)+)`, 'i');

/**
 * When a limit ends, in wall-clock milliseconds; null for a text that says no time, or one that has passed.
 * @param text seconds or milliseconds since 1970, an ISO 8601 time, a delay such as `10m`, or what begins with a time or
 *   a duration for people; without a zone, times are local
 */
export function resetTimeOf(text: string, now: number): number | null {
  const trimmed = text.trim();
  const at =
    sinceEpoch(trimmed) ??
    parseTime(trimmed, now, 'local') ??
    afterDuration(trimmed, now) ??
    nextShown(trimmed, now);
  return at !== null && at > now ? at : null;
}

/** The same of a line that announces it: `resets 3pm`, `try again in 2 hours`, `retry after 30` (seconds), `|1754913600`. */
export function resetTimeIn(line: string, now: number): number | null {
  const [, epoch] = /\|(\d{10}|\d{13})\b/.exec(line) ?? [];
  if (epoch !== undefined) return resetTimeOf(epoch, now);
  const [, seconds] = /\bretry[- ]after:?\s+(\d{1,6})(?:\s*s(?:ec(?:ond)?s?)?)?(?![\w:.])/i.exec(line) ?? [];
  if (seconds !== undefined) return resetTimeOf(`${seconds}s`, now);
  const [, rest] = /\b(?:resets?|try again|retry[- ]after:?|until)\s+(.*)/i.exec(line) ?? [];
  return rest === undefined ? null : resetTimeOf(rest, now);
}

function sinceEpoch(text: string): number | null {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  return /^\d{13}$/.test(text) ? Number(text) : null;
}

function afterDuration(text: string, now: number): number | null {
  const [, all] = duration.exec(text) ?? [];
  if (all === undefined) return null;
  const parts = [...all.matchAll(/(\d+)\s*([dhms])/gi)];
  const seconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit?.toLowerCase() as keyof typeof units],
    0,
  );
  return now + seconds * 1000;
}

/** The next time that clocks of its zone show this. */
function nextShown(text: string, now: number): number | null {
  const found = calendar.exec(text);
  if (!found) return null;
  const [, weekday, month, day, year, hour12, minute12, half, hour24, minute24, midnight, place, utc] = found;
  const zone = place ?? (utc === undefined ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
  const ofDay =
    hour12 === undefined
      ? Number(hour24 ?? 0)
      : (Number(hour12) % 12) + (half?.toLowerCase() === 'p' ? 12 : 0);
  const minute = midnight === undefined ? Number(minute12 ?? minute24 ?? 0) : 0;
  // Of a date, the weekday says nothing new; cron would take either.
  const cron = `${minute} ${ofDay} ${day ?? '*'} ${month ?? '*'} ${(day === undefined && weekday) || '*'}`;
  // A date comes once after the end of the month before, whatever the zone.
  const from =
    year === undefined
      ? now - justPassed
      : Date.UTC(Number(year), months.indexOf(month?.toLowerCase() ?? ''), 1) - 2 * units.d * 1000;
  try {
    return nextTime(cron, zone, from);
  } catch {
    // There is no such day, or no such zone.
    return null;
  }
}
