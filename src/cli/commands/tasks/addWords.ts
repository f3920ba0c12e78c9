/** What the words and options of `sparkq add` ask for: one command, or a batch. */

import fs from 'node:fs';
import { nameMark, withName } from '../../../client/nameMark';
import { realPathOf } from '../../../client/registry';
import { isLine, workOf } from '../../../config/plainCommand';
import { anyAgent } from '../../../core/config';
import type { AfterPolicy, Needs, WorktreeKind } from '../../../core/model';
import type { NewTaskOfMany } from '../../../core/queue';
import { fileNotFound, invalid } from '../../../core/refusals';
import { textOfBytes } from '../../../core/textBytes';
import { whenFreeSync } from '../../../system/heldFiles';
import { readStdin } from '../../terminal/streams';
import { namesOfFiles, namesOfText } from './eachName';
import { tasksOfLines } from './taskLines';

/** The options that are about one task, however many are queued. */
interface TaskOptions {
  timeout?: number;
  killAfter?: number;
  notBefore?: string;
  after?: string[];
  afterPolicy?: AfterPolicy;
  maxAttempts?: number;
  needs?: Needs;
  verify?: string[];
  fallBack?: true;
  worktree?: WorktreeKind;
}

export interface AddOptions extends TaskOptions {
  stream?: string;
  shell?: string;
  cwd?: string;
  label?: string;
  front?: true;
  key?: string;
  each?: string[];
  from?: string;
  tool?: string;
  jobs?: number;
  stopAfter?: number;
  then?: string;
  thenPolicy?: AfterPolicy;
  dryRun?: true;
  wait?: true;
  follow?: true;
  printId?: true;
}

export function settingsOf(options: TaskOptions) {
  return {
    timeout: options.timeout,
    kill_after: options.killAfter,
    not_before: options.notBefore,
    after: options.after,
    after_policy: options.afterPolicy,
    max_attempts: options.maxAttempts,
    needs: options.needs,
    verify: options.verify,
    fall_back: options.fallBack,
    worktree: options.worktree,
  };
}

/** What is wrong with the words and options of a command line as a whole. */
export function usageProblem(words: readonly string[], options: AddOptions): string | undefined {
  const { each, from, shell, tool } = options;
  if (from === undefined && words.length === 0) return "missing required argument 'command'";
  if (tool !== undefined && (from === undefined || !isMarkdown(from)))
    return '--tool is for --from with a checklist in Markdown';
  if (from !== undefined && words.length > 0) return '--from takes no command: each line says what to run';
  if (shell !== undefined && words.length > 1)
    return '--shell reads one line: put the whole command in quotes';
  if (each === undefined && from === undefined) {
    const alone = Object.entries({
      '--jobs': options.jobs,
      '--stop-after': options.stopAfter,
      '--then': options.then,
      '--then-policy': options.thenPolicy,
    }).find(([, value]) => value !== undefined);
    return alone && `${alone[0]} is for --each or --from`;
  }
  if (options.follow) return '--follow is for one command: try --wait';
  if (each === undefined) return undefined;
  if (isLine(words, shell))
    return `--each fills in ${nameMark} in arguments only, never in a line for a shell`;
  const end = words.indexOf('--');
  if (end > 0 && words.slice(0, end).every((word) => fs.existsSync(word)))
    return 'put the pattern of --each in quotes, so that the shell does not replace it';
  if (!words.some((word) => word.includes(nameMark)))
    return `--each needs ${nameMark} in the command, where the name goes`;
  return undefined;
}

/** The folder in which the commands run: there, names of files are found. */
export function ownFolder({ cwd }: AddOptions): string {
  return realPathOf(cwd ?? process.cwd());
}

/** The tasks of `--each` or `--from`. */
export async function batchTasks(
  words: readonly string[],
  options: AddOptions,
  folder: string,
  here: Readonly<Record<string, unknown>>,
): Promise<NewTaskOfMany[]> {
  const settings = settingsOf(options);
  const { each = [], from } = options;
  if (from !== undefined) {
    const text = from === '-' ? await readStdin() : textOfFile(from);
    if (isMarkdown(from)) return tasksOfPlan(text, options);
    const tasks = tasksOfLines(text, from);
    return tasks.map((task) => ({ known_tool: true, ...settings, ...withoutUndefined(task) }));
  }
  const names = each.includes('-') ? namesOfText(await readStdin()) : await namesOfFiles(each, folder);
  return names.map((name) => ({ ...workOf(withName(words, name), undefined, here), ...settings }));
}

function isMarkdown(file: string): boolean {
  return /\.(?:md|markdown)$/i.test(file);
}

/** The open items of a checklist as prompts. */
async function tasksOfPlan(
  text: string,
  { from = '', tool, ...options }: AddOptions,
): Promise<NewTaskOfMany[]> {
  const { openItems, tasksOfItems } = await import('../../../scripts/checklist');
  const items = openItems(text);
  if (items.length === 0)
    throw invalid('from', from, 'It has no open item, such as "- [ ] Write the tests".');
  const { after, ...settings } = withoutUndefined(settingsOf(options));
  return tasksOfItems(items, new Set(items.keys()), tool ?? anyAgent).map((task) => ({
    known_tool: tool !== undefined,
    ...settings,
    ...task,
    after: [...(after ?? []), ...(task.after ?? [])],
  }));
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function textOfFile(file: string): string {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) throw fileNotFound('File', file);
  return textOfBytes(
    whenFreeSync(file, () => fs.readFileSync(file)),
    file,
  );
}
