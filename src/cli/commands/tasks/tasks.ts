/** `sparkq tasks`: lists tasks. */

import type { Command } from '@commander-js/extra-typings';
import { taskJson } from '../../../core/exactJson';
import { failureKinds, type Task } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue, TaskFilter } from '../../../core/queue';
import { type CommandContext, namesById } from '../../context';
import { choice, example, nonBlank, wholeFrom } from '../../terminal/options';
import { inWorkspace, parseTimeAgo } from '../../terminal/searchOptions';
import { taskTable } from '../../terminal/tables';
import { taskScreen } from '../../terminal/taskScreen';

/** `claimed` is an older word for running. */
const statusWords = ['queued', 'running', 'claimed', 'succeeded', 'failed'] as const;

export function addTasks(program: Command, context: CommandContext): void {
  program
    .command('tasks')
    .description('list tasks, newest first')
    .option(
      '-s, --status <status>',
      `only tasks that are ${statusWords.join(', ')}`,
      choice('status', statusWords),
    )
    .option('--stream <stream>', 'only tasks of this stream (name or id)', nonBlank('Stream'))
    .option('--session <session>', 'only tasks of this session (name or id)', nonBlank('Session'))
    .option('--batch <id>', 'only tasks of this batch', nonBlank('Batch'))
    .option('--stale', 'only tasks running for longer than their timeout')
    .option(
      '--failure-kind <kind>',
      `only tasks that failed this way: ${failureKinds.join(', ')}`,
      choice('failure-kind', failureKinds),
    )
    .option('--unapproved', 'only tasks that wait for approval')
    .option('--unreviewed', 'only finished tasks that nobody has reviewed')
    .option('--deleted', 'only deleted tasks that sparkq undelete can restore')
    .option('--search <text>', 'only tasks with this text in id, label, tool, payload, summary or error')
    .option('--script <path>', 'only tasks of this script: its path, or the end of it', nonBlank('Script'))
    .option('--since <time>', 'only tasks that finished or, unfinished, were enqueued since', parseTimeAgo)
    .option('-l, --limit <count>', 'at most this many', wholeFrom('limit', 0))
    .addHelpText(
      'after',
      example('sparkq tasks --status failed --stream auth', 'sparkq tasks --unreviewed --json'),
    )
    .action(({ status, session, batch, failureKind, search, script, limit, ...flags }) =>
      context.withQueue(async (queue) => {
        const filter: TaskFilter = {
          ...flags,
          status: status === 'claimed' ? 'running' : status,
          session_id: session === undefined ? undefined : (await queue.getSession(session)).id,
          batch_id: batch,
          failure_kind: failureKind,
          q: search,
          script: script && (await inWorkspace(script, context)),
        };
        const tasks = await tasksOf(queue, filter, limit);
        const streams = tasks.length === 0 ? [] : await everything((page) => queue.listStreams(page));
        const names = namesById(streams);
        const { terminalWidth: width } = context;
        context.answerList(tasks.map(taskJson), 'No tasks found', () =>
          width === null ? taskTable(tasks, names) : taskScreen(tasks, names, Date.now(), width),
        );
        const waiting = new Set(
          tasks.filter((task) => task.status === 'queued').map((task) => task.stream_id),
        );
        context.noteStuck(streams.filter(({ id }) => waiting.has(id)));
      }),
    );
}

async function tasksOf(queue: Queue, filter: TaskFilter, limit: number | undefined): Promise<Task[]> {
  if (limit !== undefined && limit >= 1 && limit <= 1000)
    return (await queue.listTasks({ ...filter, limit })).items;
  const tasks = await everything((page) => queue.listTasks({ ...filter, ...page }));
  return tasks.slice(0, limit);
}
