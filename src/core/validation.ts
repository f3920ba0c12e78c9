/** Validation of a caller's input. Pure; each function throws a QueueError that names the field. */

import { type Instant, toInstant } from './clock';
import { cutText, shortened } from './cutText';
import { QueueError } from './errors';
import { scanJson, unquoted, withMember } from './exactJson';
import { isId } from './ids';
import { longestChoice, mostChoices, usualKillAfter } from './limits';
import type { Needs } from './model';
import { invalid, invalidChoice, required } from './refusals';
import { parseInstant, parseSince, parseTime } from './times';

const longestName = 200;
const mostRows = 1000;
const defaultRows = 100;
/** Characters of an invalid value that a message quotes. */
const quoted = 80;

/** The trimmed text. @throws QueueError `<field> is required` if it is empty */
export function requireText(field: string, value: string | undefined | null, hint?: string): string {
  const text = value?.trim() ?? '';
  if (text === '') throw required(field, hint);
  return text;
}

/** The trimmed name. */
export function checkName(kind: 'session' | 'stream', value: string): string {
  const name = requireText(kind === 'session' ? 'Session name' : 'Stream name', value);
  const field = `${kind} name`;
  if (name.length > longestName) {
    throw invalid(field, shortened(name, quoted), `A name has at most ${longestName} characters.`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this searches for control characters
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw invalid(field, JSON.stringify(name), 'Remove line breaks and other control characters.');
  }
  if (name === '.' || name === '..') throw invalid(field, name, 'Choose another name.');
  if (isId(name)) throw invalid(field, name, 'A name must not look like an id.');
  return name;
}

/** A whole number of at least `least`. */
export function checkWhole(
  field: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw invalid(field, value, `Provide a whole number ${range}.`);
  }
  return value;
}

/** How a resource of the machine is called. */
export const resourceName = /^[A-Za-z][A-Za-z0-9._-]{0,49}$/;
export const mostOfResource = 1_000;
const needsRule = `Name resources with whole numbers from 1 to ${mostOfResource}, such as gpu=1: letters, digits, - . _`;

/** What a run needs of the machine; null for nothing. */
export function checkNeeds(value: Needs | null): Needs | null {
  const all = Object.entries(value ?? {});
  for (const [name, count] of all) {
    if (!resourceName.test(name)) throw invalid('needs', shortened(name, quoted), needsRule);
    if (!Number.isInteger(count) || count < 1 || count > mostOfResource)
      throw invalid('needs', `${name}=${count}`, needsRule);
  }
  return all.length === 0 ? null : Object.fromEntries(all);
}

/** The same of a text such as `gpu, port-3000=2`; none: 1. */
export function parseNeeds(text: string): Needs | null {
  const words = text.split(',').map((word) => word.trim());
  const all = words.filter(Boolean).map((word): [string, number] => {
    const [, name = word, count = '1'] = /^([^=:]*?)\s*(?:[=:]\s*(.*))?$/.exec(word) ?? [];
    return [name, count === '' ? Number.NaN : Number(count)];
  });
  return checkNeeds(Object.fromEntries(all));
}

/** The same as text, which it reads: `gpu=1, port-3000=2`; empty for nothing, which is all that an older owner knows of. */
export function needsLine(needs: Needs | null | undefined): string {
  return Object.entries(needs ?? {})
    .map(([name, count]) => `${name}=${count}`)
    .join(', ');
}

/** In milliseconds and added to a date, twice as much is still a date. */
const longestTimeout = 1_000_000_000;

/** A timeout in seconds. */
export function checkTimeout(value: number): number {
  return checkSeconds('timeout', value, longestTimeout);
}

/** Seconds from the claim to the deadline: also fewer than the timeout, and as many as follow from the longest one. */
export function checkKillAfter(value: number): number {
  return checkSeconds('kill_after', value, usualKillAfter(longestTimeout));
}

function checkSeconds(field: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value <= 0 || value > most) {
    throw invalid(field, value, 'Provide a positive whole number of seconds.');
  }
  return value;
}

/** An ISO 8601 instant with its zone, in its stored form. */
export function checkInstant(field: string, value: string): Instant {
  const ms = parseInstant(value, 'refused');
  if (ms === null) throw invalid(field, value, 'Provide a time with its zone such as 2026-01-31T09:00:00Z.');
  return toInstant(ms);
}

/** When something may happen, in the stored form: an instant, or a delay from `now` (wall-clock milliseconds). */
export function checkTime(field: string, value: string, now: number): Instant {
  const ms = parseTime(value, now, 'refused');
  if (ms !== null) return toInstant(ms);
  throw invalid(
    field,
    value,
    'Provide a time with its zone such as 2026-01-31T09:00:00Z, or a delay such as 10m or 2h.',
  );
}

/** A time in the past, in the stored form: an instant, or an age before `now` (wall-clock milliseconds). */
export function checkSince(field: string, value: string, now: number): Instant {
  const ms = parseSince(value, now, 'refused');
  if (ms !== null) return toInstant(ms);
  throw invalid(
    field,
    value,
    'Provide a time with its zone such as 2026-01-31T09:00:00Z, or an age such as 12h or 7d.',
  );
}

export function checkChoice<T extends string>(field: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalidChoice(field, value, choices);
  return found;
}

