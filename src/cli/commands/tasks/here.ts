/** Where and in what environment a command is to run: as it would run in the terminal of whoever queues it. */

import fs from 'node:fs';
import path from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { realPathOf } from '../../../client/registry';
import { invalid } from '../../../core/refusals';
import { relativePath } from '../../../scripts/paths';
import { mainName } from '../../../store/mainStream';
import type { CommandContext } from '../../context';
import { confirmOnTerminal } from '../../terminal/dialogue';
import { nonBlank } from '../../terminal/options';
import { environmentOfCaller } from './callerEnvironment';

export const streamOption = new Option(
  '-s, --stream <stream>',
  `name or id; by default ${mainName}, which is made where there is none`,
).argParser(nonBlank('Stream'));
export const shellOption = new Option(
  '--shell <name>',
  'the shell that reads the line; by default /bin/sh, or cmd.exe on Windows',
).argParser(nonBlank('Shell'));
export const cwdOption = new Option(
  '--cwd <folder>',
  'the folder to run in, inside that of the queue; by default the current one',
).argParser(nonBlank('Folder'));
export const envOption = new Option(
  '-e, --env <variable>',
  'NAME or NAME=VALUE, stored with the task; repeatable',
).argParser((text, before: string[] = []) => [...before, text]);
export const problemMatcherOption = new Option(
  '--problem-matcher <name>',
  'show what this matcher finds in the output ($tsc, $gcc, ...) in the Problems panel of the editor; repeatable',
).argParser((text, before: string[] = []) => [...before, nonBlank('Problem matcher')(text)]);

/**
 * The fields of a payload that say where its command runs. Asks what is to be asked, and finds the queue or makes one.
 */
export async function findHere(
  context: CommandContext,
  options: { cwd?: string; env?: string[]; problemMatcher?: string[] },
): Promise<{ cwd?: string; env: Record<string, string>; problem_matcher?: string[] }> {
  // What is asked, is asked before the queue is opened: a person may take a while.
  const env = await environmentOfCaller(context.env, options.env ?? [], (question) =>
    confirmOnTerminal(question, false),
  );
  await context.findOrMake();
  const cwd = workingFolder(await context.findWorkspace(), options.cwd, context.workspace !== undefined);
  const { problemMatcher: matcher } = options;
  return { ...(cwd === '' ? {} : { cwd }), env, ...(matcher ? { problem_matcher: matcher } : {}) };
}

/**
 * The folder to run in, relative to that of the queue, which is the empty string.
 * @param named whether the caller has named the queue's folder, and so may stand anywhere
 */
function workingFolder(workspace: string, given: string | undefined, named: boolean): string {
  const folder = realPathOf(given ?? process.cwd());
  const relative = relativePath(realPathOf(workspace), folder);
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw invalid('folder', folder, 'Name an existing folder.');
  if (relative !== null) return relative;
  if (given === undefined && named) return '';
  throw invalid('folder', folder, `Commands run inside the folder of the queue, ${path.resolve(workspace)}.`);
}
