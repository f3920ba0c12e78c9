/**
 * What the options, arguments and help texts of commands share. Text that is no number at all is a mistake of usage
 * (exit code 2); a value that is not allowed is refused (exit code 1).
 */

import { Argument, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { awakeChoices } from '../../client/wakefulness';
import { toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { afterPolicies, type Needs, worktreeKinds } from '../../core/model';
import { invalid } from '../../core/refusals';
import { parseDelay, parseTime } from '../../core/times';
import { checkChoice, checkWhole, parseNeeds, requireText } from '../../core/validation';
import { wordsOfCheck } from '../../system/shellWords';

/** The last part of every command's help: command lines to try. */
export function example(...lines: string[]): string {
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => `  $ ${line}`)].join(
    '\n',
  );
}

/** A task id for examples. */
export const sampleId = 'tsk_0a1b2c3d4e5f';

export const taskArgument = new Argument('<task>', 'task id').argParser(nonBlank('Task'));
export const streamArgument = new Argument('<stream>', 'name or id').argParser(nonBlank('Stream'));

/** Text without the blanks around it; refused when nothing is left. */
export function nonBlank(field: string): (text: string) => string {
  return (text) => requireText(field, text);
}

/** One of the given words. */
export function choice<T extends string>(field: string, words: readonly T[]): (text: string) => T {
  return (text) => checkChoice(field, text.trim(), words);
}

/** How long a task may take: `--timeout` and `--kill-after`. */
export const timeoutOption = new Option(
  '--timeout <seconds>',
  'late after this; stopped after twice as long, or after its kill-after',
).argParser(parseNumber);
export const killAfterOption = new Option(
  '--kill-after <seconds>',
  "stopped after this, whatever the timeout; by default the tool's, else twice the timeout",
).argParser(parseNumber);

/** What a new task may have, whichever command queues it. */
export const labelOption = new Option('--label <text>', 'name shown in lists');
export const notBeforeOption = new Option('--not-before <when>', 'a time, or a delay such as 10m').argParser(
  instant('not-before'),
);
export const afterOption = new Option(
  '--after <id>',
  'wait until this task has finished; repeatable',
).argParser(collect);
export const afterPolicyOption = new Option(
  '--after-policy <what>',
  `if that task fails: ${afterPolicies.join(', ')}`,
).argParser(choice('after-policy', afterPolicies));
export const maxAttemptsOption = new Option('--max-attempts <count>', 'how many attempts it has').argParser(
  parseInteger,
);
export const needsOption = new Option(
  '--needs <resources>',
  'what a run needs of the machine for itself, such as gpu or gpu=2,port-3000; repeatable',
).argParser(collectNeeds);
export const changedNeedsOption = new Option(
  '--needs <resources>',
  'what each run needs of the machine for itself, such as gpu or gpu=2,port-3000; none clears it',
).argParser((text) => (text.trim() === 'none' ? {} : (parseNeeds(text) ?? {})));
export const verifyOption = new Option(
  '--verify <command>',
  "a command, quoted, that checks what the task did once it has succeeded; by default the tool's",
).argParser((text) => wordsOfCheck(requireText('Verify', text)));
export const changedVerifyOption = new Option(
  '--verify <command>',
  "a command, quoted, that checks what the task did once it has succeeded; none for the tool's",
).argParser((text) => (isNone(text) ? 'none' : wordsOfCheck(text)));
export const fallBackOption = new Option(
  '--fall-back',
  "while the account of its tool rests, the tool's `fallback` may run it",
);
export const worktreeOption = new Option(
  '--worktree <kind>',
  `where its agent works: ${worktreeKinds.join(', ')}; by default where its stream or its tool says`,
).argParser(choice('worktree', worktreeKinds));
export const changedWorktreeOption = new Option(
  '--worktree <kind>',
  `where agents work: ${worktreeKinds.join(', ')}; default for where that is said otherwise`,
).argParser(choice('worktree', [...worktreeKinds, 'default'] as const));
export const keepAwakeOption = new Option(
  '--keep-awake <when>',
  `keep the machine awake while it owns the queue: ${awakeChoices.join(', ')}; by default never`,
).argParser(choice('keep-awake', awakeChoices));
export const frontOption = new Option('--front', 'before all that is queued in the stream');
export const keyOption = new Option(
  '--key <text>',
  'the same key in the same stream returns the first task again',
).argParser(nonBlank('Key'));

function collectNeeds(text: string, before: Needs = {}): Needs {
  return { ...before, ...parseNeeds(text) };
}

function collect(value: string, before: string[] = []): string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  ];
}

/** A whole number, of either sign. */
export function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text.trim())) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A whole number of at least `least`, where the queue is not asked. */
export function wholeFrom(field: string, least: number, most?: number): (text: string) => number {
  return (text) => checkWhole(field, parseInteger(text), least, most);
}

/** A whole number, or `none`, as is nothing at all: what was set before is cleared. (Commander loses a null.) */
export function parseIntegerOrNone(text: string): number | 'none' {
  return isNone(text) ? 'none' : parseInteger(text);
}

/** A number; the queue decides whether it is in range. */
export function parseNumber(text: string): number {
  const number = Number(text.trim() === '' ? Number.NaN : text);
  if (!Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.');
  return number;
}

/** A number, or `none`, as is nothing at all. */
export function parseNumberOrNone(text: string): number | 'none' {
  return isNone(text) ? 'none' : parseNumber(text);
}

function isNone(text: string): boolean {
  return ['', 'none'].includes(text.trim());
}

/** A number of seconds, fractions included, or a length of time such as `10m`. */
export function parseSeconds(text: string): number {
  const seconds = parseDelay(text) ?? parseNumber(text);
  if (seconds < 0) throw new InvalidArgumentError('It must be a number of seconds, or such as 90s or 10m.');
  return seconds;
}

/** An instant from ISO 8601 text, local time where it names no zone, or from a delay such as `10m`. */
export function instant(field: string): (text: string) => string {
  return (text) => {
    const at = parseTime(text, Date.now(), 'local');
    if (at !== null) return toInstant(at);
    throw invalid(
      field,
      text,
      'Provide a time such as 2026-01-31T09:00 or 2026-01-31T09:00:00Z, or a delay such as 10m or 2h',
    );
  };
}

/** JSON of any kind, as it was given. */
export function checkJson(field: string, text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw invalid(field, text, 'Provide valid JSON (e.g., \'{"key": "value"}\')');
  }
}

/** The fields of a change that were given. @param command whose help lists them */
export function given<T extends object>(change: T, command: string): T {
  const fields = Object.entries(change).filter(([, value]) => value !== undefined);
  if (fields.length > 0) return Object.fromEntries(fields) as T;
  throw new QueueError('missing_field', 'Nothing to change was given', `See: sparkq ${command} --help`);
}

/** Whether a parsed JSON value is an object, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
