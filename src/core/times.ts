/** Times as callers give them, and as they are printed for people. Pure. */

import { fromInstant, type Instant, isStorable } from './clock';

const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds of a delay such as `90s`, `10m`, `2h`, `3d`, `1w`; null when it is none.
 * @param unit that of a bare number, which is refused without one
 */
export function parseDelay(text: string, unit = ''): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([smhdw]?)$/i.exec(text.trim());
  const seconds = Number(found?.[1]) * (secondsPer[(found?.[2] || unit).toLowerCase()] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

/** Day, hour and minute, second, fraction, zone. */
const isoText = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
const isoTime = /^(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}|24:00:00\.000)$/;
const isoZone = /^(?:|Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Milliseconds since 1970 of an ISO 8601 time whose day exists; null for anything else. Digits after the milliseconds
 * are dropped.
 * @param zoneless `local`: without a zone it is local time, and a day alone is its midnight. What the clock skips that
 * day is as much later as it is set forward; of what it shows twice, the first.
 */
export function parseInstant(text: string, zoneless: 'local' | 'refused'): number | null {
  const found = isoText.exec(text.trim());
  if (!found) return null;
  const [, day = '', minute = '00:00', second = '00', fraction = '', zone = ''] = found;
  const time = `${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
  const offset = zone
    .toUpperCase()
    .replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`);
  if (!dayExists(day) || !isoTime.test(time) || !isoZone.test(offset)) return null;
  if (offset === '' && zoneless === 'refused') return null;
  const ms = Date.parse(`${day}T${time}${offset}`);
  return isStorable(ms) ? ms : null;
}

function dayExists(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  // The calendar repeats every 400 years; Date takes years before 100 for others.
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days;
}

/** Milliseconds since 1970 of an ISO 8601 time, as of parseInstant, or of a delay from `now`; null for anything else. */
export function parseTime(text: string, now: number, zoneless: 'local' | 'refused'): number | null {
  const delay = parseDelay(text);
  if (delay === null) return parseInstant(text, zoneless);
  const ms = now + delay * 1000;
  return isStorable(ms) ? ms : null;
}

/** Milliseconds since 1970 of a time in the past: ISO 8601, as of parseInstant, or an age such as `7d`; null for anything else. */
export function parseSince(text: string, now: number, zoneless: 'local' | 'refused'): number | null {
  const age = parseDelay(text);
  if (age === null) return parseInstant(text, zoneless);
  const ms = now - age * 1000;
  return isStorable(ms) ? ms : null;
}

/** An instant as people read it: local time with its zone, e.g. `2026-01-31T10:00:00+01:00`; UTC is `Z`. Other text stays. */
export function localText(instant: Instant): string {
  if (Number.isNaN(fromInstant(instant))) return instant;
  const { day, minute, second, offset } = localParts(instant);
  return `${day}T${minute}:${second}${offset || 'Z'}`;
}

/** Local time with its zone for a sentence, e.g. `10:00 UTC+01:00`, with the day unless it is that of `now`. */
export function localWords(instant: Instant, now: number): string {
  const { day, minute, offset } = localParts(instant);
  const today = new Date(fromInstant(instant)).toDateString() === new Date(now).toDateString();
  return `${today ? '' : `${day} `}${minute} UTC${offset}`;
}

/** A text that SparkQ has stored, with its instants as `localWords`. */
export function withLocalTimes(text: string, now: number): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, (instant) => localWords(instant, now));
}

function localParts(instant: Instant): { day: string; minute: string; second: string; offset: string } {
  const at = new Date(fromInstant(instant));
  const ahead = -at.getTimezoneOffset();
  const zone = `${ahead < 0 ? '-' : '+'}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
  return {
    day: `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    minute: `${two(at.getHours())}:${two(at.getMinutes())}`,
    second: two(at.getSeconds()),
    offset: ahead === 0 ? '' : zone,
  };
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