/** A question, with answers to choose from. */
export function checkQuestion(
  question: string | undefined | null,
  choices: readonly string[] = [],
): { text: string; choices: string[] } {
  const text = requireText('Question', question);
  const given = choices.map((choice) => requireText('Choice', choice));
  if (given.length > mostChoices || given.some(({ length }) => length > longestChoice))
    throw invalid('choices', choices, `Give ${mostChoices} at most, of ${longestChoice} characters.`);
  return { text, choices: given };
}

/** The page of a list to return. */
export function checkPage(request: { limit?: number; offset?: number }): { limit: number; offset: number } {
  const limit = checkWhole('limit', request.limit ?? defaultRows, 0);
  return { limit: Math.min(limit, mostRows), offset: checkWhole('offset', request.offset ?? 0, 0) };
}

/** How many tasks one call may enqueue. */
export const mostTasksPerCall = 100;
/** The longest payload as UTF-8, bytes. As text in a request's body it doubles at most, and fits. */
export const payloadLimit = 4 * 1024 * 1024;
/** No real payload is nested deeper, and some code that handles it later is recursive. */
const depthLimit = 200;
const smallerPayload = 'Put large data into a file of the workspace, and its path into the payload.';

/**
 * The JSON text of a task's payload as it was given; `prompt` is set as a member.
 * @throws QueueError `invalid_field`, `too_large`
 */
export function checkPayload(
  payload: string | Readonly<Record<string, unknown>> | undefined,
  prompt: string | undefined,
): string {
  const given = typeof payload === 'string' ? payload : JSON.stringify(payload ?? {});
  checkDepth(given, 'payload');
  if (!isObject(parseJson(given))) {
    const value = given === '' ? '(empty)' : cutText(given, quoted);
    throw invalid('payload', value, 'Provide a JSON object such as {"prompt": "..."}.');
  }
  const text = prompt === undefined ? given : withMember(given, 'prompt', JSON.stringify(prompt));
  checkSize(text);
  return text;
}

function checkSize(text: string): void {
  // No character has more than three bytes for each of its UTF-16 units.
  if (text.length * 3 <= payloadLimit) return;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > payloadLimit) throw tooLarge('Payload', payloadLimit);
}

/** @param what starts the sentence @param limit bytes */
export function tooLarge(what: string, limit: number): QueueError {
  const hint = `A payload has at most ${payloadLimit / 1024 / 1024} MB. ${smallerPayload}`;
  return new QueueError('too_large', `${what} is larger than ${limit / 1024 / 1024} MB`, hint);
}

/** @throws QueueError `invalid_field` where JSON text is nested too deeply */
export function checkDepth(json: string, field: string): void {
  scanJson(json, (part, _from, _to, depth) => {
    if (part === 'open' && depth > depthLimit) throw tooDeep(field);
  });
}

/**
 * The same for each field that a request sends.
 * @param level how deep in its body the fields are: 1 for members of the body itself
 */
export function checkDepthOfFields(json: string, level: number): void {
  let field = 'body';
  scanJson(json, (part, from, to, depth) => {
    if (part === 'key' && depth === level) field = unquoted(json.slice(from, to));
    if (part === 'open' && depth > depthLimit + level) throw tooDeep(field);
  });
}

function tooDeep(field: string): QueueError {
  return new QueueError(
    'invalid_field',
    `Invalid ${shortened(field, quoted)}: nested more than ${depthLimit} levels deep`,
    'Send flatter JSON, or put it into a file and send its path.',
  );
}

/** The longest text to search for, characters. */
const searchLimit = 1_000;

/** The text to search for, without the blanks around it; undefined if that is nothing. */
export function checkSearch(text: string | undefined): string | undefined {
  const wanted = text?.trim();
  if (wanted !== undefined && wanted.length > searchLimit) {
    throw new QueueError(
      'invalid_filter',
      `The text to search for has ${wanted.length} characters; at most ${searchLimit} are allowed`,
      'Search for a part of it.',
    );
  }
  return wanted || undefined;
}

/** First characters of JSON. Most summaries are plain sentences, and a failing parse is slow. */
const jsonBeginning = /^\s*(?:[[{"\d-]|(?:true|false|null)\s*$)/;

function parseJson(text: string): unknown {
  if (!jsonBeginning.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The summary of a completion: the `summary` of a JSON object, or otherwise the text itself.
 * @throws QueueError for blank text, and for an object's `summary` that is blank or no text
 */
export function checkSummary(text: string): string {
  if (text.trim() === '') throw required('Result summary');
  const value = parseJson(text);
  if (!isObject(value) || !('summary' in value)) return text;
  const { summary } = value;
  if (typeof summary !== 'string') {
    throw invalid('result summary', summary, 'The "summary" of the result must be text.');
  }
  if (summary.trim() === '') throw required('Result summary');
  return summary;
}

/** Whether a relative path, with slashes of either kind, stays inside its base folder. */
export function isInside(name: string): boolean {
  const path = name.trim().replaceAll('\\', '/');
  return path !== '' && !path.startsWith('/') && !/^[a-z]:/i.test(path) && !path.split('/').includes('..');
}

/** Whether this is the path of something in a folder, relative to it, on every system. */
export function isInnerPath(text: string): boolean {
  return (
    text !== '' && !/^([/\\]|[A-Za-z]:)|\0/.test(text) && !text.split(/[/\\]/).some((part) => part === '..')
  );
}
