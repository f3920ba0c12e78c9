/** Creates the task that runs what a file names. */

import os from 'node:os';
import path from 'node:path';
import { shortened } from '../../core/cutText';
import { QueueError } from '../../core/errors';
import { newKey } from '../../core/ids';
import { mergeVariables } from '../../system/environment';
import { commandText } from '../../system/shellWords';
import type { Fact, NamedCommand } from './namedCommand';

/** The named command's part of a new task; add the stream, and pass it to `Queue.enqueue`. */
export interface NamedCommandTask {
  tool_name: string;
  payload: Record<string, unknown>;
  label?: string;
}

/** One of the tasks of a named command; `key` and `after` as in one call of the queue. */
export interface NamedCommandStep extends NamedCommandTask {
  key?: string;
  after?: string[];
}

/** Characters of a label. */
const longestLabel = 200;

/** Where the task is to run. */
export interface Setting {
  /** Absolute path of the workspace folder. */
  workspace: string;
  /** The shell of lines that name none. */
  shell: string;
  /** Variables of every task, such as PATH. */
  env: Readonly<Record<string, string>>;
  /** How people read a folder that the task runs in; as it is by default. */
  shownFolder?: (folder: string) => string;
  platform?: NodeJS.Platform;
}

/**
 * The task that runs a named command.
 * @param answers what each blank that is no fact is filled with, by its placeholder; its fallback if that is missing
 * @throws QueueError if a value is missing, or cannot safely stand in a line of the shell
 */
export function taskForNamedCommand(
  named: NamedCommand,
  answers: ReadonlyMap<string, string>,
  setting: Setting,
): NamedCommandTask {
  const values = new Map<string, string>();
  for (const { placeholder, fact, fallback } of named.blanks) {
    const value = fact ? factIn(setting, fact) : (answers.get(placeholder) ?? fallback);
    if (value === null) {
      throw new QueueError(
        'missing_field',
        `${named.name} needs a value for ${placeholder}`,
        `It is named in ${named.path}`,
      );
    }
    values.set(placeholder, value);
  }
  const fill = filler(values);
  const own = Object.fromEntries(Object.entries(named.env).map(([name, value]) => [name, fill(value)]));
  const env = mergeVariables(setting.env, own);
  const cwd = fill(named.folder);
  const place = cwd === '' ? {} : { cwd };
  const { command, source, problem_matcher: matcher } = named;
  const { shownFolder = (folder: string) => folder } = setting;
  const watched = matcher === undefined ? {} : { problem_matcher: matcher };
  // The queue names a task after its command. That does not tell apart the same script of two packages.
  const label = (text: string) =>
    source === 'vscode'
      ? { label: named.name }
      : cwd === ''
        ? {}
        : { label: shortened(`${shownFolder(cwd)}: ${text}`, longestLabel) };
  if ('argv' in command) {
    const argv = command.argv.map(fill);
    return {
      tool_name: 'run-command',
      payload: { argv, ...place, ...some(env), ...watched },
      ...label(commandText(argv)),
    };
  }
  const shell = command.shell ?? setting.shell;
  const { line, given } = filledLine(command.line, values, shell);
  const payload = { line, shell, ...place, ...some({ ...env, ...given }), ...watched };
  return { tool_name: 'run-shell', payload, ...label(line) };
}

/**
 * The tasks that run a named command and what it depends on, to be queued by one call.
 * @throws QueueError as taskForNamedCommand
 */
export function tasksForNamedCommand(
  named: NamedCommand,
  answers: ReadonlyMap<string, string>,
  setting: Setting,
): NamedCommandStep[] {
  const { chain = [] } = named;
  if (chain.length === 0) return [taskForNamedCommand(named, answers, setting)];
  const start = newKey();
  const keyOf = (step: number) => `${start}/${step}`;
  return chain.map(({ command, after }, step) => ({
    ...taskForNamedCommand(command, answers, setting),
    key: keyOf(step),
    ...(after.length > 0 ? { after: after.map(keyOf) } : {}),
  }));
}

function some(env: Record<string, string>): { env?: Record<string, string> } {
  return Object.keys(env).length > 0 ? { env } : {};
}

function factIn({ workspace, platform = process.platform }: Setting, fact: Fact): string {
  switch (fact) {
    case 'workspace':
      return workspace;
    case 'workspace_name':
      return path.basename(workspace);
    case 'home':
      return os.homedir();
    case 'separator':
      return platform === 'win32' ? '\\' : '/';
  }
}

/** Replaces all placeholders at once: a value that looks like one stays as it is. */
function filler(values: ReadonlyMap<string, string>): (text: string) => string {
  if (values.size === 0) return (text) => text;
  const pattern = placeholdersOf(values);
  return (text) => text.replace(pattern, (placeholder) => values.get(placeholder) ?? placeholder);
}

function placeholdersOf(values: ReadonlyMap<string, string>): RegExp {
  const escaped = [...values.keys()].map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}

// ------------------------------------------------------------------ lines of a shell

const posixShells = /^(?:sh|bash|dash|ash|zsh|ksh)(?:\.exe)?$/i;

/** What no shell reads as anything but itself, in double quotes. */
const harmless = /^[\p{L}\p{M}\p{N} ._:\\/@+=,~()-]*$/u;

/**
 * A value in a line could be read as part of the line: `; rm -rf ~`. So a POSIX shell gets the name of a variable, and
 * the value with the environment. Other shells get only values that they cannot read as anything else.
 */
function filledLine(
  line: string,
  values: ReadonlyMap<string, string>,
  shell: string,
): { line: string; given: Record<string, string> } {
  const given: Record<string, string> = {};
  if (values.size === 0) return { line, given };
  const posix = posixShells.test(shell.split(/[\\/]/).at(-1) ?? '');
  const names = new Map(
    [...values.keys()].map((placeholder, index) => [placeholder, `SPARKQ_VALUE_${index + 1}`]),
  );
  const filled = line.replace(placeholdersOf(values), (placeholder, at: number) => {
    const value = values.get(placeholder) ?? '';
    const quote = quoteAt(line, at, posix);
    if (!posix) return checked(placeholder, value, quote);
    const name = names.get(placeholder) ?? '';
    given[name] = value;
    const variable = `\${${name}}`;
    if (quote === '"') return variable;
    return quote === "'" ? `'"${variable}"'` : `"${variable}"`;
  });
  return { line: filled, given };
}

/** The quote that is open at a place of a line; empty for none. */
function quoteAt(line: string, end: number, posix: boolean): string {
  let open = '';
  for (let at = 0; at < end; at += 1) {
    const char = line[at] ?? '';
    if (posix && char === '\\' && open !== "'") at += 1;
    else if (open === char) open = '';
    else if (open === '' && (char === '"' || (posix && char === "'"))) open = char;
  }
  return open;
}

function checked(placeholder: string, value: string, quote: string): string {
  if (harmless.test(value)) return quote === '' && /[ ,=()]/.test(value) ? `"${value}"` : value;
  throw new QueueError(
    'invalid_field',
    `The value of ${placeholder} has characters that the shell would read as its own`,
    'Choose another value, or change the task to type "process", which needs no shell',
  );
}
