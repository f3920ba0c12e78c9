/** `sparkq purge`. */

import type { Command } from 'commander';
import type { CommandContext } from './context';
import { invalid } from './errors';
import { example } from './help';
import { parseDuration } from './values';

interface PurgeOptions {
  olderThan?: string;
  dryRun?: boolean;
}

const secondsOfDay = 86_400;

export function addPurgeCommand(program: Command, context: CommandContext): void {
  program
    .command('purge')
    .description('delete tasks that finished long ago')
    .option('--older-than <age>', 'such as 3d or 12h; by default what sparkq.yml says, 3d')
    .option('--dry-run', 'only say which would go')
    .addHelpText('after', example('sparkq purge --older-than 7d --dry-run'))
    .action(({ olderThan, dryRun }: PurgeOptions) =>
      context.withQueue(async (queue) => {
        const older_than_days = olderThan === undefined ? undefined : daysOf(olderThan);
        const answer = await queue.purge({ older_than_days, dry_run: dryRun === true });
        const tasks = answer.purged === 1 ? '1 task' : `${answer.purged} tasks`;
        context.answer(
          answer,
          answer.dry_run
            ? [`Would purge ${tasks}`, ...answer.tasks.map((id) => `  ${id}`)]
            : `Purged ${tasks}`,
        );
      }),
    );
}

function daysOf(age: string): number {
  const seconds = parseDuration(age, 'd');
  if (seconds === null || seconds <= 0)
    throw invalid('older-than', age, { suggestion: 'Provide an age such as 3d or 12h' });
  return seconds / secondsOfDay;
}
