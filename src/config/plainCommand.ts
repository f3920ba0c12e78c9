/** The payloads of tools that run any command: `argv`, a program with its arguments, or `line`, a line for a shell. Pure. */

import type { ToolConfig } from '../core/config';
import { shortened } from '../core/cutText';
import { ExactNumber, parseExact } from '../core/exactJson';
import { invalid } from '../core/refusals';
import { commandText, systemShell } from '../system/shellWords';

/** Characters of a label; what a row shows of it is shorter. */
const longestLabel = 200;

/** Problem matchers of a task. */
const mostMatchers = 20;

type Fields = Readonly<Record<string, unknown>>;

/** Whether a tool runs the command that is in its tasks' payloads. */
export function runsAnyCommand(tool: ToolConfig | undefined): boolean {
  return Boolean(tool?.command) && (tool?.input === 'argv' || tool?.input === 'line');
}

/** Whether a prompt is of use to a tool. */
export function takesPrompts(tool: ToolConfig | undefined): boolean {
  return tool?.input !== 'script' && !runsAnyCommand(tool);
}

/**
 * The label that a payload's command makes; null for a tool that runs no command of a payload.
 * @param payload JSON text of an object
 * @throws QueueError `invalid_field` for a payload that has no command, or fields that are of no use to it
 */
export function labelOfCommand(payload: string, tool: ToolConfig | undefined): string | null {
  if (!runsAnyCommand(tool)) return null;
  const fields = parseExact(payload) as Fields;
  for (const name of ['cwd', 'shell']) checkOptionalText(fields, name);
  checkVariables(fields.env);
  checkMatcher(fields.problem_matcher);
  const command = tool?.input === 'argv' ? commandText(argvOf(fields)) : lineOf(fields);
  return shortened(command.replace(/\s+/g, ' ').trim(), longestLabel);
}

function argvOf({ argv }: Fields): string[] {
  const words = Array.isArray(argv) ? argv.map(plainText) : [];
  if (words.length === 0 || words.includes(null) || words[0]?.trim() === '')
    throw invalid('payload', shown(argv), 'It needs {"argv": ["PROGRAM", "ARGUMENT", ...]}.');
  return words.filter((word) => word !== null);
}

function lineOf({ line }: Fields): string {
  const text = typeof line === 'string' ? plainText(line) : null;
  if (text === null || text.trim() === '')
    throw invalid('payload', shown(line), 'It needs {"line": "COMMAND LINE"}.');
  return text;
}

function checkOptionalText(fields: Fields, name: string): void {
  const value = fields[name] ?? null;
  if (value === null || (typeof value === 'string' && plainText(value) !== null)) return;
  throw invalid(name, shown(value), `"${name}" of the payload must be text.`);
}

function checkVariables(env: unknown): void {
  if (env === undefined || env === null) return;
  const object = isPlainObject(env);
  const entries = object ? Object.entries(env) : [];
  if (!object || entries.some(([name, value]) => !/^[^=\0]+$/.test(name) || plainText(value) === null))
    throw invalid(
      'env',
      object ? '{...}' : shown(env),
      '"env" of the payload must be {"NAME": "VALUE", ...}.',
    );
}

function isPlainObject(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** Whether a matcher is any good shows when there is output: names may be those of other extensions. */
function checkMatcher(given: unknown): void {
  const all = Array.isArray(given) ? given : [given ?? null];
  const fit = (one: unknown) =>
    one === null || (typeof one === 'string' ? one.trim() !== '' : isPlainObject(one));
  if (all.length <= mostMatchers && all.every(fit)) return;
  throw invalid(
    'problem_matcher',
    shown(given),
    '"problem_matcher" of the payload must be a name such as "$tsc", a definition as in tasks.json, or a list of them.',
  );
}

/** What reaches a program as text; null for anything else. */
function plainText(value: unknown): string | null {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' && !value.includes('\0') ? value : null;
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : shortened(JSON.stringify(value) ?? '', 80);
}

/** One word is a line for a shell if it has blanks, or if a shell is named. */
export function isLine(words: readonly string[], shell: string | undefined): boolean {
  return words.length === 1 && (shell !== undefined || /\s/.test(words[0]?.trim() ?? ''));
}

/** The tool that runs these words, and its payload. Several words are never made into a line. */
export function workOf(
  words: readonly string[],
  shell: string | undefined,
  here: Readonly<Record<string, unknown>> = {},
) {
  return isLine(words, shell)
    ? { tool_name: 'run-shell', payload: { line: String(words[0]), shell: shell ?? systemShell, ...here } }
    : { tool_name: 'run-command', payload: { argv: words, ...here } };
}
