/** Reads the values of options. Text that is no number at all is a mistake of usage; a number out of range is refused. */

import { InvalidArgumentError } from 'commander';
import { toInstant } from '../../core/clock';
import { invalid } from './errors';

/** A whole number, of either sign. */
export function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text.trim())) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A whole number, or `none`, as is nothing at all: what was set before is to be cleared. */
export function parseIntegerOrNone(text: string): number | 'none' {
  return ['', 'none'].includes(text.trim()) ? 'none' : parseInteger(text);
}

/** A number of which the queue says whether it will do. */
export function parseNumber(text: string): number {
  const number = Number(text.trim() === '' ? Number.NaN : text);
  if (!Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.');
  return number;
}

/** A number of seconds, fractions included. */
export function parseSeconds(text: string): number {
  const seconds = parseNumber(text);
  if (seconds < 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return seconds;
}

const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of a duration such as `90s`, `15m`, `2h`, `3d`, `1w`; null when it is none. A bare number counts in `unit`s. */
export function parseDuration(text: string, unit: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([smhdw]?)$/i.exec(text.trim());
  if (!found) return null;
  const per = secondsPer[(found[2] || unit).toLowerCase()];
  return per === undefined ? null : Number(found[1]) * per;
}

/** An instant from ISO 8601 text, or from a duration from now such as `10m`. */
export function parseInstant(field: string, text: string): string {
  const seconds = parseDuration(text, 's');
  const at = seconds === null ? Date.parse(text) : Date.now() + seconds * 1000;
  if (Number.isNaN(at) || Math.abs(at) > 8.64e15) {
    throw invalid(field, text, {
      suggestion: 'Provide a time such as 2026-01-31T09:00:00Z, or a wait such as 10m or 2h',
    });
  }
  return toInstant(at);
}

/** One of the given words. @throws CommandError that lists them */
export function oneOf<T extends string>(field: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text.trim());
  if (found === undefined) throw invalid(field, text, { validOptions: words });
  return found;
}

/** Parsed JSON. @throws CommandError `Invalid <field>` */
export function parseJson(field: string, text: string, suggestion: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(field, text, { suggestion });
  }
}

/** Whether a parsed JSON value is an object, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const jsonObjectHint = 'Provide a JSON object (e.g., \'{"key": "value"}\')';

/** A payload given as text. @throws CommandError `Invalid payload` */
export function parsePayload(text: string): Record<string, unknown> {
  const payload = parseJson('payload', text, jsonObjectHint);
  if (isObject(payload)) return payload;
  throw invalid('payload', text, { suggestion: jsonObjectHint });
}
