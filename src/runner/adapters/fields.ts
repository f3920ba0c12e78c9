/** Reads what agents print, which may be anything. Pure. */

import { shortened } from '../../core/cutText';
import { oneLine } from '../../core/plainText';

export type Json = Readonly<Record<string, unknown>>;

/** What is at a path; undefined where the path leads nowhere. */
function at(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const name of path) {
    if (!isObject(inner) || !Object.hasOwn(inner, name)) return undefined;
    inner = inner[name];
  }
  return inner;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text that is not blank. */
export function textAt(value: unknown, ...path: string[]): string | null {
  const found = at(value, path);
  return typeof found === 'string' && found.trim() !== '' ? found : null;
}

export function numberAt(value: unknown, ...path: string[]): number | null {
  const found = at(value, path);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

export function objectAt(value: unknown, ...path: string[]): Json | null {
  const found = at(value, path);
  return isObject(found) ? found : null;
}

/** The objects of a list. */
export function objectsAt(value: unknown, ...path: string[]): Json[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The sum of numbers, where the first is known: the others are 0 where nothing is said of them. */
export function sumOf(first: number | null, ...more: (number | null)[]): number | null {
  return first === null ? null : more.reduce<number>((sum, one) => sum + (one ?? 0), first);
}

/** What a tool is called with, most telling first. */
const telling = [
  'command',
  'file_path',
  'filePath',
  'path',
  'pattern',
  'globPattern',
  'query',
  'url',
  'description',
];
const longestInput = 300;
const longestOutput = 2_000;
const longestDiff = 64 * 1024;

/** What a tool is called with, on one line. */
export function shortInput(input: unknown): string {
  if (typeof input === 'string') return shortened(oneLine(input), longestInput);
  const [found] = telling.flatMap((name) => textAt(input, name) ?? []);
  const text = found ?? (isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : '');
  return shortened(oneLine(text), longestInput);
}

/** The beginning of what a tool answered: a text, or blocks that have one. */
export function shortOutput(output: unknown): string | null {
  const text =
    typeof output === 'string'
      ? output
      : objectsAt({ output }, 'output')
          .map((block) => textAt(block, 'text') ?? '')
          .join('\n');
  return text.trim() === '' ? null : shortened(text.slice(0, 2 * longestOutput), longestOutput);
}

/** An edit as its lines: what is taken away, then what is put there. */
export function diffOf(file: string, before: string | null, after: string | null): string {
  const lines = (text: string | null, sign: string) =>
    text === null ? [] : text.split('\n').map((line) => sign + line);
  return shortDiff([`--- ${file}`, `+++ ${file}`, ...lines(before, '-'), ...lines(after, '+')].join('\n'));
}

export function shortDiff(diff: string): string {
  return shortened(diff, longestDiff);
}
