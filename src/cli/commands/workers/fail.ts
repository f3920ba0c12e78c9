/** `sparkq fail`. */

import type { Command } from '@commander-js/extra-typings';
import type { Task } from '../../../core/model';
import { wrongState } from '../../../core/refusals';
import { localText, parseDelay } from '../../../core/times';
import { requireText } from '../../../core/validation';
import type { CommandContext } from '../../context';
import { example, instant, sampleId, taskArgument } from '../../terminal/options';
import * as report from './reportOptions';

export function addFail(program: Command, context: CommandContext): void {
  program
    .command('fail')
    .description('report a task as failed')
    .addArgument(taskArgument)
    .requiredOption('-e, --error <text>', 'what went wrong')
    .option('--error-type <word>', 'put before the text, as WORD: text')
    .option(
      '--retry-after <when>',
      'put the task back instead, until this time or delay has passed; spends no attempt',
      retryTime,
    )
    .addOption(report.stdout)
    .addOption(report.stderr)
    .addOption(report.lease)
    .addOption(report.exitCode)
    .addHelpText('after', example(`sparkq fail ${sampleId} --error "Two tests fail" --error-type TESTS`))
    .action(async (id, { error, errorType, retryAfter, exitCode, ...facts }) => {
      await context.changeTask(async (queue) => {
        const before = await queue.getTask(id);
        const error_message = requireText('Error message', error);
        // With a lease the queue decides: it knows what a repeated or late report means.
        if (before.status !== 'running' && facts.lease === undefined) {
          throw wrongState('Fail', before.status, 'claim the task first');
        }
        return queue.fail(id, {
          ...facts,
          error_message,
          error_type: errorType,
          retry_after: retryAfter,
          exit_code: exitCode,
          git: await context.gitAtEnd(queue, before),
        });
      }, outcomeOf);
    });
}

function outcomeOf({ status, not_before }: Task): string {
  if (status === 'failed') return 'marked as failed';
  return `is queued again${not_before === null ? '' : `, not before ${localText(not_before)}`}`;
}

/** A number of seconds, or a time. */
function retryTime(text: string): number | string {
  return parseDelay(text, 's') ?? instant('retry-after')(text);
}
