/**
 * Reads the shell and process tasks of `.vscode/tasks.json`. Tasks of other types, which an extension runs, and those
 * that a queue cannot do justice are noted instead. Pure.
 */

import { quoted } from '../../system/shellWords';
import { field, JsonTree, textIn } from './jsonTree';
import type { ChainStep, Command, Reading, SourceFile, SourceNoteCode } from './namedCommand';
import { ReadingBuilder } from './readingBuilder';
import { type ChainNode, chainOf } from './taskChain';
import { asksForPassword, blanksIn } from './vscodeVariables';

/** The part of a task that says what is run; a system's own part overrides it. */
interface Settings {
  type: string | null;
  command: unknown;
  args: unknown;
  cwd: string | null;
  env: Record<string, string>;
  shell: string | null;
}

const systems: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows', darwin: 'osx', linux: 'linux' };

/** A task as far as it was read. */
interface ReadTask extends ChainNode {
  name: string;
  line_number: number;
  description: string | null;
  hidden: boolean;
  /** Why it is not listed. */
  obstacle: { code: SourceNoteCode; type?: string } | null;
}

export function readTasksJson(file: SourceFile, platform: NodeJS.Platform): Reading {
  const found = new ReadingBuilder('vscode', file);
  const tree = JsonTree.of(file.text);
  if (tree === null) {
    found.note('unreadable', 1);
    return found;
  }
  const tasks = new Map<string, ReadTask>();
  for (const task of readTasks(tree, found, platform)) {
    if (!tasks.has(task.name)) tasks.set(task.name, task);
  }
  for (const task of tasks.values()) if (!task.hidden) list(task, tasks, found);
  return found;
}

function* readTasks(tree: JsonTree, found: ReadingBuilder, platform: NodeJS.Platform): Generator<ReadTask> {
  const given = tree.value('inputs');
  const inputs = Array.isArray(given) ? given : [];
  const shared = settingsOf(tree.value(), platform, null);
  for (const { value: task, line_number } of tree.children('tasks')) {
    const name = textIn(field(task, 'label')) ?? textIn(field(task, 'taskName'));
    if (name === null) continue;
    const settings = settingsOf(task, platform, shared);
    const dependsOn = labelsIn(field(task, 'dependsOn'));
    const type = settings.type ?? 'process';
    const description = textIn(field(task, 'detail'));
    const read: ReadTask = {
      name,
      line_number,
      description,
      hidden: field(task, 'hide') === true,
      obstacle: null,
      command: null,
      fit: false,
      dependsOn,
      sequence: field(task, 'dependsOrder') === 'sequence',
    };
    const command = commandOf(settings, type, platform);
    // A task without a command of its own has no type either.
    const isGroup = command === null && dependsOn.length > 0;
    if (!isGroup && type !== 'shell' && type !== 'process') read.obstacle = { code: 'other_type', type };
    else if (field(task, 'isBackground') === true) read.obstacle = { code: 'background' };
    else if (command !== null) {
      const { cwd, env } = settings;
      const folder = folderOf(cwd);
      const words = 'argv' in command ? command.argv : [command.line];
      const blanks = blanksIn([...words, folder, ...Object.values(env)], inputs);
      if (asksForPassword(blanks, inputs)) read.obstacle = { code: 'password' };
      else {
        const matchers = matchersIn(field(task, 'problemMatcher') ?? tree.value('problemMatcher'));
        const more = { folder, env, blanks, ...matchers };
        read.command = found.named({ name, line_number, description, command, ...more });
      }
    }
    read.fit = read.command !== null || (isGroup && read.obstacle === null);
    yield read;
  }
}

/** Lists a task, or notes why it is not listed. */
function list(task: ReadTask, tasks: ReadonlyMap<string, ReadTask>, found: ReadingBuilder): void {
  const { name, line_number, description, obstacle, command, dependsOn } = task;
  if (obstacle !== null) found.note(obstacle.code, line_number, { name, type: obstacle.type });
  else if (task.fit && dependsOn.length > 0) {
    const chain = chainOf(name, tasks);
    if (!Array.isArray(chain)) found.note(chain.code, line_number, { name, on: chain.on });
    else if (chain.length > 0) found.add({ ...ownPart(task, chain), name, line_number, description, chain });
  } else if (command !== null) found.add(command);
}

