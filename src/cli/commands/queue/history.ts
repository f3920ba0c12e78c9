/** `sparkq history`: lists the tasks that purges have taken. */

import type { Command } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import { taskJson } from '../../../core/exactJson';
import type { HistoryTask } from '../../../core/model';
import type { HistoryFilter, Queue } from '../../../core/queue';
import type { CommandContext } from '../../context';
import { example, nonBlank, sampleId, wholeFrom } from '../../terminal/options';
import { inWorkspace, parseTimeAgo } from '../../terminal/searchOptions';
import { writeError } from '../../terminal/streams';
import { historyTable } from '../../terminal/tables';

const usualLimit = 100;
const largestPage = 1_000;

export function addHistory(program: Command, context: CommandContext): void {
  program
    .command('history')
    .description('list the tasks that purges have taken, last finished first; their output is gone')
    .option('--search <text>', 'only tasks with this text in id, label, tool, payload, summary or error')
    .option('--script <path>', 'only tasks of this script: its path, or the end of it', nonBlank('Script'))
    .option('--since <time>', 'only tasks that finished since, such as 7d or 2026-01-31', parseTimeAgo)
    .option('--stream <stream>', 'only tasks of this stream (name at the purge, or id)', nonBlank('Stream'))
    .option('--failed', 'only failed tasks')
    .option('-l, --limit <count>', `at most this many; ${usualLimit} by default`, wholeFrom('limit', 1))
    .addOption(
      new Option('--erase <id>', 'erase this task from the history for good')
        .argParser(nonBlank('Task'))
        .conflicts(['search', 'script', 'since', 'stream', 'failed', 'limit']),
    )
    .addHelpText(
      'after',
      example(
        'sparkq history --script build.sh --failed --since 30d',
        'sparkq history --search timeout --json',
        `sparkq history --erase ${sampleId}`,
      ),
    )
    .action(({ erase, search, script, limit = usualLimit, ...rest }) =>
      context.withQueue(async (queue) => {
        if (erase !== undefined) {
          await queue.eraseHistory(erase);
          return context.answer({ id: erase, erased: true }, `Task ${erase} erased from the history`);
        }
        const filter = { ...rest, q: search, script: script && (await inWorkspace(script, context)) };
        const { tasks, more } = await read(queue, filter, limit);
        context.answerList(tasks.map(taskJson), 'No tasks found', () => historyTable(tasks));
        if (more && !context.json) writeError(`There are more: raise --limit, which is ${limit}.\n`);
      }),
    );
}

/** The first `limit` tasks, and whether there are more. */
async function read(
  queue: Queue,
  filter: HistoryFilter,
  limit: number,
): Promise<{ tasks: HistoryTask[]; more: boolean }> {
  const tasks: HistoryTask[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.listHistory({
      ...filter,
      cursor,
      limit: Math.min(largestPage, limit - tasks.length),
    });
    tasks.push(...page.tasks);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && tasks.length < limit);
  return { tasks, more: cursor !== undefined };
}
