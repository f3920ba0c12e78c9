/** The comment lines at the top of a script that say what it is. Pure: text in, facts and problems out. */

import { isInside } from '../core/paths';

export interface HeaderProblem {
  /** Counted from 1. */
  line: number;
  column: number;
  /** One sentence. */
  message: string;
}

export interface ScriptHeader {
  name: string | null;
  description: string | null;
  /** As written; `parseInputs` takes it apart. */
  inputs: string | null;
  outputs: string | null;
  tags: string[];
  /** Seconds. */
  timeout: number | null;
  task_class: string | null;
  tool: string | null;
  /** Working folder, relative to the workspace. */
  cwd: string | null;
  problems: HeaderProblem[];
}

/** The keys of a header and what each means. */
export const headerKeys = {
  name: 'What the script is called; by default its file name without the extension',
  description: 'What it does, in one line',
  inputs: 'Its arguments, separated by commas',
  outputs: 'What it writes or prints',
  tags: 'Words to find it by, separated by commas',
  timeout: 'Seconds that a run may take: a positive whole number',
  task_class: 'Class of its tasks; by default that of its tool',
  tool: 'Tool that runs it; by default told by the extension, else by the first line',
  cwd: 'Working folder, relative to the workspace and inside it; by default the workspace',
} as const;
export type HeaderKey = keyof typeof headerKeys;

/** What a comment line of a header starts with. `REM` takes any case, needs a blank after it, and may have a `@` before it. */
export const commentPrefixes = ['#', '//', '--', ';', 'REM', '::', '%'] as const;

const comment = /^\s*(?:#|\/\/|--|;|::|%|@?rem(?=\s|$))(.*)$/i;

/** Longest timeout that a queue takes, in seconds: a year. */
const longestTimeout = 365 * 24 * 60 * 60;

interface Value {
  text: string;
  line: number;
  column: number;
}

/**
 * Reads the header of a script. Blank lines are passed over; the first line that is no comment ends it. A key that
 * comes twice has its last value; a value that makes no sense is a problem and counts as not given.
 * @param text the beginning of the file
 */
export function parseHeader(text: string, fileName: string): ScriptHeader {
  const values = valuesOf(text, /\.(bat|cmd)$/i.test(fileName));
  const textOf = (key: HeaderKey) => values.get(key)?.text || null;
  const problems: HeaderProblem[] = [];
  const checked = <T>(key: HeaderKey, check: (value: string) => T | string): T | null => {
    const value = values.get(key);
    if (!value?.text) return null;
    const result = check(value.text);
    if (typeof result !== 'string') return result;
    problems.push({ line: value.line, column: value.column, message: result });
    return null;
  };
  const timeout = checked('timeout', readTimeout);
  const cwd = checked('cwd', readFolder)?.folder ?? null;
  return {
    name: textOf('name'),
    description: textOf('description'),
    inputs: textOf('inputs'),
    outputs: textOf('outputs'),
    tags: (textOf('tags') ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    timeout,
    task_class: textOf('task_class'),
    tool: textOf('tool'),
    cwd,
    problems: problems.sort((a, b) => a.line - b.line),
  };
}

function valuesOf(text: string, batch: boolean): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const [index, line] of linesOf(text.replace(/^\uFEFF/, ''))) {
    if (line.trim() === '' || (batch && /^\s*@?echo\s+off\s*$/i.test(line))) continue;
    const body = comment.exec(line)?.[1];
    if (body === undefined) break;
    const colon = body.indexOf(':');
    const key = body
      .slice(0, Math.max(0, colon))
      .replace(/^[!\s]+/, '')
      .trim()
      .toLowerCase();
    if (!Object.hasOwn(headerKeys, key)) continue;
    const value = body.slice(colon + 1);
    const column = line.length - value.trimStart().length + 1;
    values.set(key, { text: withoutControls(value), line: index + 1, column });
  }
  return values;
}

/** Lines with their numbers, found one by one: most files have no header, and all the rest is never looked at. */
function* linesOf(text: string): Generator<[number, string]> {
  for (let number = 0, start = 0; start < text.length; number += 1) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    yield [number, line.endsWith('\r') ? line.slice(0, -1) : line];
    start = end < 0 ? text.length : end + 1;
  }
}

/** Values are shown in terminals and views: nothing in them may steer either. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

function readTimeout(text: string): number | string {
  const seconds = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= longestTimeout) return seconds;
  return `The timeout "${text}" is not a whole number of seconds from 1 to ${longestTimeout}.`;
}

function readFolder(text: string): { folder: string } | string {
  if (isInside(text)) return { folder: text.replaceAll('\\', '/') };
  return `The working folder "${text}" does not lie inside the workspace.`;
}
