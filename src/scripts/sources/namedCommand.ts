/** What the files of other programs name to run: npm scripts, make targets and the like. Pure. */

/** Who runs what a file names. `task` is Task's Taskfile, `vscode` is `.vscode/tasks.json`. */
export const sourceNames = ['npm', 'make', 'just', 'task', 'vscode'] as const;
export type SourceName = (typeof sourceNames)[number];

/** A program with its arguments, or a line for a shell; without a shell, for the one that the queue chooses. */
export type Command = { argv: string[] } | { line: string; shell: string | null };

/** A text in a command that stands for a value, and is replaced when the command is queued. */
export interface Blank {
  /** As the command has it: `${input:target}`. */
  placeholder: string;
  /** Null where a person has to be asked: nobody else knows the value. */
  fact: Fact | null;
  /** What the file says about it. */
  description: string | null;
  /** The value that it has if nothing else is chosen. */
  fallback: string | null;
  /** The values that it may have; null for any. */
  choices: { value: string; label: string }[] | null;
}

/** What can be told without asking. */
export type Fact = 'workspace' | 'workspace_name' | 'home' | 'separator';

/** One of several commands that are queued together. */
export interface ChainStep {
  command: NamedCommand;
  /** The steps before it that must finish first, by their place. */
  after: number[];
}

/** One thing to run. */
export interface NamedCommand {
  source: SourceName;
  name: string;
  description: string | null;
  /** The file that names it, relative to the workspace, with forward slashes. */
  path: string;
  /** Where in that file, from 1. */
  line_number: number;
  /** Where it runs, relative to the workspace; the empty string for the workspace itself. */
  folder: string;
  command: Command;
  env: Record<string, string>;
  blanks: Blank[];
  /** Problem matchers for its output: names, or definitions as in tasks.json. */
  problem_matcher?: unknown[];
  /** What is queued instead of `command`, where that depends on others. */
  chain?: ChainStep[];
}

/** What commands and menus know a named command by: `npm:packages/app/package.json:build`. */
export function idOfNamed({ source, path, name }: Pick<NamedCommand, 'source' | 'path' | 'name'>): string {
  return `${source}:${path}:${name}`;
}

/** The tool that runs it. */
export function toolOfNamed({ command }: Pick<NamedCommand, 'command'>): 'run-command' | 'run-shell' {
  return 'argv' in command ? 'run-command' : 'run-shell';
}

/** Why something that a file names is not listed. */
export type SourceNoteCode =
  | 'unreadable'
  | 'too_large'
  | 'computed'
  | 'included'
  | 'other_type'
  | 'password'
  | 'background'
  | 'depends_missing'
  | 'depends_other'
  | 'depends_cycle'
  | 'depends_many';

/** Something that a file names and that is not listed, or a file that cannot be read. */
export interface SourceNote {
  source: SourceName;
  path: string;
  line_number: number;
  code: SourceNoteCode;
  /** `on`: the task that it depends on. */
  values: { name?: string; type?: string; on?: string };
}

export interface SourceFile {
  /** Relative to the workspace, with forward slashes. */
  path: string;
  text: string;
}

/** What a file names. */
export interface Reading {
  commands: NamedCommand[];
  notes: SourceNote[];
}
