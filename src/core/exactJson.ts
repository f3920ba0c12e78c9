/**
 * JSON with its numbers digit for digit. Parsing makes 1970670598291982290 and 1.10 into other numbers, so payloads are
 * kept as text, changed as text, and where they must be parsed their numbers stay text as well.
 */

import { newKey } from './ids';
import type { Task } from './model';

const quote = 0x22;
const backslash = 0x5c;

/** A part of JSON text. `word` is true, false or null. */
export type JsonPart = 'open' | 'close' | 'key' | 'text' | 'number' | 'word';

/**
 * Calls back for each part of JSON text with its range and depth, which is 1 for what is directly in the outermost
 * object, and for its own brackets. Text that is not JSON gives any parts. Not recursive.
 */
export function scanJson(
  json: string,
  visit: (part: JsonPart, from: number, to: number, depth: number) => void,
): void {
  let depth = 0;
  for (let at = 0; at < json.length; ) {
    const from = at;
    const code = json.charCodeAt(at);
    at += 1;
    if (code === quote) {
      at = endOfText(json, from);
      visit(isKey(json, at) ? 'key' : 'text', from, at, depth);
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      visit('open', from, at, depth);
    } else if (code === 0x7d || code === 0x5d) {
      visit('close', from, at, depth);
      depth -= 1;
    } else if (code > 0x20 && code !== 0x2c && code !== 0x3a) {
      while (at < json.length && !endsLiteral(json.charCodeAt(at))) at += 1;
      visit(code === 0x2d || (code >= 0x30 && code <= 0x39) ? 'number' : 'word', from, at, depth);
    }
  }
}

/** Where the text that starts at `from` ends. */
function endOfText(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let before = at - 1;
    while (json.charCodeAt(before) === backslash) before -= 1;
    if ((at - before) % 2 === 1) return at + 1;
  }
  return json.length;
}

function isKey(json: string, after: number): boolean {
  let at = after;
  while (json.charCodeAt(at) <= 0x20) at += 1;
  return json.charCodeAt(at) === 0x3a;
}

/** A blank, comma, colon, quote or bracket. */
function endsLiteral(code: number): boolean {
  return code <= 0x20 || '",:[]{}'.includes(String.fromCharCode(code));
}

/** The content of a text of JSON, given with its quotes. */
export function unquoted(text: string): string {
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** The JSON text of a member of the object that `json` is; undefined if it has none of that name. */
export function memberText(json: string, name: string): string | undefined {
  const range = rangeOfMember(json, name);
  return range && json.slice(...range);
}

/** The JSON text of each item of the array that `json` is. */
export function itemTexts(json: string): string[] {
  const items: string[] = [];
  let start = 0;
  scanJson(json, (part, from, to, depth) => {
    if (part === 'open' && depth === 2) start = from;
    else if (part === 'close' && depth === 2) items.push(json.slice(start, to));
    else if (depth === 1 && part !== 'open' && part !== 'close') items.push(json.slice(from, to));
  });
  return items;
}

/** The object `json` with a member set to `value`, which is JSON text too; everything else stays as it is. */
export function withMember(json: string, name: string, value: string): string {
  const range = rangeOfMember(json, name);
  if (range) return json.slice(0, range[0]) + value + json.slice(range[1]);
  const end = json.lastIndexOf('}');
  const comma = /^\s*\{\s*\}\s*$/.test(json) ? '' : ',';
  return `${json.slice(0, end)}${comma}${JSON.stringify(name)}:${value}${json.slice(end)}`;
}

/** The last of that name counts, as in a parser. */
function rangeOfMember(json: string, name: string): [number, number] | undefined {
  let found: [number, number] | undefined;
  let wanted = false;
  let start = 0;
  scanJson(json, (part, from, to, depth) => {
    if (part === 'key' && depth === 1) wanted = unquoted(json.slice(from, to)) === name;
    else if (!wanted) return;
    else if (part === 'open' && depth === 2) start = from;
    else if (depth === 1 || (part === 'close' && depth === 2)) {
      found = [depth === 1 ? from : start, to];
      wanted = false;
    }
  });
  return found;
}

/** Marks numbers in the texts that go through JSON.parse and JSON.stringify. Random, so that no other text has it. */
const mark = newKey();
const markedNumber = new RegExp(`"${mark}([^"]*)"`, 'g');

/** A number as it was written. Only `exactJson` may turn it into JSON. */
export class ExactNumber {
  constructor(readonly text: string) {}

  toJSON(): string {
    return mark + this.text;
  }
}

/** Like JSON.parse, but each number is an `ExactNumber`. @throws SyntaxError */
export function parseExact(json: string): unknown {
  JSON.parse(json);
  const parts: string[] = [];
  let done = 0;
  scanJson(json, (part, from, to) => {
    if (part !== 'number') return;
    parts.push(json.slice(done, from), `"${mark}${json.slice(from, to)}"`);
    done = to;
  });
  const marked = parts.join('') + json.slice(done);
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? new ExactNumber(value.slice(mark.length)) : value,
  );
}

/** Like JSON.stringify, with what `parseExact` gave as it was written. @param indent spaces; 0: on one line */
export function exactJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(markedNumber, '$1');
}

/** A task for programs: with its payload parsed, but its numbers digit for digit. */
export function taskJson(task: Pick<Task, 'payload' | 'payload_json'>): Record<string, unknown> {
  const { payload_json, ...rest } = task;
  return { ...rest, payload: (payload_json ?? null) === null ? task.payload : parseExact(task.payload) };
}
