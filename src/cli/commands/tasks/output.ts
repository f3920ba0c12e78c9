/** `sparkq output`: prints what a task has written. */

import type { Command } from '@commander-js/extra-typings';
import { sleep } from '../../../core/clock';
import type { TaskStatus } from '../../../core/model';
import type { OutputChunk, Queue } from '../../../core/queue';
import type { CommandContext } from '../../context';
import { example, parseInteger, sampleId, taskArgument } from '../../terminal/options';
import { writeOut } from '../../terminal/streams';

interface OutputOptions {
  stderr?: true;
  attempt?: number;
  follow?: true;
}

interface OutputAnswer {
  task_id: string;
  stream: 'stdout' | 'stderr';
  text: string;
  size: number;
  dropped: OutputChunk['dropped'];
}

export function addOutput(program: Command, context: CommandContext): void {
  program
    .command('output')
    .description('print the output of a task')
    .addArgument(taskArgument)
    .option('--stderr', 'print stderr instead of stdout')
    .option('--attempt <number>', 'which attempt; by default the latest', parseInteger)
    .option('-f, --follow', 'keep printing until the task has finished')
    .addHelpText('after', example(`sparkq output ${sampleId} --follow`))
    .action((id, options) =>
      context.withQueue(
        (queue) => printOutput(queue, context, id, options),
        options.follow ? { role: 'output', serve: true } : {},
      ),
    );
}

async function printOutput(
  queue: Queue,
  context: CommandContext,
  id: string,
  options: OutputOptions,
): Promise<void> {
  const stream = options.stderr ? 'stderr' : 'stdout';
  const answer: OutputAnswer = { task_id: id, stream, text: '', size: 0, dropped: null };
  const rest = (from: number, attempt: number | undefined) =>
    readRest(queue, { ...answer, attempt }, from, (chunk) => {
      if (context.json) answer.text += chunk.text;
      else writeOut(chunk.text);
      answer.size = chunk.size;
      answer.dropped = chunk.dropped ?? answer.dropped;
    });
  const restart = () => Object.assign(answer, { text: '', size: 0, dropped: null });
  await (options.follow ? followOutput(queue, id, options.attempt, rest, restart) : rest(0, options.attempt));
  if (context.json) context.answer(answer, '');
}

/** Reads from byte `from` to the current end, and returns where that is. */
async function readRest(
  queue: Queue,
  of: { task_id: string; stream: 'stdout' | 'stderr'; attempt?: number },
  from: number,
  take: (chunk: OutputChunk) => void,
): Promise<number> {
  let offset = from;
  for (;;) {
    const chunk = await queue.readOutput(of.task_id, { stream: of.stream, attempt: of.attempt, offset });
    take(chunk);
    if (chunk.next_offset <= offset) return offset;
    offset = chunk.next_offset;
  }
}

/** How often output that is still being written is read, milliseconds: no event announces single lines. */
const followEvery = 250;

/**
 * Reads until the task has finished. Unless an attempt was named, each new attempt is read from its beginning.
 * @param restart called before the output of another attempt is read
 */
async function followOutput(
  queue: Queue,
  id: string,
  wanted: number | undefined,
  rest: (from: number, attempt: number | undefined) => Promise<number>,
  restart: () => void,
): Promise<void> {
  let attempt = wanted;
  let offset = 0;
  for (;;) {
    const { status, attempts } = await queue.getTask(id);
    const newest = wanted ?? (attempts > 0 ? attempts : undefined);
    if (newest !== attempt) {
      // What the previous attempt has written since it was read last.
      if (attempt !== undefined) await rest(offset, attempt);
      restart();
      attempt = newest;
      offset = 0;
    }
    if (attempt !== undefined || isOver(status)) offset = await rest(offset, attempt);
    if (isOver(status)) return;
    await sleep(followEvery);
  }
}

/** Whether a task with this status has finished. */
export function isOver(status: TaskStatus): boolean {
  return status === 'succeeded' || status === 'failed';
}
