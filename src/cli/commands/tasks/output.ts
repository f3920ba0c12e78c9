/** `sparkq output`: prints what a task has written. */

import type { Command } from '@commander-js/extra-typings';
import { sleep } from '../../../core/clock';
import type { TaskStatus } from '../../../core/model';
import { OutputFilter } from '../../../core/outputFilter';
import { gapAt, gapNote } from '../../../core/outputGap';
import type { OutputChunk, OutputEncoding, Queue } from '../../../core/queue';
import type { CommandContext } from '../../context';
import { example, sampleId, taskArgument, wholeFrom } from '../../terminal/options';
import { writeError, writeRaw } from '../../terminal/streams';

interface OutputOptions {
  stderr?: true;
  attempt?: number;
  follow?: true;
  raw?: true;
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
    .option('--attempt <number>', 'which attempt; by default the latest', wholeFrom('attempt', 1))
    .option('-f, --follow', 'keep printing until the task has finished')
    .option('--raw', 'on a terminal: every control sequence, not only colours')
    .addHelpText('after', example(`sparkq output ${sampleId} --follow`))
    .action((id, options) =>
      context.withQueue(
        (queue) => printOutput(queue, context, id, options),
        options.follow ? { role: 'output', serve: true } : {},
      ),
    );
}

/** Prints all that a task writes until it has finished: its stdout on ours, its stderr on ours. */
export async function followBoth(queue: Queue, id: string): Promise<void> {
  const context = { json: false, answer: () => undefined };
  await Promise.all([
    printOutput(queue, context, id, { follow: true }),
    printOutput(queue, context, id, { follow: true, stderr: true }, process.stderr),
  ]);
}

async function printOutput(
  queue: Queue,
  context: Pick<CommandContext, 'json' | 'answer'>,
  id: string,
  options: OutputOptions,
  to: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const stream = options.stderr ? 'stderr' : 'stdout';
  const answer: OutputAnswer = { task_id: id, stream, text: '', size: 0, dropped: null };
  const printer = new Printer(options.raw === true, to);
  const encoding = context.json ? 'utf-8' : printer.encoding;
  const rest = (from: number, attempt: number | undefined) =>
    readRest(queue, { ...answer, attempt, encoding }, from, (chunk, offset) => {
      const gap = gapAt(offset, chunk);
      if (gap !== null) printer.note(gapNote(gap));
      if (context.json) answer.text += chunk.text;
      else printer.print(chunk.text);
      answer.size = chunk.size;
      answer.dropped = chunk.dropped ?? answer.dropped;
    });
  const restart = (attempt: number | undefined, before: number | undefined) => {
    printer.end();
    const told = before !== undefined && attempt !== undefined && !context.json && to === process.stdout;
    if (told) printer.note(`[attempt ${attempt}]`);
    Object.assign(answer, { text: '', size: 0, dropped: null });
  };
  await (options.follow ? followOutput(queue, id, options.attempt, rest, restart) : rest(0, options.attempt));
  printer.end();
  if (context.json) context.answer(answer, '');
}

/** Prints output byte for byte; on a terminal without what could do more than colour it, unless asked for `raw`. */
class Printer {
  private readonly terminal: boolean;
  private readonly filter: OutputFilter | null;
  private atLineStart = true;
  /** Of the text to print. */
  readonly encoding: OutputEncoding;

  constructor(
    raw: boolean,
    private readonly to: NodeJS.WriteStream,
  ) {
    this.terminal = to.isTTY === true;
    this.filter = this.terminal && !raw ? new OutputFilter(false) : null;
    this.encoding = this.filter === null ? 'latin1' : 'utf-8';
  }

  print(text: string): void {
    this.write(this.filter?.next(text) ?? text);
  }

  /** On stderr, since stdout is data; on a terminal it gets a line of its own. */
  note(text: string): void {
    this.end();
    writeError(`${this.terminal && !this.atLineStart ? '\n' : ''}${text}\n`);
    this.atLineStart = true;
  }

  /** Prints what was held back of a control sequence that is not going to be completed. */
  end(): void {
    this.write(this.filter?.rest() ?? '');
  }

  private write(text: string): void {
    if (text === '') return;
    writeRaw(Buffer.from(text, this.encoding), this.to);
    this.atLineStart = text.endsWith('\n');
  }
}

/** Reads from byte `from` to the current end, and returns where that is. */
async function readRest(
  queue: Queue,
  {
    task_id: id,
    stream,
    attempt,
    encoding,
  }: { task_id: string; stream: 'stdout' | 'stderr'; attempt?: number; encoding: OutputEncoding },
  from: number,
  take: (chunk: OutputChunk, offset: number) => void,
): Promise<number> {
  let offset = from;
  for (;;) {
    const chunk = await queue.readOutput(id, { stream, attempt, offset, encoding });
    take(chunk, offset);
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
  restart: (attempt: number | undefined, before: number | undefined) => void,
): Promise<void> {
  let attempt = wanted;
  let offset = 0;
  for (;;) {
    const { status, attempts } = await queue.getTask(id);
    const newest = wanted ?? (attempts > 0 ? attempts : undefined);
    if (newest !== attempt) {
      // What the previous attempt has written since it was read last; one that was undone is gone.
      if (attempt !== undefined && newest !== undefined && newest > attempt) await rest(offset, attempt);
      restart(newest, attempt);
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
