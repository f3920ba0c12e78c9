/** `sparkq complete`. */

import fs from 'node:fs';
import { type Command, Option } from '@commander-js/extra-typings';
import { cutText } from '../../../core/cutText';
import type { Completion } from '../../../core/queue';
import { fileNotFound, required } from '../../../core/refusals';
import { textOfBytes } from '../../../core/textBytes';
import { whenFreeSync } from '../../../system/heldFiles';
import type { CommandContext } from '../../context';
import { example, isObject, sampleId, taskArgument } from '../../terminal/options';
import * as report from './reportOptions';

export function addComplete(program: Command, context: CommandContext): void {
  program
    .command('complete')
    .description('report a task as succeeded')
    .addArgument(taskArgument)
    .option('-r, --result <text>', 'the result: text, JSON, or the path of a file with either')
    .addOption(new Option('--summary <text>', 'same as --result').conflicts('result'))
    .option('-f, --result-file <path>', 'a file with the result; --result then gives the summary')
    .addOption(report.stdout)
    .addOption(report.stderr)
    .addOption(report.lease)
    .addOption(report.exitCode)
    .addHelpText(
      'after',
      example(
        `sparkq complete ${sampleId} --result "All tests pass"`,
        `sparkq complete ${sampleId} -r "" -f report.json`,
      ),
    )
    .action(async (id, { result, summary, resultFile, exitCode, ...facts }, command) => {
      const given = result ?? summary;
      if (given === undefined)
        return command.error("error: required option '-r, --result <text>' not specified");
      await context.changeTask(async (queue) => {
        const task = await queue.getTask(id);
        const completion = completionOf(given, resultFile);
        if (completion.result_summary.trim() === '') throw required('Result summary');
        const git = await context.gitAtEnd(queue, task);
        return queue.complete(id, { ...completion, ...facts, exit_code: exitCode, git });
      }, 'marked as succeeded');
    });
}

/** Length of a summary that is cut from a file's text, characters. */
const summaryLength = 200;

/** What `--result` and `--result-file` say together. */
function completionOf(result: string, file: string | undefined): Completion {
  if (file !== undefined) {
    const text = readFileOf(file);
    return { result_summary: result.trim() === '' ? summaryOf(text) : result, result_data: text };
  }
  const text = textOfFile(result);
  if (text === null) return { result_summary: result };
  return isJson(text)
    ? { result_summary: text }
    : { result_summary: cutText(text, summaryLength), result_data: text };
}

function readFileOf(file: string): string {
  const text = textOfFile(file);
  if (text === null) throw fileNotFound('Result file', file);
  return text;
}

/** The text of a file; null when `name` names none. */
function textOfFile(name: string): string | null {
  return isFile(name)
    ? textOfBytes(
        whenFreeSync(name, () => fs.readFileSync(name)),
        `The result file ${name}`,
      )
    : null;
}

/** Most results are no file name, being too long for one or otherwise invalid. */
function isFile(name: string): boolean {
  try {
    return fs.statSync(name, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function summaryOf(text: string): string {
  const value: unknown = isJson(text) ? JSON.parse(text) : null;
  if (isObject(value) && typeof value.summary === 'string') return value.summary;
  return cutText(text, summaryLength);
}