/** A group runs nothing itself. Whatever a step lacks is asked for once. */
function ownPart({ command }: ReadTask, chain: readonly ChainStep[]) {
  const all = chain.flatMap((step) => step.command.blanks);
  const blanks = [...new Map(all.map((blank) => [blank.placeholder, blank])).values()];
  return { folder: '', command: { argv: [] }, ...command, blanks };
}

/** @param shared what all tasks of the file have in common */
function settingsOf(task: unknown, platform: NodeJS.Platform, shared: Settings | null): Settings {
  const own = field(task, systems[platform] ?? '');
  const of = (name: string) => field(own, name) ?? field(task, name);
  const option = (name: string) => field(field(own, 'options'), name) ?? field(field(task, 'options'), name);
  const env = {
    ...textsOf(field(field(task, 'options'), 'env')),
    ...textsOf(field(field(own, 'options'), 'env')),
  };
  return {
    type: textIn(of('type')) ?? shared?.type ?? null,
    command: of('command'),
    args: of('args'),
    cwd: textIn(option('cwd')) ?? shared?.cwd ?? null,
    env: { ...shared?.env, ...env },
    shell: textIn(field(option('shell'), 'executable')) ?? shared?.shell ?? null,
  };
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string'));
}

/** A word of a command, which a task may say how to quote. */
interface Word {
  text: string;
  quoting: string | null;
}

function wordOf(value: unknown): Word | null {
  const given = field(value, 'value') ?? value;
  const text = Array.isArray(given) ? given.map(String).join(' ') : textIn(given);
  return text === null ? null : { text, quoting: textIn(field(value, 'quoting')) };
}

function commandOf(
  { command, args, shell }: Settings,
  type: string,
  platform: NodeJS.Platform,
): Command | null {
  const program = wordOf(command);
  if (program === null || program.text.trim() === '') return null;
  const words = (Array.isArray(args) ? args : []).flatMap((arg) => wordOf(arg) ?? []);
  if (type === 'process') return { argv: [program.text, ...words.map(({ text }) => text)] };
  // A command without arguments is a line as it stands, like `make && make install`.
  if (words.length === 0) return { line: program.text, shell };
  return { line: [program, ...words].map((word) => asWritten(word, platform)).join(' '), shell };
}

/** As VS Code does: words with blanks in them are quoted, all others are left to the shell, `$HOME` and `&&` included. */
function asWritten({ text, quoting }: Word, platform: NodeJS.Platform): string {
  const isQuoted = /^(['"]).*\1$/s.test(text);
  if (quoting === null && (isQuoted || !/\s/.test(text))) return text;
  if (platform === 'win32') return `"${text.replaceAll('"', '""')}"`;
  if (quoting === 'weak') return `"${text.replaceAll('"', '\\"')}"`;
  if (quoting === 'escape') return text.replace(/([\s"'\\$&|;<>()`*?])/g, '\\$1');
  return quoted(text);
}

/** Relative to the workspace where it starts there. */
function folderOf(cwd: string | null): string {
  const inside = /^\$\{(?:workspaceFolder|workspaceRoot|cwd)\}[\\/]*(.*)$/s.exec(cwd ?? '')?.[1];
  const folder = (inside ?? cwd ?? '').replace(/^\.(?:[\\/]+|$)/, '');
  return folder.replaceAll('\\', '/').replace(/(?<=.)\/+$/, '');
}

/** A task of a queue ends; what tells when a background task begins and ends is of no use to it. */
function matchersIn(given: unknown): { problem_matcher?: unknown[] } {
  const all = (Array.isArray(given) ? given : [given]).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return textIn(one)?.trim() ? [one] : [];
    const { background, watching, ...matcher } = one as Record<string, unknown>;
    return [matcher];
  });
  return all.length > 0 ? { problem_matcher: all } : {};
}

/** A label, or a list of them; a task that is named by its type and properties is in no file. */
function labelsIn(dependsOn: unknown): string[] {
  const all: unknown[] = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  return all.flatMap((one) =>
    one === undefined || one === null ? [] : [textIn(one) ?? textIn(field(one, 'type')) ?? '?'],
  );
}
