/** `sparkq purge`. */

import type { Command } from '@commander-js/extra-typings';
import { invalid } from '../../../core/refusals';
import { parseDelay } from '../../../core/times';
import type { CommandContext } from '../../context';
import { example } from '../../terminal/options';

export function addPurge(program: Command, context: CommandContext): void {
  program
    .command('purge')
    .description('move tasks that finished long ago from the queue to the history, and delete their output')
    .option(
      '--older-than <age>',
      'such as 3d or 12h, 0s for all; by default what sparkq.yml says, else 3d',
      parseDays,
    )
    .option('--keep-unreviewed', 'move only reviewed tasks')
    .option('--dry-run', 'show what would be moved, change nothing')
    .addHelpText('after', example('sparkq purge --older-than 7d --dry-run'))
    .action(({ olderThan, dryRun = false, keepUnreviewed = false }) =>
      context.withQueue(async (queue) => {
        const answer = await queue.purge({
          older_than_days: olderThan,
          dry_run: dryRun,
          keep_unreviewed: keepUnreviewed,
        });
        const lines = [`${dryRun ? 'Would purge' : 'Purged'} ${tasks(answer.purged)}`];
        if (dryRun) lines.push(...answer.tasks.map((id) => `  ${id}`));
        if (answer.kept_unreviewed > 0) lines.push(`Kept ${tasks(answer.kept_unreviewed)} not reviewed yet`);
        context.answer(answer, lines);
      }),
    );
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}

function parseDays(age: string): number {
  const seconds = parseDelay(age, 'd');
  if (seconds === null) throw invalid('older-than', age, 'Provide an age such as 3d or 12h');
  return seconds / 86_400;
}
