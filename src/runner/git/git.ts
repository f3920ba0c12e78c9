/** Runs git for answers that nothing depends on, and so that git starts no program that the repository names. */

import { startGit } from './startGit';

/** A git that takes longer is not waited for, milliseconds. */
const timeout = 3_000;

/** The monitor of changed files, and the folder of hooks: git has one setting for each. */
const alwaysOff = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];

/** Programs that git's settings name, and that are off while we ask git. */
export interface NamedPrograms {
  /** Names of the filters that files can have (`filter=lfs` in .gitattributes). */
  filters: readonly string[];
  hooks: readonly string[];
}

/**
 * What git prints when it runs in `folder` with every program off that its settings name; null where it fails, is not
 * installed, or does not answer in time.
 */
export async function askGit(
  folder: string,
  args: readonly string[],
  { programs, input = '', index }: Question = {},
): Promise<string | null> {
  const off = programs ?? (await namedPrograms(folder));
  return off && runGit(folder, [...switchesOff(off), ...args], input, index);
}

export type AskGit = (
  args: readonly string[],
  question?: Omit<Question, 'programs'>,
) => Promise<string | null>;

/**
 * For several questions at one moment: like `askGit`. Null where none can be asked.
 * @param known the programs that git's settings name, where they have been read already
 */
export async function openGit(folder: string, known?: NamedPrograms): Promise<AskGit | null> {
  const programs = known ?? (await namedPrograms(folder));
  return programs && ((args, question) => askGit(folder, args, { ...question, programs }));
}

interface Question {
  /** Where they are known already: finding them takes a call of its own. */
  programs?: NamedPrograms;
  /** For git's stdin. */
  input?: string;
  /** The file to use as git's index. */
  index?: string;
}

/**
 * The filters and hooks that git's settings name for `folder`, whichever file they are in; null where git cannot tell,
 * or where one of them could not be switched off.
 */
export async function namedPrograms(folder: string): Promise<NamedPrograms | null> {
  const keys = await runGit(folder, ['config', '--list', '--name-only', '-z']);
  return keys === null ? null : parseNamedPrograms(keys);
}

/** Parses the output of `git config --list --name-only -z`; null if `git -c` cannot express one of the names. */
export function parseNamedPrograms(keys: string): NamedPrograms | null {
  const names = { filter: new Set<string>(), hook: new Set<string>() };
  for (const key of keys.split('\0')) {
    const [, kind, name] = /^(filter|hook)\.(.*)\.[^.]*$/s.exec(key) ?? [];
    if (name === undefined) continue;
    // `-c` ends a key at the first `=`; other characters may not arrive as they are.
    if (!/^[ -<>-~]*$/.test(name)) return null;
    names[kind === 'filter' ? 'filter' : 'hook'].add(name);
  }
  return { filters: [...names.filter], hooks: [...names.hook] };
}

/** Options for git. Filters and hooks can be switched off one by one only. */
export function switchesOff({ filters, hooks }: NamedPrograms): string[] {
  const settings = [
    ...filters.flatMap((name) =>
      ['clean=', 'smudge=', 'process=', 'required=false'].map((setting) => `filter.${name}.${setting}`),
    ),
    ...hooks.map((name) => `hook.${name}.enabled=false`),
  ];
  return [...alwaysOff, ...settings.flatMap((setting) => ['-c', setting])];
}

async function runGit(
  folder: string,
  args: readonly string[],
  input = '',
  index?: string,
): Promise<string | null> {
  const answer = await startGit(folder, args, { input, index, timeout });
  return answer?.code === 0 ? answer.stdout : null;
}
