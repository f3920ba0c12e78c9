/** `sparkq wait`: until a task, or everything in a stream, has finished. */

import { type Command, Option } from 'commander';
import { sleep } from '../../core/clock';
import type { Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { type CommandContext, taskJson } from '../context';
import { example } from '../help';
import { CommandError, exitCodes, required } from '../terminal/errors';
import { paintStatus } from '../terminal/streams';
import { parseSeconds } from '../terminal/values';
import { isOver } from './tasks';

interface WaitOptions {
  stream?: string;
  timeout?: number;
}

export function addWaitCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('wait')
    .description('wait until tasks have finished; exits 1 when one of them failed')
    .argument('[tasks...]', 'ids')
    .addOption(new Option('-s, --stream <stream>', 'for all that is queued or running in this stream'))
    .option('--timeout <seconds>', 'give up after this long, with exit code 1', parseSeconds)
    .addHelpText(
      'after',
      example('sparkq wait tsk_0a1b2c3d4e5f', 'sparkq wait --stream auth --timeout 3600'),
    );
  command.action((given: string[], options: WaitOptions) => {
    if ((given.length === 0) === (options.stream === undefined)) {
      return command.error("error: either a task or option '-s, --stream <stream>' is needed");
    }
    return context.withQueue(
      async (queue) => {
        const ids =
          options.stream === undefined
            ? given.map((id) => required('Task', id))
            : await openTasksOf(queue, required('Stream', options.stream));
        const tasks = await finished(queue, ids, options.timeout);
        if (tasks.some((task) => task.status === 'failed')) context.exitCode = exitCodes.refused;
        const [first] = tasks;
        const lines = tasks.map((task) => `Task ${task.id} ${paintStatus(task.status)}${remark(task)}`);
        context.answer(
          options.stream === undefined && tasks.length === 1 && first ? taskJson(first) : tasks.map(taskJson),
          tasks.length === 0 ? 'Nothing to wait for' : lines,
        );
      },
      { role: 'wait', serve: true },
    );
  });
}

function remark(task: Task): string {
  const text = task.status === 'failed' ? task.error : task.result_summary;
  return text === null ? '' : `: ${text}`;
}

async function openTasksOf(queue: Queue, stream: string): Promise<string[]> {
  const { id } = await queue.getStream(stream);
  const queued = await everything((page) =>
    queue.listTasks({ ...page, stream: id, status: 'queued', order: 'position' }),
  );
  const running = await everything((page) => queue.listTasks({ ...page, stream: id, status: 'running' }));
  return [...running, ...queued].map((task) => task.id);
}

/** The tasks when each of them has finished. The queue's events say when to look again. */
async function finished(queue: Queue, ids: readonly string[], timeout: number | undefined): Promise<Task[]> {
  const done = new Map<string, Task>();
  const open = new Set(ids);
  const end = performance.now() + (timeout ?? Number.POSITIVE_INFINITY) * 1000;
  let changed = new AbortController();
  const toRead = new Set(ids);
  const unsubscribe = queue.subscribe(({ type, task_id: id }) => {
    const told = type === 'reset' ? open : id !== undefined && open.has(id) ? [id] : [];
    for (const one of told) toRead.add(one);
    if (toRead.size > 0) changed.abort();
  });
  try {
    for (;;) {
      changed = new AbortController();
      const told = [...toRead];
      toRead.clear();
      for (const id of told) {
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

function stillOpen(open: readonly string[], timeout: number): CommandError {
  const what = open.length === 1 ? `Task ${open[0]} has` : `${open.length} tasks have`;
  return new CommandError(`${what} not finished within ${timeout} s`, {
    suggestion: 'Look with: sparkq tasks',
  });
}
