/** `sparkq wait`: until a task, or everything in a stream, has finished. */

import type { Command } from '@commander-js/extra-typings';
import { sleep } from '../../../core/clock';
import { QueueError } from '../../../core/errors';
import type { Task } from '../../../core/model';
import { everything } from '../../../core/paging';
import { oneLine } from '../../../core/plainText';
import type { Queue } from '../../../core/queue';
import { requireText } from '../../../core/validation';
import { type CommandContext, taskJson } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank, parseSeconds, sampleId } from '../../terminal/options';
import { paintStatus } from '../../terminal/streams';
import { isOver } from './output';

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
    .option('--timeout <seconds>', 'give up after this long, with exit code 1', parseSeconds)
    .addHelpText('after', example(`sparkq wait ${sampleId}`, 'sparkq wait --stream auth --timeout 3600'))
    .action((given, { stream, timeout }, command) => {
      if ((given.length === 0) === (stream === undefined)) {
        return command.error("error: either a task or option '-s, --stream <stream>' is needed");
      }
      return context.withQueue(
        async (queue) => {
          const ids =
            stream === undefined
              ? given.map((id) => requireText('Task', id))
              : await openTasksOf(queue, stream);
          const tasks = await finished(queue, ids, timeout);
          if (tasks.some((task) => task.status === 'failed')) context.exitCode = exitCodes.refused;
          const [first] = tasks;
          const lines = tasks.map((task) => `Task ${task.id} ${paintStatus(task.status)}${remark(task)}`);
          context.answer(
            stream === undefined && tasks.length === 1 && first ? taskJson(first) : tasks.map(taskJson),
            tasks.length === 0 ? 'Nothing to wait for' : lines,
          );
        },
        { role: 'wait', serve: true },
      );
    });
}

function remark(task: Task): string {
  const text = task.status === 'failed' ? task.error : task.result_summary;
  return text === null ? '' : `: ${oneLine(text)}`;
}

async function openTasksOf(queue: Queue, stream: string): Promise<string[]> {
  const { id } = await queue.getStream(stream);
  const queued = await everything((page) =>
    queue.listTasks({ ...page, stream: id, status: 'queued', order: 'position' }),
  );
  const running = await everything((page) => queue.listTasks({ ...page, stream: id, status: 'running' }));
  return [...running, ...queued].map((task) => task.id);
}

/** The tasks once all have finished. The queue's events say which to read again. */
async function finished(queue: Queue, ids: readonly string[], timeout: number | undefined): Promise<Task[]> {
  const done = new Map<string, Task>();
  const open = new Set(ids);
  const end = performance.now() + (timeout ?? Number.POSITIVE_INFINITY) * 1000;
  let changed = new AbortController();
  const toRead = new Set(ids);
  const unsubscribe = queue.subscribe(({ type, task_id: id }) => {
    const ended = type === 'reset' ? open : id !== undefined && open.has(id) ? [id] : [];
    for (const one of ended) toRead.add(one);
    if (toRead.size > 0) changed.abort();
  });
  try {
    for (;;) {
      changed = new AbortController();
      const reading = [...toRead];
      toRead.clear();
      for (const id of reading) {
        const task = await queue.getTask(id);
        if (!isOver(task.status)) continue;
        done.set(id, task);
        open.delete(id);
      }
      if (open.size === 0) return ids.flatMap((id) => done.get(id) ?? []);
      const left = end - performance.now();
      if (left <= 0) throw stillOpen([...open], timeout ?? 0);
      await sleep(left, undefined, changed.signal);
    }
  } finally {
    unsubscribe();
  }
}

function stillOpen(open: readonly string[], timeout: number): QueueError {
  const what = open.length === 1 ? `Task ${open[0]} has` : `${open.length} tasks have`;
  return new QueueError('wrong_state', `${what} not finished within ${timeout} s`, 'See: sparkq tasks');
}
