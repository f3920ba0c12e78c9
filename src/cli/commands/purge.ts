/** `sparkq purge`. */

import type { Command } from 'commander';
import type { CommandContext } from '../context';
import { example } from '../help';
import { invalid } from '../terminal/errors';
import { parseDuration } from '../terminal/values';

interface PurgeOptions {
  olderThan?: string;
  dryRun?: boolean;
  keepUnreviewed?: boolean;
}

const secondsOfDay = 86_400;

export function addPurgeCommand(program: Command, context: CommandContext): void {
  program
    .command('purge')
    .description('delete tasks that finished long ago')
    .option('--older-than <age>', 'such as 3d or 12h; by default what sparkq.yml says, 3d')
    .option('--keep-unreviewed', 'only those that were reviewed')
    .option('--dry-run', 'only say which would go')
    .addHelpText('after', example('sparkq purge --older-than 7d --dry-run'))
    .action(({ olderThan, dryRun, keepUnreviewed }: PurgeOptions) =>
      context.withQueue(async (queue) => {
        const older_than_days = olderThan === undefined ? undefined : daysOf(olderThan);
        const request = {
          older_than_days,
          dry_run: dryRun === true,
          keep_unreviewed: keepUnreviewed === true,
        };
        const answer = await queue.purge(request);
        const done = answer.dry_run ? 'Would purge' : 'Purged';
        context.answer(answer, [
          `${done} ${tasks(answer.purged)}`,
          ...(answer.dry_run ? answer.tasks.map((id) => `  ${id}`) : []),
          ...(answer.kept_unreviewed > 0 ? [kept(answer.kept_unreviewed)] : []),
        ]);
      }),
    );
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}

function kept(count: number): string {
  return `Kept ${tasks(count)} that nobody has reviewed`;
}

function daysOf(age: string): number {
  const seconds = parseDuration(age, 'd');
  if (seconds === null || seconds <= 0)
    throw invalid('older-than', age, { suggestion: 'Provide an age such as 3d or 12h' });
  return seconds / secondsOfDay;
}
