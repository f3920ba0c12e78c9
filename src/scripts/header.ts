/** Parses the comment header of a script. Pure. */

import { messageWithHint } from '../core/errors';
import type { Needs } from '../core/model';
import { saveAsUtf8 } from '../core/textBytes';
import { isInside, parseNeeds } from '../core/validation';
import { wordsOfCheck } from '../system/shellWords';

export interface HeaderProblem {
  /** One-based. */
  line: number;
  column: number;
  /** One sentence. */
  message: string;
}

export interface ScriptHeader {
  name: string | null;
  description: string | null;
  /** As written; see `parseInputs`. */
  inputs: string | null;
  outputs: string | null;
  tags: string[];
  /** Seconds. */
  timeout: number | null;
  /** Seconds. */
  kill_after: number | null;
  task_class: string | null;
  tool: string | null;
  /** What a run needs of the machine. */
  needs: Needs | null;
  /** Program and arguments that check a run. */
  verify: string[] | null;
  /** Working folder, relative to the workspace. */
  cwd: string | null;
  problems: HeaderProblem[];
}

/** The keys of a header with their meaning. */
export const headerKeys = {
  name: 'Name of the script; default: its file name without the extension',
  description: 'One-line description',
  inputs: 'Arguments, separated by commas',
  outputs: 'What it writes or prints',
  tags: 'Search terms, separated by commas',
  timeout: 'Seconds after which a run is late, a positive whole number; it is stopped after `kill_after`',
  kill_after: "Seconds after which a run is stopped; default: its tool's, else twice the timeout",
  task_class: "Class of its tasks; default: its tool's",
  needs: 'What a run needs of the machine for itself, separated by commas: `gpu`, `port-3000`, `gpu=2`',
  verify: "Command that checks a run once it has succeeded; default: its tool's",
  tool: 'Tool that runs it; default: determined by the extension, or else by the first line',
  cwd: 'Working folder, relative to the workspace and inside it; default: the workspace',
} as const;
export type HeaderKey = keyof typeof headerKeys;

/** Prefixes of comment lines. `REM` is case-insensitive, is followed by a space, and may be preceded by `@`. */
export const commentPrefixes = ['#', '//', '--', ';', 'REM', '::', '%'] as const;

const comment = /^\s*(?:#|\/\/|--|;|::|%|@?rem(?=\s|$))(.*)$/i;

/** The longest timeout that a queue accepts, in seconds: a year. */
const longestTimeout = 365 * 24 * 60 * 60;

interface Value {
  text: string;
  line: number;
  column: number;
}

/**
 * Parses the header of a script. Blank lines are skipped; the first line that is not a comment ends it. A key that
 * occurs twice has its last value; an invalid value is a problem and counts as missing.
 * @param text the start of the file
 */
export function parseHeader(text: string, fileName: string): ScriptHeader {
  const values = valuesOf(text, /\.(bat|cmd)$/i.test(fileName));
  const textOf = (key: HeaderKey) => values.get(key)?.text || null;
  const problems: HeaderProblem[] = [];
  for (const [key, value] of values) {
    if (!value.text.includes('\ufffd')) continue;
    const { line, column } = value;
    problems.push({ line, column, message: `The ${key} is not UTF-8 text. ${saveAsUtf8}` });
    values.delete(key);
  }
  const checked = <T>(key: HeaderKey, check: (value: string) => T | string): T | null => {
    const value = values.get(key);
    if (!value?.text) return null;
    const result = check(value.text);
    if (typeof result !== 'string') return result;
    problems.push({ line: value.line, column: value.column, message: result });
    return null;
  };
  const timeout = checked('timeout', secondsOf('timeout'));
  const killAfter = checked('kill_after', secondsOf('kill_after'));
  const needs = checked('needs', readNeeds)?.needs ?? null;
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
    kill_after: killAfter,
    task_class: textOf('task_class'),
    tool: textOf('tool'),
    needs,
    verify: checked('verify', wordsOfCheck),
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

/** Numbered lines, split lazily: most files have no header, and the rest is never read. */
function* linesOf(text: string): Generator<[number, string]> {
  for (let number = 0, start = 0; start < text.length; number += 1) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    yield [number, line.endsWith('\r') ? line.slice(0, -1) : line];
    start = end < 0 ? text.length : end + 1;
  }
}

/** Removes control characters, because values are shown in terminals and views. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

function secondsOf(key: HeaderKey): (text: string) => number | string {
  return (text) => {
    const seconds = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (seconds >= 1 && seconds <= longestTimeout) return seconds;
    return `The ${key} "${text}" is not a whole number of seconds from 1 to ${longestTimeout}.`;
  };
}

function readNeeds(text: string): { needs: Needs | null } | string {
  try {
    return { needs: parseNeeds(text) };
  } catch (error) {
    return `${messageWithHint(error)}.`;
  }
}

function readFolder(text: string): { folder: string } | string {
  if (isInside(text)) return { folder: text.replaceAll('\\', '/') };
  return `The working folder "${text}" is outside the workspace.`;
}
