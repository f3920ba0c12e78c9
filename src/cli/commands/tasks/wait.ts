/** `sparkq wait`: until tasks, everything in a stream, or a batch has finished. */

import type { Command } from '@commander-js/extra-typings';
import { finishedTasks } from '../../../client/finishedTasks';
import { taskJson } from '../../../core/exactJson';
import type { Task } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue } from '../../../core/queue';
import { requireText } from '../../../core/validation';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank, parseSeconds, sampleId } from '../../terminal/options';
import { endLine } from '../../terminal/tables';
import { batchEnded, reportEnd, stillOpen } from './addBatch';

export function addWait(program: Command, context: CommandContext): void {
  program
    .command('wait')
    .description('wait until tasks have finished; exits 1 if any of them failed')
    .argument('[tasks...]', 'task ids')
    .option(
      '-s, --stream <stream>',
      'wait for everything queued or running in this stream',
      nonBlank('Stream'),
    )
    .option('-b, --batch <batch>', 'wait until nothing of this batch is left to do', nonBlank('Batch'))
    .option('--timeout <seconds>', 'give up after this long, with exit code 1', parseSeconds)
    .addHelpText('after', example(`sparkq wait ${sampleId}`, 'sparkq wait --stream auth --timeout 3600'))
    .action((given, { stream, batch, timeout }, command) => {
      if ([given.length > 0, stream !== undefined, batch !== undefined].filter(Boolean).length !== 1) {
        return command.error(
          "error: either tasks, or option '-s, --stream <stream>', or '-b, --batch <batch>' is needed",
        );
      }
      return context.withQueue(
        async (queue) => {
          if (batch !== undefined) return reportEnd(context, await batchEnded(queue, batch, timeout));
          const ids =
            stream === undefined
              ? given.map((id) => requireText('Task', id))
              : await openTasksOf(queue, stream);
          const tasks = await finished(queue, ids, timeout);
          if (tasks.some((task) => task.status === 'failed')) context.exitCode = exitCodes.refused;
          const [first] = tasks;
          context.answer(
            stream === undefined && tasks.length === 1 && first ? taskJson(first) : tasks.map(taskJson),
            tasks.length === 0 ? 'Nothing to wait for' : tasks.map(endLine),
          );
        },
        { role: 'wait', serve: true },
      );
    });
}

async function openTasksOf(queue: Queue, stream: string): Promise<string[]> {
  const { id } = await queue.getStream(stream);
  const queued = await everything((page) =>
    queue.listTasks({ ...page, stream: id, status: 'queued', order: 'position' }),
  );
  const running = await everything((page) => queue.listTasks({ ...page, stream: id, status: 'running' }));
  return [...running, ...queued].map((task) => task.id);
}

/**
 * The tasks once all have finished.
 * @param timeout seconds
 */
export async function finished(
  queue: Queue,
  ids: readonly string[],
  timeout: number | undefined,
): Promise<Task[]> {
  const { tasks, open } = await finishedTasks(queue, ids, { seconds: timeout });
  if (open.length > 0) throw stillOpen(whatIsOpen(open), timeout ?? 0, 'sparkq tasks');
  return tasks;
}

function whatIsOpen(open: readonly string[]): string {
  return open.length === 1 ? `Task ${open[0]} has` : `${open.length} tasks have`;
}
